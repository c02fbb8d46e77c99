import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LiveTurns, openLiveTurns } from '../../src/drawing/live-turns.ts';
import { type Candidate, nextOfLive, type TurnFacts } from '../../src/drawing/schedule.ts';
import { makeLife, play } from './live-world.ts';
import { shippedSettings, sound } from './settings.ts';

const facts: TurnFacts = { nowMs: 100_000, boundMs: 60_000, strokeMs: 3_500, lastRow: 'a', run: 3 };
const nearby = () => 0;

function inTurn(giver: string, row: string, sinceMs: number, isFirst = false): Candidate {
  return { row, n: 1, creditSequence: sinceMs, creditedAtMs: sinceMs, giver, live: true, turn: { sinceMs, isFirst } };
}

function old(row: string, creditSequence: number): Candidate {
  return { row, n: 1, creditSequence, creditedAtMs: 0, giver: null, live: false };
}

function chosen(
  candidates: readonly Candidate[],
  change: Partial<TurnFacts> = {},
  wayMm: (c: Candidate) => number = nearby,
) {
  return nextOfLive(candidates, { ...facts, ...change }, wayMm);
}

/** Credits so many strokes of one gift. */
function give(turns: LiveTurns, giver: string, row: string, atMs: number, strokes = 1, creditSequence = atMs): void {
  turns.credited({ row, giver, credit: creditSequence, creditSequence, creditedAtMs: atMs }, strokes, atMs);
}

test('new givers come before those who have had a stroke, and both before old debts', () => {
  const all = [old('a', 1), inTurn('had one', 'b', 90_000), inTurn('new', 'c', 99_000, true)];
  assert.equal(chosen(all, { lastRow: null })?.giver, 'new');
  assert.equal(chosen(all.slice(0, 2), { lastRow: null })?.giver, 'had one');
  assert.equal(chosen(all.slice(0, 1))?.creditSequence, 1);
  assert.equal(chosen([]), null);
});

test('a neighbour is taken along while a new giver elsewhere can wait, and not when they cannot', () => {
  const all = [inTurn('here', 'a', 90_000), inTurn('new', 'b', 70_000, true)];
  assert.equal(chosen(all)?.giver, 'here');
  assert.equal(chosen(all, { nowMs: 127_000 })?.giver, 'new');
});

test('when all are late, the pen stays in a row for a while and then goes to who waits longest', () => {
  const all = [inTurn('longest', 'b', 1_000), inTurn('here', 'a', 2_000)];
  assert.equal(chosen(all)?.giver, 'here');
  assert.equal(chosen(all, { run: 20 })?.giver, 'longest');
});

test('of new givers who can wait, the nearest is next; else the first', () => {
  const all = [inTurn('first', 'b', 90_000, true), inTurn('second', 'c', 91_000, true)];
  const wayMm = ({ row }: Candidate) => (row === 'c' ? 1 : 100);
  assert.equal(chosen(all, {}, wayMm)?.giver, 'second');
  assert.equal(chosen(all, { nowMs: 145_000 }, wayMm)?.giver, 'first');
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
  agree(false);
  turns.sheetTurned();
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

test("who gives again keeps their place, and a credit's strokes are paid oldest first", () => {
  const turns = openLiveTurns();
  give(turns, 'x', 'a', 1, 1, 100);
  give(turns, 'x', 'a', 5, 1, 101);
  const [choice] = turns.choices(() => 7);
  assert.deepEqual([choice?.creditSequence, choice?.n, choice?.turn], [100, 7, { sinceMs: 1, isFirst: true }]);
});

test('who waits for room in a full row does not hold up the others, and is back with a fresh sheet', () => {
  const turns = openLiveTurns();
  for (let giver = 0; giver < 700; giver++) give(turns, `full ${giver}`, 'full', giver);
  give(turns, 'fits', 'a', 800);
  const place = (row: string) => (row === 'full' ? null : 1);
  turns.choices(place);
  assert.deepEqual(
    turns.choices(place).map(({ giver }) => giver),
    ['fits'],
  );
  turns.sheetTurned();
  assert.equal(turns.choices(() => 1).length, 64);
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

test('order "oldest" keeps everybody waiting behind the old debts in the same storm', () => {
  const layout = sound(shippedSettings);
  const shape = { seed: 'storm', minutes: 2, giftsPerSecond: 20, givers: 30, oneKind: 0.6, strokesMax: 3 };
  const life = makeLife(layout, shape);
  const played = play({ layout, life, order: 'oldest', oldPerRow: 14_200, untilMs: 120_000, boundMs: 60_000 });
  assert.equal(played.firstWaitsMs.length, 0);
});
