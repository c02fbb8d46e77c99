import type { PenGeometry, PlateLayout, RowLayout, SheetLayout } from '../domain/sheet.ts';
import { checkJitter, checkLettering, checkMachine, checkOverlaps, checkSpacing, isPositive } from './checks.ts';
import { compose, type Occasion } from './lettering.ts';
import {
  checkNoPictureKeys,
  checkPictureCount,
  checkPictureItself,
  checkPicturePlace,
  hasPicture,
  noPictures,
  type PicturesOfRows,
  placePictureRow,
} from './picture-rows.ts';
import { checkPlace, toleranceMm } from './place.ts';
import { layOutPlates } from './plates.ts';
import {
  type LayoutProblem,
  type LayoutSettings,
  type ProblemList,
  problemList,
  type RowSettings,
  type StrokeSettings,
} from './settings.ts';
import { micrometres, reachOf } from './shapes.ts';

export type { Occasion } from './lettering.ts';
export type { LayoutSettings } from './settings.ts';

/** A layout that can be drawn, or everything that stands against it. */
type LayoutResult =
  | { readonly ok: true; readonly layout: SheetLayout }
  | { readonly ok: false; readonly problems: readonly LayoutProblem[] };

/**
 * Lays rows and plates out on the paper. The result holds everything that decides where ink lies and is frozen with the sheet.
 * Problems come all at once, each with its place in the settings (`rows[2].yMm`). They do not depend on the occasion,
 * which fills in the lettering of a sheet that opens; without it nothing is written. A row whose picture is not among
 * `pictures` has its box, and no stroke.
 */
export function layOut(
  settings: LayoutSettings,
  occasion: Occasion | null = null,
  pictures: PicturesOfRows = noPictures,
): LayoutResult {
  const problems = problemList();
  const sound = checkMachine(settings, problems);
  const rows = layOutRows(settings, sound, pictures, problems);
  const plates = layOutPlates(settings, sound ? rows : null, problems);
  if (sound) checkLettering(settings, { rows, plates }, problems);
  if (problems.found.length > 0) return { ok: false, problems: problems.found };
  const layout = freeze(settings, rows, plates);
  const { lettering } = settings;
  if (occasion === null || !lettering) return { ok: true, layout };
  return { ok: true, layout: { ...layout, lettering: compose(layout, lettering, occasion) } };
}

function freeze(
  { paper, pen, stroke, park }: LayoutSettings,
  rows: readonly RowLayout[],
  plates: readonly PlateLayout[],
): SheetLayout {
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
    ...inkOf(pen),
    park: park === null ? { xMm: 0, yMm: 0 } : { xMm: park.xMm, yMm: park.yMm },
    ...(plates.length === 0 ? {} : { plates }),
  };
}

/** A sheet remembers which pen it was drawn with; one of which nothing is said has no key for it. */
function inkOf({ name, colour }: LayoutSettings['pen']): Pick<SheetLayout, 'ink'> {
  const ink = {
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(typeof colour === 'string' ? { colour } : {}),
  };
  return Object.keys(ink).length === 0 ? {} : { ink };
}

/** It bounds how large a picture or an answer can grow. */
const maxRows = 200;

/**
 * Lays out every row, noting what stands against it. `measurable`: bed, paper and stroke are sound; without that only
 * what a row says about itself is checked.
 * A row's capacity is how many strokes stand at an X up to and including its `xMaxMm` with all their ink.
 */
