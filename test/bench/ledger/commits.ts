import { join } from 'node:path';
import { openOk, worthOf } from '../../ledger/world.ts';
import { bareInserts } from './bare-inserts.ts';
import { giftsFrom, sheet } from './evening.ts';
import { median, say, timeMs } from './figures.ts';

/** Gifts that come one by one, against bare inserts. */
export function benchLoneCommits(folder: string): void {
  const ledger = openOk(join(folder, 'lone.db'));
  ledger.turnSheet(sheet);
  const bare = bareInserts(join(folder, 'bare.db'));
  for (const item of giftsFrom(0, 200)) ledger.record([item]);
  const chunk = 50;
  const ledgerMs: number[] = [];
  const bareMs: number[] = [];
  for (let each = 0; each < 60; each++) {
    // All mapped and all from new givers: the rows are the same on both sides.
    const gifts = giftsFrom(1_000 + each * chunk, chunk).map(({ event }) => ({ event, worth: worthOf('1') }));
    const record = () => gifts.forEach((item) => void ledger.record([item]));
    const insert = () => gifts.forEach((_, index) => void bare(each * chunk + index));
    // In turn, and each first in turn: a disk that others use too is slow now and then.
    if (each % 2 === 0) ledgerMs.push(timeMs(record));
    bareMs.push(timeMs(insert));
    if (each % 2 === 1) ledgerMs.push(timeMs(record));
  }
  const rate = (ms: readonly number[]) => (chunk * 1_000) / median(ms);
  say('lone gifts recorded per second', rate(ledgerMs).toFixed(0));
  say('bare inserts of the same rows per second', rate(bareMs).toFixed(0));
  say('ratio (at least 0.8)', (rate(ledgerMs) / rate(bareMs)).toFixed(2));
  ledger.close();
}

/** Gifts that come all at once. */
export function benchBurst(folder: string): void {
  const ledger = openOk(join(folder, 'burst.db'));
  ledger.turnSheet(sheet);
  const gifts = giftsFrom(0, 10_000);
  const stalls: number[] = [];
  const totalMs = timeMs(() => {
    for (let from = 0; from < gifts.length; from += 1_000) {
      stalls.push(timeMs(() => ledger.record(gifts.slice(from, from + 1_000))));
    }
  });
  say('burst of 10,000 gifts on disk, ms (at most 1,500)', totalMs.toFixed(0));
  say('longest stall in it (one commit of 1,000), ms', Math.max(...stalls).toFixed(0));
  const again = timeMs(() => {
    for (let from = 0; from < gifts.length; from += 1_000) ledger.record(gifts.slice(from, from + 1_000));
  });
  say('the same burst repeated, all known, ms', again.toFixed(0));
  ledger.close();
}
