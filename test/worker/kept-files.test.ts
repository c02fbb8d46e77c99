/** The file of a worker in each form that ever landed is kept here: each opens today, and loses nothing. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { WorkerStore } from '../../src/worker/store.ts';

const folder = join(import.meta.dirname, 'files');
const kept = readdirSync(folder).toSorted();

function lay(context: TestContext, name: string): string {
  const place = mkdtempSync(join(tmpdir(), 'livepen-kept-'));
  context.after(() => rmSync(place, { recursive: true, force: true }));
  const file = join(place, 'worker.db');
  writeFileSync(file, gunzipSync(readFileSync(join(folder, name))));
  return file;
}

function versionOf(file: string): unknown {
  const db = new Database(file, { readonly: true });
  const version = db.pragma('user_version', { simple: true });
  db.close();
  return version;
}

function tablesOf(file: string): readonly unknown[] {
  const db = new Database(file, { readonly: true });
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all();
  db.close();
  return names;
}

function opened(file: string): WorkerStore {
  const found = WorkerStore.open(file, () => 0);
  assert.ok(found.ok, JSON.stringify(found));
  return found.store;
}

/** Looks into the file as a command does that runs beside a worker. */
function lookInto(file: string, work: (store: WorkerStore) => void): void {
  const look = WorkerStore.look(file, () => 0);
  assert.ok(look.ok && look.store !== null, JSON.stringify(look));
  work(look.store);
  look.store.close();
}

const friends = 'webhook friends';

for (const [index, name] of kept.entries())
  test(`the kept file ${name} is taken up with all that is in it`, (context) => {
    const version = index + 1;
    const file = lay(context, name);
    assert.equal(versionOf(file), version);
    const store = opened(file);
    assert.equal(store.place(), '4f0c1e22:17');
    const counts = { waiting: 2, dead: 1, sent: 41, retried: 0, dropped: 0, lost: 0 };
    assert.deepEqual(store.counts(friends), counts);
    assert.deepEqual(
      store.dead(10).map(({ outlet, why, atMs, task }) => [outlet, why, atMs, task.id, task.viewer]),
      [[friends, 'it answers with 410', 1_800_000_000_000, 'd1', 'Zoë']],
    );
    assert.ok(store.isOff('webhook others', 'https://others.example/'));
    assert.deepEqual(store.notifiedOf('phone'), ['fresh-paper', 'set-origin']);
    assert.deepEqual(store.notifiedOf('band'), ['fresh-paper']);
    assert.equal(store.pluginSettings('gift-counter'), version >= 2 ? '{"goal":7}' : '{}');
    assert.equal(store.passedPlace(), version >= 3 ? '77aa00ff:5' : null);
    if (version >= 3) assert.deepEqual(store.file, { id: '0123456789abcdef', isNew: false });
    assert.deepEqual(store.noteNotified('phone', 'fresh-paper', true), { ok: true });
    assert.deepEqual(store.keepPluginSettings('x', '{"a":1}'), { ok: true });
    store.close();
    const again = opened(file);
    assert.equal(again.pluginSettings('x'), '{"a":1}');
    assert.deepEqual(again.notifiedOf('phone'), ['set-origin'], 'what is over is noted in it');
    again.close();
    const fresh = join(file, '../fresh.db');
    opened(fresh).close();
    assert.deepEqual([versionOf(file), tablesOf(file)], [versionOf(fresh), tablesOf(fresh)]);
  });

test('a file of each form but the newest is kept', (context) => {
  const fresh = join(lay(context, 'v1.db.gz'), '../fresh.db');
  opened(fresh).close();
  assert.equal(versionOf(fresh), kept.length + 1);
  assert.ok(!tablesOf(fresh).includes('told'), 'what people were notified of stands in a table of that name');
});

for (const name of kept)
  test(`a command that looks into the kept file ${name} leaves it to the worker of before that may have it`, (context) => {
    const file = lay(context, name);
    lookInto(file, (store) => assert.equal(store.dead(10).length, 1));
    // What the worker of before reads and writes is there as it was.
    const before = new Database(file);
    assert.equal(before.prepare('SELECT count(*) FROM told').pluck().get(), 3);
    before.close();
    const store = opened(file);
    assert.deepEqual(store.notifiedOf('phone'), ['fresh-paper', 'set-origin']);
    store.close();
    lookInto(file, (look) => assert.equal(look.deadCount(), 1));
  });
