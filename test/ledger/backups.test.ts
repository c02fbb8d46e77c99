import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { noPlotterRecord } from '../../src/domain/plotter.ts';
import { readLedger } from '../../src/ledger/ledger.ts';
import {
  accountOf,
  draw,
  gift,
  layoutOf,
  noonMs,
  openOk,
  optionsFor,
  recordOne,
  tempFolder,
  worthOf,
} from './world.ts';

const hourMs = 3_600_000;

/** A ledger with a backup, and something that came after it; closed. */
async function backedUp(folder: string): Promise<string> {
  const file = join(folder, 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 20 }));
  recordOne(ledger, gift({ id: '1', count: 5 }), worthOf('a'));
  draw(ledger, 2);
  ledger.save({ ...noPlotterRecord, epoch: 4, originKnown: true, lineBase: 77, identity: 'board', liftDone: true });
  await ledger.backup(0);
  recordOne(ledger, gift({ id: '2', count: 3 }), worthOf('a'));
  ledger.close();
  return file;
}

function damage(file: string, from: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, from);
  writeFileSync(file, bytes);
}

test('a backup is a whole ledger', async (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  for (let each = 1; each <= 3; each++) {
    recordOne(ledger, gift(), worthOf('a'));
    assert.equal((await ledger.backup(0)).kind, 'made');
  }
  const backup = readLedger(optionsFor(join(folder, 'backups', 'l.db.000002')));
  assert.ok(backup.ok);
  assert.equal(accountOf(backup.ledger, 'a').credited, 2);
  assert.deepEqual(backup.ledger.check('full').findings, []);
  backup.ledger.close();
  ledger.close();
});

test('what is written while a backup is made is in it or after it, and the ledger does not wait', async (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  const batch = (from: number) =>
    Array.from({ length: 1_000 }, (_, index) => ({ event: gift({ user: `u${from + index}` }), worth: worthOf('a') }));
  for (let from = 0; from < 6_000; from += 1_000) ledger.record(batch(from));
  const first = ledger.backup(0);
  assert.equal(ledger.backup(0), first, 'two who ask at once get the same');
  setImmediate(() => ledger.record(batch(9_000)));
  const made = await first;
  assert.ok(made.kind === 'made');
  const backup = readLedger(optionsFor(made.file));
  assert.ok(backup.ok);
  assert.ok([6_000, 7_000].includes(accountOf(backup.ledger, 'a').credited));
  assert.deepEqual(backup.ledger.check('full').findings, []);
  backup.ledger.close();
  ledger.close();
});

test('a backup is due an hour after the last, and only when something is new', async (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift(), worthOf('a'));
  const at = async (hours: number) => (await ledger.backupIfDue(hours * hourMs)).kind;
  assert.deepEqual([await at(10), await at(10.9), await at(11)], ['not-due', 'not-due', 'made']);
  assert.deepEqual([await at(13), await at(14)], ['not-due', 'not-due']);
  recordOne(ledger, gift(), worthOf('a'));
  await ledger.backup(14.5 * hourMs);
  recordOne(ledger, gift(), worthOf('a'));
  assert.deepEqual([await at(15), await at(15.5)], ['not-due', 'made']);
  ledger.close();
});

test('a backup that the disk does not take is told, and one that is cut off by the end is no harm', async (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  writeFileSync(join(folder, 'backups'), 'a file where the folder should be');
  const failed = await ledger.backup(0);
  assert.equal(failed.kind === 'failed' && failed.fault.code, 'disk-cantopen');
  rmSync(join(folder, 'backups'));
  const running = ledger.backup(0);
  ledger.close();
  const stopped = await running;
  assert.equal(stopped.kind === 'failed' && stopped.fault.code, 'backup-stopped');
  assert.deepEqual(readdirSync(join(folder, 'backups')), []);
});

test('a damaged ledger is moved aside and its backup goes on, with a new sheet and the origin unknown', async (t) => {
  const folder = tempFolder(t);
  const file = await backedUp(folder);
  damage(file, 100);
  const bytes = readFileSync(file);
  const ledger = openOk(file, () => noonMs + 5_000);
  const restoration = ledger.restoration();
  assert.equal(restoration?.movedTo, `${file}.damaged-2026-01-01T12-00-05`);
  assert.deepEqual(readFileSync(restoration.movedTo), bytes, 'nothing of it is lost');
  assert.equal(restoration.backup?.file, join(folder, 'backups', 'l.db.000001'));
  const { fromMs, toMs, ...what } = restoration.missing;
  assert.deepEqual([fromMs, toMs], [restoration.backup?.madeAtMs, Math.trunc(statSync(restoration.movedTo).mtimeMs)]);
  assert.deepEqual(what, { events: null, credited: null, drawn: null, sheets: null }, 'nothing of it can be read');
  assert.deepEqual([accountOf(ledger, 'a').credited, accountOf(ledger, 'a').drawn], [5, 2]);
  assert.equal(ledger.sheet(), null);
  assert.deepEqual(ledger.load(), { ...noPlotterRecord, epoch: 4, identity: 'board' });
  assert.deepEqual(ledger.check('full').findings, []);
  recordOne(ledger, gift({ id: '1', count: 5 }), worthOf('a'));
  recordOne(ledger, gift({ id: '2', count: 3 }), worthOf('a'));
  assert.equal(accountOf(ledger, 'a').credited, 8, 'what the live says again is known, what is missing comes back');
  ledger.close();
  const later = openOk(file);
  assert.deepEqual(later.restoration(), restoration);
  assert.equal(later.turnSheet(layoutOf({ a: 20 })).opened, 2);
  later.close();
});

