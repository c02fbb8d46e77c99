import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openLedger } from '../../src/ledger/ledger.ts';
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
const dayMs = 24 * hourMs;

/** A ledger whose clock is set by hand. */
function openAt(file: string) {
  const clock = { nowMs: noonMs };
  const ledger = openOk(file, () => clock.nowMs);
  return {
    ledger,
    /** Makes a backup that is finished at this moment, with one gift more than the one before. */
    async backUpAt(atMs: number): Promise<string> {
      clock.nowMs = atMs;
      recordOne(ledger, gift(), worthOf('a'));
      const made = await ledger.backup(0);
      assert.ok(made.kind === 'made');
      return made.file;
    },
  };
}

/** The hours before the end at which the kept backups were made, the newest first. */
function agesHours(folder: string, endMs: number): number[] {
  return readdirSync(join(folder, 'backups'))
    .toSorted()
    .reverse()
    .map((name) => Math.round((endMs - statSync(join(folder, 'backups', name)).mtimeMs) / hourMs));
}

test('the last three backups are kept, the last one of each of seven days, and of each of four weeks', async (t) => {
  const folder = tempFolder(t);
  const { ledger, backUpAt } = openAt(join(folder, 'l.db'));
  const endMs = Date.UTC(2026, 0, 31, 12);
  for (let hours = 40 * 24; hours >= 0; hours -= 6) await backUpAt(endMs - hours * hourMs);
  const ages = agesHours(folder, endMs);
  assert.deepEqual(ages.slice(0, 3), [0, 6, 12]);
  const days = new Set(ages.map((age) => Math.floor((endMs - age * hourMs) / dayMs)));
  for (let back = 0; back < 7; back++) assert.ok(days.has(Math.floor(endMs / dayMs) - back), `day -${back}`);
  assert.ok((ages.at(-1) ?? 0) > 14 * 24, `${ages}`);
  assert.ok(ages.length <= 14, `${ages.length} backups`);
  ledger.close();
});

test('a clock that jumps back and forth neither fills the disk with backups nor costs the newest ones', async (t) => {
  const folder = tempFolder(t);
  const { ledger, backUpAt } = openAt(join(folder, 'l.db'));
  const made: string[] = [];
  for (let each = 0; each < 60; each++) {
    made.push(await backUpAt(noonMs + (each % 2 === 0 ? each * dayMs : -400 * dayMs + each * hourMs)));
  }
  const kept = readdirSync(join(folder, 'backups')).map((name) => join(folder, 'backups', name));
  assert.ok(kept.length <= 14, `${kept.length} backups`);
  for (const file of made.slice(-3)) assert.ok(kept.includes(file));
  ledger.close();
});

/** A ledger that owes 28 strokes, with three backups of that; closed. */
async function owing(folder: string): Promise<string> {
  const file = join(folder, 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 40 }));
  recordOne(ledger, gift({ id: '1', count: 30 }), worthOf('a'));
  draw(ledger, 2);
  for (let each = 0; each < 3; each++) await ledger.backup(0);
  ledger.close();
  return file;
}

async function backupOfOwing(folder: string): Promise<string> {
  await owing(folder);
  return join(folder, 'backups', 'l.db.000003');
}

const losses: Readonly<Record<string, (file: string) => void>> = {
  gone: (file) => rmSync(file),
  'of 0 bytes': (file) => writeFileSync(file, ''),
  'of 0 bytes beside a log': (file) => {
    writeFileSync(file, '');
    writeFileSync(`${file}-wal`, 'the log of what was there');
  },
  'a database without tables': (file) => {
    rmSync(file, { force: true });
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.close();
  },
  'a database without tables beside a log': (file) => {
    losses['a database without tables']?.(file);
    writeFileSync(`${file}-wal`, 'the log of what was there');
  },
  'whole, but without any event,': (file) => {
    const fresh = `${file}-fresh`;
    openOk(fresh).close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    renameSync(fresh, file);
  },
};
test('a newest backup with nothing in it is no good one: an older one takes the place of a ledger that is gone', async (t) => {
  for (const content of ['', 'x']) {
    const folder = tempFolder(t);
    const file = await owing(folder);
    rmSync(file);
    writeFileSync(join(folder, 'backups', 'l.db.000004'), content);
    const ledger = openOk(file, () => noonMs + 5_000);
    assert.equal(accountOf(ledger, 'a').pending, 28);
    assert.equal(ledger.restoration()?.backup?.file, join(folder, 'backups', 'l.db.000003'));
    ledger.close();
  }
});

test('a folder in the place of a ledger with backups is refused with what to do, and nothing is deleted', async (t) => {
  const folder = tempFolder(t);
  const file = await owing(folder);
  rmSync(file);
  mkdirSync(file);
  const opened = openLedger(optionsFor(file));
  assert.ok(!opened.ok);
  assert.match(`${opened.fault.what} ${opened.fault.remedy}`, /is a folder.* Move it away/);
  assert.equal(readdirSync(join(folder, 'backups')).length, 3);
});

