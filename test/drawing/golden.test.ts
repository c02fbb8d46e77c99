import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { PenPosition } from '../../src/domain/motion.ts';
import { letteringOf, type SheetLayout, type StrokeRef } from '../../src/domain/sheet.ts';
import { estimate, modelPace, penAfter, planInOrder } from '../../src/drawing/forecast.ts';
import type { LayoutSettings, Occasion } from '../../src/drawing/layout.ts';
import { nextOfLive, wayTimes } from '../../src/drawing/live-order.ts';
import { openLiveTurns } from '../../src/drawing/live-turns.ts';
import { drawSheet } from '../../src/drawing/picture.ts';
import { type Candidate, type DrawOrder, nextStroke } from '../../src/drawing/schedule.ts';
import { allSteps } from '../../src/marlin/motion/gcode.ts';
import { sound } from './settings.ts';

/*
 * What is drawn of a list of debts, as G-code and as a picture, held against files that people have looked at.
 * A change that is meant is written with LIVEPEN_GOLDEN=write, and then looked at again.
 */

interface Golden {
  readonly order: DrawOrder;
  readonly settings: LayoutSettings;
  readonly occasion?: Occasion;
  /** The picture shows the sheet after so many strokes, since at the end every order looks the same. */
  readonly after?: number;
  /** Of order "live"; a minute unless told. */
  readonly newGiverWithinMs?: number;
  readonly debts: readonly { atMs: number; giver: string; row: string; strokes: number }[];
}

const folder = new URL('golden/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

/** In which order the strokes of a golden case are drawn; all its debts are there from the beginning. */
function drawingOf({ order, debts, newGiverWithinMs: boundMs = 60_000 }: Golden, layout: SheetLayout): StrokeRef[] {
  const sheet = 1;
  const turns = openLiveTurns();
  const strokeMs = modelPace(layout).msPerStroke([]);
  const open = debts.map((debt, index) => ({ ...debt, creditSequence: index + 1 }));
  for (const { row, giver, creditSequence, atMs, strokes } of open) {
    turns.credited({ row, giver, credit: creditSequence, creditSequence, creditedAtMs: atMs }, strokes, atMs);
  }
  const places = new Map<string, number>();
  const capacities = new Map(layout.rows.map(({ id, capacity }) => [id, capacity]));
  const letters = letteringOf(layout);
  const drawn = Array.from(
    { length: letters.count },
    (_, index): StrokeRef => ({ sheet, row: letters.id, n: index + 1 }),
  );
  let pen: PenPosition = { ...layout.park, pen: 'up' };
  let [nowMs, run] = [10_000, 0];
  for (let limit = 0; limit < 500; limit++) {
    const place = (row: string) => {
      const n = (places.get(row) ?? 0) + 1;
      return n <= (capacities.get(row) ?? 0) ? n : null;
    };
    const oldest = layout.rows.flatMap(({ id }): Candidate[] => {
      const debt = open.find(({ row, strokes }) => row === id && strokes > 0);
      const n = place(id);
      if (debt === undefined || n === null) return [];
      return [
        { row: id, n, giver: debt.giver, live: true, creditSequence: debt.creditSequence, creditedAtMs: debt.atMs },
      ];
    });
    const lastRow = drawn.at(-1)?.row ?? null;
    const inkedUpTo = (id: string) => places.get(id) ?? 0;
    const facts = {
      nowMs,
      boundMs,
      newcomers: turns.newcomers(place),
      lastRow,
      run,
      turnSinceMs: nowMs,
      owedSinceMs: () => 10_000,
      endsSheet: () => false,
    };
    const next =
      order === 'live'
        ? nextOfLive(turns.choices(place), facts, wayTimes(layout, inkedUpTo, pen, place, strokeMs))
        : nextStroke(oldest, pen, order, layout);
    if (next === null) return drawn;
    const { row, n, creditSequence } = next;
    const paid = open.find((debt) => debt.creditSequence === creditSequence);
    assert.ok(paid !== undefined && paid.strokes > 0);
    paid.strokes -= 1;
    turns.handed({ row, giver: paid.giver, credit: creditSequence }, nowMs);
    run = row === lastRow ? run + 1 : 1;
    const [planned] = planInOrder(layout, [{ sheet, row, n }], pen, inkedUpTo);
    nowMs += estimate(layout, [{ sheet, row, n }], pen, inkedUpTo).ms;
    pen = penAfter(planned?.moves ?? [], pen);
    places.set(row, n);
    drawn.push({ sheet, row, n });
  }
  throw new Error('it never ends');
}

function gcodeOf(layout: SheetLayout, strokes: readonly StrokeRef[]): string {
  const { pen, park } = layout;
  let at: PenPosition = { ...park, pen: 'up' };
  const lines: string[] = [];
  for (const { stroke, moves } of planInOrder(layout, strokes)) {
    const zMm = { down: pen.downMm, hop: pen.hopMm, up: pen.upMm }[at.pen];
    const steps = allSteps({ ...at, zMm }, moves, pen, { kind: 'z' });
    lines.push(`; ${stroke.row} ${stroke.n}`, ...steps.map(({ text }) => text));
    at = penAfter(moves, at);
  }
  return `${lines.join('\n')}\n`;
}

function pictureOf(layout: SheetLayout, all: readonly StrokeRef[], { debts, after }: Golden): string {
  const strokes = all.slice(0, after);
  const count = (id: string) => strokes.filter(({ row }) => row === id).length;
  const rows = layout.rows.map(({ id }) => {
    const owed = debts.filter(({ row }) => row === id).reduce((sum, debt) => sum + debt.strokes, 0);
    const drawable = all.filter(({ row }) => row === id).length;
    return { id, certain: count(id), owedThatFit: drawable - count(id), owedBeyond: owed - drawable };
  });
  return `${drawSheet(layout, { sheet: 1, rows, lettered: count(letteringOf(layout).id) })}\n`;
}

function holds(file: string, actual: string): void {
  const url = new URL(file, folder);
  if (process.env.LIVEPEN_GOLDEN === 'write') writeFileSync(url, actual);
  assert.equal(actual, readFileSync(url, 'utf8'), `${file} has changed`);
}

for (const name of names) {
  test(`${name} is drawn as before, in G-code and as a picture`, () => {
    const golden: Golden = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
    const layout = sound(golden.settings, golden.occasion ?? null);
    const strokes = drawingOf(golden, layout);
    holds(`${name}.gcode`, gcodeOf(layout, strokes));
    holds(`${name}.svg`, pictureOf(layout, strokes, golden));
  });
}
