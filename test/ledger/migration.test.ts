/** A ledger of an older schema is brought to the newest one in place, and says the same afterwards. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { pictureOfSheet } from '../../src/appliance/sheet-picture.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { migrations } from '../../src/ledger/schema.ts';
import { gift, like, openOk, optionsFor, recordOne, tempFolder, worthOf } from './world.ts';

const schemas = join(import.meta.dirname, 'schemas');

/** What the program of then said of the kept ledger. */
const said = JSON.parse(readFileSync(join(schemas, 'v1.json'), 'utf8'));

function layOld(t: { after(task: () => void): void }): { readonly folder: string; readonly file: string } {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  writeFileSync(file, gunzipSync(readFileSync(join(schemas, 'v1.db.gz'))), { mode: 0o600 });
  return { folder, file };
}

function versionOf(file: string): unknown {
  const db = new Database(file, { readonly: true });
  const version = db.pragma('user_version', { simple: true });
  db.close();
  return version;
}

test('accounts, payers, sheets, gaps and pictures are those of before', (t) => {
  const ledger = openOk(layOld(t).file);
  const { questions } = ledger;
  const sheets = questions.sheets();
  const rowsOf = ['a', 'b'].flatMap((row) => Array.from({ length: 9 }, (_, n) => ({ row, n: n + 1 })));
  const says = {
    accounts: questions.accounts(),
    sheets,
    records: sheets.map(({ sheet }) => questions.sheetRecord(sheet)),
    payers: sheets.flatMap(({ sheet }) => rowsOf.map(({ row, n }) => questions.payerOf(sheet, row, n))),
    gifts: questions.lastGifts(100),
    // Whose lives they were nobody knows.
    gaps: questions.gapsSince(0).map(({ platform, channel, ...gap }) => {
      assert.deepEqual([platform, channel], ['', '']);
      return gap;
    }),
    pictures: sheets.map(({ sheet }) => pictureOfSheet(ledger, sheet, null)),
  };
  assert.deepEqual(JSON.parse(JSON.stringify(says)), said);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('an evening that comes again after it is known: nothing is credited twice', (t) => {
  const ledger = openOk(layOld(t).file);
  const before = ledger.questions.accounts();
  for (const event of [
    gift({ user: 'u1', group: 'g', count: 2 }),
    gift({ user: 'u1', group: 'g', count: 5 }),
    gift({ user: 'u2', id: 'single', count: 4 }),
    gift({ user: 'u3', gift: 'wheel', id: 'unmapped', count: 3 }),
    gift({ origin: 'test', id: 'tried' }),
    like(10, 105),
  ]) {
    const { grown, credits } = recordOne(ledger, event, worthOf('a'));
    assert.deepEqual([grown, credits], [0, []]);
  }
  assert.deepEqual(ledger.questions.accounts(), before);
  ledger.close();
});

test('a live that goes on over it is known from then on as one of its channel', (t) => {
  const ledger = openOk(layOld(t).file);
  recordOne(ledger, gift({ user: 'u1', group: 'g', count: 6 }), worthOf('a'));
  const [newest] = ledger.questions.sessions(1, null)?.items ?? [];
  assert.deepEqual([newest?.platform, newest?.channel, newest?.room], ['tiktok', 'name', 'room-1']);
  ledger.close();
});

test('what was written before stands in the journal once, in the order in which it happened', (t) => {
  const ledger = openOk(layOld(t).file);
  const { questions } = ledger;
  const { entries, cursor } = questions.feedSince(questions.feedBegin(), 1_000);
  const kinds = Map.groupBy(entries, ({ kind }) => kind);
  assert.deepEqual(Object.fromEntries([...kinds].map(([kind, { length }]) => [kind, length])), {
    sheet: 2,
    gift: 6,
    ink: 10,
    spoiled: 2,
    voided: 1,
    'stray-mark': 1,
    gap: 2,
  });
  recordOne(ledger, gift(), worthOf('a'));
  assert.deepEqual(
    questions.feedSince(cursor, 10).entries.map(({ kind }) => kind),
    ['gift'],
  );
  ledger.close();
});

test('the ledger as it was is kept among the backups first, once, for its owner alone', (t) => {
  const { folder, file } = layOld(t);
  openOk(file).close();
  openOk(file).close();
  const backups = readdirSync(join(folder, 'backups'));
  assert.deepEqual(backups, ['l.db.000001']);
  const backup = join(folder, 'backups', 'l.db.000001');
  assert.deepEqual([versionOf(backup), versionOf(file)], [1, migrations.length]);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
});

test('the backup of before is a ledger from which a rescue goes on, and in which names are forgotten', (t) => {
  const { folder, file } = layOld(t);
  const ledger = openOk(file);
  const forgotten = ledger.privacy.forget('name of u2');
  assert.deepEqual([forgotten.viewers, forgotten.backups, forgotten.failed], [1, 1, []]);
  ledger.close();
  assert.equal(readFileSync(join(folder, 'backups', 'l.db.000001')).includes('name of u2'), false);
  writeFileSync(file, 'no database any more');
  const rescued = openOk(file);
  assert.notEqual(rescued.restoration(), null);
  assert.deepEqual(rescued.check('full').findings, []);
  assert.equal(rescued.questions.accounts()[0]?.credited, 11);
  rescued.close();
});

test('a program that knows older schemas only refuses the ledger with a sentence, and leaves it as it is', (t) => {
  const { file } = layOld(t);
  openOk(file).close();
  const db = new Database(file);
  db.pragma(`user_version = ${migrations.length + 1}`);
  db.close();
  const before = readFileSync(file);
  const opened = openLedger(optionsFor(file));
  assert.ok(!opened.ok);
  assert.equal(opened.fault.code, 'ledger-newer');
  assert.match(opened.fault.what, /has version 3; this program knows versions up to 2/);
  assert.match(opened.fault.remedy, /backup made by this version/);
  assert.deepEqual(readFileSync(file), before);
});
