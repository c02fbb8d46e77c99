import type { PenPosition } from '../../src/domain/motion.ts';
import type { SheetLayout } from '../../src/domain/sheet.ts';
import { estimate, modelPace, penAfter } from '../../src/drawing/forecast.ts';
import { nextOfLive, wayTimes } from '../../src/drawing/live-order.ts';
import { openLiveTurns } from '../../src/drawing/live-turns.ts';
import { planStroke } from '../../src/drawing/moves.ts';
import { type Candidate, type DrawOrder, nextStroke } from '../../src/drawing/schedule.ts';
import { seededNumbers } from '../../src/drawing/shapes.ts';

/** A gift of a live: when it comes, who gives it, and the strokes it pays into one row. */
export interface Given {
  readonly atMs: number;
  readonly giver: string;
  readonly row: string;
  readonly strokes: number;
}

/** How a live is made up. */
export interface LifeShape {
  readonly seed: string;
  readonly minutes: number;
  readonly giftsPerSecond: number;
  readonly givers: number;
  /** Share of the gifts that are of one kind, and so fall into one row. */
  readonly oneKind: number;
  readonly strokesMax: number;
}

/** A live as it might have been recorded: givers come in over its whole time, some give far more often than others. */
export function makeLife(layout: SheetLayout, shape: LifeShape): Given[] {
  const random = seededNumbers(shape.seed);
  const ids = layout.rows.map(({ id }) => id);
  const endMs = shape.minutes * 60_000;
  const given: Given[] = [];
  for (let atMs = 0; atMs < endMs; atMs += (-Math.log(1 - random()) * 1000) / shape.giftsPerSecond) {
    const there = Math.max(1, Math.ceil((shape.givers * atMs) / endMs));
    const giver = `viewer ${Math.floor(there * random() ** 2)}`;
    const row = random() < shape.oneKind ? ids[0] : ids[Math.floor(random() * ids.length)];
    given.push({ atMs, giver, row: row ?? '', strokes: 1 + Math.floor(random() ** 4 * shape.strokesMax) });
  }
  return given;
}

/** What came of a live. */
export interface Played {
  readonly strokes: number;
  /** Without the time in which nothing was owed. */
  readonly drawingMinutes: number;
  readonly sheets: number;
  /** Share of the drawing time in which the pen was not on the paper. */
  readonly travelShare: number;
  /** From a giver's first gift to the beginning of their first stroke, ms; of those who got one. */
  readonly firstWaitsMs: readonly number[];
  /** From a gift to the end of its last stroke, ms; of those that got it. */
  readonly lastWaitsMs: readonly number[];
  /** Givers who had not got a stroke when it ended. */
  readonly unserved: number;
  /** The longest that something was owed in a row without a stroke there. */
  readonly rowWaitMaxMs: number;
  /** The most debts that the queue of the live held. */
  readonly debtsMax: number;
}

interface Debt {
  readonly creditSequence: number;
  readonly creditedAtMs: number;
  readonly giver: string;
  readonly live: boolean;
  open: number;
}

export interface PlayOptions {
  readonly layout: SheetLayout;
  readonly life: readonly Given[];
  readonly order: DrawOrder;
  /** Strokes that are owed from before, for each row. */
  readonly oldPerRow: number;
  /** It ends then, or when nothing is owed. */
  readonly untilMs: number;
  readonly boundMs: number;
}

