import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { connection, disconnected, gift, noonMs, openOk, recordOne, suspended, tempFolder } from './world.ts';

const secondMs = 1_000;

function fresh(t: { after(task: () => void): void }) {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  t.after(() => ledger.close());
  return ledger;
}

const gaps = (ledger: ReturnType<typeof openOk>, room: string) =>
  ledger
    .live((times) => times.gapsOf(room))
    .map(({ fromMs, toMs, over }) => [fromMs - noonMs, toMs === null ? null : toMs - noonMs, over]);

test('a gap begins when the live was last heard and ends when it is heard again', (t) => {
  const ledger = fresh(t);
  const at = (seconds: number) => ({ arrivedAtMs: noonMs + seconds * secondMs });
  ledger.noteLive(connection('connected', { session: 's1', ...at(0) }));
  const lost = disconnected(noonMs + 50 * secondMs, 'silence', { session: 's1', ...at(90) });
  ledger.noteLive(lost);
  ledger.noteLive(lost);
  assert.deepEqual(gaps(ledger, 'room-1'), [[50_000, null, false]]);
  ledger.noteLive(connection('connected', { session: 's2', ...at(100) }));
  ledger.noteLive(lost);
  assert.deepEqual(gaps(ledger, 'room-1'), [[50_000, 100_000, true]]);
});

test('connections that were never let into the room of a live leave one gap, until the room is heard', (t) => {
  const ledger = fresh(t);
  const at = (seconds: number) => ({ arrivedAtMs: noonMs + seconds * secondMs });
  ledger.noteLive(disconnected(noonMs, 'not let in', { session: 's1', ...at(30) }));
  ledger.noteLive(disconnected(noonMs + 32 * secondMs, 'not let in', { session: 's2', ...at(62) }));
  assert.deepEqual(gaps(ledger, 'room-1'), [[0, null, false]]);
  ledger.noteLive(connection('connected', { session: 's3', ...at(70) }));
  assert.deepEqual(gaps(ledger, 'room-1'), [[0, 70_000, true]]);
});

test('a live that has ended is no gap, in whatever order its end and the disconnection are told', (t) => {
  const ledger = fresh(t);
  ledger.noteLive(connection('connected', { session: 's1' }));
  ledger.noteLive(connection('stream-end', { session: 's1' }));
  ledger.noteLive(disconnected(noonMs, 'closed', { session: 's1' }));
  ledger.noteLive(connection('stream-end', { session: 's2', room: 'room-2' }));
  ledger.noteLive(connection('connected', { session: 's2', room: 'room-2' }));
  ledger.noteLive(disconnected(noonMs, 'closed', { session: 's2', room: 'room-2' }));
  assert.deepEqual([...gaps(ledger, 'room-1'), ...gaps(ledger, 'room-2')], []);
  ledger.noteLive(connection('connected', { session: 's3', room: 'room-3' }));
  ledger.noteLive(disconnected(noonMs, 'closed', { session: 's3', room: 'room-3' }));
  ledger.noteLive(connection('stream-end', { session: 's3', room: 'room-3', arrivedAtMs: noonMs + secondMs }));
  assert.deepEqual(gaps(ledger, 'room-3'), [[0, secondMs, true]]);
});

test('a live that was suspended and is heard again went on meanwhile: that is a gap', (t) => {
  const ledger = fresh(t);
  const at = (seconds: number) => ({ arrivedAtMs: noonMs + seconds * secondMs });
  ledger.noteLive(connection('connected', { session: 's1', ...at(0) }));
  ledger.noteLive(suspended({ session: 's1', ...at(10) }));
  ledger.noteLive(disconnected(noonMs + 10 * secondMs, 'stream suspended', { session: 's1', ...at(10) }));
  assert.deepEqual(gaps(ledger, 'room-1'), [], 'perhaps it was the end');
  for (let told = 0; told < 2; told += 1) ledger.noteLive(connection('connected', { session: 's2', ...at(50) }));
  assert.deepEqual(gaps(ledger, 'room-1'), [[10_000, 50_000, true]]);
  ledger.noteLive(connection('stream-end', { session: 's2', ...at(60) }));
  ledger.noteLive(disconnected(noonMs + 60 * secondMs, 'stream ended', { session: 's2', ...at(60) }));
  ledger.noteLive(connection('connected', { session: 's3', ...at(90) }));
  ledger.noteLive(disconnected(noonMs + 95 * secondMs, 'broken', { session: 's3', ...at(95) }));
  ledger.noteLive(connection('connected', { session: 's4', ...at(97) }));
  assert.deepEqual(gaps(ledger, 'room-1').slice(1), [[95_000, 97_000, true]], 'the end of a live is no gap');
});

