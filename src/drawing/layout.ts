import type { PenGeometry, RowLayout, SheetLayout } from '../domain/sheet.ts';
import { checkLettering } from './lettering/checks.ts';
import { compose, type Occasion } from './lettering/compose.ts';
import { checkMachine } from './machine-checks.ts';
import { type LayoutProblem, problemList } from './problem.ts';
import { layOutRows } from './rows.ts';
import type { LayoutSettings } from './settings.ts';

export type { Occasion } from './lettering/compose.ts';
export type { LayoutProblem } from './problem.ts';
export type { LayoutSettings } from './settings.ts';

/** A layout that can be drawn, or everything that stands against it. */
export type LayoutResult =
  | { readonly ok: true; readonly layout: SheetLayout }
  | { readonly ok: false; readonly problems: readonly LayoutProblem[] };

/**
 * Lays the rows out on the paper. The result holds everything that decides where ink lies and is frozen with the sheet.
 * Problems come all at once, each with its place in the settings (`rows[2].yMm`). They do not depend on the occasion,
 * which fills in the lettering of a sheet that opens; without it nothing is written.
 */
export function layOut(settings: LayoutSettings, occasion: Occasion | null = null): LayoutResult {
  const problems = problemList();
  const sound = checkMachine(settings, problems);
  const rows = layOutRows(settings, sound, problems);
  if (sound) checkLettering(settings, rows, problems);
  if (problems.found.length > 0) return { ok: false, problems: problems.found };
  const layout = freeze(settings, rows);
  const { lettering } = settings;
  if (occasion === null || !lettering) return { ok: true, layout };
  return { ok: true, layout: { ...layout, lettering: compose(layout, lettering, occasion) } };
}

function freeze({ paper, pen, stroke, park }: LayoutSettings, rows: readonly RowLayout[]): SheetLayout {
  const isSlanted = typeof pen.slantHopMm === 'number';
  const geometry: PenGeometry = {
    downMm: pen.downMm,
    hopMm: pen.slantHopMm ?? pen.hopMm,
    upMm: pen.upMm,
    downFeedMmPerMin: pen.downFeedMmPerMin,
    upFeedMmPerMin: pen.upFeedMmPerMin,
    travelFeedMmPerMin: pen.travelFeedMmPerMin,
    inkFeedMmPerMin: stroke.feedMmPerMin,
    ...(isSlanted ? { slant: true } : {}),
  };
  return {
    version: 1,
    paper: {
      corner: { xMm: paper.offsetXMm, yMm: paper.offsetYMm },
      widthMm: paper.widthMm,
      heightMm: paper.heightMm,
    },
    rows,
    pen: geometry,
    park: park === null ? { xMm: 0, yMm: 0 } : { xMm: park.xMm, yMm: park.yMm },
  };
}
