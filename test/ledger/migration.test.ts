/** A ledger of an older schema is brought to the newest one in place, and says the same afterwards. */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { pictureOfSheet } from '../../src/appliance/sheet-picture.ts';
import { backUpBefore, backupsOf } from '../../src/ledger/backups.ts';
import { addFunctions, openFile } from '../../src/ledger/connection.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { applicationId, migrations } from '../../src/ledger/schema.ts';
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
    // Of the pens of before nobody knows.
    sheets: sheets.map(({ pen, ...sheet }) => (pen === '' ? sheet : { ...sheet, pen })),
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
  const [newer, newest] = [migrations.length + 1, migrations.length];
  assert.ok(opened.fault.what.includes(`has version ${newer}; this program knows versions up to ${newest}`));
  assert.match(opened.fault.remedy, /backup made by this version/);
  assert.deepEqual(readFileSync(file), before);
});

test('a backup of before something was credited anew is no copy of the ledger: another one is made', async (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordOne(ledger, gift({ user: 'u1', gift: 'wheel', group: 'g', count: 3 }), null);
  assert.equal((await ledger.backup(0)).kind, 'made');
  const db = new Database(file);
  backUpBefore(db, file);
  assert.equal(backupsOf(file).length, 1, 'it holds as much');
  recordOne(ledger, gift({ user: 'u1', gift: 'wheel', group: 'g', count: 50 }), null);
  backUpBefore(db, file);
  assert.equal(backupsOf(file).length, 2, 'the gift has grown since');
  assert.equal(ledger.amend((amend) => amend.backfill('wheel', 'room-1', worthOf('a'))).strokes, 50);
  backUpBefore(db, file);
  assert.equal(backupsOf(file).length, 3, 'it was credited since');
  db.close();
});

test('what grew between two sheets stands between them in the journal, whichever gift came first', (t) => {
  const db = new Database(join(tempFolder(t), 'l.db'));
  addFunctions(db);
  db.exec(migrations[0] ?? '');
  db.pragma('foreign_keys = OFF');
  db.exec(`
    INSERT INTO event (seq, key, room, kind, source, session, base, count, arrived_at_ms)
    VALUES (1, x'01', 1, 'gift', 'live', 2, 0, 1, 1), (2, x'02', 1, 'gift', 'live', 2, 0, 1, 2);
    INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (1, 0, 9, 60), (2, 0, 4, 3);
    INSERT INTO remap (event, worth, at_ms) VALUES (1, 3, 70), (2, 3, 4);
    INSERT INTO sheet (id, layout, opened_at_ms) VALUES (1, '{}', 5);`);
  db.exec(migrations[1] ?? '');
  assert.deepEqual(db.prepare('SELECT kind, ref FROM journal ORDER BY seq').raw().all(), [
    ['event', 1],
    ['event', 2],
    ['growth', 2],
    ['remap', 2],
    ['sheet', 1],
    ['growth', 1],
    ['remap', 1],
  ]);
  db.close();
});

/** A ledger of version 1 over which the clock was set back: by it, ink came before its sheet and its gift. */
const clockSetBack = `
  INSERT INTO word (id, kind, text) VALUES (1, 'room', 'r'), (2, 'session', 's'), (3, 'row', 'a'), (4, 'worth', '[["a"],1,1]');
  INSERT INTO event (seq, key, room, kind, source, session, base, count, worth, arrived_at_ms)
    VALUES (1, x'01', 1, 'gift', 'live', 2, 0, 2, 4, 900), (2, x'02', 1, 'gift', 'live', 2, 0, 1, 4, 1000), (3, x'03', 1, 'gift', 'live', 2, 0, 1, NULL, 1001);
  INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (2, 0, 2, 10);
  INSERT INTO remap (event, worth, at_ms) VALUES (3, 4, 11);
  INSERT INTO credit (seq, row, event, source, strokes, live, test, hand, replay)
    VALUES (3 * 4294967296 + 1, 3, 1, 'live', 2, 2, 0, 0, 0), (3 * 4294967296 + 2, 3, 2, 'live', 2, 4, 0, 0, 0), (3 * 4294967296 + 3, 3, 3, 'live', 1, 5, 0, 0, 0);
  INSERT INTO sheet (id, layout, opened_at_ms) VALUES (1, '{}', 950), (2, '{}', 30);
  INSERT INTO sheet_close (sheet, doubtful, at_ms) VALUES (1, 0, 30);
  INSERT INTO ink (sheet, row, first_n, turn, last_n, credit, at_ms)
    VALUES (1, 3, 1, 1, 2, 3 * 4294967296 + 1, 20), (2, 3, 1, 2, 1, 3 * 4294967296 + 2, 40);
  INSERT INTO spoil (sheet, row, first_n, last_n, credit, why, at_ms) VALUES (2, 3, 1, 1, 3 * 4294967296 + 2, 'dry', 50);
  INSERT INTO void (credit, strokes, why, at_ms) VALUES (3 * 4294967296 + 2, 1, 'a slip', 60);
  INSERT INTO blemish (sheet, row, n, from_x_mm, from_y_mm, to_x_mm, to_y_mm, why, at_ms) VALUES (2, 3, 1, 0, 0, 1, 1, 'slip', 70);
  INSERT INTO place (sheet, row, certain, handed) VALUES (1, 3, 2, 2), (2, 3, 1, 1);
  INSERT INTO wound (sheet, row, n, credit) VALUES (2, 3, 1, 3 * 4294967296 + 2);
  INSERT INTO balance (row, source, drawn, spoiled, voided) VALUES (3, 'live', 3, 1, 1);
  INSERT INTO frontier (row, credit) VALUES (3, 3 * 4294967296 + 3);`;

