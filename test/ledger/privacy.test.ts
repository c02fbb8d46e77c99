import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { accountOf, gift, noonMs, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const dayMs = 86_400_000;

/** The files under a folder that contain a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map(({ name }) => name);
}

function chat(user: string, text: string): LiveEvent {
  const { payload: _, ...head } = gift({ user });
  return { ...head, kind: 'chat', payload: { text } };
}

test('a viewer who is forgotten is gone from the ledger, its log and its backups, and stays counted', async (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  recordOne(ledger, gift({ user: 'private', group: '1', count: 3 }), worthOf('a'));
  recordOne(ledger, chat('private', 'my telephone number'), null);
  recordOne(ledger, gift({ user: 'other' }), worthOf('a'));
  await ledger.backup(0);
  assert.deepEqual(filesWith(folder, 'private'), ['l.db-wal', 'l.db.000001']);
  assert.deepEqual(ledger.privacy.forget('Name of private'), { viewers: 1, backups: 1, failed: [] });
  assert.deepEqual([...filesWith(folder, 'private'), ...filesWith(folder, 'telephone')], []);
  assert.equal(filesWith(folder, 'name of other').length, 2);
  recordOne(ledger, gift({ user: 'private', group: '1', count: 5 }), worthOf('a'));
  assert.deepEqual(filesWith(folder, 'private'), [], 'a streak that goes on brings no name back');
  assert.equal(accountOf(ledger, 'a').credited, 6);
  assert.match(ledger.questions.lastGifts(3).at(-1)?.viewer ?? '', /^viewer \d+$/);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a viewer who was forgotten and comes again is known by name again', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  recordOne(ledger, gift({ user: 'u1' }), null);
  ledger.privacy.forget('u1');
  recordOne(ledger, gift({ user: 'u1' }), null);
  assert.deepEqual(
    ledger.questions.lastGifts(2).map(({ viewer }) => viewer),
    ['name of u1', 'name of u1'],
  );
  ledger.close();
});

test("a viewer is forgotten by the platform's id too, and nobody else", (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  for (const user of ['u1', 'u2']) recordOne(ledger, gift({ user }), null);
  assert.equal(ledger.privacy.forget('u1').viewers, 1);
  assert.equal(ledger.privacy.forget('u1').viewers, 0);
  assert.equal(ledger.privacy.forget('somebody').viewers, 0);
  assert.deepEqual(
    ledger.questions.lastGifts(2).map(({ viewer }) => viewer),
    ['name of u2', 'viewer 1'],
  );
  ledger.close();
});

test('a backup that cannot be changed is told', async (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  recordOne(ledger, gift({ user: 'u1' }), null);
  const made = await ledger.backup(0);
  assert.ok(made.kind === 'made');
  writeFileSync(made.file, 'no database');
  writeFileSync(join(folder, 'l.db.damaged-2026'), 'no database either');
  const { viewers, failed } = ledger.privacy.forget('u1');
  assert.equal(viewers, 1);
  assert.deepEqual(
    failed.map(({ file }) => file),
    [made.file, join(folder, 'l.db.damaged-2026')],
  );
  ledger.close();
});

test('names grow old only while the clock is right, and then give way to pseudonyms', (t) => {
  const file = join(tempFolder(t), 'l.db');
  let right = false;
  const opened = openLedger({ file, allot, wallMs: () => noonMs, clockIsRight: () => right });
  assert.ok(opened.ok);
  const { ledger } = opened;
  const viewers = () => ledger.questions.lastGifts(9).map(({ viewer }) => viewer);
  const give = (user: string, day: number) =>
    recordOne(ledger, gift({ user, arrivedAtMs: noonMs + day * dayMs }), null);
  give('unsure', -20_000);
  right = true;
  give('old', 0);
  give('back', 0);
  give('back', 80);
  assert.equal(ledger.privacy.retire(90, noonMs + 89 * dayMs), 0);
  assert.equal(ledger.privacy.retire(90, noonMs + 91 * dayMs), 1);
  assert.deepEqual(viewers(), ['name of back', 'name of back', 'viewer 2', 'name of unsure']);
  assert.equal(ledger.privacy.retire(90, noonMs + 200 * dayMs), 2);
  give('old', 201);
  assert.equal(viewers()[0], 'name of old', 'who comes again is known again');
  ledger.close();
});

test('names stand in one table only, and no id of a person anywhere', (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  recordOne(ledger, gift({ user: '700123456', group: '1' }), worthOf('a'));
  ledger.close();
  const bytes = readFileSync(join(folder, 'l.db')).toString('latin1');
  assert.equal(bytes.split('name of 700123456').length - 1, 1);
  assert.equal(bytes.split('700123456').length - 1, 1);
});

test('names that gave way to pseudonyms do so in the backups too, one backup a call, which keeps its age', async (t) => {
  const folder = tempFolder(t);
  const clock = { nowMs: noonMs };
  const ledger = openOk(join(folder, 'l.db'), () => clock.nowMs);
  recordOne(ledger, gift({ user: 'private' }), worthOf('a'));
  for (let day = 0; day < 3; day++) {
    clock.nowMs = noonMs + day * dayMs;
    await ledger.backup(0);
  }
  const ages = () =>
    readdirSync(join(folder, 'backups')).map((name) => statSync(join(folder, 'backups', name)).mtimeMs);
  const before = ages();
  const laterMs = noonMs + 91 * dayMs;
  assert.equal(ledger.privacy.retire(90, laterMs), 1);
  for (const left of [2, 1, 0, 0]) {
    assert.equal(ledger.privacy.retireInBackup(90, laterMs), null);
    assert.equal(filesWith(folder, 'private').length, left);
  }
  assert.deepEqual(ages(), before);
  recordOne(ledger, gift({ user: 'newer' }), worthOf('a'));
  await ledger.backup(0);
  assert.equal(ledger.privacy.retireInBackup(90, laterMs), null);
  assert.ok(filesWith(folder, 'newer').includes('l.db.000004'), 'who was here lately keeps the name');
  ledger.close();
});
