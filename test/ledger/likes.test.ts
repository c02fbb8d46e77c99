import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Worth } from '../../src/domain/worth.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { accountOf, like, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const perTen = worthOf('a', 1, 10);
const credited = (ledger: Ledger, row = 'a') => accountOf(ledger, row).credited;

/** Likes that come in tens until the room has so many. */
function likesUpTo(ledger: Ledger, from: number, to: number, worth: Worth | null): void {
  for (let total = from + 10; total <= to; total += 10) recordOne(ledger, like(10, total), worth);
}

/** A ledger that knows the row; its account is there from the start. */
function openWithRow(file: string): Ledger {
  const ledger = openOk(file);
  ledger.amend((amend) => amend.credit('a', 1, '', 'so that there is an account'));
  ledger.amend((amend) => amend.credit('b', 1, '', 'so that there is an account'));
  return ledger;
}

for (const restarts of [false, true]) {
  test(`likes that were only kept pay from the moment on that they are mapped${restarts ? ', in the same room after a restart too' : ''}`, (t) => {
    const file = join(tempFolder(t), 'l.db');
    let ledger = openWithRow(file);
    const again = () => {
      if (!restarts) return;
      ledger.close();
      ledger = openOk(file);
    };
    likesUpTo(ledger, 0, 1_000, null);
    assert.equal(credited(ledger), 1);
    again();
    likesUpTo(ledger, 1_000, 1_500, perTen);
    assert.equal(credited(ledger), 51);
    again();
    // A connection that comes anew is sent what came before the change, too.
    likesUpTo(ledger, 800, 1_500, perTen);
    assert.equal(credited(ledger), 51);
    const { strokes } = ledger.amend((amend) => amend.backfillKind('like', 'room-1', perTen));
    assert.equal(strokes, 100);
    assert.deepEqual(ledger.amend((amend) => amend.backfillKind('like', 'room-1', perTen)).strokes, 0);
    again();
    likesUpTo(ledger, 900, 1_600, perTen);
    assert.equal(credited(ledger), 161);
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
  });
}

test('a backfill of likes before any mapped one has come pays for all, and they go on from there', (t) => {
  const ledger = openWithRow(join(tempFolder(t), 'l.db'));
  likesUpTo(ledger, 200, 990, null);
  const { events } = ledger.amend((amend) => amend.backfillKind('like', 'room-1', perTen));
  assert.equal(events, 1);
  likesUpTo(ledger, 900, 1_000, perTen);
  assert.equal(credited(ledger), 1 + 80);
  ledger.close();
});

test('another mapping of likes holds from the total on at which it came', (t) => {
  const ledger = openWithRow(join(tempFolder(t), 'l.db'));
  likesUpTo(ledger, 0, 200, perTen);
  likesUpTo(ledger, 200, 500, worthOf('b', 2, 100));
  likesUpTo(ledger, 100, 500, worthOf('b', 2, 100));
  likesUpTo(ledger, 500, 700, null);
  likesUpTo(ledger, 700, 800, perTen);
  assert.deepEqual([credited(ledger, 'a'), credited(ledger, 'b')], [1 + 20 + 10, 1 + 6]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

for (const before of [null, worthOf('b', 1, 100)]) {
  test(`likes that were heard and not written down under ${before === null ? 'no mapping' : 'another mapping'} are no news when they are told again`, (t) => {
    const ledger = openWithRow(join(tempFolder(t), 'l.db'));
    likesUpTo(ledger, 0, 40, before);
    likesUpTo(ledger, 0, 40, perTen);
    assert.equal(credited(ledger), 1, 'a connection that comes anew tells what came before the change');
    likesUpTo(ledger, 40, 70, perTen);
    likesUpTo(ledger, 0, 70, perTen);
    assert.equal(credited(ledger), 1 + 3);
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
  });
}

/** How a service ends: the ledger of the next one is what the disk has. */
const ends: Readonly<Record<string, (ledger: Ledger, file: string) => string>> = {
  'was restarted': (ledger, file) => {
    ledger.close();
    return file;
  },
  died: (ledger, file) => {
    const copy = `${file}-copy`;
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${copy}${end}`);
    ledger.close();
    return copy;
  },
};

for (const [how, end] of Object.entries(ends)) {
  for (const before of [null, worthOf('b', 1, 100)]) {
    test(`a service that ${how} does not pay for likes that were heard under ${before === null ? 'no mapping' : 'another mapping'} before`, (t) => {
      const first = openWithRow(join(tempFolder(t), 'l.db'));
      likesUpTo(first, 0, 40, before);
      const ledger = openOk(end(first, first.file));
      likesUpTo(ledger, 0, 40, perTen);
      assert.equal(credited(ledger), 1, 'a connection that comes anew tells what came before the change');
      likesUpTo(ledger, 40, 1_000, perTen);
      likesUpTo(ledger, 0, 1_000, perTen);
      const paid = credited(ledger) - 1;
      // Where it died, nobody knows how many of them had been heard.
      assert.ok(how === 'died' ? paid >= 85 && paid <= 96 : paid === 96, `${paid}`);
      if (before === null) {
        ledger.amend((amend) => amend.backfillKind('like', 'room-1', perTen));
        assert.equal(credited(ledger), 101, 'a backfill pays for what is left');
      }
      assert.equal(credited(ledger, 'b'), how === 'died' && before !== null ? 2 : 1);
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    });
  }
}

test('a service that is restarted pays for the likes of one mapping as if it had gone on', (t) => {
  let ledger = openWithRow(join(tempFolder(t), 'l.db'));
  for (let total = 7; total <= 700; total += 7) {
    recordOne(ledger, like(7, total), perTen);
    if (total % 5 === 0)
      ledger = openOk((ends[total % 2 === 0 ? 'died' : 'was restarted'] as (typeof ends)[string])(ledger, ledger.file));
  }
  assert.equal(credited(ledger), 71);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('likes that pay for nothing are written down seldom', (t) => {
  const ledger = openWithRow(join(tempFolder(t), 'l.db'));
  for (let total = 1; total <= 1_000; total += 1) recordOne(ledger, like(1, total), null);
  const written = [...ledger.export('jsonl')].join('').match(/"entry":"growth"/g)?.length ?? 0;
  assert.ok(written >= 10 && written <= 20, `${written} times`);
  ledger.close();
});

test('whenever likes are mapped, what is credited and what a backfill adds are worth all of them', (t) => {
  const folder = tempFolder(t);
  let files = 0;
  const steps = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(steps, fc.nat(), fc.integer({ min: 1, max: 60 }), (counts, mappedAfter, per) => {
      files += 1;
      const ledger = openWithRow(join(folder, `l${files}.db`));
      const worth = worthOf('a', 1, per);
      let total = 0;
      counts.forEach((count, index) => {
        total += count;
        recordOne(ledger, like(count, total), index >= mappedAfter % counts.length ? worth : null);
      });
      ledger.amend((amend) => amend.backfillKind('like', 'room-1', worth));
      assert.equal(credited(ledger), 1 + Math.floor(total / per));
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 60 },
  );
});
