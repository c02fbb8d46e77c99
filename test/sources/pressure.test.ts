/** More gifts at once than the disk takes at once: every one is credited, by whichever way it is heard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Said } from '../../src/simulators/live/room.ts';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type Crediting, openCrediting } from './crediting.ts';
import { type Hearing, startHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const { galaxy } = giftKinds;

/** How much faster than real time the disk is tried again. */
const factor = 5;

const gift = (number: number): Said => ({
  kind: 'gift',
  fan,
  gift: galaxy,
  count: 1,
  group: String(1_700_000_000_000 + number),
  receiver: '6300000000000000001',
  ended: false,
});
const gifts = (count: number) => Array.from({ length: count }, (_, number) => gift(number));

async function whileCrediting(
  provider: 'direct' | 'euler',
  body: (hearing: Hearing, crediting: Crediting) => Promise<void>,
  disk: (ledger: Ledger) => Ledger = (ledger) => ledger,
): Promise<void> {
  const clock = systemClock(factor);
  const crediting = openCrediting(clock, null, disk);
  const { inbox } = crediting;
  const hearing = await startHearing({
    provider,
    factor,
    live: { replay: 1 },
    offer: (event) => inbox.offer(event),
    deps: { settled: () => inbox.settled() },
  });
  try {
    hearing.live.room.say({ kind: 'room-user', viewers: 3 });
    await hearing.until('the live is heard', () => hearing.facts().heard);
    await body(hearing, crediting);
  } finally {
    await hearing.end();
    crediting.end();
  }
}

/** A disk that refuses so many writes before it takes any. */
const fullFor =
  (refusals: number) =>
  (ledger: Ledger): Ledger => {
    let refused = 0;
    return {
      ...ledger,
      record(items) {
        const batch = [...items];
        refused += batch.length > 0 ? 1 : 0;
        if (batch.length > 0 && refused <= refusals) {
          throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
        }
        return ledger.record(batch);
      },
    };
  };

const strokes = ({ credited }: Crediting) => [...credited().values()].reduce((sum, count) => sum + count, 0);

for (const provider of ['direct', 'euler'] as const) {
  test(`20,000 gifts in messages of their own are all credited (${provider})`, () =>
    whileCrediting(provider, async ({ live, until, of }, crediting) => {
      for (const each of gifts(20_000)) live.room.say(each);
      await until('all are heard', () => of('gift').length >= 20_000);
      await crediting.inbox.settled();
      assert.equal(strokes(crediting), 20_000);
      assert.equal(crediting.inbox.lost, 0);
    }));

  test(`20,000 gifts that come while the disk is full wait with the server, and are all credited (${provider})`, () =>
    whileCrediting(
      provider,
      async ({ live, until, of }, crediting) => {
        for (const each of gifts(20_000)) live.room.say(each);
        await until('all are heard', () => of('gift').length >= 20_000);
        await crediting.inbox.settled();
        assert.equal(strokes(crediting), 20_000);
        assert.equal(crediting.inbox.lost, 0);
      },
      fullFor(10),
    ));

  test(`gifts that wait behind a full disk when the live ends are credited, however long it stays full (${provider})`, () =>
    whileCrediting(
      provider,
      async ({ live, until, of, facts }, crediting) => {
        for (const each of gifts(1_900)) live.room.say(each);
        live.end();
        for (const each of gifts(5_000).slice(1_900)) live.room.say(each);
        await until('the end is known', () => facts().phase === 'off-air');
        await crediting.inbox.settled();
        assert.equal(of('gift').length, 5_000);
        assert.equal(strokes(crediting), 5_000);
      },
      fullFor(15),
    ));

  test(`one bundle of 12,000 gifts is credited whole (${provider})`, () =>
    whileCrediting(provider, async ({ live, until, of }, crediting) => {
      live.room.sayAll(gifts(12_000));
      await until('all are heard', () => of('gift').length >= 12_000);
      await crediting.inbox.settled();
      assert.equal(strokes(crediting), 12_000);
      assert.equal(crediting.inbox.lost, 0);
    }));
}
