import type { SheetLayout } from '../../domain/sheet.ts';
import { strokePath } from '../../drawing/place.ts';
import type { Paper } from '../../marlin/virtual/paper.ts';

/** What the paper itself says, told without the ledger. */
export interface Proof {
  /** Places of strokes that have ink from end to end. */
  readonly inked: number;
  /** Lines of ink that lie on no stroke's place. */
  readonly stray: number;
}

/** As near as this, ink lies on its place: 0.05 mm. */
const tolerance = 20;

/** Holds the ink that a virtual plotter really laid against the places of a sheet. */
export function provePaper(layout: SheetLayout, paper: Paper): Proof {
  const name = (ax: number, ay: number, bx: number, by: number) => {
    const ends = [
      `${Math.round(ax * tolerance)},${Math.round(ay * tolerance)}`,
      `${Math.round(bx * tolerance)},${Math.round(by * tolerance)}`,
    ];
    return ends.sort().join(' ');
  };
  const places = new Set(
    layout.rows.flatMap((row) =>
      Array.from({ length: row.capacity }, (_, index) => {
        const [from, to] = strokePath(row, index + 1);
        return name(from?.xMm ?? 0, from?.yMm ?? 0, to?.xMm ?? 0, to?.yMm ?? 0);
      }),
    ),
  );
  const lines = paper.ink.map(({ fromX, fromY, toX, toY }) => name(fromX, fromY, toX, toY));
  return {
    inked: new Set(lines.filter((line) => places.has(line))).size,
    stray: lines.filter((line) => !places.has(line)).length,
  };
}
