/** What accounts save and ask for: the tables hold their rules, and the check finds what breaks them. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { checkLedger } from '../../src/ledger/check.ts';
import { addFunctions } from '../../src/ledger/connection.ts';
import { dayMs } from '../../src/ledger/viewers.ts';
import { draw, emptyHand, gift, layoutOf, noonMs, openOk, recordOne, tempFolder, worthOf } from './world.ts';

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
  addFunctions(db);
  db.pragma('foreign_keys = ON');
  db.pragma('recursive_triggers = ON');
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

test('no entry slips in before the newest one, where the next balance does not look', (t) => {
  const { ledger, db, points } = withAccounts(t);
  db.exec(
    "INSERT INTO points (seq, viewer, kind, change, balance, why, at_ms) VALUES (10, 1, 'points', 30, 30, '', 1)",
  );
  const spend = "INTO points (seq, viewer, kind, change, balance, why, at_ms) VALUES (5, 1, 'points', -30, 0, '', 1)";
  for (const how of ['INSERT', 'REPLACE', 'INSERT OR IGNORE'])
    assert.throws(() => db.exec(`${how} ${spend}`), /behind the newest/, how);
  assert.throws(
    () =>
      db.exec(
        "REPLACE INTO points (seq, viewer, kind, change, balance, why, at_ms) VALUES (10, 1, 'points', 9, 39, '', 1)",
      ),
    /never (?:deleted|replaced)|the one before it/,
  );
  db.exec("INSERT INTO request (id, kind, at_ms) VALUES (7, 'drawing', 1)");
  assert.throws(() => db.exec("INSERT INTO request (id, kind, at_ms) VALUES (3, 'drawing', 1)"), /behind the newest/);
  db.exec("INSERT INTO request_step (seq, request, state, is_last, at_ms) VALUES (7, 7, 'drawn', 1, 1)");
  assert.throws(
    () => db.exec("INSERT INTO request_step (seq, request, state, is_last, at_ms) VALUES (3, 7, 'asked', 0, 1)"),
    /goes no further/,
  );
  points(1, 'points', -30, 0);
  assert.deepEqual(ledger.check('full').findings, []);
});

test('a drawing whose digest is another is not placed, and nothing is certain of it beyond its last path', (t) => {
  const { db } = withAccounts(t);
  db.exec("INSERT INTO request (kind, viewer, words, at_ms) VALUES ('drawing', 1, 'a cat', 1)");
  const place = db.prepare(
    "INSERT INTO placement (sheet, request, plate, paths, blob, digest, at_ms) VALUES (1, 1, 'p', 3, ?, ?, 1)",
  );
  const blob = Buffer.from('paths');
  assert.throws(() => place.run(blob, hash('sha256', 'others', 'buffer')), /digest/);
  assert.throws(() => place.run(blob, Buffer.alloc(32)), /digest/);
  place.run(blob, hash('sha256', blob, 'buffer'));
  const ink = db.prepare('INSERT INTO placement_ink (placement, last_n, at_ms) VALUES (1, ?, 1)');
  assert.throws(() => ink.run(4), /no such path/);
  ink.run(2);
  assert.throws(() => ink.run(1), /only grows/);
  ink.run(3);
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
    DROP TRIGGER placement_is_whole;
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
  assert.match(findings, /points_add_up is not as it was made/);
});

test('a full check finds entries of every kind that stand in the journal before what they are about', (t) => {
  const { ledger, db, points } = withAccounts(t);
  draw(ledger, 2);
  recordOne(ledger, gift({ user: 'u1', group: 'g', count: 1 }), worthOf('a'));
  recordOne(ledger, gift({ user: 'u1', group: 'g', count: 2 }), worthOf('a'));
  recordOne(ledger, gift({ user: 'u1', gift: 'wheel', id: 'unmapped' }), null);
  ledger.amend((amend) => {
    amend.spoil(1, 'a', 1, 1, 'dry');
    amend.void('a', 1, 'a prank', emptyHand);
    amend.backfill('wheel', 'room-1', worthOf('a'));
  });
  const slip = { stroke: { sheet: 1, row: 'a', n: 1 }, from: { xMm: 1, yMm: 1 }, to: { xMm: 2, yMm: 2 }, why: '' };
  ledger.write((ink) => ink.strayMark(slip));
  for (const room of ['room-1', 'room-2']) ledger.live((times) => times.openGap(room, noonMs, 'silence'));
  points(1, 'points', 30, 30);
  db.exec(
    "INSERT INTO points (viewer, kind, change, balance, event, why, at_ms) VALUES (1, 'points', 1, 31, 3, '', 1)",
  );
  db.exec(
    "INSERT INTO request (kind, viewer, event, words, at_ms) VALUES ('drawing', 1, 3, 'a cat', 1), ('drawing', 1, NULL, NULL, 1)",
  );
  db.exec("INSERT INTO request_step (request, state, is_last, at_ms) VALUES (1, 'drawn', 1, 1)");
  const blob = Buffer.from('paths');
  db.prepare(
    "INSERT INTO placement (sheet, request, plate, paths, blob, digest, at_ms) VALUES (1, 1, 'p', 3, ?, ?, 1)",
  ).run(blob, hash('sha256', blob, 'buffer'));
  assert.deepEqual(ledger.check('full').findings, []);
  const order = db.prepare<[], { seq: number; kind: string; ref: number }>('SELECT * FROM journal ORDER BY seq').all();
  const stays = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'journal_stays'").pluck().get();
  const found = (kind: string, ref: number | null, to: number): string => {
    const row = order.findLast((each) => each.kind === kind && (ref === null || each.ref === ref));
    assert.ok(row !== undefined, kind);
    db.exec(`DROP TRIGGER journal_stays; UPDATE journal SET seq = ${to} WHERE seq = ${row.seq}`);
    const findings = ledger.check('full').findings.filter((line) => !line.includes('as it was made'));
    db.exec(`UPDATE journal SET seq = ${row.seq} WHERE seq = ${to}; ${String(stays)}`);
    return findings.join('\n');
  };
  const first = -9;
  for (const kind of ['ink', 'growth', 'remap', 'spoil', 'void', 'stray-mark', 'points', 'placement'])
    assert.match(found(kind, null, first), new RegExp(`${kind} \\d+ .*before`), kind);
  assert.match(found('event', 3, 1_000), /event 3 comes after|before/);
  assert.match(found('sheet', 1, 1_000), /ink \d+ .*before sheet 1/);
  assert.match(found('request', 1, first), /request 1 .*before/);
  assert.match(found('request', 2, first), /request 1 comes after 2/);
  assert.match(found('gap', 2, first), /gap 1 comes after 2/);
});

test('what lasts of a gap and of the end of a sheet does not change, and a check finds where it did', (t) => {
  const { ledger, db } = withAccounts(t);
  draw(ledger, 1);
  ledger.live((times) => {
    times.openGap('room-1', noonMs, 'silence');
    times.closeGap('room-1', noonMs + 9);
    times.openGap('room-1', noonMs + 20, 'silence');
  });
  ledger.turnSheet(layoutOf({ a: 5 }));
  for (const change of ['room = 1', 'from_ms = 0', "why = ''", 'to_ms = 5', 'over = 0'])
    assert.throws(() => db.exec(`UPDATE gap SET ${change} WHERE seq = 1`), /do not change/, change);
  assert.throws(() => db.exec('UPDATE gap SET to_ms = 5 WHERE seq = 2'), /do not change/, 'an end without being over');
  assert.throws(() => db.exec('DELETE FROM gap'), /never deleted/);
  assert.deepEqual(ledger.check('full').findings, []);
  const after = (sql: string) => {
    db.exec('SAVEPOINT change');
    db.exec(sql);
    const inside = checkLedger(db, 'full').findings.join('\n');
    db.exec('ROLLBACK TO change; RELEASE change');
    return inside;
  };
  const guards = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ('gap', 'sheet_close')",
    )
    .all();
  /** As somebody would do it who knows what they do. */
  const tampered = (sql: string) =>
    after(
      `${guards.map(({ name }) => `DROP TRIGGER ${name};`).join('')} ${sql}; ${guards.map((each) => `${each.sql};`).join('')}`,
    );
  assert.match(after('DROP TRIGGER gap_stays'), /gap_stays is not as it was made/);
  assert.match(tampered('UPDATE sheet_close SET doubtful = 5'), /sheet 1: 5 doubtful/);
  assert.match(tampered('DELETE FROM sheet_close'), /sheet 1 is not closed/);
  assert.match(tampered('UPDATE gap SET to_ms = 1 WHERE seq = 1'), /gap 1 ends before it begins/);
  assert.match(tampered('UPDATE gap SET over = 1 WHERE seq = 2'), /gap 2 is missing/);
  assert.match(tampered('UPDATE gap SET over = 0 WHERE seq = 1'), /gap 1/);
  assert.match(tampered('UPDATE gap SET to_ms = 1 WHERE seq = 2'), /gap 2/);
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
  ledger.turnSheet(layoutOf({ a: 5 }));
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

