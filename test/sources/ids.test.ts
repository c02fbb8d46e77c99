/** Ids of people and rooms are no other platform's: the first platform's are as they always were, all others bear a prefix. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { GiftEvent } from '../../src/domain/live-event.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { ownId, withOwnIds } from '../../src/sources/ids.ts';
import { tiktokPlatform as first } from '../../src/sources/tiktok/platform.ts';
import { newMemory, Session } from '../../src/sources/tiktok/session.ts';
import { gift, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { messageOf } from './gift-lives.ts';

/** What another platform's source would send, with ids as that platform has them. */
function ofOther(told: Parameters<typeof gift>[0] = {}): GiftEvent {
  return gift({ platform: 'other', channel: 'name', room: '7', user: '700', ...told });
}

test('every platform has a room of its own, and says what it is called', async () => {
  const sources = join(import.meta.dirname, '../../src/sources');
  // What platforms share has a room, too.
  const rooms = readdirSync(sources, { withFileTypes: true }).filter(
    (each) => each.isDirectory() && each.name !== 'connection',
  );
  assert.ok(rooms.length > 0);
  for (const { name } of rooms) {
    assert.ok(existsSync(join(sources, name, 'platform.ts')), name);
    const offered: Record<string, unknown> = await import(join(sources, name, 'platform.ts'));
    assert.ok(Object.values(offered).includes(name), `${name}: what it is called`);
    assert.equal(ownId(name, '7'), name === first ? '7' : `${name}:7`);
  }
});

test('ids of the first platform stay as they are, and none of them passes for one of another', () => {
  for (const id of ['7000000000000000001', '0', '', 'somebody_1']) assert.equal(ownId(first, id), id);
  const session = new Session(virtualClock(), 's', 'live', new Set(), 'r', newMemory(), 'host');
  const data = { giftId: '1', gift: { id: '1', name: 'Rose', type: 2 }, repeatCount: 1 };
  for (const [id, kept] of [
    ['other:7', 'other-7'],
    [`key:${'0'.repeat(24)}`, `key-${'0'.repeat(24)}`],
  ] as const) {
    const event = session.event(
      messageOf({ ...data, user: { id, nickname: 'fan' }, toUser: { id, nickname: 'guest' } }),
    );
    assert.ok(event?.kind === 'gift');
    assert.deepEqual([event.user?.id, event.payload.receiver?.id], [kept, kept]);
  }
});

test('ids of every other platform bear its name, once', () => {
  const event = ofOther();
  const receiver = { id: '63', name: '', guest: true };
  const own = withOwnIds({ ...event, payload: { ...event.payload, receiver } });
  assert.ok(own.kind === 'gift');
  assert.deepEqual([own.room, own.user?.id, own.payload.receiver?.id], ['other:7', 'other:700', 'other:63']);
  assert.deepEqual(withOwnIds(own), own);
  assert.equal(ownId('other', ''), '');
});

test('the same ids on two platforms are two rooms, two people and two gifts', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const same = { room: '7', user: '700', id: 'same', group: 'g', count: 2 };
  const heard = [gift(same), withOwnIds(ofOther(same))].map((event) => recordOne(ledger, event, worthOf('a')));
  assert.deepEqual(
    heard.map(({ isNew, grown }) => [isNew, grown]),
    [
      [true, 2],
      [true, 2],
    ],
  );
  assert.equal(new Set(heard.map(({ giver }) => giver)).size, 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test("the ledger takes no room and nobody that could be another platform's", (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ room: '7', user: '700' }), worthOf('a'));
  for (const [event, why] of [
    [ofOther(), /room 7 is of tiktok, and not of other/],
    [ofOther({ room: '8' }), /room 8 could be another platform's/],
    [ofOther({ room: 'other:8' }), /person 700 could be another platform's/],
    [gift({ room: '7', user: 'tiktok:9' }), /person tiktok:9 could be/],
  ] as const)
    assert.throws(() => recordOne(ledger, event, worthOf('a')), why);
  assert.equal(ledger.questions.eventCount(), 1);
  recordOne(ledger, withOwnIds(ofOther()), worthOf('a'));
  ledger.close();
});

test('somebody is forgotten by the id that their platform knows them by, whatever stands before it here', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, withOwnIds(ofOther({ room: '9', user: '700' })), worthOf('a'));
  assert.equal(ledger.privacy.forget('700').viewers, 1);
  assert.equal(ledger.privacy.forget('other:700').viewers, 0);
  ledger.close();
});
