import type { Point, SheetLayout } from '../../domain/sheet.ts';
import { strokePath } from '../../drawing/place.ts';
import type { Paper } from '../../simulators/plotter/paper.ts';

/** What the paper itself shows, without the ledger. */
export interface Proof {
  /** Places of strokes that have ink from end to end. */
  readonly inked: number;
  /** Lines of ink that lie on no stroke's place, and belong to no letter and no drawing. */
  readonly stray: number;
}

/** As near as this, ink lies on its place. */
const nearMm = 0.05;

type Line = readonly [Point, Point];

/** Holds the ink that a virtual plotter really laid against the places of a sheet. */
export function provePaper(layout: SheetLayout, paper: Paper): Proof {
  const places = layout.rows.flatMap((row) =>
    Array.from({ length: row.capacity }, (_, index) => linesOf(strokePath(row, index + 1))),
  );
  const letters = (layout.lettering ?? []).flatMap(linesOf);
  const drawn = (layout.drawings ?? []).flatMap(({ count, pathOf }) =>
    Array.from({ length: count }, (_, index) => linesOf(pathOf(index + 1))),
  );
  const ink = paper.ink.map(
    ({ fromX, fromY, toX, toY }): Line => [
      { xMm: fromX, yMm: fromY },
      { xMm: toX, yMm: toY },
    ],
  );
  const known = [...places.flat(), ...letters, ...drawn.flat()];
  return {
    inked: places.filter((place) => place.every((line) => ink.some((each) => isSame(line, each)))).length,
    stray: ink.filter((line) => !known.some((each) => isSame(line, each))).length,
  };
}

function linesOf(path: readonly Point[]): Line[] {
  return path.slice(1).map((to, index) => [path[index] ?? to, to]);
}

function isSame([a, b]: Line, [c, d]: Line): boolean {
  return (isNear(a, c) && isNear(b, d)) || (isNear(a, d) && isNear(b, c));
}

function isNear(a: Point, b: Point): boolean {
  return Math.abs(a.xMm - b.xMm) <= nearMm && Math.abs(a.yMm - b.yMm) <= nearMm;
}
