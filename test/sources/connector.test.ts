import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fans, giftKinds, play, recordedLive } from '../../src/simulators/live/script.ts';
import { allKinds, assertAllHeard, whileHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
const other = fans[1] ?? fan;
const { rose, galaxy } = giftKinds;

for (const provider of ['direct', 'euler'] as const) {
  test(`the recorded live is heard whole, with its drop, its lost and its doubled ends (${provider})`, () =>
    whileHearing({ provider, factor: 300, live: { replay: 1_000 }, deps: { wanted: allKinds } }, async (hearing) => {
      const { live, clock, until, of, facts } = hearing;
      if (provider === 'direct') await until('the live is heard', () => facts().heard);
      await play(live, recordedLive, clock).done;
      await until('the end is heard', () => of('stream-end').length > 0 && facts().phase === 'off-air');
      assertAllHeard(hearing);
      assert.equal(live.room.gifts, 229);
      assert.ok(of('connected').length >= 2);
      for (const kind of ['chat', 'like', 'join', 'follow', 'share', 'subscribe', 'room-user'] as const) {
        assert.ok(of(kind).length > 0, `no ${kind}`);
      }
    }));

  test(`nothing is lost by a cut in the middle of a frame, a swap, a streak that never ends or ends twice (${provider})`, () =>
    whileHearing({ provider, live: { replay: 50 } }, async (hearing) => {
      const { live, until, facts, of } = hearing;
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      const streak = live.room.streak(fan, rose);
      live.faults.padNext(300_000);
      streak.to(1);
      live.faults.swapNext();
      streak.to(2);
      streak.to(5);
      const both = live.room.streak(other, rose);
      both.to(2);
      live.faults.cutNext();
      streak.to(6);
      await until('the live is heard again', () => of('connected').length === 2);
      streak.end('twice');
      both.to(9);
      both.end('never');
      live.room.gift(fan, galaxy);
      await until('the last gift is heard', () => of('gift').some(({ payload }) => payload.gift.id === galaxy.id));
      assertAllHeard(hearing);
    }));

  test(`streaks without a group are told apart: repeated ends, lost ends, a swap and a replay change nothing (${provider})`, () =>
    whileHearing({ provider, live: { replay: 50 } }, async (hearing) => {
      const { live, until, facts, of } = hearing;
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      const streak = (upTo: number, end: 'once' | 'twice' | 'never') => {
        const one = live.room.streak(fan, rose, '0');
        for (let count = 1; count <= upTo; count++) one.to(count);
        one.end(end);
      };
      streak(3, 'twice');
      streak(3, 'once');
      live.faults.swapNext();
      streak(5, 'once');
      streak(2, 'never');
      live.faults.cutNext();
      streak(1, 'once');
      await until('the live is heard again', () => of('connected').length === 2);
      streak(1, 'once');
      live.room.gift(fan, galaxy);
      await until('the last gift is heard', () => of('gift').some(({ payload }) => payload.gift.id === galaxy.id));
      assertAllHeard(hearing);
    }));

  test(`what was received before a stop is told before the stop, in the middle of a burst too (${provider})`, () =>
    whileHearing({ provider, live: { replay: 50 } }, async (hearing) => {
      const { live, until, facts, of, source, events } = hearing;
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      for (let each = 0; each < 300; each += 1) live.room.gift(fan, galaxy);
      await until('the burst has begun', () => of('gift').length > 0);
      const before = of('gift').length;
      const stopped = source.stop();
      const told = of('gift').length;
      await stopped;
      assert.equal(of('gift').length, told, 'nothing comes after the stop');
      assert.equal(events.at(-1)?.kind, 'disconnected');
      if (provider === 'direct') assert.ok(told > before || before === 300, `${before} before, ${told} at the stop`);
      const numbers = of('gift').map(({ id }) => Number(BigInt(id) % 100_000n));
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => (numbers[0] ?? 0) + index),
        'without a hole',
      );
    }));

  test(`a silent live is noticed within 40 s and heard anew (${provider})`, () =>
    whileHearing({ provider, live: { replay: 50 } }, async (hearing) => {
      const { live, until, facts, of } = hearing;
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      live.faults.goSilent();
      live.room.gift(fan, rose, 3);
      await until('the silence is noticed', () => of('disconnected').length === 1);
      const [gone] = of('disconnected');
      assert.match(gone?.payload.why ?? '', /silent/);
      assert.ok((gone?.arrivedAtMs ?? 0) - (gone?.payload.heardUntilMs ?? 0) >= 35_000);
      await until('the gift is heard', () => of('gift').length > 0);
      await until('the old connection is closed', () => live.counts().openConnections === 1);
      assertAllHeard(hearing);
    }));

  test(`a gift that does not decode is counted, kept and told (${provider})`, () =>
    whileHearing({ provider }, async ({ live, until, facts, of, source }) => {
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      live.faults.corruptNextGift();
      live.room.gift(fan, galaxy);
      live.room.gift(other, galaxy);
      await until('the other gift is heard', () => of('gift').length === 1);
      assert.equal(facts().undecodable, 1);
      assert.equal(of('error')[0]?.payload.code, 'live-undecodable');
      const [kept] = source.undecodableFrames();
      assert.equal(kept?.method, 'WebcastGiftMessage');
      assert.ok((kept?.bytes.length ?? 0) > 0);
    }));

  test(`bytes that are no frame, with the word that the connection is open and later, cost a connection and nothing else (${provider})`, () =>
    whileHearing({ provider, live: { replay: 50 } }, async (hearing) => {
      const { live, until, of } = hearing;
      live.faults.babbleNext();
      live.room.gift(fan, galaxy);
      await until('the gift is heard', () => of('gift').length > 0);
      live.faults.babble();
      live.room.gift(other, galaxy);
      await until('the second gift is heard', () => of('gift').some(({ user }) => user?.id === other.id));
      assertAllHeard(hearing);
    }));

  test(`a changed user name holds at once, and the old connection is left (${provider})`, () =>
    whileHearing({ provider, pages: true }, async ({ live, until, facts, of, source }) => {
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      live.rename('ink_host_02');
      const before = live.counts().connections;
      source.changeUser('ink_host_02');
      assert.equal(of('disconnected')[0]?.payload.why, 'the user name changed');
      await until('the new live is heard', () => facts().heard && of('connected').length === 2);
      assert.equal(live.counts().connections, before + 1);
      await until('only one connection is open', () => live.counts().openConnections === 1);
    }));
}

