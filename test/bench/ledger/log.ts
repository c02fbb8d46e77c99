import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { openOk } from '../../ledger/world.ts';
import { giftNumber, giftsFrom, sheet } from './evening.ts';
import { say } from './figures.ts';

/** What a page costs in the log: its head and the page. */
const frameBytes = 24 + 4_096;

function logBytes(ledger: Ledger): number {
  return statSync(`${ledger.file}-wal`).size;
}

/** What gifts cost in the log, one by one and in a burst. */
export function benchLog(folder: string): void {
  const file = join(folder, 'log.db');
  let ledger = openOk(file);
  ledger.turnSheet(sheet);
  const frames: number[] = [];
  for (let each = 0; each < 6_000; each++) {
    // A log that is begun anew by a checkpoint does not show its growth in the file's size.
    if (each % 150 === 0) {
      ledger.close();
      ledger = openOk(file);
      ledger.save(ledger.load());
    }
    const before = logBytes(ledger);
    ledger.record([giftNumber(each)]);
    frames.push((logBytes(ledger) - before) / frameBytes);
  }
  const mean = frames.reduce((sum, count) => sum + count, 0) / frames.length;
  const over = frames.filter((count) => count > 9).length;
  say('log of a lone gift: frames, mean and most (at most 3.8, 9)', `${mean.toFixed(2)}, ${Math.max(...frames)}`);
  say('lone gifts over 9 frames', `${over} of ${frames.length}`);
  say('log of a lone gift: bytes', (mean * frameBytes).toFixed(0));
  ledger.close();
  const bursts = [0, 1].map((run) => {
    const burst = openOk(file);
    burst.save(burst.load());
    const before = logBytes(burst);
    burst.record(giftsFrom(100_000 + run * 1_000, 1_000));
    const bytes = (logBytes(burst) - before) / 1_000;
    burst.close();
    return bytes;
  });
  say('log of a gift in a burst of 1,000: bytes (at most 2,048)', Math.max(...bursts).toFixed(0));
  say('log of a gift in a burst of 1,000: frames', (Math.max(...bursts) / frameBytes).toFixed(2));
}
