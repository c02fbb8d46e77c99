import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openCrediting } from './crediting.ts';
import { whileHearing } from './hearing.ts';

const fan = fans[0] ?? { id: '1', name: 'ink_fan' };

test('ten thousand chat and like messages that nobody wants cause no disk write at all', async (t) => {
  const crediting = openCrediting(systemClock());
  const { inbox, folder } = crediting;
  const files = () =>
    readdirSync(folder).map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return { name, size, mtimeMs };
    });
  await whileHearing({}, async ({ live, source, until, facts, events }) => {
    await until('the live is heard', () => facts().heard);
    live.room.gift(fan, giftKinds.galaxy);
    await until('the gift is heard', () => events.length === 2);
    for (const event of events) inbox.offer(event);
    await inbox.settled();
    const before = files();
    const { acks } = live.counts();
    const busyMs = process.cpuUsage();
    for (let frame = 0; frame < 1_000; frame += 1) {
      const said = Array.from({ length: 10 }, (_, index) =>
        index % 2 === 0
          ? ({ kind: 'chat', fan, text: 'go pen go' } as const)
          : ({ kind: 'like', fan, count: 15, total: frame * 75 } as const),
      );
      live.room.sayAll(said);
      if (frame % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('all frames were handled', () => live.counts().acks >= acks + 1_000);
    const { user } = process.cpuUsage(busyMs);
    t.diagnostic(`${Math.round(user / 1000)} ms of processor time for 10,000 messages, the live's own work included`);
    for (const event of events.slice(2)) inbox.offer(event);
    await inbox.settled();
    assert.equal(events.length, 2);
    assert.deepEqual(files(), before);
    assert.equal(source.facts().undecodable, 0);
  });
  crediting.end();
});