test('a ledger that is gone is not begun anew where its backups cannot be looked for', async (t) => {
  const folder = tempFolder(t);
  const file = await owing(folder);
  rmSync(file);
  renameSync(join(folder, 'backups'), join(folder, 'kept'));
  writeFileSync(join(folder, 'backups'), '');
  const opened = openLedger(optionsFor(file));
  assert.ok(!opened.ok);
  assert.match(opened.fault.what, /backups cannot be looked for/);
  rmSync(join(folder, 'backups'));
  renameSync(join(folder, 'kept'), join(folder, 'backups'));
  const ledger = openOk(file);
  assert.equal(accountOf(ledger, 'a').pending, 28);
  ledger.close();
});

for (const [how, lose] of Object.entries(losses)) {
  test(`a ledger that is ${how} beside backups is rescued and reported, not begun anew`, async (t) => {
    const folder = tempFolder(t);
    const file = await owing(folder);
    lose(file);
    const ledger = openOk(file, () => noonMs + 5_000);
    assert.equal(accountOf(ledger, 'a').pending, 28);
    const restoration = ledger.restoration();
    assert.equal(restoration?.cause, how === 'gone' ? 'gone' : 'empty');
    assert.equal(restoration?.movedTo === null, how === 'gone');
    assert.equal(restoration?.backup?.file, join(folder, 'backups', 'l.db.000003'));
    assert.ok((restoration?.missing.toMs ?? 0) > 1e12, 'until when is a time');
    assert.equal(ledger.sheet(), null);
    ledger.close();
    if (how.includes('log')) {
      const log = readdirSync(folder).find((name) => /damaged.*-wal$/.test(name));
      assert.equal(readFileSync(join(folder, log ?? ''), 'utf8'), 'the log of what was there');
    }
  });
}

test('a ledger that is gone without a backup, but left its log, begins anew and says so', (t) => {
  const file = join(tempFolder(t), 'l.db');
  writeFileSync(`${file}-wal`, 'the log of what was there');
  const ledger = openOk(file);
  assert.deepEqual([ledger.restoration()?.cause, ledger.restoration()?.backup], ['gone', null]);
  ledger.close();
});

test('a first start, and one that was cut off before the ledger had a table, are no loss', (t) => {
  const folder = tempFolder(t);
  for (const name of ['first.db', 'cut.db', 'cut with a log.db']) {
    const file = join(folder, name);
    if (name === 'cut.db') writeFileSync(file, '');
    if (name === 'cut with a log.db') losses['a database without tables beside a log']?.(file);
    const ledger = openOk(file);
    assert.equal(ledger.restoration(), null);
    ledger.close();
  }
});

test('a ledger without events is no loss beside backups that hold none either, nor where a person was told that it began anew', async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const fresh = openOk(file);
  fresh.turnSheet(layoutOf({ a: 20 }));
  for (const _ of [1, 2]) assert.equal((await fresh.backup(0)).kind, 'made');
  fresh.close();
  const again = openOk(file);
  assert.equal(again.restoration(), null);
  assert.notEqual(again.sheet(), null, 'it is the same as before');
  again.close();

  const begun = join(folder, 'begun.db');
  writeFileSync(`${begun}-wal`, 'the log of what was there');
  openOk(begun).close();
  cpSync(await backupOfOwing(tempFolder(t)), join(folder, 'backups', 'begun.db.000001'));
  const later = openOk(begun);
  assert.equal(later.restoration()?.backup, null);
  later.close();
});

test('a newest backup that cannot be read does not hide that one before it holds what the ledger does not', async (t) => {
  const folder = tempFolder(t);
  const file = await owing(folder);
  losses['whole, but without any event,']?.(file);
  writeFileSync(join(folder, 'backups', 'l.db.000009'), 'cut short');
  const ledger = openOk(file);
  assert.deepEqual([ledger.restoration()?.cause, accountOf(ledger, 'a').pending], ['empty', 28]);
  ledger.close();
});

test('the last backup of another ledger is kept however many follow', async (t) => {
  const folder = tempFolder(t);
  const file = await owing(folder);
  const other = join(folder, 'other.db');
  const stranger = openOk(other);
  recordOne(stranger, gift(), worthOf('a'));
  stranger.close();
  writeFileSync(file, readFileSync(other));
  const { ledger, backUpAt } = openAt(file);
  assert.equal(ledger.restoration(), null, 'a whole ledger is what a person put there');
  for (let each = 0; each < 20; each++) await backUpAt(noonMs + each * dayMs * 9);
  ledger.close();
  const credited = readdirSync(join(folder, 'backups')).map((name) => {
    const db = new Database(join(folder, 'backups', name));
    const sum = db.prepare<[], number>('SELECT coalesce(sum(strokes), 0) FROM credit').pluck().get();
    db.close();
    return sum;
  });
  assert.equal(credited.filter((sum) => sum === 30).length, 1, `${credited}`);
});

test('a backup that holds more than the present ledger, by an older copy that was put back, is kept', async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const first = openAt(file);
  await first.backUpAt(noonMs);
  for (let each = 0; each < 50; each++) recordOne(first.ledger, gift(), worthOf('a'));
  const fuller = await first.backUpAt(noonMs + hourMs);
  first.ledger.close();
  writeFileSync(file, readFileSync(join(folder, 'backups', 'l.db.000001')));
  const { ledger, backUpAt } = openAt(file);
  assert.equal(accountOf(ledger, 'a').credited, 1);
  for (let each = 0; each < 20; each++) await backUpAt(noonMs + dayMs * 9 * (each + 1));
  assert.ok(readdirSync(join(folder, 'backups')).some((name) => fuller.endsWith(name)));
  ledger.close();
});
