import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openFile } from '../../src/ledger/connection.ts';
import { openLedger, readLedger } from '../../src/ledger/ledger.ts';
import { migrations } from '../../src/ledger/schema.ts';
import { draw, gift, layoutOf, openOk, optionsFor, recordOne, tempFolder, worthOf } from './world.ts';

/** The user nobody; only root can become it. */
const nobody = 65_534;
const isRootless = process.getuid?.() !== 0;

function codeOf(opened: ReturnType<typeof openLedger> | ReturnType<typeof readLedger>): string {
  if (!opened.ok) return opened.fault.code;
  opened.ledger.close();
  return 'open';
}

test('every connection that writes syncs each commit to the disk', (t) => {
  const opened = openFile(join(tempFolder(t), 'l.db'));
  assert.ok(opened.kind === 'open');
  assert.equal(opened.db.pragma('journal_mode', { simple: true }), 'wal');
  assert.equal(opened.db.pragma('synchronous', { simple: true }), 2);
  assert.equal(opened.db.pragma('secure_delete', { simple: true }), 1);
  opened.db.close();
});

test('a new ledger and what lies beside it are for their owner alone: names of people stand there', (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  recordOne(ledger, gift(), worthOf('a'));
  for (const name of readdirSync(folder)) {
    if (name === 'l.db-lock') continue;
    assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  }
  ledger.close();
});

test('a second writer is refused for as long as the first is there', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const first = openOk(file);
  assert.equal(codeOf(openLedger(optionsFor(file))), 'ledger-in-use');
  first.close();
  assert.equal(codeOf(openLedger(optionsFor(file))), 'open');
});

test('a second name of the ledger is no second ledger', (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const first = openOk(file);
  const soft = join(folder, 'soft.db');
  symlinkSync(file, soft);
  assert.equal(codeOf(openLedger(optionsFor(soft))), 'ledger-in-use');
  const hard = join(folder, 'hard.db');
  linkSync(file, hard);
  assert.equal(codeOf(openLedger(optionsFor(hard))), 'ledger-linked');
  assert.equal(codeOf(readLedger(optionsFor(hard))), 'ledger-linked');
  recordOne(first, gift({}), worthOf('a'));
  first.close();
  unlinkSync(hard);
  assert.equal(codeOf(openLedger(optionsFor(soft))), 'open');
});

test('what is no file in the place of the ledger, or of what lies beside it, is called that by whoever reads or writes', (t) => {
  for (const end of ['', '-wal', '-shm', '-lock', '-run']) {
    for (const [make, word] of [
      [(path: string) => mkdirSync(path), /is a folder, and not a/],
      [(path: string) => assert.equal(spawnSync('mkfifo', [path]).status, 0), /is no ordinary file, and not a/],
    ] as const) {
      const file = join(tempFolder(t), 'l.db');
      if (end !== '') openOk(file).close();
      rmSync(`${file}${end}`, { force: true });
      make(`${file}${end}`);
      const opened = [openLedger(optionsFor(file)), readLedger(optionsFor(file))];
      for (const each of opened) {
        assert.ok(!each.ok, `${file}${end}`);
        assert.match(each.fault.what, word);
        assert.ok(each.fault.what.startsWith(`${file}${end} `), each.fault.what);
        assert.match(each.fault.remedy, /\[ledger\] file/);
      }
    }
  }
});

test('a ledger that its user may only read is called that before anything is received', { skip: isRootless }, (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  openOk(file).close();
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    chownSync(path, nobody, nobody);
  for (const end of ['', '-lock']) {
    chmodSync(`${file}${end}`, 0o444);
    const program = `import { openLedger } from '${new URL('../../src/ledger/ledger.ts', import.meta.url).href}';
      const opened = openLedger({ file: process.argv[1], wallMs: Date.now });
      console.log(opened.ok ? 'open' : JSON.stringify(opened.fault));`;
    const args = ['--input-type=module', '--eval', program, file];
    const { stdout } = spawnSync(process.execPath, args, { uid: nobody, gid: nobody, encoding: 'utf8' });
    assert.match(stdout, new RegExp(`l\\.db${end} may not be written by this user.*chmod u\\+rw`));
    chmodSync(`${file}${end}`, 0o644);
  }
});

test('where no folder can be made, opening says so at once', () => {
  assert.match(codeOf(openLedger(optionsFor('/proc/livepen/l.db'))), /^disk-/);
});

test('a ledger of a newer program is refused and left as it is', (t) => {
  const file = join(tempFolder(t), 'l.db');
  openOk(file).close();
  const db = new Database(file);
  db.pragma(`user_version = ${migrations.length + 1}`);
  db.close();
  assert.equal(codeOf(openLedger(optionsFor(file))), 'ledger-newer');
  assert.equal(codeOf(readLedger(optionsFor(file))), 'ledger-newer');
});

