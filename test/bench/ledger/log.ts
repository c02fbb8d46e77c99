import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import type { Recordable } from '../../../src/ledger/record.ts';
import { openWith } from '../../ledger/points-world.ts';
import { openOk } from '../../ledger/world.ts';
import { giftNumber, giftsFrom, sheet } from './evening.ts';
import { say } from './figures.ts';

/** What a page costs in the log: its head and the page. */
const frameBytes = 24 + 4_096;

function logBytes(ledger: Ledger): number {
  return statSync(`${ledger.file}-wal`).size;
}

/** What gifts cost in the log, one by one, with and without the address of their giver's picture, and in a burst. */
export function benchLog(folder: string): void {
  const file = join(folder, 'log.db');
  benchLone(file, 'a lone gift', giftNumber);
  benchLone(join(folder, 'pictures.db'), 'one with a picture', withPicture);
  benchLone(join(folder, 'points.db'), 'one that earns points', giftNumber, openWith, [7, 12]);
  benchAllPages(join(folder, 'all.db'));
  benchBursts(file);
}

/** An address as long as platforms have them. */
const pictureUrl = `https://example.org/${'0123456789abcdef'.repeat(15)}`;

function withPicture(each: number) {
  const { event, worth } = giftNumber(each);
  return { event: { ...event, user: event.user && { ...event.user, pictureUrl } }, worth };
}

/** What waits is written by a gift of which this does not count the log: all of it together counts it. */
function benchAllPages(file: string): void {
  const ledger = openOk(file);
  ledger.turnSheet(sheet);
  ledger.save(ledger.load());
  // As long as somebody reads, no checkpoint begins the log anew.
  const reader = new Database(file, { readonly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM event').get();
  const before = logBytes(ledger);
  for (let each = 0; each < lone; each++) ledger.record([withPicture(each)]);
  const mean = (logBytes(ledger) - before) / frameBytes / lone;
  reader.close();
  ledger.close();
  say('one with a picture: frames, mean with those written later', mean.toFixed(2));
}

const lone = 6_000;

function benchLone(
  file: string,
  which: string,
  giftAt: (each: number) => Recordable,
  open: (file: string) => Ledger = openOk,
  [meanMax, most]: readonly [number, number] = [3.8, 9],
): void {
  let ledger = open(file);
  ledger.turnSheet(sheet);
  const frames: number[] = [];
  for (let each = 0; each < lone; each++) {
    // A log that is begun anew by a checkpoint does not show its growth in the file's size.
    if (each % 150 === 0) {
      ledger.close();
      ledger = open(file);
      ledger.save(ledger.load());
    }
    const before = logBytes(ledger);
    ledger.record([giftAt(each)]);
    frames.push((logBytes(ledger) - before) / frameBytes);
  }
  const mean = frames.reduce((sum, count) => sum + count, 0) / frames.length;
  const over = frames.filter((count) => count > most).length;
  say(
    `log of ${which}: frames, mean and most (at most ${meanMax}, ${most})`,
    `${mean.toFixed(2)}, ${Math.max(...frames)}`,
  );
  say(`${which}, over ${most} frames`, `${over} of ${frames.length}`);
  say(`log of ${which}: bytes`, (mean * frameBytes).toFixed(0));
  ledger.close();
}

function benchBursts(file: string): void {
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