test('a gap of a live that ended unheard has no end', (t) => {
  const ledger = fresh(t);
  ledger.noteLive(connection('connected', { session: 's1' }));
  ledger.noteLive(disconnected(noonMs, 'cable', { session: 's1' }));
  ledger.noteLive(connection('connected', { session: 's2', room: 'room-2' }));
  assert.deepEqual(gaps(ledger, 'room-1'), [[0, null, true]]);
  assert.deepEqual(gaps(ledger, 'room-2'), []);
});

test('a live of a channel that nobody knows ends no gap of a channel that is known', (t) => {
  const ledger = fresh(t);
  for (const channel of ['one', 'two']) {
    const of = { session: `s of ${channel}`, room: `room of ${channel}`, channel };
    ledger.noteLive(connection('connected', of));
    ledger.noteLive(disconnected(noonMs, 'cable', of));
  }
  ledger.noteLive(connection('connected', { session: 's3', room: 'room-3', channel: '' }));
  ledger.noteLive(connection('connected', { session: 's4', room: 'room-4', channel: '', platform: '' }));
  assert.deepEqual(
    [...gaps(ledger, 'room of one'), ...gaps(ledger, 'room of two')],
    [
      [0, null, false],
      [0, null, false],
    ],
  );
  ledger.noteLive(disconnected(noonMs, 'cable', { session: 's3', room: 'room-3', channel: '' }));
  ledger.noteLive(connection('connected', { session: 's5', room: 'room-5', channel: 'one' }));
  assert.deepEqual(gaps(ledger, 'room of one'), [[0, null, true]]);
  assert.deepEqual(gaps(ledger, 'room of two'), [[0, null, false]]);
});

test('only a live has gaps: replays and tests do not', (t) => {
  const ledger = fresh(t);
  for (const origin of ['replay', 'test'] as const) {
    ledger.noteLive(connection('connected', { session: origin, origin }));
    ledger.noteLive(disconnected(noonMs, 'done', { session: origin, origin }));
  }
  assert.deepEqual(gaps(ledger, 'room-1'), []);
});

test('a run that ended without a word left a gap from the last event it heard', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  first.noteLive(connection('connected', { session: 's1' }));
  recordOne(first, gift({ session: 's1', arrivedAtMs: noonMs + 7 * secondMs }), null);
  first.close();
  const second = openOk(file);
  assert.deepEqual(gaps(second, 'room-1'), [[7_000, null, false]]);
  second.close();
  const third = openOk(file);
  third.noteLive(connection('connected', { session: 's2', arrivedAtMs: noonMs + 60 * secondMs }));
  assert.deepEqual(gaps(third, 'room-1'), [[7_000, 60_000, true]]);
  third.close();
});

test('a gap can be told and ended by hand, and gaps of a night are found', (t) => {
  const ledger = fresh(t);
  ledger.live((times) => {
    times.openSession({ id: 's', room: 'room-1', origin: 'live', atMs: noonMs });
    times.openGap('room-1', noonMs, 'no network');
    times.openGap('room-1', noonMs + 1, 'the same one');
    times.closeGap('room-1', noonMs + 9);
    times.closeSession('s', noonMs + 9, 'off air');
  });
  const since = (ms: number) => ledger.live((times) => times.gapsSince(ms)).length;
  assert.deepEqual([since(noonMs + 9), since(noonMs + 10)], [1, 0]);
});
