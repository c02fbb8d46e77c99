/** Rows whose strokes are the pieces of a picture: kept once, frozen with the sheet, whatever becomes of the file. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { pictureOfSheet } from '../../src/appliance/sheet-picture.ts';
import type { DrawingPaths } from '../../src/domain/drawing-paths.ts';
import type { SheetLayout } from '../../src/domain/sheet.ts';
import { strokePath } from '../../src/drawing/place.ts';
import { addFunctions } from '../../src/ledger/connection.ts';
import { picturePieces } from '../../src/ledger/pictures.ts';
import { draw, gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const rungs = (count: number): DrawingPaths => ({
  widthUm: 40_000,
  heightUm: 30_000,
  paths: Array.from({ length: count }, (_, n) => [0, 1_000 * n, 40_000, 1_000 * n + 7]),
});

/** A sheet with a row of strokes and one with a picture. */
function withPicture(paths: DrawingPaths): SheetLayout {
  const { digest, count, pieces } = picturePieces(paths) ?? assert.fail();
  const layout = layoutOf({ a: 6, pic: count });
  const rows = layout.rows.map((row) =>
    row.id === 'pic' ? { ...row, spacingMm: 0, strokeMm: 30, picture: { widthMm: 40, digest, pieces } } : row,
  );
  return { ...layout, rows };
}

const linesOf = ({ rows }: SheetLayout) =>
  rows.flatMap((row) => Array.from({ length: row.capacity }, (_, n) => strokePath(row, n + 1)));

test('a sheet keeps its picture over a restart, and so does a closed one; the next sheet has another', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const [first, second] = [withPicture(rungs(5)), withPicture(rungs(9))];
  const before = openOk(file);
  before.turnSheet(first);
  recordOne(before, gift({ count: 7 }), worthOf('pic'));
  draw(before, 3);
  const picture = pictureOfSheet(before, 1, null);
  before.close();

  const ledger = openOk(file);
  assert.deepEqual(linesOf(ledger.sheet()?.layout ?? assert.fail()), linesOf(first));
  assert.equal(pictureOfSheet(ledger, 1, null), picture);
  draw(ledger, 9);
  assert.deepEqual(ledger.questions.places(), [{ row: 'pic', certain: 5 }]);
  ledger.turnSheet(second);
  assert.deepEqual(linesOf(ledger.sheet()?.layout ?? assert.fail()), linesOf(second));
  assert.deepEqual(linesOf(ledger.questions.sheetRecord(1)?.layout ?? assert.fail()), linesOf(first));
  draw(ledger, 9);
  assert.deepEqual(ledger.questions.places(), [{ row: 'pic', certain: 2 }]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a picture is kept once, however many rows and sheets have it, and no layout holds its pieces', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  const layout = withPicture(rungs(5));
  const [a, pic] = layout.rows;
  assert.ok(a !== undefined && pic !== undefined);
  ledger.turnSheet({ ...layout, rows: [pic, { ...pic, id: 'again', yMm: 120 }] });
  ledger.turnSheet(layout);
  ledger.close();
  const db = new Database(file, { readonly: true });
  assert.deepEqual(db.prepare('SELECT pieces FROM picture').all(), [{ pieces: 5 }]);
  const stored = db.prepare("SELECT layout ->> '$.rows[1].picture' AS picture FROM sheet WHERE id = 2").get();
  assert.deepEqual(stored, { picture: JSON.stringify({ widthMm: 40, digest: pic.picture?.digest }) });
  db.close();
});

test('no sheet opens with a picture that was not read, and the one that lies there stays', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(withPicture(rungs(5)));
  const layout = layoutOf({ pic: 0 });
  const rows = layout.rows.map((row) => ({ ...row, picture: { widthMm: 40, digest: '', pieces: () => rungs(0) } }));
  assert.throws(() => ledger.turnSheet({ ...layout, rows }), /the picture of row "pic" was not read/);
  assert.equal(ledger.sheet()?.id, 1);
  ledger.close();
});

test('a kept picture is never changed, replaced or deleted, and one that was spoilt is found', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(withPicture(rungs(5)));
  ledger.close();
  const db = new Database(file);
  addFunctions(db);
  for (const [sql, why] of [
    ['UPDATE picture SET pieces = 4', /do not change/],
    ['DELETE FROM picture', /never deleted/],
    ['INSERT OR REPLACE INTO picture SELECT digest, 4, blob FROM picture', /never replaced/],
    ["INSERT INTO picture VALUES (zeroblob(32), 1, x'01')", /digest is that of the pieces/],
  ] as const) {
    assert.throws(() => db.exec(sql), why, sql);
  }
  db.exec('DROP TRIGGER picture_stays; UPDATE picture SET pieces = 4');
  db.close();
  const spoilt = openOk(file);
  assert.ok(
    spoilt
      .check('full')
      .findings.some((line) => line.startsWith('sheet 1, row pic') && line.includes('one place for each piece')),
  );
  spoilt.close();
});