/** Draws a live by the planner's model, stroke by stroke; a full sheet is changed in no time. */
export function play({ layout, life, order, oldPerRow, untilMs, boundMs }: PlayOptions): Played {
  const queues = new Map<string, { debts: Debt[]; first: number; place: number }>(
    layout.rows.map(({ id }, index) => {
      const old = { creditSequence: index + 1, creditedAtMs: -1e9, giver: 'old', live: false, open: oldPerRow };
      return [id, { debts: oldPerRow > 0 ? [old] : [], first: 0, place: 1 }];
    }),
  );
  const capacities = new Map(layout.rows.map(({ id, capacity }) => [id, capacity]));
  const turns = openLiveTurns();
  const askedAt = new Map<string, number>();
  const firstWaitsMs: number[] = [];
  const lastWaitsMs: number[] = [];
  const served = new Set<string>();
  let pen: PenPosition = { ...layout.park, pen: 'up' };
  let [nowMs, drawMs, inkMs, strokes, sheets, debtsMax, heard] = [0, 0, 0, 0, 1, 0, 0];
  let sequence = layout.rows.length;
  let lastRow: string | null = null;
  let run = 0;
  let turnSinceMs = 0;

  const owedSinceMs = new Map<string, number>();
  const strokeMs = modelPace(layout).msPerStroke([]);
  let rowWaitMaxMs = 0;

  const inkedUpTo = (row: string) => (queues.get(row)?.place ?? 1) - 1;
  const nextPlace = (row: string) => {
    const place = queues.get(row)?.place ?? 1;
    return place <= (capacities.get(row) ?? 0) ? place : null;
  };

  function hear(): void {
    for (let gift = life[heard]; gift !== undefined && gift.atMs <= nowMs; gift = life[heard]) {
      heard += 1;
      sequence += 1;
      const debt = { credit: sequence, creditSequence: sequence, creditedAtMs: gift.atMs, giver: gift.giver };
      queues.get(gift.row)?.debts.push({ ...debt, live: true, open: gift.strokes });
      turns.credited({ ...debt, row: gift.row }, gift.strokes, nowMs);
      if (!askedAt.has(gift.giver)) askedAt.set(gift.giver, gift.atMs);
    }
    debtsMax = Math.max(debtsMax, turns.tally.debts);
  }

  /** The oldest debt of each row that still has room, as the ledger would offer it. */
  function oldest(): Candidate[] {
    return [...queues].flatMap(([row, queue]) => {
      while (queue.debts[queue.first]?.open === 0) queue.first += 1;
      const debt = queue.debts[queue.first];
      const n = nextPlace(row);
      return debt === undefined || n === null ? [] : [{ row, n, ...debt }];
    });
  }

  function choose(): Candidate | null {
    const owed = oldest();
    for (const { row } of owed) if (!owedSinceMs.has(row)) owedSinceMs.set(row, nowMs);
    if (order !== 'live') return nextStroke(owed, pen, order, layout);
    const facts = {
      nowMs,
      boundMs,
      newcomers: turns.newcomers(nextPlace),
      lastRow,
      run,
      turnSinceMs,
      owedSinceMs: (row: string) => owedSinceMs.get(row) ?? nowMs,
      endsSheet: () => false,
    };
    const ways = wayTimes(layout, inkedUpTo, pen, nextPlace, strokeMs);
    return nextOfLive([...turns.choices(nextPlace), ...owed], facts, ways);
  }

  function pay(row: string, creditSequence: number): Debt {
    const queue = queues.get(row);
    const debt = queue?.debts.slice(queue.first).find((each) => each.creditSequence === creditSequence);
    if (queue === undefined || debt === undefined) throw new Error('a stroke that nobody paid for');
    debt.open -= 1;
    queue.place += 1;
    turns.handed({ row, giver: debt.giver, credit: creditSequence }, nowMs);
    if (debt.live && !served.has(debt.giver)) {
      served.add(debt.giver);
      firstWaitsMs.push(nowMs - (askedAt.get(debt.giver) ?? nowMs));
    }
    return debt;
  }

  while (nowMs < untilMs) {
    hear();
    const next = choose();
    if (next === null) {
      const isOwed = [...queues.values()].some(({ debts, first }) => debts.slice(first).some(({ open }) => open > 0));
      if (isOwed) {
        for (const queue of queues.values()) queue.place = 1;
        sheets += 1;
      } else if (heard < life.length) nowMs = life[heard]?.atMs ?? untilMs;
      else break;
      continue;
    }
    const stroke = { sheet: sheets, row: next.row, n: next.n };
    const taken = estimate(layout, [stroke], pen, inkedUpTo);
    const { moves } = planStroke(layout, stroke, pen, inkedUpTo);
    rowWaitMaxMs = Math.max(rowWaitMaxMs, nowMs - (owedSinceMs.get(next.row) ?? nowMs));
    owedSinceMs.delete(next.row);
    const paid = pay(next.row, next.creditSequence);
    nowMs += taken.ms;
    if (paid.live && paid.open === 0) lastWaitsMs.push(nowMs - paid.creditedAtMs);
    drawMs += taken.ms;
    inkMs += taken.inkMs;
    strokes += 1;
    if (next.row !== lastRow) turnSinceMs = nowMs - taken.ms;
    run = next.row === lastRow ? run + 1 : 1;
    lastRow = next.row;
    pen = penAfter(moves, pen);
  }
  const travelShare = 1 - inkMs / drawMs;
  const unserved = askedAt.size - served.size;
  return {
    strokes,
    drawingMinutes: drawMs / 60_000,
    sheets,
    travelShare,
    firstWaitsMs,
    lastWaitsMs,
    unserved,
    debtsMax,
    rowWaitMaxMs,
  };
}
