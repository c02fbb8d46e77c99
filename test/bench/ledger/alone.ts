/** A process that does one thing with a ledger, so that its memory is of nothing else: `alone.ts probe|export FILE`. */
import { readLedger } from '../../../src/ledger/ledger.ts';
import { openOk, optionsFor } from '../../ledger/world.ts';
import { askStatus, giftNumber } from './evening.ts';
import { timeMs } from './figures.ts';

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

const [what, file] = process.argv.slice(2);
if (file === undefined) throw new Error('no ledger is named');
if (what === 'probe') probe(file);
else if (what === 'export') exportAll(file);
else throw new Error(`${what} is not probe or export`);
