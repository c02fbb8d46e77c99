/** The addresses of people's pictures are written later, many at a time: a gift costs no more for them. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const picture = (user: string) => `https://example.org/${user}/${'0123456789'.repeat(20)}`;

/** A gift of somebody whose picture comes with it. */
function giftOf(user: string, id: string) {
  const event = gift({ user, id });
  return { ...event, user: { id: user, name: `name of ${user}`, pictureUrl: picture(user) } };
}

function picturesIn(file: string): readonly (string | null)[] {
  const db = new Database(file, { readonly: true });
  try {
    const found = db.prepare<[], { url: string | null }>('SELECT picture_url AS url FROM viewer ORDER BY id').all();
    return found.map(({ url }) => url);
  } finally {
    db.close();
  }
}

function logBytes(ledger: Ledger): number {
  return statSync(`${ledger.file}-wal`).size;
}

test('a gift with a picture dirties no more pages than one without, also of a new giver', (t) => {
  const folder = tempFolder(t);
  const logOf = (name: string, event: (each: number) => ReturnType<typeof gift>): number => {
    const ledger = openOk(join(folder, name));
    for (let each = 0; each < 150; each++) recordOne(ledger, event(each), worthOf('a'));
    const bytes = logBytes(ledger);
    ledger.close();
    return bytes;
  };
  const without = logOf('without.db', (each) => gift({ user: `u${each}`, id: `g${each}` }));
  assert.equal(
    logOf('with.db', (each) => giftOf(`u${each}`, `g${each}`)),
    without,
  );
});

test('pictures are on disk after a clean stop, in a backup, when the paper was changed, and when many wait', async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  let ledger = openOk(file);
  recordOne(ledger, giftOf('u1', 'g1'), worthOf('a'));
  ledger.close();
  assert.deepEqual(picturesIn(file), [picture('u1')]);
  ledger = openOk(file);
  recordOne(ledger, giftOf('u2', 'g2'), worthOf('a'));
  const backup = await ledger.backup(0);
  assert.ok(backup.kind === 'made');
  assert.deepEqual(picturesIn(backup.file), [picture('u1'), picture('u2')]);
  recordOne(ledger, giftOf('u3', 'g3'), worthOf('a'));
  ledger.turnSheet(layoutOf({ a: 5 }));
  assert.equal(picturesIn(file)[2], picture('u3'));
  for (let each = 0; each < 600; each++) recordOne(ledger, giftOf(`v${each}`, `h${each}`), worthOf('a'));
  assert.equal(picturesIn(file)[3], picture('v0'));
  ledger.close();
  assert.equal(picturesIn(file).filter((url) => url === null).length, 0);
});

test('a picture that a power cut took is there again once its person is seen', (t) => {
  const folder = tempFolder(t);
  const ledger = openOk(join(folder, 'l.db'));
  recordOne(ledger, giftOf('u1', 'g1'), worthOf('a'));
  const left = join(folder, 'left');
  mkdirSync(left);
  for (const end of ['', '-wal', '-run']) copyFileSync(`${ledger.file}${end}`, join(left, `l.db${end}`));
  ledger.close();
  const file = join(left, 'l.db');
  const next = openOk(file);
  assert.deepEqual(picturesIn(file), [null]);
  recordOne(next, giftOf('u1', 'g2'), worthOf('a'));
  next.close();
  assert.deepEqual(picturesIn(file), [picture('u1')]);
});

test('whoever is forgotten while their picture waits has none, also when they come back', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  for (const user of ['u1', 'u2', 'u3']) recordOne(ledger, giftOf(user, `of ${user}`), worthOf('a'));
  ledger.privacy.forget('u1');
  ledger.privacy.forget('u2');
  recordOne(ledger, gift({ user: 'u2', id: 'again' }), worthOf('a'));
  ledger.close();
  assert.deepEqual(picturesIn(file), [null, null, picture('u3')]);
});

test("a picture is nobody else's when the gift that brought it was not written", (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  const broken = { ...gift({ id: 'broken' }), payload: { ...gift().payload, count: -1 } };
  assert.throws(
    () =>
      ledger.record([
        { event: giftOf('u1', 'g1'), worth: worthOf('a') },
        { event: broken, worth: worthOf('a') },
      ]),
    RangeError,
  );
  recordOne(ledger, gift({ user: 'u2', id: 'g2' }), worthOf('a'));
  ledger.close();
  assert.deepEqual(picturesIn(file), [null]);
});

test('pictures wait on where the disk does not take them', (t) => {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  recordOne(ledger, giftOf('u1', 'g1'), worthOf('a'));
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  assert.throws(() => ledger.turnSheet(layoutOf({ a: 5 })), /locked/);
  other.exec('ROLLBACK');
  other.close();
  ledger.close();
  assert.deepEqual(picturesIn(file), [picture('u1')]);
});
