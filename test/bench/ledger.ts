/**
 * What the ledger costs, in one run: lone commits against bare inserts, a burst, the log, starts and questions by size,
 * memory. Options: --events N (the largest ledger, a million unless told), --folder PATH (where the files go).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchBurst, benchLoneCommits } from './ledger/commits.ts';
import { benchLog } from './ledger/log.ts';
import { benchMigration } from './ledger/migration.ts';
import { benchRules } from './ledger/rules.ts';
import { benchSizes } from './ledger/sizes.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { events: text, folder: text } });
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'livepen-bench-'));
try {
  benchLoneCommits(folder);
  benchBurst(folder);
  benchRules(folder);
  benchLog(folder);
  benchMigration(folder, Number(values.events ?? 1_000_000));
  benchSizes(folder, Number(values.events ?? 1_000_000));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
