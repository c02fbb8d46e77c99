/**
 * What the ledger costs, in one run: lone commits against bare inserts, a burst, the log, starts and questions by size,
 * memory. Options: --events N (the largest ledger, a million unless told), --folder PATH (where the files go).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openFile } from '../../src/ledger/connection.ts';
import { type Ledger, readLedger } from '../../src/ledger/ledger.ts';
import { emptyHand, gift, layoutOf, openOk, optionsFor, worthOf } from '../ledger/world.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { events: text, folder: text, probe: text, export: text } });
const largest = Number(values.events ?? 1_000_000);
let folder = '';
const frameBytes = 24 + 4_096;
const rows = ['1', '2', '3', '4'];
const sheet = layoutOf({ 1: 200, 2: 200, 3: 200, 4: 200 });

function say(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(58)} ${figure}\n`);
}

/** The gift that comes as number `each` of an evening: streaks and single ones, from viewers who give often. */
function giftNumber(each: number) {
  const event = gift({
    user: `${(each * 7_919) % 3_000}`,
    gift: `gift ${each % 40}`,
    ...(each % 3 === 0 ? { group: `${each}` } : {}),
    id: `${7_000_000_000 + each}`,
    arrivedAtMs: 1_767_200_000_000 + each * 100,
    room: `room ${Math.floor(each / 20_000)}`,
  });
  return { event, worth: each % 20 === 0 ? null : worthOf(rows[each % rows.length] ?? '1') };
}

function giftsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => giftNumber(first + index));
}