test('who has lost the name already is forgotten all the same, by the id, and by a name that a backup still knows', async (t) => {
  const { ledger, db, points } = withAccounts(t);
  points(1, 'points', 30, 30);
  points(2, 'points', 5, 5);
  const backup = await ledger.backup(0);
  assert.ok(backup.kind === 'made');
  assert.equal(ledger.privacy.retire(30, noonMs + 31 * dayMs), 2);
  db.exec("INSERT INTO request (kind, viewer, words, at_ms) VALUES ('drawing', 1, 'a cat', 1)");
  assert.equal(ledger.privacy.forget('u1').viewers, 1, 'there was an account');
  assert.equal(ledger.privacy.forget('u1').viewers, 0, 'and nothing is left of it');
  assert.deepEqual(ledger.privacy.forget('name of u2'), { viewers: 1, backups: 1, failed: [] });
  const left = db.prepare(
    'SELECT balance FROM points WHERE seq IN (SELECT max(seq) FROM points GROUP BY viewer, kind) ORDER BY viewer',
  );
  assert.deepEqual(left.pluck().all(), [0, 0]);
  assert.deepEqual(db.prepare('SELECT words FROM request').pluck().all(), [null]);
});

test('who is forgotten by the name of today is forgotten in backups that know another one', async (t) => {
  const { ledger } = withAccounts(t);
  const backup = await ledger.backup(0);
  assert.ok(backup.kind === 'made');
  const event = gift({ user: 'u1', id: 'renamed' });
  recordOne(ledger, { ...event, user: { id: 'u1', name: 'married' } }, worthOf('a'));
  assert.deepEqual(ledger.privacy.forget('married'), { viewers: 1, backups: 1, failed: [] });
  assert.equal(readFileSync(backup.file).includes('name of u1'), false);
  assert.equal(readFileSync(backup.file).includes('name of u2'), true);
});

