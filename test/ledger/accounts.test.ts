/** What accounts save and ask for: the tables hold their rules, and the check finds what breaks them. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { dayMs } from '../../src/ledger/viewers.ts';
import { gift, layoutOf, noonMs, openOk, recordOne, tempFolder, worthOf } from './world.ts';

/** A ledger with a giver, and the same file for whoever writes SQL. */
function withAccounts(t: { after(task: () => void): void }) {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 5 }));
  for (const user of ['u1', 'u2']) {
    const event = gift({ user, id: user });
    const user1 = {
      id: user,
      name: `name of ${user}`,
      handle: `${user}_handle`,
      pictureUrl: 'https://p',
      roles: ['mod'],
    };
    recordOne(ledger, { ...event, user: user1 }, worthOf('a'));
  }
  const db = new Database(file);
  db.pragma('foreign_keys = ON');
  const points = db.prepare(
    "INSERT INTO points (viewer, kind, change, balance, why, at_ms) VALUES (?, ?, ?, ?, 'a test', 1)",
  );
  t.after(() => {
    db.close();
    ledger.close();
  });
  return { file, ledger, db, points: (...row: readonly (string | number)[]) => points.run(...row) };
}

test('a balance is what was before and the change, never below nothing, for each account and kind by itself', (t) => {
  const { ledger, points } = withAccounts(t);
  points(1, 'points', 30, 30);
  points(2, 'points', 5, 5);
  points(1, 'xp', 7, 7);
  points(1, 'points', -30, 0);
  assert.throws(() => points(1, 'points', -1, -1), /CHECK/);
  assert.throws(() => points(1, 'points', 5, 6), /a balance is the one before it and the change/);
  assert.throws(() => points(2, 'points', 5, 5), /a balance is the one before it and the change/);
  assert.throws(() => points(2, 'points', 0, 5), /CHECK/);
  assert.throws(() => points(9, 'points', 5, 5), /FOREIGN KEY/);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('entries of accounts never change and never go', (t) => {
  const { db, points } = withAccounts(t);
  points(1, 'points', 30, 30);
  db.exec("INSERT INTO request (kind, viewer, words, at_ms) VALUES ('drawing', 1, 'a cat', 1)");
  db.exec("INSERT INTO request_step (request, state, is_last, at_ms) VALUES (1, 'drawn', 1, 1)");
  const blob = Buffer.from('paths');
  db.prepare(
    "INSERT INTO placement (sheet, request, plate, paths, blob, digest, at_ms) VALUES (1, 1, 'p', 3, ?, ?, 1)",
  ).run(blob, hash('sha256', blob, 'buffer'));
  db.exec('INSERT INTO placement_ink (placement, last_n, at_ms) VALUES (1, 2, 1)');
  for (const [table, change] of [
    ['points', 'balance = 31'],
    ['request', 'viewer = 2'],
    ['request_step', "state = 'asked'"],
    ['placement', 'sheet = 2'],
    ['placement_ink', 'last_n = 3'],
    ['journal', 'ref = 9'],
    ['viewer', "key = x'00'"],
  ] as const) {
    assert.throws(() => db.exec(`UPDATE ${table} SET ${change}`), /do(es)? not change/, table);
    if (table !== 'viewer') assert.throws(() => db.exec(`DELETE FROM ${table}`), /entries are never deleted/, table);
  }
  assert.throws(
    () => db.exec("INSERT INTO request_step (request, state, is_last, at_ms) VALUES (1, 'asked', 0, 1)"),
    /goes no further/,
  );
});

test('a full check finds points that do not add up, a request after its end, and a drawing that is not what was placed', (t) => {
  const { ledger, db, points } = withAccounts(t);
  points(1, 'points', 30, 30);
  assert.deepEqual(ledger.check('full').findings, []);
  db.exec(`
    DROP TRIGGER points_add_up; DROP TRIGGER request_step_follows; DROP TRIGGER placement_of_placement_journaled;
    INSERT INTO points (viewer, kind, change, balance, why, at_ms) VALUES (1, 'points', 5, 36, '', 1);
    INSERT INTO request (kind, at_ms) VALUES ('drawing', 1);
    INSERT INTO request_step (request, state, is_last, at_ms) VALUES (1, 'drawn', 1, 1), (1, 'drawn', 1, 1);
    INSERT INTO placement (sheet, request, plate, paths, blob, digest, at_ms) VALUES (1, 1, 'p', 1, x'00', zeroblob(32), 1);
  `);
  const findings = ledger.check('full').findings.join('\n');
  assert.match(findings, /entry 2 of viewer 1 .*balance of an account/);
  assert.match(findings, /request 1 .*one end at most/);
  assert.match(findings, /placement 1 .*as it was placed/);
  assert.match(findings, /placement 1 is missing/);
});

test('a full check finds what the journal misses, has twice, or has out of order', (t) => {
  const { ledger, db } = withAccounts(t);
  db.exec("INSERT INTO journal (kind, ref) VALUES ('event', 1)");
  const twice = ledger.check('full').findings.join('\n');
  assert.match(twice, /event 1 is there too often/);
  assert.match(twice, /event 1 comes after 2/);
  db.exec('DROP TRIGGER journal_lasts; DELETE FROM journal WHERE ref = 2');
  assert.match(ledger.check('full').findings.join('\n'), /event 2 is missing/);
});

test('who stays away loses the name and keeps the account; who is forgotten keeps neither', (t) => {
  const { ledger, db, points } = withAccounts(t);
  points(1, 'points', 30, 30);
  points(2, 'points', 5, 5);
  points(2, 'xp', 7, 7);
  db.exec(
    "INSERT INTO request (kind, viewer, words, at_ms) VALUES ('drawing', 1, 'a cat', 1), ('name', 2, 'a dog', 1)",
  );
  const shown = db.prepare('SELECT name, handle, picture_url, roles FROM viewer ORDER BY id');
  const nobody = (id: number) => ({ name: `viewer ${id}`, handle: null, picture_url: null, roles: null });
  assert.deepEqual(shown.all()[0], {
    ...{ name: 'name of u1', handle: 'u1_handle', picture_url: 'https://p', roles: '["mod"]' },
  });
  assert.equal(ledger.privacy.retire(30, noonMs + 31 * dayMs), 2);
  assert.deepEqual(shown.all(), [nobody(1), nobody(2)]);
  const balances = () =>
    db
      .prepare<[], { balance: number }>(
        'SELECT balance FROM points WHERE seq IN (SELECT max(seq) FROM points GROUP BY viewer, kind) ORDER BY viewer, kind',
      )
      .all()
      .map(({ balance }) => balance);
  assert.deepEqual(balances(), [30, 5, 7]);
  recordOne(ledger, gift({ user: 'u1', id: 'again', arrivedAtMs: noonMs + 31 * dayMs }), worthOf('a'));
  assert.equal(ledger.questions.lastGifts(1)[0]?.viewer, 'name of u1');
  assert.deepEqual(db.prepare('SELECT count(*) AS accounts FROM viewer').get(), { accounts: 2 });
  // Their name is gone, but not their id at the platform.
  ledger.privacy.forget('u2');
  ledger.privacy.forget('name of u1');
  assert.deepEqual(shown.all(), [nobody(1), nobody(2)]);
  assert.deepEqual(balances(), [0, 0, 0]);
  assert.deepEqual(db.prepare('SELECT words FROM request').all(), [{ words: null }, { words: null }]);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('a viewer is forgotten by the handle too', (t) => {
  const { ledger } = withAccounts(t);
  assert.equal(ledger.privacy.forget('@U1_handle').viewers, 1);
  assert.deepEqual(
    ledger.questions.lastGifts(2).map(({ viewer }) => viewer),
    ['name of u2', 'viewer 1'],
  );
});
