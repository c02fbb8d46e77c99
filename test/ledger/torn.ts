import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { draw, emptyHand, gift, layoutOf, openOk, recordOne, worthOf } from './world.ts';

/** What the ledger says of itself: equal only for the same transactions. */
const fingerprint = `
  SELECT json_array(
    (SELECT json_array(count(*), total(count)) FROM event), (SELECT json_array(count(*), total(count)) FROM growth),
    (SELECT json_array(count(*), total(strokes), total(seq)) FROM credit), (SELECT json_array(count(*), total(last_n)) FROM ink),
    (SELECT count(*) FROM spoil), (SELECT count(*) FROM void), (SELECT json_array(count(*), max(id)) FROM sheet),
    (SELECT json_array(total(certain), total(handed)) FROM place), (SELECT json_array(total(drawn), total(voided)) FROM balance),
    (SELECT json_array(count(*), total(open)) FROM debt), (SELECT total(credit) FROM frontier), (SELECT json_array(count(*), total(handed)) FROM redraw),
    (SELECT record FROM plotter), (SELECT json_group_array(value) FROM meta)
  )`;

/** One transaction: where the log ended after it, and what the ledger said then. */
interface Commit {
  readonly logBytes: number;
  readonly says: string;
}

export interface TornLedger {
  readonly db: string;
  readonly log: Buffer;
  /** The first one is the state in the file itself, with an empty log. */
  readonly commits: readonly Commit[];
}

/** A ledger with a few hundred transactions, the last ones of every kind and still in its log. */
export function ledgerWithLog(folder: string): TornLedger {
  const file = join(folder, 'l.db');
  const log = `${file}-wal`;
  const early = openOk(file);
  early.turnSheet(layoutOf({ a: 40, b: 400 }));
  for (let each = 0; each < 150; each++) {
    recordOne(early, gift({ user: `u${each % 40}`, group: `${each}` }), worthOf(['a', 'b'], 2));
    draw(early, 1);
  }
  early.close();
  const ledger = openOk(file);
  ledger.save({ ...ledger.load(), epoch: 1 });
  const reader = new Database(file, { readonly: true });
  const say = reader.prepare<[], { says: string }>(`SELECT (${fingerprint}) AS says`);
  const commits: Commit[] = [];
  const note = () => commits.push({ logBytes: statSync(log).size, says: say.get()?.says ?? '' });
  note();
  for (const step of lastSteps(ledger)) {
    step();
    note();
  }
  assert.equal(new Set(commits.map(({ says }) => says)).size, commits.length, 'every transaction shows');
  const copy = join(folder, 'torn.db');
  copyFileSync(file, copy);
  const bytes = readFileSync(log);
  reader.close();
  ledger.close();
  return { db: copy, log: bytes, commits };
}

function lastSteps(ledger: Ledger): (() => void)[] {
  return [
    () => recordOne(ledger, gift({ user: 'new', gift: 'new', room: 'new', group: 'g', count: 2 }), worthOf('new')),
    () => recordOne(ledger, gift({ user: 'new', gift: 'new', room: 'new', group: 'g', count: 5 }), worthOf('new')),
    () => ledger.record([1, 2, 3, 4].map((each) => ({ event: gift({ user: `n${each}` }), worth: worthOf('b', each) }))),
    () => ledger.save({ ...ledger.load(), epoch: 2 }),
    () => draw(ledger, 1),
    () => ledger.amend((amend) => amend.spoilLast(2, 'dry')),
    () => ledger.amend((amend) => amend.void('b', 1, 'a prank', emptyHand)),
    () => ledger.turnSheet(layoutOf({ a: 30, b: 30 })),
    () => ledger.decide('pause', 'asked'),
  ];
}

/** Leaves the log as a power cut may leave it. */
export function layLog(torn: TornLedger, log: Buffer): void {
  writeFileSync(`${torn.db}-wal`, log);
}

/** Cuts the log that lies there. */
export function cutLog(torn: TornLedger, bytes: number): void {
  truncateSync(`${torn.db}-wal`, bytes);
}

/** Holds what opens against what was committed, when so many bytes of the log are as they were written. */
export function opensAsPrefix(torn: TornLedger, wholeBytes: number): void {
  rmSync(`${torn.db}-shm`, { force: true });
  const db = new Database(torn.db, { readonly: true });
  const says = db.prepare<[], { says: string }>(`SELECT (${fingerprint}) AS says`).get()?.says;
  db.close();
  const expected = torn.commits.findLast(({ logBytes }) => logBytes <= wholeBytes);
  if (expected === undefined) return;
  assert.equal(says, expected.says, `a log of ${wholeBytes} whole bytes`);
}

/** Opens what is left of the ledger as the service would. */
export function opensSound(torn: TornLedger, log: Buffer, folder: string): void {
  const file = join(folder, 'opened.db');
  for (const companion of ['', '-wal', '-shm']) rmSync(`${file}${companion}`, { force: true });
  copyFileSync(torn.db, file);
  writeFileSync(`${file}-wal`, log);
  const ledger = openOk(file);
  assert.equal(ledger.restoration(), null);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
}