test("a stranger's database is refused, whatever version it says it has", (t) => {
  const folder = tempFolder(t);
  for (const version of [0, 1]) {
    const file = join(folder, `${version}.db`);
    const db = new Database(file);
    db.exec('CREATE TABLE photo (id INTEGER)');
    db.pragma(`user_version = ${version}`);
    db.close();
    assert.equal(codeOf(openLedger(optionsFor(file))), 'ledger-foreign');
    const after = new Database(file);
    assert.deepEqual(after.prepare('SELECT name FROM sqlite_schema').pluck().all(), ['photo']);
    after.close();
  }
});

test('balances that the entries do not bear out are refused, and the check says where', (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 10 }));
  recordOne(ledger, gift({ count: 5 }), worthOf('a'));
  draw(ledger, 2);
  ledger.close();
  const spoilt = [
    'UPDATE balance SET voided = voided + 1',
    'DROP TRIGGER credit_stays; UPDATE credit SET live = live + 1',
    'UPDATE balance SET drawn = drawn - 1',
    'UPDATE debt SET open = open + 1',
    'UPDATE frontier SET credit = credit - 1',
    'DROP TRIGGER credit_stays; UPDATE credit SET strokes = strokes - 1',
    'DROP TRIGGER ink_lasts; DELETE FROM ink WHERE first_n = 2',
  ];
  for (const [index, sql] of spoilt.entries()) {
    const copy = join(folder, `${index}.db`);
    copyFileSync(file, copy);
    const db = new Database(copy);
    db.exec('BEGIN');
    db.exec(sql);
    db.exec('COMMIT');
    db.close();
    assert.equal(codeOf(openLedger(optionsFor(copy))), 'ledger-unbalanced', sql);
    const reader = readLedger(optionsFor(copy));
    assert.ok(reader.ok);
    assert.match(reader.ledger.check('full').findings.join('\n'), /row a/, sql);
    reader.ledger.close();
  }
});

test('entries can neither be changed nor deleted', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 10 }));
  recordOne(ledger, gift({ group: 'g', count: 1 }), worthOf('a'));
  recordOne(ledger, gift({ group: 'g', count: 5 }), worthOf('a'));
  draw(ledger, 3);
  ledger.amend((amend) => amend.spoil(1, 'a', 1, 1, 'dry'));
  ledger.turnSheet(layoutOf({ a: 10 }));
  ledger.close();
  const db = new Database(file);
  const changes = [
    ['event', 'count = 9'],
    ['growth', 'count = 9'],
    ['credit', 'strokes = 9'],
    ['ink', 'last_n = 9'],
    ['spoil', 'last_n = 9'],
    ['sheet', "layout = ''"],
    ['sheet_close', 'doubtful = 9'],
  ] as const;
  for (const [table, change] of changes) {
    assert.throws(() => db.exec(`UPDATE ${table} SET ${change}`), /entries do not change/);
    assert.throws(() => db.exec(`DELETE FROM ${table}`), /entries are never deleted/);
  }
  db.close();
});

test('a reader looks at the ledger while its writer goes on, and changes nothing', (t) => {
  const file = join(tempFolder(t), 'l.db');
  assert.equal(codeOf(readLedger(optionsFor(file))), 'ledger-absent');
  const writer = openOk(file);
  writer.turnSheet(layoutOf({ a: 10 }));
  recordOne(writer, gift({ count: 5 }), worthOf('a'));
  const reader = readLedger(optionsFor(file));
  assert.ok(reader.ok);
  assert.equal(reader.ledger.questions.payerOf(1, 'a', 5)?.gift, 'rose');
  assert.equal(reader.ledger.questions.payerOf(1, 'no such row', 5), null);
  assert.deepEqual(reader.ledger.check('full').findings, []);
  recordOne(writer, gift({ count: 5 }), worthOf('a'));
  assert.equal(reader.ledger.questions.eventCount(), 2);
  reader.ledger.close();
  writer.close();
});

test('a place where no ledger can be is a fault with a remedy', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'file'), '');
  assert.equal(codeOf(openLedger(optionsFor(join(folder, 'file', 'l.db')))), 'disk-cantopen');
  mkdirSync(join(folder, 'l.db'));
  assert.equal(codeOf(openLedger(optionsFor(join(folder, 'l.db')))), 'disk-cantopen');
});

test('questions about rows that were never heard of leave no trace', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 10 }));
  ledger.questions.payerOf(1, 'typo', 1);
  ledger.questions.payersOf(1, 'typo');
  ledger.questions.giftsSeen('typo');
  ledger.amend((amend) => amend.spoil(1, 'typo', 1, 2, ''));
  ledger.close();
  const db = new Database(file);
  assert.deepEqual(db.prepare("SELECT text FROM word WHERE text = 'typo'").all(), []);
  db.close();
});
