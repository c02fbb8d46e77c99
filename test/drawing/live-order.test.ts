import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextOfLive, type TurnFacts, type WayTimes } from '../../src/drawing/live-order.ts';
import { type LiveTurns, openLiveTurns } from '../../src/drawing/live-turns.ts';
import type { Candidate, Newcomer } from '../../src/drawing/schedule.ts';
import { makeLife, play } from './live-world.ts';
import { shippedSettings, sound } from './settings.ts';

const nowMs = 100_000;
const facts: TurnFacts = {
  nowMs,
  boundMs: 60_000,
  newcomers: [],
  lastRow: 'a',
  run: 3,
  turnSinceMs: 0,
  owedSinceMs: () => nowMs,
  endsSheet: () => false,
};
const ways: WayTimes = {
  strokeMs: 1_000,
  inkMs: ({ row }) => (row.startsWith('@') ? 4_000 : 1_000),
  toMs: () => 2_000,
  betweenMs: (from, to) => (from === to ? 0 : 2_000),
};

function inTurn(giver: string, row: string, sinceMs: number, isFirst = false): Candidate {
  return { row, n: 1, creditSequence: sinceMs, creditedAtMs: sinceMs, giver, live: true, turn: { sinceMs, isFirst } };
}

function old(row: string, creditSequence: number): Candidate {
  return { row, n: 1, creditSequence, creditedAtMs: 0, giver: null, live: false };
}

/** Who of the candidates is new, longest waiting first. */
function newcomersOf(candidates: readonly Candidate[]): Newcomer[] {
  return candidates
    .flatMap(({ row, turn }) => (turn?.isFirst === true ? [{ sinceMs: turn.sinceMs, rows: [row] }] : []))
    .toSorted((a, b) => a.sinceMs - b.sinceMs);
}

function chosen(candidates: readonly Candidate[], change: Partial<TurnFacts> = {}, times: Partial<WayTimes> = {}) {
  return nextOfLive(candidates, { ...facts, newcomers: newcomersOf(candidates), ...change }, { ...ways, ...times });
}

/** Credits so many strokes of one gift. */
function give(turns: LiveTurns, giver: string, row: string, atMs: number, strokes = 1, creditSequence = atMs): void {
  turns.credited({ row, giver, credit: creditSequence, creditSequence, creditedAtMs: atMs }, strokes, atMs);
}

const path = (n = 1): Candidate => ({ ...old('@drawing-1', 0), n });
const waitedSince =
  (drawingMs: number, rowMs = nowMs) =>
  (row: string) =>
    row === '@drawing-1' ? drawingMs : rowMs;

test('a drawing gets a turn of a quarter of a minute each minute while a live is drawn', () => {
  const all = [inTurn('one', 'a', 90_000), path()];
  assert.equal(chosen(all, { owedSinceMs: waitedSince(nowMs - 59_000) })?.row, 'a');
  assert.equal(chosen(all, { owedSinceMs: waitedSince(nowMs - 60_000) })?.row, '@drawing-1');
  const within = { lastRow: '@drawing-1', owedSinceMs: waitedSince(nowMs) };
  assert.equal(chosen(all, { ...within, turnSinceMs: nowMs - 11_000 })?.row, '@drawing-1');
  assert.equal(chosen(all, { ...within, turnSinceMs: nowMs - 11_001 })?.row, 'a');
});

test('the turn of a drawing breaks no promise: a new giver and a row that has waited come first', () => {
  const waited = { owedSinceMs: waitedSince(0) };
  const fresh = (sinceMs: number) => [inTurn('one', 'a', 90_000), inTurn('new', 'b', sinceMs, true), path()];
  assert.equal(chosen(fresh(nowMs - 20_000), waited)?.row, '@drawing-1');
  assert.equal(chosen(fresh(nowMs - 34_001), waited)?.row, 'a', 'after 6 s of drawing the new one would be late');
  const row = [inTurn('one', 'a', 90_000), old('c', 1), path()];
  const late = { owedSinceMs: (each: string) => (each === 'c' ? nowMs - 289_000 : each === 'a' ? nowMs : 0) };
  assert.equal(chosen(row, late)?.row, 'a', 'after 6 s of drawing row c would be late');
});

