/** What the system or SQLite said word for word is told beside each fault of the disk, for the log. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onDisk } from '../../src/appliance/command-result.ts';
import { originalOf } from '../../src/domain/cause.ts';
import { silentLog } from '../../src/domain/log.ts';
import { openLedger, readLedger } from '../../src/ledger/ledger.ts';
import { gift, noonMs, optionsFor, recordOne, tempFolder, worthOf } from './world.ts';

function telling(file: string) {
  const told: string[] = [];
  const logOriginal = (failed: string, error: unknown) => void told.push(`${failed}: ${originalOf(error)}`);
  return { told, options: { ...optionsFor(file), logOriginal } };
}

test('a ledger whose folder cannot be made', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const { told, options } = telling(join(folder, 'file', 'l.db'));
  assert.equal(openLedger(options).ok, false);
  assert.match(told.join('\n'), /^The ledger was not opened: .*(ENOTDIR|EEXIST)/);
});

test('a ledger that cannot be read, by whoever opens it', (t) => {
  const file = join(tempFolder(t), 'l.db');
  writeFileSync(file, 'no ledger, but long enough to be looked at '.repeat(100));
  const reading = telling(file);
  assert.equal(readLedger(reading.options).ok, false);
  assert.match(reading.told.join('\n'), /^The ledger was not opened: .*not a database/);
  const writing = telling(file);
  const opened = openLedger(writing.options);
  assert.ok(opened.ok);
  opened.ledger.close();
  assert.match(writing.told.join('\n'), /^The ledger was not read: .*not a database/);
});

test('a backup that is not made, and one in which no name can be replaced', async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const { told, options } = telling(file);
  const opened = openLedger(options);
  assert.ok(opened.ok);
  const { ledger } = opened;
  recordOne(ledger, gift(), worthOf('a'));
  writeFileSync(join(folder, 'backups'), 'a file where the folder should be');
  assert.equal((await ledger.backup(0)).kind, 'failed');
  assert.match(told.splice(0).join('\n'), /^The ledger was not backed up: .*(ENOTDIR|EEXIST)/);
  rmSync(join(folder, 'backups'));
  assert.equal((await ledger.backup(0)).kind, 'made');
  writeFileSync(join(folder, 'backups', 'l.db.000001'), 'no ledger, but long enough '.repeat(100));
  assert.notEqual(ledger.privacy.retireInBackup(90, noonMs), null);
  assert.match(told.join('\n'), /^The backup .* was not changed: .*not a database/);
  ledger.close();
});

test('a write that a person asked for', () => {
  const debug: string[] = [];
  const log = { ...silentLog, debug: (sentence: string) => void debug.push(sentence) };
  const result = onDisk(log, () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
  assert.equal(result.ok, false);
  assert.match(debug.join('\n'), /no space left on device/);
});
