import type { Polyline } from './line-work.ts';

/** So many places where hatches meet outlines one area may have. */
const crossingsMax = 1_000_000;
/** The way that hatches lie: up to the right. */
const [cos, sin] = [Math.SQRT1_2, Math.SQRT1_2];

interface Crossing {
  /** Along the hatch. */
  readonly along: number;
  /** Whether the outline goes up there, or down. */
  readonly step: 1 | -1;
}

/**
 * Fills the area of some closed outlines with lines `spacing` apart, at 45 degrees. They lie on one grid for the whole
 * drawing, so that areas that touch match. Null when there are too many of them.
 */
export function hatchArea(
  outlines: readonly Polyline[],
  rule: 'nonzero' | 'evenodd',
  spacing: number,
): readonly Polyline[] | null {
  const rows = new Map<number, Crossing[]>();
  let crossings = 0;
  for (const outline of outlines) {
    for (let at = 0; at < outline.length; at += 2) {
      const next = at + 2 < outline.length ? at + 2 : 0;
      const from = alongHatch(outline[at] ?? 0, outline[at + 1] ?? 0);
      const to = alongHatch(outline[next] ?? 0, outline[next + 1] ?? 0);
      crossings += Math.abs(to[1] - from[1]) / spacing;
      if (!(crossings <= crossingsMax)) return null;
      meet(rows, from, to, spacing);
    }
  }
  const hatches: Polyline[] = [];
  for (const [row, met] of [...rows].sort(([a], [b]) => a - b)) {
    for (const [from, to] of spansOf(met, rule)) hatches.push(hatchLine(from, to, (row + 0.5) * spacing));
  }
  return hatches;
}

type AlongHatch = readonly [along: number, across: number];

/** Adds where one side of an outline meets rows of hatches. */
function meet(rows: Map<number, Crossing[]>, from: AlongHatch, to: AlongHatch, spacing: number): void {
  const [[fromX, fromY], [toX, toY]] = [from, to];
  const [lowY, highY] = [Math.min(fromY, toY), Math.max(fromY, toY)];
  // A row that goes through a corner meets only the side above it.
  const [first, last] = [Math.ceil(lowY / spacing - 0.5), Math.ceil(highY / spacing - 0.5) - 1];
  for (let row = first; row <= last; row += 1) {
    const share = ((row + 0.5) * spacing - fromY) / (toY - fromY);
    const crossing: Crossing = { along: fromX + share * (toX - fromX), step: toY > fromY ? 1 : -1 };
    const known = rows.get(row);
    if (known === undefined) rows.set(row, [crossing]);
    else known.push(crossing);
  }
}

function alongHatch(x: number, y: number): AlongHatch {
  return [cos * x + sin * y, cos * y - sin * x];
}

function hatchLine(from: number, to: number, across: number): Polyline {
  return [from, to].flatMap((along) => [cos * along - sin * across, sin * along + cos * across]);
}

/** From where to where a row lies inside. */
function spansOf(met: readonly Crossing[], rule: 'nonzero' | 'evenodd'): (readonly [from: number, to: number])[] {
  const spans: (readonly [number, number])[] = [];
  let [winding, from] = [0, 0];
  for (const { along, step } of met.toSorted((a, b) => a.along - b.along)) {
    const wasInside = winding !== 0;
    winding = rule === 'evenodd' ? 1 - winding : winding + step;
    if (!wasInside) from = along;
    else if (winding === 0 && along > from) spans.push([from, along]);
  }
  return spans;
}
