import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { figure, shown } from './budgets.ts';
import type { Given, Heard } from './ingest-listener.ts';

/**
 * Prints how many frames with gifts, tips or donations a second get from the socket to the disk, beside a bare client that only counts. Each
 * has a process of its own, both on Node as it comes, and they take turns: what else the machine does meets both alike.
 */
const frames = Number(process.argv[2] ?? 20_000);
const rounds = 5;

const begin = async (who: string, what: Given): Promise<ChildProcess> => {
  const child = fork(join(import.meta.dirname, 'ingest-listener.ts'), [who, String(frames), what]);
  await once(child, 'message');
  return child;
};

async function ask<T>(child: ChildProcess, what: 'round' | 'end'): Promise<T> {
  child.send(what);
  const [answer] = await once(child, 'message');
  return answer;
}

/** Both listen to bursts of the same in turns. */
async function compare(what: Given, client: string) {
  const bare = await begin('bare', what);
  const livepen = await begin('livepen', what);
  const perSecond: { bare: number; livepen: number }[] = [];
  for (let round = 0; round < rounds; round += 1)
    perSecond.push({ bare: await ask(bare, 'round'), livepen: await ask(livepen, 'round') });
  const alone = await ask<Heard>(bare, 'end');
  const heard = await ask<Heard>(livepen, 'end');
  const best = (who: 'bare' | 'livepen') => Math.max(...perSecond.map((round) => round[who]));
  const [share, times] = [best('livepen') / best('bare'), heard.cpuUs / alone.cpuUs];
  const lines = [
    `${rounds} bursts of ${frames} frames with ${what}, the best counts`,
    `${client.padEnd(33)} ${best('bare').toFixed(0)} frames/s, ${alone.cpuUs.toFixed(0)} µs of its thread a frame`,
    `livepen, from socket to disk      ${best('livepen').toFixed(0)} frames/s, ${heard.cpuUs.toFixed(0)} µs of its thread a frame`,
    `of that client                    ${shown(share)} of its frames, ${shown(times)} of its processor time a frame`,
    `arrival to commit                 p50 ${heard.waitMs.p50.toFixed(1)} ms, p99 ${heard.waitMs.p99.toFixed(1)} ms, ${heard.lost} lost`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return { share, times, alone, heard };
}

const socket = 'bare socket that only counts';
const tips = await compare('tips', socket);
const donations = await compare('donations', socket);
const gifts = await compare('gifts', 'bare connector that only counts');
figure('tipWork', tips.times, perSecond(tips.heard));
figure('donationWork', donations.times, perSecond(donations.heard));
figure('ingestShare', gifts.share, `${shown(gifts.times)} of its processor time a frame`);
figure('loopDelay', gifts.heard.delayP99Ms, `${shown(gifts.alone.delayP99Ms)} of the bare connector in the same run`);
figure('lost', tips.heard.lost + donations.heard.lost + gifts.heard.lost);

/** So many a second one core could take. */
function perSecond({ cpuUs }: Heard): string {
  return `${shown(1e6 / cpuUs)} a second keep one core busy`;
}
