import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { figure, shown } from './budgets.ts';
import type { Heard } from './ingest-listener.ts';

/**
 * Prints how many gift frames a second get from the socket to the disk, beside the bare connector that only counts. Each
 * has a process of its own, both on Node as it comes, and they take turns: what else the machine does meets both alike.
 */
const frames = Number(process.argv[2] ?? 20_000);
const rounds = 5;

const begin = async (who: string): Promise<ChildProcess> => {
  const child = fork(join(import.meta.dirname, 'ingest-listener.ts'), [who, String(frames)]);
  await once(child, 'message');
  return child;
};

async function ask<T>(child: ChildProcess, what: 'round' | 'end'): Promise<T> {
  child.send(what);
  const [answer] = await once(child, 'message');
  return answer;
}

const bare = await begin('bare');
const livepen = await begin('livepen');
const perSecond: { bare: number; livepen: number }[] = [];
for (let round = 0; round < rounds; round += 1)
  perSecond.push({ bare: await ask(bare, 'round'), livepen: await ask(livepen, 'round') });
const alone = await ask<Heard>(bare, 'end');
const heard = await ask<Heard>(livepen, 'end');
const best = (who: 'bare' | 'livepen') => Math.max(...perSecond.map((round) => round[who]));
const lines = [
  `${rounds} bursts of ${frames} gift frames, the best counts`,
  `bare connector that only counts   ${best('bare').toFixed(0)} frames/s, ${alone.cpuUs.toFixed(0)} µs of its thread a frame`,
  `livepen, from socket to disk      ${best('livepen').toFixed(0)} frames/s, ${heard.cpuUs.toFixed(0)} µs of its thread a frame`,
  `arrival to commit                 p50 ${heard.waitMs.p50.toFixed(1)} ms, p99 ${heard.waitMs.p99.toFixed(1)} ms`,
];
process.stdout.write(`${lines.join('\n')}\n`);
figure(
  'ingestShare',
  best('livepen') / best('bare'),
  `${shown(heard.cpuUs / alone.cpuUs)} of its processor time a frame`,
);
figure('loopDelay', heard.delayP99Ms, `${shown(alone.delayP99Ms)} of the bare connector in the same run`);
figure('lost', heard.lost);