test('with old debts alone a drawing takes turns with them, and leaves a row that has waited its stroke', () => {
  const all = [old('a', 5), path()];
  assert.equal(chosen(all, { lastRow: 'a', run: 48 })?.row, '@drawing-1', 'the older of both');
  assert.equal(chosen(all, { lastRow: '@drawing-1', run: 3, turnSinceMs: nowMs })?.row, '@drawing-1');
  assert.equal(
    chosen(all, { lastRow: '@drawing-1', run: 3, owedSinceMs: waitedSince(nowMs, nowMs - 292_000) })?.row,
    'a',
  );
  assert.equal(chosen([path()], { lastRow: null })?.row, '@drawing-1');
});

test('in a row new givers come before those who have had a stroke, and old debts when nobody of the live waits', () => {
  const all = [old('a', 1), inTurn('had one', 'a', 90_000), inTurn('new', 'a', 99_000, true)];
  assert.equal(chosen(all)?.giver, 'new');
  assert.equal(chosen(all.slice(0, 2))?.giver, 'had one');
  assert.equal(chosen([old('a', 1), inTurn('elsewhere', 'b', 90_000)])?.giver, 'elsewhere');
  assert.equal(chosen(all.slice(0, 1))?.creditSequence, 1);
  assert.equal(chosen([]), null);
});

test('the pen goes along its row while a new giver elsewhere can wait, and to them when they cannot', () => {
  const all = [inTurn('here', 'a', 90_000), inTurn('new', 'b', 70_000, true)];
  assert.equal(chosen(all)?.giver, 'here');
  assert.equal(chosen(all, { nowMs: 112_000 })?.giver, 'new');
});

test('several new givers in several rows are begun with so early that the last of them is in time', () => {
  const rows = ['b', 'c', 'd', 'e', 'f'];
  const all = [inTurn('here', 'a', 90_000), ...rows.map((row) => inTurn(`new in ${row}`, row, 76_000, true))];
  assert.equal(chosen(all)?.giver, 'here');
  assert.equal(chosen(all, { nowMs: 106_000 })?.giver, 'new in b');
  const together = [inTurn('here', 'a', 90_000), ...rows.map((row) => inTurn(`new in ${row}`, 'b', 76_000, true))];
  assert.equal(chosen(together, { nowMs: 106_000 })?.giver, 'here', 'one way serves all of a row');
});

test('new givers who cannot all be in time are served row by row', () => {
  const late = ['b', 'c', 'd'].map((row) => inTurn(`new in ${row}`, row, 1_000, true));
  assert.equal(chosen([inTurn('new here', 'a', 2_000, true), ...late])?.giver, 'new here');
});

test('after a while in one row the pen goes to the row of who waits longest, and serves whoever is first there', () => {
  const all = [inTurn('longest', 'b', 1_000), inTurn('new', 'b', 99_000, true), inTurn('here', 'a', 2_000)];
  assert.equal(chosen(all)?.giver, 'here');
  assert.equal(chosen(all, { run: 40 })?.giver, 'new');
});

test('when nothing is owed here the nearest is next, unless a new giver elsewhere would be late then', () => {
  const all = [inTurn('near', 'c', 90_000), inTurn('new', 'b', 64_000, true)];
  const toMs = ({ row }: Pick<Candidate, 'row'>) => (row === 'c' ? 1_000 : 2_000);
  assert.equal(chosen(all, { nowMs: 70_000 }, { toMs })?.giver, 'near');
  assert.equal(chosen(all, { nowMs: 104_000 }, { toMs })?.giver, 'new');
});

test('before the stroke that ends a sheet, new givers elsewhere get their first one', () => {
  const all = [
    inTurn('here', 'a', 90_000),
    inTurn('new', 'b', 99_000, true),
    inTurn('new, full too', 'c', 99_000, true),
  ];
  const endsSheet = (row: string) => row !== 'b';
  assert.equal(chosen(all)?.giver, 'here');
  assert.equal(chosen(all, { endsSheet })?.giver, 'new');
  assert.equal(chosen(all.toSpliced(1, 1), { endsSheet })?.giver, 'here');
});