test('a backup that lacks a guard, or a row of its journal, is a good one: it holds what is owed', async (t) => {
  const folder = tempFolder(t);
  const file = await backedUp(folder);
  for (const name of readdirSync(join(folder, 'backups'))) {
    const db = new Database(join(folder, 'backups', name));
    db.exec('DROP TRIGGER journal_lasts; DELETE FROM journal WHERE seq = 1');
    db.close();
  }
  writeFileSync(file, 'no database any more');
  const ledger = openOk(file);
  assert.notEqual(ledger.restoration()?.backup, null);
  assert.match(ledger.check('full').findings.join(' '), /is missing .*journal_lasts is not as it was made/);
  ledger.close();
});

test('what is missing is told as far as the damaged file can be read', async (t) => {
  const folder = tempFolder(t);
  const file = await backedUp(folder);
  const db = new Database(file);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'ink'").pluck().get());
  db.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, (root - 1) * 4_096, root * 4_096);
  writeFileSync(file, bytes);
  const ledger = openOk(file);
  const { events, credited, drawn, sheets } = ledger.restoration()?.missing ?? {};
  assert.deepEqual([events, credited, drawn, sheets], [1, 3, null, 0]);
  assert.deepEqual(readFileSync(ledger.restoration()?.movedTo ?? ''), bytes);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('look')),
    [],
  );
  ledger.close();
});

test('damage of every kind and at every place is met', async (t) => {
  const kinds: readonly ((file: string) => void)[] = [
    (file) => writeFileSync(file, 'these are no pages at all, and more than sixteen bytes of them'),
    (file) => truncateSync(file, 4_096 * 3),
    (file) => truncateSync(file, 700),
    (file) => damage(file, 4_096),
    (file) => damage(file, statSync(file).size - 4_096 * 12),
  ];
  for (const break_ of kinds) {
    const folder = tempFolder(t);
    const file = await backedUp(folder);
    break_(file);
    writeFileSync(`${file}-suspect`, 'a read failed');
    const ledger = openOk(file);
    assert.equal(accountOf(ledger, 'a').credited, 5);
    assert.notEqual(ledger.restoration(), null);
    assert.ok(!existsSync(`${file}-suspect`));
    ledger.close();
  }
});

test('damage that a start does not see is found once a write has met it', async (t) => {
  const folder = tempFolder(t);
  const file = await backedUp(folder);
  const db = new Database(file);
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'event'").pluck().get());
  db.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, (root - 1) * 4_096, root * 4_096);
  writeFileSync(file, bytes);
  const blind = openOk(file);
  assert.throws(() => recordOne(blind, gift(), worthOf('a')), { code: /^SQLITE_CORRUPT/ });
  blind.close();
  const ledger = openOk(file);
  assert.equal(accountOf(ledger, 'a').credited, 5);
  recordOne(ledger, gift(), worthOf('a'));
  ledger.close();
});

test('a suspicion that is unfounded costs one long look and nothing else', async (t) => {
  const file = await backedUp(tempFolder(t));
  writeFileSync(`${file}-suspect`, 'a read failed');
  const ledger = openOk(file);
  assert.deepEqual([accountOf(ledger, 'a').credited, ledger.restoration(), ledger.sheet()?.id], [8, null, 1]);
  assert.ok(!existsSync(`${file}-suspect`));
  ledger.close();
});

test('a damaged backup is passed over for an older one; without any, the ledger begins anew and says so', async (t) => {
  const folder = tempFolder(t);
  const file = await backedUp(folder);
  const ledger = openOk(file);
  const newest = await ledger.backup(0);
  ledger.close();
  assert.ok(newest.kind === 'made');
  damage(newest.file, 8_192);
  damage(file, 0);
  const older = openOk(file);
  assert.equal(accountOf(older, 'a').credited, 5);
  older.close();
  rmSync(join(folder, 'backups'), { recursive: true });
  damage(file, 0);
  const empty = openOk(file);
  assert.equal(empty.restoration()?.backup, null);
  assert.equal(empty.questions.eventCount(), 0);
  empty.close();
  assert.equal(readdirSync(folder).filter((name) => name.startsWith('l.db.damaged')).length, 2);
});

test('a power cut while a backup takes over loses neither the backup nor the damaged file', async (t) => {
  const folder = tempFolder(t);
  const file = await backedUp(folder);
  const wholeBackup = readFileSync(join(folder, 'backups', 'l.db.000001'));
  writeFileSync(`${file}-restored`, wholeBackup);
  writeFileSync(`${file}-wal`, 'the log of the damaged file');
  rmSync(file);
  const ledger = openOk(file);
  assert.equal(accountOf(ledger, 'a').credited, 5);
  ledger.close();
  const aside = readdirSync(folder).filter((name) => name.startsWith('l.db.damaged'));
  assert.deepEqual(
    aside.map((name) => readFileSync(join(folder, name), 'utf8')),
    ['the log of the damaged file'],
  );
});