for (const version of [1, 2]) {
  test(`a clock that was set back under version ${version} puts nothing in the journal before its sheet or its gift`, (t) => {
    const file = join(tempFolder(t), 'l.db');
    const db = new Database(file);
    addFunctions(db);
    db.exec(migrations[0] ?? '');
    db.exec(clockSetBack);
    db.pragma(`application_id = ${applicationId}`);
    for (const step of migrations.slice(1, version)) db.exec(step);
    db.pragma(`user_version = ${version}`);
    const generation = () => db.prepare("SELECT value FROM meta WHERE key = 'generation'").pluck().get();
    const before = generation();
    const ledger = openOk(file);
    const { findings } = ledger.check('full');
    assert.deepEqual(findings, []);
    const order = db
      .prepare<[], { what: string }>("SELECT kind || ' ' || ref AS what FROM journal ORDER BY seq")
      .pluck()
      .all()
      .map(String);
    const at = (what: string) => order.indexOf(what);
    const ink = (sheet: number, turn: number) => at(`ink ${sheet * 2 ** 32 + turn}`);
    for (const [first, then] of [
      [at('sheet 1'), ink(1, 1)],
      [at('event 1'), ink(1, 1)],
      [at('event 2'), ink(2, 2)],
      [at('sheet 2'), ink(2, 2)],
      [ink(1, 1), ink(2, 2)],
      [at('event 2'), at('growth 2')],
      [at('event 3'), at('remap 3')],
      [at('event 2'), at('spoil 1')],
      [at('event 2'), at('void 1')],
      [at('sheet 2'), at('stray-mark 1')],
    ] as const)
      assert.ok(first >= 0 && first < then, order.join(', '));
    assert.equal(order.length, 12);
    assert.notEqual(generation(), before, 'whoever has read the journal in another order begins anew');
    ledger.close();
    db.close();
  });
}

test('a journal in good order stays as it is, and its readers go on', (t) => {
  const file = join(tempFolder(t), 'l.db');
  writeFileSync(file, gunzipSync(readFileSync(join(schemas, 'v2.db.gz'))), { mode: 0o600 });
  const db = new Database(file);
  const says = () => [
    // The start notes a gap behind them.
    db.prepare('SELECT * FROM journal WHERE seq <= 32 ORDER BY seq').all(),
    db.prepare("SELECT value FROM meta WHERE key = 'generation'").get(),
  ];
  const before = says();
  openOk(file).close();
  assert.deepEqual(says(), before);
  db.close();
});

test('the backup of before begins a generation each time that it is put back', (t) => {
  const { folder, file } = layOld(t);
  openOk(file).close();
  const backup = join(folder, 'backups', 'l.db.000001');
  writeFileSync(file, gunzipSync(readFileSync(join(schemas, 'v2.db.gz'))));
  openOk(file).close();
  const generations = ['l.db.000001', 'l.db.000002', 'l.db.000002'].map((name) => {
    copyFileSync(join(folder, 'backups', name), file);
    const ledger = openOk(file);
    const { generation } = ledger.questions.feedEnd();
    ledger.close();
    return generation;
  });
  const db = new Database(join(folder, 'backups', 'l.db.000002'), { readonly: true });
  const theirs = db.prepare("SELECT value FROM meta WHERE key = 'generation'").pluck().get();
  db.close();
  assert.equal(new Set([theirs, ...generations]).size, 4);
  assert.equal(versionOf(backup), 1);
});

test('no entry is replaced by whoever asks for no triggers of what they delete', (t) => {
  const file = join(tempFolder(t), 'l.db');
  writeFileSync(file, gunzipSync(readFileSync(join(schemas, 'v3.db.gz'))));
  openOk(file).close();
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  const guarded = db
    .prepare<[], string>("SELECT tbl_name FROM sqlite_schema WHERE type = 'trigger' AND name = tbl_name || '_lasts'")
    .pluck()
    .all()
    .map(String);
  assert.ok(guarded.length > 15);
  for (const table of guarded) {
    const [row] = db.prepare(`SELECT * FROM ${table} LIMIT 1`).all();
    // What no command writes yet, and the words on a sheet.
    if (row === undefined) continue;
    const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table).join(', ');
    assert.throws(
      () => db.exec(`REPLACE INTO ${table} (${columns}) SELECT ${columns} FROM ${table} LIMIT 1`),
      /never replaced|goes no further|the one before it/,
      table,
    );
  }
  db.close();
});

test('entries are not replaced either, and what somebody asked for is forgotten but never another', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordOne(ledger, gift({ user: 'u1' }), worthOf('a'));
  ledger.close();
  const opened = openFile(file);
  assert.ok(opened.kind === 'open');
  const { db } = opened;
  assert.throws(() => db.exec("REPLACE INTO journal (seq, kind, ref) VALUES (1, 'sheet', 1)"), /never replaced/);
  db.exec("INSERT INTO request (kind, words, at_ms) VALUES ('write', 'a name', 1)");
  assert.throws(() => db.exec("UPDATE request SET words = 'another'"), /do not change/);
  db.exec('UPDATE request SET words = NULL');
  db.close();
});