test('as long as something is owed a stroke is chosen, whoever waits and however late it is', () => {
  const rows = fc.constantFrom('a', 'b', 'c');
  const anyCandidate = fc.record({ row: rows, sinceMs: fc.nat(200_000), isFirst: fc.boolean(), isOld: fc.boolean() });
  const anyNewcomer = fc.record({ sinceMs: fc.nat(200_000), rows: fc.uniqueArray(rows, { minLength: 1 }) });
  fc.assert(
    fc.property(
      fc.array(anyCandidate, { minLength: 1, maxLength: 8 }),
      fc.array(anyNewcomer, { maxLength: 5 }),
      fc.nat(60),
      fc.nat(400_000),
      (some, newcomers, run, owedForMs) => {
        const all = some.map(({ row, sinceMs, isFirst, isOld }, index) =>
          isOld ? old(row, index) : inTurn(`giver ${index}`, row, sinceMs, isFirst),
        );
        const next = chosen(all, { newcomers, run, nowMs: 200_000, owedSinceMs: () => 200_000 - owedForMs });
        assert.ok(next !== null && all.includes(next));
      },
    ),
  );
});

test('a row where something is owed is visited every 300 s, several that wait as long one after the other', () => {
  const all = [inTurn('here', 'a', 99_000), old('b', 1), old('c', 2), old('d', 3)];
  const since = (sinceMs: number) => ({ owedSinceMs: (row: string) => (row === 'a' ? nowMs : sinceMs) });
  assert.equal(chosen(all, since(nowMs - 280_000))?.giver, 'here');
  assert.equal(chosen(all, since(nowMs - 289_000))?.row, 'b');
  const pressing = [...all, inTurn('new', 'e', nowMs - 44_000, true)];
  assert.equal(chosen(pressing, since(nowMs - 299_000))?.giver, 'new', 'not before a new giver who would be late');
});

test('whether anybody waits is answered as a choice among all would be, newcomers, full rows and served ones alike', () => {
  const turns = openLiveTurns();
  const full = new Set<string>();
  const nextPlace = (row: string) => (full.has(row) ? null : 1);
  const agree = (expected: boolean) => {
    assert.equal(turns.anyChoice(nextPlace) !== undefined, expected);
    assert.equal(turns.choices(nextPlace).length > 0, expected);
  };
  agree(false);
  give(turns, 'one', 'a', 1, 2);
  give(turns, 'other', 'b', 2);
  agree(true);
  turns.handed({ row: 'a', giver: 'one', credit: 1 }, 3);
  turns.handed({ row: 'b', giver: 'other', credit: 2 }, 4);
  agree(true);
  full.add('a');
  agree(false);
  full.clear();
  agree(true);
  turns.handed({ row: 'a', giver: 'one', credit: 1 }, 5);
  agree(false);
});

test('old debts are drawn a row at a time, the oldest first', () => {
  const all = [old('a', 7), old('b', 2)];
  assert.equal(chosen(all)?.row, 'a');
  assert.equal(chosen(all, { run: 48 })?.row, 'b');
});

test('givers take turns: who got a stroke goes to the end', () => {
  const turns = openLiveTurns();
  const drawn: string[] = [];
  give(turns, 'x', 'a', 1, 3);
  give(turns, 'y', 'a', 2, 2);
  give(turns, 'z', 'a', 3, 1);
  for (let atMs = 10; atMs < 16; atMs++) {
    const next = chosen(turns.choices(() => 1));
    assert.ok(next !== null && next.giver !== null);
    turns.handed({ ...next, giver: next.giver, credit: next.creditSequence }, atMs);
    drawn.push(next.giver);
  }
  assert.deepEqual(drawn, ['x', 'y', 'z', 'x', 'y', 'x']);
  assert.deepEqual(chosen(turns.choices(() => 1)), null);
  assert.equal(turns.tally.strokes, 0);
});

test('after a restart, who has had a stroke of this live is no new giver', () => {
  const turns = openLiveTurns();
  turns.served(['x', 'y'], 10);
  give(turns, 'x', 'a', 11);
  give(turns, 'y', 'a', 11, 1, 12);
  give(turns, 'new', 'b', 13);
  assert.deepEqual(
    turns.newcomers(() => 1),
    [{ sinceMs: 13, rows: ['b'] }],
  );
  assert.deepEqual(
    turns.choices(() => 1).map(({ giver, turn }) => [giver, turn.isFirst]),
    [
      ['x', false],
      ['new', true],
    ],
  );
});