test('a name that somebody else has now is taken from nobody but those who bear it', async (t) => {
  const { ledger } = withAccounts(t);
  const backup = await ledger.backup(0);
  assert.ok(backup.kind === 'made');
  recordOne(ledger, { ...gift({ user: 'u1', id: 'renamed' }), user: { id: 'u1', name: 'married' } }, worthOf('a'));
  assert.equal(ledger.privacy.forget('name of u1').viewers, 0);
  assert.equal(ledger.questions.lastGifts(1)[0]?.viewer, 'married');
});

test('what somebody asked for, and why it was refused, goes with the name', (t) => {
  const { ledger, db } = withAccounts(t);
  db.exec(`
    INSERT INTO request (kind, viewer, words, at_ms) VALUES ('drawing', 1, 'a cat', 1), ('drawing', 2, 'a dog', 1);
    INSERT INTO request_step (request, state, is_last, why, at_ms)
      VALUES (1, 'refused', 1, 'u1 draws cats only', 1), (2, 'refused', 1, 'u2 draws dogs only', 1)`);
  const said = () =>
    db
      .prepare('SELECT words, why FROM request JOIN request_step ON request = request.id ORDER BY request.id')
      .raw()
      .all();
  assert.throws(() => db.exec("UPDATE request_step SET why = 'another'"), /do not change/);
  assert.equal(ledger.privacy.forget('u1').viewers, 1);
  assert.deepEqual(said(), [
    [null, null],
    ['a dog', 'u2 draws dogs only'],
  ]);
  assert.equal(ledger.privacy.retire(30, noonMs + 31 * dayMs), 1);
  assert.deepEqual(said(), [
    [null, null],
    [null, null],
  ]);
});

test('a viewer is forgotten by the handle too', (t) => {
  const { ledger } = withAccounts(t);
  assert.equal(ledger.privacy.forget('@U1_handle').viewers, 1);
  assert.deepEqual(
    ledger.questions.lastGifts(2).map(({ viewer }) => viewer),
    ['name of u2', 'viewer 1'],
  );
});