test('a large frame does not let the small one behind it pass', () =>
  whileHearing({}, async ({ live, until, facts, of }) => {
    await until('the live is heard', () => facts().heard);
    for (let round = 0; round < 10; round += 1) {
      const streak = live.room.streak(fan, rose);
      live.faults.padNext(400_000);
      streak.to(7);
      streak.end('once');
    }
    await until('all is heard', () => of('gift').length === 20);
    assert.deepEqual(
      of('gift').map(({ payload }) => payload.streak?.ended),
      Array.from({ length: 20 }, (_, index) => index % 2 === 1),
    );
    const ids = of('gift').map(({ id }) => BigInt(id));
    assert.ok(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0n)));
  }));

test('what is not wanted is neither decoded nor told, and what is unknown is told only as raw', () =>
  whileHearing({ deps: { wanted: new Set(['raw']) } }, async ({ live, until, facts, of, events }) => {
    await until('the live is heard', () => facts().heard);
    live.room.say({ kind: 'chat', fan, text: 'hello' });
    live.room.say({ kind: 'unknown', method: 'WebcastBrandNewMessage' });
    live.room.gift(fan, galaxy);
    await until('the gift is heard', () => of('gift').length === 1);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['connected', 'raw', 'raw', 'gift'],
    );
    assert.deepEqual(
      of('raw').map(({ payload }) => payload.method),
      ['WebcastChatMessage', 'WebcastBrandNewMessage'],
    );
  }));

test('acknowledgements wait until what was told is on disk', () => {
  let waiting: (() => void)[] = [];
  const settled = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  const written = () => {
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return whileHearing({ deps: { settled } }, async ({ live, until, facts, of }) => {
    await until('the live is heard', () => facts().heard);
    live.room.gift(fan, galaxy);
    live.room.gift(fan, galaxy);
    await until('the gifts are heard', () => of('gift').length === 2);
    await until('a heartbeat later', () => live.counts().heartbeats > 1);
    assert.equal(live.counts().acks, 0);
    await until('all are acknowledged', () => {
      written();
      return live.counts().acks === 2;
    });
  });
});
