import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { openOk } from '../../ledger/world.ts';
import { shipped } from '../as-shipped.ts';
import { askStatus, drawAlmostAll, giftsFrom, sheet } from './evening.ts';
import { say, timeMs } from './figures.ts';

/** What a process of its own says that does one thing with a ledger. */
function alone(what: 'probe' | 'export', file: string): string {
  const script = fileURLToPath(new URL('alone.ts', import.meta.url));
  return spawnSync(process.execPath, [...shipped().flags, script, what, file], { encoding: 'utf8' }).stdout;
}

/** A ledger at 10,000 events, 100,000 and a million, as far as `largest`: starts, questions, memory, export. */
export function benchSizes(folder: string, largest: number): void {
  const file = join(folder, 'sizes.db');
  const sizes = [10_000, 100_000, 1_000_000].filter((size) => size <= largest);
  let events = 0;
  for (const size of sizes) {
    const growMs = grow(file, events, size);
    const megabytes = (statSync(file).size / 1e6).toFixed(0);
    say(`${size} events: file, MB; growing it with all ink, s`, `${megabytes}; ${(growMs / 1_000).toFixed(1)}`);
    sayStarts(file, size);
    const ledger = openOk(file);
    sayStatus(ledger, size);
    const batchMs = timeMs(() => ledger.record(giftsFrom(size, 1_000)));
    events = size + 1_000;
    say(`${size} events: recording 1,000 more, ms`, batchMs.toFixed(0));
    ledger.close();
    say(`${size} events: memory of a process, before and with it, MB`, alone('probe', file));
    say(`${size} events: export, MB; s; most memory before and in it, MB`, alone('export', file));
    if (size === sizes.at(-1)) sayFullCheck(file, size);
  }
}

/** Records gifts from one number up to another and draws what they pay; tells how long it took, ms. */
function grow(file: string, from: number, to: number): number {
  const ledger = openOk(file);
  if (ledger.sheet() === null) ledger.turnSheet(sheet);
  const tookMs = timeMs(() => {
    for (let events = from; events < to; events += 2_000) {
      ledger.record(giftsFrom(events, Math.min(2_000, to - events)));
      drawAlmostAll(ledger);
    }
  });
  ledger.close();
  return tookMs;
}

function sayStarts(file: string, size: number): void {
  const startsMs = [0, 1, 2].map(() => {
    const startMs = performance.now();
    const ledger = openOk(file);
    const tookMs = performance.now() - startMs;
    if (!ledger.questions.accounts().some(({ drawn }) => drawn > 0)) throw new Error('nothing was drawn');
    ledger.close();
    return tookMs;
  });
  say(`${size} events: start with its check, ms`, startsMs.map((ms) => ms.toFixed(0)).join(', '));
}

function sayStatus(ledger: Ledger, size: number): void {
  const firstMs = timeMs(() => askStatus(ledger));
  const statusMs = timeMs(() => {
    for (let each = 0; each < 100; each++) askStatus(ledger);
  });
  say(`${size} events: what status asks, first and then, ms`, `${firstMs.toFixed(1)}, ${(statusMs / 100).toFixed(2)}`);
}

function sayFullCheck(file: string, size: number): void {
  const ledger = openOk(file);
  const { findings } = ledger.check('full');
  ledger.close();
  if (findings.length > 0) throw new Error(findings.join('\n'));
  say(`${size} events: full check`, 'nothing found');
}
