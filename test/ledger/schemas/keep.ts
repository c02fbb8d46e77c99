/**
 * Keeps a ledger of the newest schema for the tests of all later ones: `node test/ledger/schemas/keep.ts`, once, when a
 * schema lands. A kept file never changes afterwards: it is what is out there on people's cards.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { picturePieces } from '../../../src/ledger/pictures.ts';
import { migrations } from '../../../src/ledger/schema.ts';
import { openWith, terms } from '../points-world.ts';
import { does, recordWith, rule, rulesInForce } from '../rule-world.ts';
import {
  connection,
  disconnected,
  draw,
  emptyHand,
  gift,
  layoutOf,
  like,
  noonMs,
  recordOne,
  worthOf,
} from '../world.ts';

const folder = mkdtempSync(join(tmpdir(), 'livepen-keep-'));
const file = join(folder, 'l.db');
const ledger = openWith(file, terms, [{ name: 'coins', of: 'coins', currency: null, target: 5, per: 'live' }]);
ledger.noteLive(connection('connected', {}));
ledger.turnSheet(layoutOf({ a: 6, b: 6 }));
recordOne(ledger, gift({ user: 'u1', group: 'g', count: 2 }), worthOf('a', 2));
recordOne(ledger, gift({ user: 'u1', group: 'g', count: 5 }), worthOf('a', 2));
recordOne(ledger, gift({ user: 'u2', id: 'single', count: 4 }), {
  ...worthOf(['b', 'a']),
  write: { text: '{username}', from: 2 },
});
recordOne(ledger, gift({ user: 'u3', gift: 'wheel', id: 'unmapped', count: 3 }), null);
recordOne(ledger, gift({ origin: 'test', id: 'tried' }), worthOf('a'));
const rules = rulesInForce(
  rule('ruled', { [does]: [{ draw: { row: 'r', per: 2 } }, { log: 'Thank you {displayName}' }] }),
  rule('later', { when: ['giftCount', '>=', 50] }),
);
recordWith(ledger, rules, [gift({ user: 'u4', group: 'r', count: 5 })], worthOf('c'));
recordOne(ledger, like(10, 105), worthOf('b', 1, 100));
draw(ledger, 7);
ledger.amend((amend) => {
  amend.spoil(1, 'a', 2, 3, 'pen dry');
  amend.void('a', 1, 'a prank', emptyHand);
  amend.credit('b', 2, 'name of u2', 'a promise');
  amend.backfill('wheel', 'room-1', worthOf('b'));
});
ledger.noteLive(disconnected(noonMs + 1_000, 'silence', {}));
ledger.noteLive(connection('connected', { session: 'session-2', arrivedAtMs: noonMs + 9_000 }));
const slip = { stroke: { sheet: 1, row: 'a', n: 2 }, from: { xMm: 1, yMm: 1 }, to: { xMm: 2, yMm: 2 }, why: 'slipped' };
ledger.write((ink) => ink.strayMark(slip));
const plates = [{ id: 'p', name: 'p', xMm: 100, yMm: 100, widthMm: 50, heightMm: 50 }];
const picture = picturePieces({ widthUm: 30_000, heightUm: 10_000, paths: [[0, 0, 30_000, 9_000]] });
if (picture === null) throw new Error('a picture of one line is one');
const [a, b, ...others] = layoutOf({ a: 9, b: 9, c: 1 }).rows;
if (a === undefined || b === undefined) throw new Error('there are three rows');
const withPicture = others.map((row) => ({
  ...row,
  picture: { widthMm: 30, digest: picture.digest, pieces: picture.pieces },
}));
ledger.turnSheet({ ...layoutOf({}), rows: [a, b, ...withPicture], plates });
draw(ledger, 3);
const paths = {
  widthUm: 50_000,
  heightUm: 50_000,
  paths: [
    [0, 0, 9_000, 0],
    [9_000, 9_000, 0, 9_000],
  ],
};
ledger.draw((drawings) => {
  const { request } = drawings.ask({ ownId: 'mine', name: 'two lines', plate: null, scales: true, paths });
  drawings.ask({ ownId: null, name: 'one that waits', plate: null, scales: true, paths });
  drawings.place(request, 'p', paths);
});
ledger.write((ink) => {
  ink.reserve('@drawing-1', 2);
  ink.confirm([{ stroke: { sheet: 2, row: '@drawing-1', n: 1 }, credit: 0 }]);
});
ledger.amend((amend) => amend.spoilLast(1, 'dry'));
ledger.save({
  ...ledger.load(),
  epoch: 3,
  originKnown: true,
  parked: { xMm: 0, yMm: 0, zMm: 5, epoch: 3 },
  lineBase: 123_456,
});
ledger.decide('pause', 'asked');
const { findings } = ledger.check('full');
if (findings.length > 0) throw new Error(findings.join('\n'));
ledger.close();
const db = new Database(file);
db.pragma('journal_mode = DELETE');
db.exec('VACUUM');
db.close();
writeFileSync(join(import.meta.dirname, `v${migrations.length}.db.gz`), gzipSync(readFileSync(file), { level: 9 }));
rmSync(folder, { recursive: true });
