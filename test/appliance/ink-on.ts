import type { SheetLayout } from '../../src/domain/sheet.ts';
import { strokePath } from '../../src/drawing/place.ts';
import type { Paper } from '../../src/simulators/plotter/paper.ts';

/** The places of strokes that a paper has ink on, as `row:n`, each as often as it was drawn; `stray` for any other line. */
export function inkOn(paper: Paper, layout: SheetLayout): string[] {
  const close = (a: number, b: number) => Math.abs(a - b) <= 0.05;
  const places = layout.rows.flatMap((row) =>
    Array.from({ length: row.capacity }, (_, index) => {
      const [from, to] = strokePath(row, index + 1);
      if (from === undefined || to === undefined) throw new Error('a stroke without a path');
      return { name: `${row.id}:${index + 1}`, from, to };
    }),
  );
  return paper.ink.map(({ fromX, fromY, toX, toY }) => {
    const lies = places.find(
      ({ from, to }) =>
        close(fromX, from.xMm) &&
        close(toX, to.xMm) &&
        ((close(fromY, from.yMm) && close(toY, to.yMm)) || (close(fromY, to.yMm) && close(toY, from.yMm))),
    );
    return lies?.name ?? 'stray';
  });
}
