import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { migrations } from '../../src/ledger/schema.ts';
import { accountOf, draw, gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const folder = join(import.meta.dirname, 'schemas');
const kept = readdirSync(folder)
  .filter((name) => name.endsWith('.db.gz'))
  .toSorted((a, b) => Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10));

function lay(name: string, t: { after(task: () => void): void }): string {
  const file = join(tempFolder(t), 'l.db');
  writeFileSync(file, gunzipSync(readFileSync(join(folder, name))));
  return file;
}

function schemaOf(file: string): unknown[] {
  const db = new Database(file, { readonly: true });
  const schema = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  db.close();
  return schema;
}

test('a ledger of each schema that ever landed is kept, and the newest is the one that is made today', (t) => {
  assert.deepEqual(
    kept,
    migrations.map((_, index) => `v${index + 1}.db.gz`),
  );
  const fresh = join(tempFolder(t), 'fresh.db');
  openOk(fresh).close();
  assert.deepEqual(schemaOf(lay(`v${migrations.length}.db.gz`, t)), schemaOf(fresh));
});

test('a step that has landed makes what it made then', (t) => {
  for (const [index, name] of kept.entries()) {
    const file = join(tempFolder(t), 'made.db');
    const made = new Database(file);
    made.exec(migrations.slice(0, index + 1).join(''));
    made.close();
    assert.deepEqual(schemaOf(lay(name, t)), schemaOf(file), name);
  }
});

/** Lays the file beside a ledger that knows the run that wrote it last; without it the ledger is a copy. */
function layRun(file: string): void {
  const db = new Database(file, { readonly: true });
  const isNamed = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;
  const run = isNamed ? db.prepare("SELECT value FROM meta WHERE key = 'run'").pluck().get() : undefined;
  db.close();
  if (typeof run === 'string') writeFileSync(`${file}-run`, `${run}\n`);
}

for (const name of kept) {
  test(`the kept ledger ${name} opens, adds up and goes on`, (t) => {
    const file = lay(name, t);
    layRun(file);
    const ledger = openOk(file);
    assert.deepEqual(ledger.check('full').findings, []);
    assert.equal(ledger.restoration(), null);
    const { row: _a, ...a } = accountOf(ledger, 'a');
    const { row: _b, ...b } = accountOf(ledger, 'b');
    assert.deepEqual(a, { credited: 11, drawn: 9, spoiled: 3, voided: 1, pending: 4, testCredited: 1 });
    assert.deepEqual(b, { credited: 10, drawn: 1, spoiled: 0, voided: 0, pending: 9, testCredited: 0 });
    assert.equal(ledger.load().lineBase, 123_456);
    assert.equal(ledger.decision('pause'), 'asked');
    const known = [gift({ user: 'u1', group: 'g', count: 5 }), gift({ user: 'u2', id: 'single', count: 4 })];
    for (const event of known) assert.equal(recordOne(ledger, event, worthOf('a', 2)).grown, 0);
    recordOne(ledger, gift({ user: 'u1', group: 'g', count: 6 }), worthOf('a'));
    assert.equal(accountOf(ledger, 'a').credited, 13);
    draw(ledger, 100);
    ledger.turnSheet(layoutOf({ a: 30, b: 30 }));
    draw(ledger, 100);
    assert.deepEqual([accountOf(ledger, 'a').pending, accountOf(ledger, 'b').pending], [0, 0]);
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
  });
}