function layOutRows(
  settings: LayoutSettings,
  measurable: boolean,
  pictures: PicturesOfRows,
  problems: ProblemList,
): RowLayout[] {
  const { rows, plates = [] } = settings;
  problems.check(rows.length + plates.length > 0, 'rows', 'none', 'there must be at least one row, or a plate');
  if (!problems.check(rows.length <= maxRows, 'rows', rows.length, `there can be at most ${maxRows} rows`)) return [];
  checkIds(rows, problems);
  checkPictureCount(rows, problems);
  const laidOut: { row: RowLayout; index: number }[] = [];
  rows.forEach((written, index) => {
    const place = `rows[${index}]`;
    const sound = checkRowItself(written, place, settings.stroke, problems);
    if (!sound || !measurable) return;
    const isPicture = hasPicture(written);
    const row = isPicture ? placePictureRow(written, settings, pictures.get(written.id)) : placeRow(written, settings);
    const checkRowPlace = isPicture ? checkPicturePlace : checkPlace;
    if (checkRowPlace(row, written, place, settings, problems)) laidOut.push({ row, index });
  });
  checkOverlaps(laidOut, settings, problems);
  return laidOut.map(({ row }) => row);
}

function checkIds(rows: readonly RowSettings[], { check }: ProblemList): void {
  const seen = new Map<string, number>();
  rows.forEach(({ id }, index) => {
    const before = seen.get(id);
    check(before === undefined, `rows[${index}].id`, id, `must differ from the id of rows[${before}]`);
    if (before === undefined) seen.set(id, index);
  });
}

function placeRow(row: RowSettings, { paper, stroke }: LayoutSettings): RowLayout {
  const spacingMm = row.spacingMm ?? stroke.spacingMm;
  const strokeMm = row.strokeMm ?? stroke.lengthMm;
  const style = row.style ?? stroke.style;
  const { jitterMm } = stroke;
  const reach = reachOf(style, { spacingMm, strokeMm, jitterMm });
  const firstMm = (row.xMm ?? paper.marginMm) + reach.leftMm;
  const lastMm = (row.xMaxMm ?? paper.widthMm - paper.marginMm) - reach.rightMm;
  const fitting = Math.floor((lastMm - firstMm + toleranceMm) / spacingMm) + 1;
  return {
    id: row.id,
    name: row.name,
    xMm: micrometres(paper.offsetXMm + firstMm),
    yMm: micrometres(paper.offsetYMm + row.yMm),
    spacingMm,
    strokeMm,
    capacity: Math.max(0, Math.min(fitting, row.maxStrokes ?? fitting)),
    ...(style === undefined || style === 'line' ? {} : { style }),
    ...(jitterMm === undefined || jitterMm === 0 ? {} : { jitterMm }),
  };
}

/** Rows whose id begins so are the drawing's own. */
const reservedPrefix = '@';

/** Checks what a row says about itself; returns whether it can be measured. */
function checkRowItself(row: RowSettings, place: string, stroke: StrokeSettings, problems: ProblemList): boolean {
  const { check } = problems;
  const { id, yMm, xMm, xMaxMm, maxStrokes, strokeMm, spacingMm } = row;
  const isNumber = (value: number | undefined, key: string) =>
    check(value === undefined || Number.isFinite(value), `${place}.${key}`, value, 'must be a number');
  check(id.trim() !== '', `${place}.id`, id, 'must not be empty');
  check(!id.startsWith(reservedPrefix), `${place}.id`, id, `must not begin with "${reservedPrefix}"`);
  if (hasPicture(row)) return checkPictureItself(row, place, stroke, problems);
  return [
    checkNoPictureKeys(row, place, problems),
    isNumber(yMm, 'yMm'),
    isNumber(xMm, 'xMm'),
    isNumber(xMaxMm, 'xMaxMm'),
    check(
      maxStrokes === undefined || (Number.isInteger(maxStrokes) && maxStrokes > 0),
      `${place}.maxStrokes`,
      maxStrokes,
      'must be a whole number of 1 or more',
    ),
    check(strokeMm === undefined || isPositive(strokeMm), `${place}.strokeMm`, strokeMm, 'must be more than 0'),
    spacingMm === undefined ||
      (checkSpacing(spacingMm, `${place}.spacingMm`, problems) &&
        checkJitter(stroke.jitterMm ?? 0, spacingMm, 'stroke.jitterMm', problems)),
  ].every(Boolean);
}
