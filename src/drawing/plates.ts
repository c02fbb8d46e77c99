import type { PlateLayout, RowLayout } from '../domain/sheet.ts';
import { isPositive } from './checks.ts';
import { boxOf, boxOfPlate, isWithin, overlap, paperWithin, show } from './place.ts';
import type { LayoutSettings, PlateSettings, ProblemList } from './settings.ts';
import { micrometres } from './shapes.ts';

/** It bounds how large a picture or an answer can grow. */
const platesMax = 50;
/** On less than that no drawing could be recognised. */
export const sideMinMm = 5;
const reservedPrefix = '@';

/**
 * Lays out every plate, noting what stands against it. `rows` are those that were laid out; null where bed and paper are
 * not sound, so that only what a plate says about itself is checked.
 */
export function layOutPlates(
  settings: LayoutSettings,
  rows: readonly RowLayout[] | null,
  problems: ProblemList,
): PlateLayout[] {
  const { plates = [] } = settings;
  if (!problems.check(plates.length <= platesMax, 'plates', plates.length, `there can be at most ${platesMax} plates`))
    return [];
  checkPlateIds(plates, problems);
  const laidOut: { plate: PlateLayout; index: number }[] = [];
  plates.forEach((written, index) => {
    const place = `plates[${index}]`;
    if (!checkPlateItself(written, place, problems) || rows === null) return;
    const plate = placePlate(written, settings);
    if (!checkArea({ box: plate, written, what: 'plate' }, place, settings, problems)) return;
    const inTheWay =
      rows.filter((row) => overlap(boxOf(row), boxOfPlate(plate))).map(({ id }) => `row "${id}"`)[0] ??
      laidOut
        .filter((other) => overlap(boxOfPlate(other.plate), boxOfPlate(plate)))
        .map((other) => `plate "${other.plate.id}" (plates[${other.index}])`)[0];
    const isFree = problems.check(inTheWay === undefined, `${place}.yMm`, written.yMm, `must not lie over ${inTheWay}`);
    if (isFree) laidOut.push({ plate, index });
  });
  return laidOut.map(({ plate }) => plate);
}

function checkPlateIds(plates: readonly PlateSettings[], { check }: ProblemList): void {
  const seen = new Map<string, number>();
  plates.forEach(({ id }, index) => {
    const before = seen.get(id);
    check(before === undefined, `plates[${index}].id`, id, `must differ from the id of plates[${before}]`);
    if (before === undefined) seen.set(id, index);
  });
}

/** Checks what a plate says about itself; returns whether it can be measured. */
function checkPlateItself({ id, ...plate }: PlateSettings, place: string, { check }: ProblemList): boolean {
  check(id.trim() !== '', `${place}.id`, id, 'must not be empty');
  check(!id.startsWith(reservedPrefix), `${place}.id`, id, `must not begin with "${reservedPrefix}"`);
  const isLarge = (mm: number, key: string) =>
    check(isPositive(mm) && mm >= sideMinMm, `${place}.${key}`, mm, `must be ${sideMinMm} mm or more`);
  return [
    check(Number.isFinite(plate.xMm), `${place}.xMm`, plate.xMm, 'must be a number'),
    check(Number.isFinite(plate.yMm), `${place}.yMm`, plate.yMm, 'must be a number'),
    isLarge(plate.widthMm, 'widthMm'),
    isLarge(plate.heightMm, 'heightMm'),
  ].every(Boolean);
}

function placePlate({ id, name, turn, ...box }: PlateSettings, { paper }: LayoutSettings): PlateLayout {
  return {
    id,
    name,
    xMm: micrometres(paper.offsetXMm + box.xMm),
    yMm: micrometres(paper.offsetYMm + box.yMm),
    widthMm: box.widthMm,
    heightMm: box.heightMm,
    ...(turn === true ? { turn } : {}),
  };
}

/** A box for ink, where its lower left corner was written to be, and what it is called. */
interface Boxed {
  readonly box: Pick<PlateLayout, 'xMm' | 'yMm' | 'widthMm' | 'heightMm'>;
  readonly written: Pick<PlateSettings, 'xMm' | 'yMm'>;
  readonly what: 'plate' | 'picture';
}

/** A drawing must lie on the bed and within the paper's margin, as strokes do; returns whether its box does. */
export function checkArea(
  { box: measures, written, what }: Boxed,
  place: string,
  settings: LayoutSettings,
  { check }: ProblemList,
): boolean {
  const { paper, bed } = settings;
  const box = boxOfPlate(measures);
  const margin = paperWithin(settings, paper.marginMm);
  const [area, name] = isWithin(box, margin)
    ? [bed, 'the bed']
    : [margin, `the paper's margin of ${paper.marginMm} mm`];
  const rule = (side: number, min: number, max: number, offset: number) =>
    max - min >= side
      ? `must be from ${show(min - offset)} to ${show(max - offset - side)}, so that the ${what} stays within ${name}`
      : `a ${what} of ${side} mm does not fit within ${name}`;
  return [
    check(
      isWithin({ ...area, xMinMm: box.xMinMm, xMaxMm: box.xMaxMm }, area),
      `${place}.xMm`,
      written.xMm,
      rule(measures.widthMm, area.xMinMm, area.xMaxMm, paper.offsetXMm),
    ),
    check(
      isWithin({ ...area, yMinMm: box.yMinMm, yMaxMm: box.yMaxMm }, area),
      `${place}.yMm`,
      written.yMm,
      rule(measures.heightMm, area.yMinMm, area.yMaxMm, paper.offsetYMm),
    ),
  ].every(Boolean);
}
