import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gift, noonMs, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const worth = worthOf('a');
/** A frame of a streak that the listener has named by its first frame, 100. */
const frame = (id: string, count: number, told: object = {}) => gift({ id, count, group: 'from 100', ...told });
/** A frame that is not yet known to belong to anything. */
const asked = (told: object = {}) => gift({ id: '999', group: '', ...told });

test('the next run is told where a streak without a group stood, of its own viewer, gift and room alone', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  recordOne(first, frame('100', 1), worth);
  recordOne(first, frame('102', 4, { arrivedAtMs: noonMs + 2_000 }), worth);
  recordOne(first, frame('101', 3, { arrivedAtMs: noonMs + 3_000 }), worth);
  recordOne(first, gift({ id: '103', count: 2, group: '77' }), worth);
  recordOne(first, frame('104', 2, { origin: 'replay' }), worth);
  first.close();
  const second = openOk(file);
  const { pastStreaks } = second.questions;
  assert.deepEqual(pastStreaks(asked()), [
    { group: 'from 100', firstId: '100', newestId: '102', count: 4, ended: false, atMs: noonMs + 2_000 },
  ]);
  for (const other of [{ user: 'u2' }, { gift: 'galaxy' }, { room: 'room-2' }, { user: null }]) {
    assert.deepEqual(pastStreaks(asked(other)), []);
  }
  assert.deepEqual(second.check('full').findings, []);
  second.close();
});

test('the end of such a streak is remembered though nothing grew, unless a newer frame overtook it', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const end = (id: string, count: number, group: string) => {
    const event = gift({ id, count, group });
    const streak = { group, receiver: '', ended: true };
    return { ...event, payload: { ...event.payload, streak } };
  };
  const first = openOk(file);
  recordOne(first, frame('100', 2), worth);
  assert.equal(recordOne(first, end('101', 2, 'from 100'), worth).grown, 0);
  recordOne(first, gift({ id: '110', count: 1, group: 'from 110' }), worth);
  recordOne(first, end('105', 2, 'from 110'), worth);
  first.close();
  const second = openOk(file);
  assert.deepEqual(
    second.questions.pastStreaks(asked()).map(({ group, firstId, ended }) => [group, firstId, ended]),
    [
      ['from 100', '100', true],
      ['from 110', '105', false],
    ],
  );
  second.close();
});

test('who was forgotten has left no note of a streak', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordOne(ledger, frame('100', 1), worth);
  ledger.privacy.forget('u1');
  recordOne(ledger, frame('101', 2), worth);
  assert.deepEqual(ledger.questions.pastStreaks(asked()), []);
  ledger.close();
});
