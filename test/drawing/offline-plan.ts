import type { SheetLayout } from '../../src/domain/sheet.ts';
import { modelPace } from '../../src/drawing/forecast.ts';
import { endsOf, strokePath } from '../../src/drawing/place.ts';
import { wayTimeMs, wayTimeUpMs } from '../../src/drawing/ways.ts';
import type { Given } from './live-world.ts';

/*
 * What an order could come to that knows every gift before it is given: strokes and ways as the planner's model has them
 * on blank paper, where ways are shortest. Plans are compared stroke by stroke, and of each length the best are kept; with
 * no limit that is an exhaustive search, for small cases.
 */

export interface OfflineOptions {
  readonly layout: SheetLayout;
  readonly life: readonly Given[];
  /** Strokes that are owed from before, for each row. */
  readonly oldPerRow: number;
  readonly untilMs: number;
  readonly boundMs: number;
  /** How many plans of each length are kept. */
  readonly width: number;
}

export interface OfflinePlan {
  readonly strokes: number;
  /** Without the time in which nothing was owed. */
  readonly drawingMs: number;
  /** Givers whose first stroke begins after the bound. */
  readonly late: number;
}

interface Row {
  readonly id: string;
  /** When each stroke is owed, in order. */
  readonly owedAtMs: readonly number[];
  /** Who gives there, each at their first gift in the row. */
  readonly givers: readonly { readonly giver: number; readonly atMs: number }[];
}

interface Plan {
  readonly atMs: number;
  readonly idleMs: number;
  readonly row: number;
  readonly drawn: readonly number[];
  readonly served: ReadonlySet<number>;
  readonly late: number;
}

/** The best plan that is found. */
export function planOffline({ layout, life, oldPerRow, untilMs, boundMs, width }: OfflineOptions): OfflinePlan {
  const givers = new Map<string, { index: number; atMs: number }>();
  for (const { giver, atMs } of life) if (!givers.has(giver)) givers.set(giver, { index: givers.size, atMs });
  const sinceMs = [...givers.values()].map(({ atMs }) => atMs);
  const rows = layout.rows.map(({ id }): Row => {
    const its = life.filter(({ row }) => row === id);
    const old = Array.from({ length: Math.min(oldPerRow, 2_000) }, () => 0);
    const first = new Map<number, number>();
    for (const { giver, atMs } of its) {
      const index = givers.get(giver)?.index ?? 0;
      if (!first.has(index)) first.set(index, atMs);
    }
    return {
      id,
      owedAtMs: [...old, ...its.flatMap(({ atMs, strokes }) => Array.from({ length: strokes }, () => atMs))],
      givers: [...first].map(([giver, atMs]) => ({ giver, atMs })),
    };
  });
  const strokeMs = modelPace(layout).msPerStroke([]);
  const ways = waysOnBlank(layout);
  const fromPark = layout.rows.map((row) => wayTimeUpMs(layout, layout.park, endsOf(strokePath(row, 1)).from));
  const start: Plan = { atMs: 0, idleMs: 0, row: -1, drawn: rows.map(() => 0), served: new Set(), late: 0 };
  let plans: readonly Plan[] = [start];
  let best = start;
  for (;;) {
    const next = plans.flatMap((plan) => rows.flatMap((_, row) => follow(plan, row)));
    if (next.length === 0) break;
    plans = fittest(next, width);
    best = plans[0] ?? best;
  }
  const strokes = best.drawn.reduce((sum, count) => sum + count, 0);
  return { strokes, drawingMs: best.atMs - best.idleMs, late: best.late };

  /** The plan with one stroke more, in a row. */
  function follow(plan: Plan, row: number): Plan[] {
    const owedAtMs = rows[row]?.owedAtMs[plan.drawn[row] ?? 0];
    if (owedAtMs === undefined || plan.atMs >= untilMs) return [];
    const firstOwedMs = Math.min(...rows.map(({ owedAtMs: all }, index) => all[plan.drawn[index] ?? 0] ?? Infinity));
    const wayMs = plan.row === row ? 0 : ((ways[plan.row] ?? fromPark)[row] ?? 0);
    const beginsMs = Math.max(plan.atMs, owedAtMs) + wayMs;
    const served = rows[row]?.givers.find(({ giver, atMs }) => atMs <= beginsMs && !plan.served.has(giver))?.giver;
    const isLate = served !== undefined && beginsMs > (sinceMs[served] ?? 0) + boundMs;
    return [
      {
        atMs: beginsMs + strokeMs,
        idleMs: plan.idleMs + Math.max(0, firstOwedMs - plan.atMs),
        row,
        drawn: plan.drawn.with(row, (plan.drawn[row] ?? 0) + 1),
        served: served === undefined ? plan.served : new Set(plan.served).add(served),
        late: plan.late + (isLate ? 1 : 0),
      },
    ];
  }

  /** How many new givers will be late whatever comes, too. */
  function lateness({ atMs, served, late }: Plan): number {
    return late + sinceMs.filter((since, giver) => !served.has(giver) && since + boundMs < atMs).length;
  }

  function fittest(all: readonly Plan[], most: number): readonly Plan[] {
    const ranked = all.map((plan) => ({ plan, rank: 1e9 * lateness(plan) + plan.atMs - plan.idleMs }));
    ranked.sort((a, b) => a.rank - b.rank);
    const kept = new Map<string, Plan>();
    for (const { plan } of ranked) {
      const key = `${plan.row}/${plan.drawn.join()}/${plan.served.size}`;
      if (!kept.has(key)) kept.set(key, plan);
      if (kept.size >= most) break;
    }
    return [...kept.values()];
  }
}

/** From row to row, ms. */
function waysOnBlank(layout: SheetLayout): readonly (readonly number[])[] {
  const feet = layout.rows.map((row) => endsOf(strokePath(row, 1)));
  return feet.map(({ to: from }) => feet.map(({ from: to }) => wayTimeMs(layout, () => 0, from, to)));
}