test("who gives again keeps their place, and a credit's strokes are paid oldest first", () => {
  const turns = openLiveTurns();
  give(turns, 'x', 'a', 1, 1, 100);
  give(turns, 'x', 'a', 5, 1, 101);
  const [choice] = turns.choices(() => 7);
  assert.deepEqual([choice?.creditSequence, choice?.n, choice?.turn], [100, 7, { sinceMs: 1, isFirst: true }]);
});

test('who waits for room in a full row does not hold up the others, and is there with a fresh sheet', () => {
  const turns = openLiveTurns();
  for (let giver = 0; giver < 700; giver++) give(turns, `full ${giver}`, 'full', giver);
  give(turns, 'fits', 'a', 800);
  const place = (row: string) => (row === 'full' ? null : 1);
  assert.deepEqual(
    turns.choices(place).map(({ giver }) => giver),
    ['fits'],
  );
  assert.equal(turns.choices(() => 1).length, 2);
});

test('however much comes in, memory is bounded and what is beyond is counted', () => {
  const turns = openLiveTurns();
  for (let gift = 0; gift < 100_000; gift++) give(turns, `viewer ${gift % 20_000}`, 'a', gift, 2);
  const { givers, debts, strokes, untracked } = turns.tally;
  assert.ok(givers <= 5_000 && debts <= 30_000);
  assert.equal(strokes + untracked, 200_000);
});

test('in a storm of 20 gifts a second on 142,000 owed strokes, a new giver gets a stroke within 60 s', () => {
  const layout = sound({ ...shippedSettings, stroke: { ...shippedSettings.stroke, spacingMm: 0.1 } });
  for (const oneKind of [0.1, 0.6, 0.95]) {
    const life = makeLife(layout, {
      seed: `storm ${oneKind}`,
      minutes: 10,
      giftsPerSecond: 20,
      givers: 150,
      oneKind,
      strokesMax: 3,
    });
    const played = play({ layout, life, order: 'live', oldPerRow: 14_200, untilMs: 600_000, boundMs: 60_000 });
    const worstMs = Math.max(...played.firstWaitsMs);
    assert.ok(worstMs <= 60_000, `${worstMs} ms, with ${oneKind} of one kind`);
    assert.ok(played.firstWaitsMs.length > 100);
  }
});

test('while new givers are served in time, no row where something is owed waits for more than 300 s', () => {
  const layout = sound({ ...shippedSettings, stroke: { ...shippedSettings.stroke, spacingMm: 0.2 } });
  for (const [givers, giftsPerSecond] of [
    [40, 0.3],
    [150, 0.4],
    [300, 2],
  ] as const) {
    for (const oneKind of [0.1, 0.6, 0.95]) {
      const seed = `rows ${givers} ${oneKind}`;
      const life = makeLife(layout, { seed, minutes: 12, giftsPerSecond, givers, oneKind, strokesMax: 3 });
      const rules = { layout, life, oldPerRow: 1_000, untilMs: 720_000, boundMs: 60_000 };
      const { firstWaitsMs, rowWaitMaxMs } = play({ ...rules, order: 'live' });
      assert.ok(Math.max(...firstWaitsMs) <= 60_000, `${seed}: a new giver waits ${Math.max(...firstWaitsMs)} ms`);
      assert.ok(rowWaitMaxMs <= 300_000, `${seed}: a row waits ${rowWaitMaxMs} ms`);
    }
  }
});

test('order "oldest" keeps everybody waiting behind the old debts in the same storm', () => {
  const layout = sound(shippedSettings);
  const shape = { seed: 'storm', minutes: 2, giftsPerSecond: 20, givers: 30, oneKind: 0.6, strokesMax: 3 };
  const life = makeLife(layout, shape);
  const played = play({ layout, life, order: 'oldest', oldPerRow: 14_200, untilMs: 120_000, boundMs: 60_000 });
  assert.equal(played.firstWaitsMs.length, 0);
});
