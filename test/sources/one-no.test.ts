/** The pages deny users who are on the air, and leave rooms out: a "no" counts when all that can know agree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whileHearing } from './hearing.ts';

const options = { pages: true, factor: 50 } as const;

for (const forgotten of ['user', 'room', 'room and status'] as const) {
  test(`a live on air is heard though the pages leave out the ${forgotten}: the sign service lists it`, () =>
    whileHearing({ ...options, live: { lookup: true } }, async ({ live, until, facts, of }) => {
      await until('the live is heard', () => facts().heard);
      // On a machine that is busy the first connection may take more than one try.
      const { signed } = live.counts();
      live.forget(forgotten);
      live.drop();
      await until('the live is heard again', () => of('connected').length === 2 && facts().heard);
      assert.equal(facts().problem, null);
      assert.equal(live.counts().signed, signed + 1);
    }));

  test(`while nobody lists a room, ${forgotten} left out, it is looked for without a signature, and heard once named`, () =>
    whileHearing(options, async ({ live, until, facts, of, clock }) => {
      await until('the live is heard', () => facts().heard);
      live.forget(forgotten);
      live.drop();
      const { pageViews } = live.counts();
      await until('it is looked for', () => live.counts().pageViews >= pageViews + 12);
      await until('the next look is planned', () => facts().nextAttemptAtMs !== null);
      assert.ok((facts().nextAttemptAtMs ?? 0) - clock.nowMs() <= 72_000);
      assert.equal(live.counts().signed, 1);
      live.forget('nothing');
      await until('the live is heard again', () => of('connected').length === 2);
      assert.equal(live.counts().signed, 2);
    }));
}

test('a user whom the sign service lists as off air is not live, and costs no signature', () =>
  whileHearing({ ...options, live: { lookup: true } }, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.forget('user');
    live.onAir(false);
    live.drop();
    await until('it is off air', () => facts().phase === 'off-air');
    assert.equal(facts().problem, null);
    assert.equal(live.counts().signed, 1);
  }));

test('a room that the pages leave out of a live that has ended is no live', () =>
  whileHearing(options, async ({ live, until, facts }) => {
    await until('the live is heard', () => facts().heard);
    live.forget('room');
    live.end();
    await until('it is off air', () => facts().phase === 'off-air');
    assert.equal(live.counts().signed, 1);
  }));

test('a sign service that does not answer is no second "no": the user is not called unknown', () =>
  whileHearing(options, async ({ live, until, facts, log }) => {
    await until('the live is heard', () => facts().heard);
    live.forget('user');
    const works = { status: 200, body: '{"statusCode":10202,"message":"user_not_found"}' };
    live.faults.refuse('page', works, works, { status: 500 });
    live.drop();
    await until('it is lost', () => log.some((line) => /TikTok knows no user/.test(line)));
    await until('all agree', () => facts().problem?.code === 'live-no-such-user');
  }));
