import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { heapInUse, resources } from './heap.ts';
import { assertAllHeard, type Hearing, whileHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };

/** Loses the connection once, in one of several ways, and is heard again. */
async function loseOnce({ live, until, facts, of, source }: Hearing, round: number): Promise<void> {
  const before = of('connected').length;
  if (round % 10 === 3) live.faults.refuse('upgrade', { status: 403 });
  if (round % 10 === 5) live.faults.refuse('sign', { status: 500 });
  if (round % 10 === 7) live.closeAll(1001, 'going away');
  else if (round % 50 === 9) live.faults.goSilent();
  else live.drop();
  await until('it is heard again', () => {
    if (facts().phase === 'waiting') source.retryNow();
    return facts().heard && of('connected').length > before;
  });
  live.room.gift(fan, giftKinds.galaxy);
}

for (const provider of ['direct', 'euler'] as const) {
  test(`a thousand reconnects leave no socket, timer or memory behind (${provider})`, (t) =>
    whileHearing({ provider, factor: 400, live: { replay: 30 } }, async (hearing) => {
      const { live, until, facts } = hearing;
      live.room.say({ kind: 'room-user', viewers: 1 });
      await until('the live is heard', () => facts().heard);
      for (let round = 0; round < 200; round += 1) await loseOnce(hearing, round);
      const heard = () => new Set(hearing.of('gift').map(({ id }) => id)).size;
      await until('all is heard', () => heard() === live.room.gifts);
      assertAllHeard(hearing);
      const events = hearing.events.splice(0).length;
      const heapBefore = await heapInUse();
      const before = resources();
      for (let round = 0; round < 800; round += 1) {
        await loseOnce(hearing, round);
        if (round % 100 === 99) hearing.events.length = 0;
        if (round % 100 === 99) hearing.log.length = 0;
      }
      const after = resources();
      const grownBytes = (await heapInUse()) - heapBefore;
      t.diagnostic(
        `${facts().reconnects} reconnects, ${live.counts().openSockets} sockets, heap ${Math.round(grownBytes / 1024)} KiB more`,
      );
      assert.ok(facts().reconnects >= 1_000, `${facts().reconnects} reconnects`);
      assert.ok(live.counts().openSockets <= 4, `${live.counts().openSockets} sockets`);
      for (const [name, count] of Object.entries(after)) {
        assert.ok(count <= (before[name] ?? 0) + 4, `${name}: ${before[name]} before, ${count} after`);
      }
      assert.ok(grownBytes < 6_000_000, `the heap grew by ${grownBytes} bytes over ${events} events`);
    }));
}