function timeMs(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function logBytes(ledger: Ledger): number {
  return statSync(`${ledger.file}-wal`).size;
}

/** The same rows into the same tables with the same pragmas, and nothing else: no lookups, no keys, no thought. */
function bareInserts(file: string): (each: number) => void {
  const opened = openFile(file);
  if (opened.kind !== 'open') throw new Error('the bare file does not open');
  const { db } = opened;
  const event = db.prepare(
    `INSERT INTO event (key, room, kind, source, session, viewer, gift, base, count, worth, at_ms, arrived_at_ms, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const credit = db.prepare(
    'INSERT INTO credit (seq, row, event, source, strokes, live, test, hand, replay) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  db.exec("INSERT INTO word (kind, text) VALUES ('row', '1'), ('row', '2'), ('row', '3'), ('row', '4')");
  const viewer = db.prepare('INSERT INTO viewer (key, name, seen_at_ms) VALUES (?, ?, ?)');
  const insert = db.transaction((each: number) => {
    const nowMs = 1_767_200_000_000 + each;
    const { lastInsertRowid: giver } = viewer.run(Buffer.alloc(12, each), `name of ${each}`, nowMs);
    const { lastInsertRowid } = event.run(
      Buffer.alloc(16, each),
      1,
      'gift',
      'live',
      1,
      giver,
      1,
      0,
      1,
      1,
      null,
      nowMs,
      null,
    );
    credit.run(2 ** 32 + each + 1, 1, lastInsertRowid, 'live', 1, each, 0, 0, 0);
  });
  return (each) => insert.immediate(each);
}

function benchLoneCommits(): void {
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

function benchLog(): void {
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
  const over = frames.filter((count) => count > 8).length;
  say('log of a lone gift: frames, mean and most (at most 8)', `${mean.toFixed(2)}, ${Math.max(...frames)}`);
  say('lone gifts over 8 frames', `${over} of ${frames.length}`);
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

function benchBurst(): void {
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

/** Draws what is owed, sheet after sheet, until few strokes are left. */
function drawAlmostAll(ledger: Ledger): void {
  for (;;) {
    const open = ledger.sheet();
    const candidates = ledger.queue.candidates(emptyHand);
    if (open === null || candidates.length === 0) {
      if (ledger.queue.beyondThisSheet() < 400) return;
      ledger.turnSheet(sheet);
      continue;
    }
    ledger.write((ink) => {
      for (const { row, n, credit } of candidates) {
        for (let next = 0; n + next <= 200; next++) {
          const stroke = { stroke: { sheet: open.id, row, n: n + next }, credit: credit + next };
          if (ledger.queue.strokeOf(row, n + next, credit + next, emptyHand) === null) break;
          ink.confirm([stroke]);
        }
      }
    });
  }
}

function askStatus(ledger: Ledger): void {
  const { questions, queue } = ledger;
  questions.accounts();
  questions.lastGifts(10);
  questions.eventCount();
  questions.unmappedGifts();
  questions.doubtful();
  questions.places();
  queue.beyondThisSheet();
  queue.candidates(emptyHand);
}

/** The bounds that the package's launcher sets for Node's heap. */
const asShipped = ['--max-semi-space-size=2', '--max-old-space-size=128'];

/** What a process of its own says that does one thing with a ledger: its memory is of nothing else. */
function alone(what: 'probe' | 'export', file: string): string {
  const words = [...asShipped, import.meta.filename, `--${what}`, file];
  return spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout;
}

/** The memory once it has opened the ledger, answered and recorded for a while, and before. */
function probe(file: string): void {
  const before = process.memoryUsage().rss;
  const ledger = openOk(file);
  for (let each = 0; each < 2_000; each++) {
    askStatus(ledger);
    ledger.record([giftNumber(50_000_000 + each)]);
  }
  const after = process.memoryUsage().rss;
  ledger.close();
  process.stdout.write(`${(before / 1e6).toFixed(0)}, ${(after / 1e6).toFixed(0)}`);
}

/** What `livepen ledger export` does: the text, the time, and the most memory at any moment, before and at the end. */
function exportAll(file: string): void {
  const beforeKb = process.resourceUsage().maxRSS;
  const opened = readLedger(optionsFor(file));
  if (!opened.ok) throw new Error(opened.fault.what);
  let bytes = 0;
  const exportMs = timeMs(() => {
    for (const piece of opened.ledger.export('csv')) bytes += piece.length;
  });
  opened.ledger.close();
  const peakKb = process.resourceUsage().maxRSS;
  const figures = [(bytes / 1e6).toFixed(0), (exportMs / 1_000).toFixed(1)].join('; ');
  process.stdout.write(`${figures}; ${(beforeKb / 1e3).toFixed(0)}, ${(peakKb / 1e3).toFixed(0)}`);
}

function benchSizes(): void {
  const file = join(folder, 'sizes.db');
  let events = 0;
  const sizes = [10_000, 100_000, 1_000_000].filter((size) => size <= largest);
  for (const size of sizes) {
    let ledger = openOk(file);
    if (ledger.sheet() === null) ledger.turnSheet(sheet);
    const growMs = timeMs(() => {
      while (events < size) {
        ledger.record(giftsFrom(events, 2_000));
        events += 2_000;
        drawAlmostAll(ledger);
      }
    });
    ledger.close();
    const startsMs = [0, 1, 2].map(() => {
      const startMs = timeMs(() => {
        ledger = openOk(file);
      });
      if (!ledger.questions.accounts().some(({ drawn }) => drawn > 0)) throw new Error('nothing was drawn');
      ledger.close();
      return startMs;
    });
    ledger = openOk(file);
    const firstMs = timeMs(() => askStatus(ledger));
    const statusMs = timeMs(() => {
      for (let each = 0; each < 100; each++) askStatus(ledger);
    });
    const megabytes = (statSync(file).size / 1e6).toFixed(0);
    say(`${size} events: file, MB; growing it with all ink, s`, `${megabytes}; ${(growMs / 1_000).toFixed(1)}`);
    say(`${size} events: start with its check, ms`, startsMs.map((ms) => ms.toFixed(0)).join(', '));
    say(
      `${size} events: what status asks, first and then, ms`,
      `${firstMs.toFixed(1)}, ${(statusMs / 100).toFixed(2)}`,
    );
    const batchMs = timeMs(() => ledger.record(giftsFrom(size, 1_000)));
    events = size + 1_000;
    say(`${size} events: recording 1,000 more, ms`, batchMs.toFixed(0));
    ledger.close();
    say(`${size} events: memory of a process, before and with it, MB`, alone('probe', file));
    say(`${size} events: export, MB; s; most memory before and in it, MB`, alone('export', file));
    ledger = openOk(file);
    if (size === sizes.at(-1)) {
      const { findings } = ledger.check('full');
      if (findings.length > 0) throw new Error(findings.join('\n'));
      say(`${size} events: full check`, 'nothing found');
    }
    ledger.close();
  }
}

if (values.probe !== undefined) {
  probe(values.probe);
} else if (values.export !== undefined) {
  exportAll(values.export);
} else {
  folder = mkdtempSync(join(values.folder ?? tmpdir(), 'livepen-bench-'));
  try {
    benchLoneCommits();
    benchBurst();
    benchLog();
    benchSizes();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
