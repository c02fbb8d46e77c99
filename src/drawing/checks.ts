import type { PlateLayout, RowLayout, SheetLayout } from '../domain/sheet.ts';
import { headingZone, labelZone, placeholders } from './lettering.ts';
import { boxOf, boxOfPlate, isWithin, overlap, paperWithin, type Rectangle, show, toleranceMm } from './place.ts';
import type { LayoutSettings, LetteringSettings, ProblemList } from './settings.ts';
import { jitterMax } from './shapes.ts';

/** Finer than any pen; it bounds how many strokes a row can hold. */
const minSpacingMm = 0.1;

/**
 * Checks all that is not a row. Tells whether bed, paper and stroke are sound, so that rows can be measured against
 * them.
 */
export function checkMachine(settings: LayoutSettings, problems: ProblemList): boolean {
  const bed = checkBed(settings, problems);
  const paper = checkPaper(settings, problems);
  const stroke = checkStroke(settings, problems);
  checkPen(settings, problems);
  if (bed) checkPark(settings, problems);
  return bed && paper && stroke;
}

function checkBed({ bed }: LayoutSettings, { check }: ProblemList): boolean {
  const numbers = Object.entries(bed).map(([key, mm]) =>
    check(Number.isFinite(mm), `bed.${key}`, mm, 'must be a number'),
  );
  if (numbers.includes(false)) return false;
  const x = check(bed.xMaxMm > bed.xMinMm, 'bed.xMaxMm', bed.xMaxMm, `must be greater than bed.xMinMm (${bed.xMinMm})`);
  const y = check(bed.yMaxMm > bed.yMinMm, 'bed.yMaxMm', bed.yMaxMm, `must be greater than bed.yMinMm (${bed.yMinMm})`);
  return x && y;
}

function checkPaper({ paper }: LayoutSettings, { check }: ProblemList): boolean {
  const { widthMm, heightMm, marginMm, offsetXMm, offsetYMm } = paper;
  const sizes = [
    check(isPositive(widthMm), 'paper.widthMm', widthMm, 'must be more than 0'),
    check(isPositive(heightMm), 'paper.heightMm', heightMm, 'must be more than 0'),
    check(isPositive(marginMm) || marginMm === 0, 'paper.marginMm', marginMm, 'must be 0 or more'),
    check(Number.isFinite(offsetXMm), 'paper.offsetXMm', offsetXMm, 'must be a number'),
    check(Number.isFinite(offsetYMm), 'paper.offsetYMm', offsetYMm, 'must be a number'),
  ];
  if (sizes.includes(false)) return false;
  return check(
    2 * marginMm < Math.min(widthMm, heightMm),
    'paper.marginMm',
    marginMm,
    `must leave room on a paper of ${widthMm} x ${heightMm} mm`,
  );
}

function checkStroke({ stroke }: LayoutSettings, { check }: ProblemList): boolean {
  const { lengthMm, spacingMm, feedMmPerMin, jitterMm = 0 } = stroke;
  const length = check(isPositive(lengthMm), 'stroke.lengthMm', lengthMm, 'must be more than 0');
  const spacing = checkSpacing(spacingMm, 'stroke.spacingMm', { check });
  check(isPositive(feedMmPerMin), 'stroke.feedMmPerMin', feedMmPerMin, 'must be more than 0');
  const jitter = checkJitter(jitterMm, spacingMm, 'stroke.jitterMm', { check });
  return length && spacing && jitter;
}

function checkPen({ pen }: LayoutSettings, { check }: ProblemList): void {
  const { downMm, hopMm, upMm, slantHopMm = null } = pen;
  check(Number.isFinite(downMm), 'pen.downMm', downMm, 'must be a number');
  check(hopMm > downMm && Number.isFinite(hopMm), 'pen.hopMm', hopMm, `must be above pen.downMm (${downMm})`);
  check(upMm >= hopMm && Number.isFinite(upMm), 'pen.upMm', upMm, `must be pen.hopMm (${hopMm}) or more`);
  check(
    slantHopMm === null || (slantHopMm > downMm && slantHopMm <= upMm),
    'pen.slantHopMm',
    slantHopMm,
    `must be above pen.downMm (${downMm}) and at most pen.upMm (${upMm})`,
  );
  for (const key of ['downFeedMmPerMin', 'upFeedMmPerMin', 'travelFeedMmPerMin'] as const) {
    check(isPositive(pen[key]), `pen.${key}`, pen[key], 'must be more than 0');
  }
}

function checkPark({ bed, park }: LayoutSettings, { check }: ProblemList): void {
  const { xMm, yMm } = park ?? { xMm: 0, yMm: 0 };
  const from = park === null ? ' (without park, the pen rests at the origin)' : '';
  const rule = (min: number, max: number) => `must lie on the bed, from ${min} to ${max}${from}`;
  check(xMm >= bed.xMinMm && xMm <= bed.xMaxMm, 'park.xMm', xMm, rule(bed.xMinMm, bed.xMaxMm));
  check(yMm >= bed.yMinMm && yMm <= bed.yMaxMm, 'park.yMm', yMm, rule(bed.yMinMm, bed.yMaxMm));
}

export function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/** Notes a spacing that no pen could draw. */
export function checkSpacing(spacingMm: number, place: string, { check }: Pick<ProblemList, 'check'>): boolean {
  return check(
    Number.isFinite(spacingMm) && spacingMm >= minSpacingMm,
    place,
    spacingMm,
    `must be ${minSpacingMm} mm or more`,
  );
}

/** Notes a jitter with which a stroke could leave its cell. */
export function checkJitter(
  jitterMm: number,
  spacingMm: number,
  place: string,
  { check }: Pick<ProblemList, 'check'>,
): boolean {
  return check(
    jitterMm >= 0 && (jitterMm <= jitterMax * spacingMm || !isPositive(spacingMm)),
    place,
    jitterMm,
    `must be from 0 to ${jitterMax} of the spacing (${spacingMm} mm)`,
  );
}

/** A row that was laid out, with its number in the settings. */
interface PlacedRow {
  readonly row: RowLayout;
  readonly index: number;
}

/** Two rows that lie over each other, in the order of the settings. */
type Pair = readonly [first: PlacedRow, second: PlacedRow];

/** So many rows that lie over others have their length for a cause, not their places. */
const commonMin = 3;
const namedMax = 4;

/**
 * Rows may touch; they may not lie over each other. Each cause is reported once: the length of all strokes, the length
 * of one row, a row that lies over several others; else the later one of two.
 */
export function checkOverlaps(rows: readonly PlacedRow[], settings: LayoutSettings, problems: ProblemList): void {
  const all = rows.flatMap((second, at) =>
    rows
      .slice(0, at)
      .flatMap((first): Pair[] => (overlap(boxOf(first.row), boxOf(second.row)) ? [[first, second]] : [])),
  );
  const ofPlaces = reportOwnLengths(reportCommonLength(all, settings, problems), settings, problems);
  reportPlaces(ofPlaces, settings, problems);
}

/** Tells that all strokes are too long for where the rows stand; gives the pairs that have another cause. */
function reportCommonLength(pairs: readonly Pair[], settings: LayoutSettings, { check }: ProblemList): readonly Pair[] {
  const isUsual = ({ row, index }: PlacedRow) =>
    row.picture === undefined && settings.rows[index]?.strokeMm === undefined;
  const ofLength = pairs.filter((pair) => pair.every(isUsual) && gapMm(pair) > toleranceMm);
  const [closest] = ofLength.toSorted((a, b) => gapMm(a) - gapMm(b));
  const lower = new Set(ofLength.map((pair) => lowerOf(pair).index));
  if (closest === undefined || lower.size < commonMin) return pairs;
  const apart = `${named(lowerOf(closest))} and ${named(upperOf(closest))} stand apart`;
  const rule = `must be at most ${show(gapMm(closest))}, as far as ${apart}: ${lower.size} rows lie over others`;
  check(false, 'stroke.lengthMm', settings.stroke.lengthMm, rule);
  return pairs.filter((pair) => !ofLength.includes(pair));
}

/** Tells of each row that has a length of its own what it is too long for; gives the pairs that have another cause. */
function reportOwnLengths(pairs: readonly Pair[], settings: LayoutSettings, { check }: ProblemList): readonly Pair[] {
  const isTooLong = (pair: Pair) => {
    if (lowerOf(pair).row.picture !== undefined) return false;
    const own = settings.rows[lowerOf(pair).index]?.strokeMm ?? 0;
    return own > settings.stroke.lengthMm && gapMm(pair) >= settings.stroke.lengthMm - toleranceMm;
  };
  const ofLength = pairs.filter(isTooLong);
  for (const long of new Set(ofLength.map(lowerOf))) {
    const over = ofLength.filter((pair) => lowerOf(pair) === long).toSorted((a, b) => gapMm(a) - gapMm(b));
    const most = Math.min(...over.map(gapMm));
    const rule = `must be at most ${show(most)}: else it lies over ${listed(over.map(upperOf))}`;
    check(false, `rows[${long.index}].strokeMm`, settings.rows[long.index]?.strokeMm, rule);
  }
  return pairs.filter((pair) => !ofLength.includes(pair));
}

/** Tells which rows stand in the wrong place: first those that lie over the most others. */
function reportPlaces(pairs: readonly Pair[], settings: LayoutSettings, { check }: ProblemList): void {
  let left = pairs;
  while (left.length > 0) {
    const wrong = mostOf(left);
    const others = left.flatMap((pair) => pair.filter((each) => pair.includes(wrong) && each !== wrong));
    const [other] = others;
    const reach =
      others.length === 1 && other !== undefined ? `, whose strokes reach from ${reachOf(other, settings)}` : '';
    const written = settings.rows[wrong.index]?.yMm;
    check(false, `rows[${wrong.index}].yMm`, written, `must not lie over ${listed(others)}${reach}`);
    left = left.filter((pair) => !pair.includes(wrong));
  }
}

/** The row that is in the most pairs; of several the last one. */
function mostOf(pairs: readonly Pair[]): PlacedRow {
  const count = (row: PlacedRow) => pairs.filter((pair) => pair.includes(row)).length;
  return pairs.flat().reduce((most, each) => {
    const more = count(each) - count(most);
    return more > 0 || (more === 0 && each.index > most.index) ? each : most;
  });
}

function lowerOf([first, second]: Pair): PlacedRow {
  return second.row.yMm < first.row.yMm ? second : first;
}

function upperOf(pair: Pair): PlacedRow {
  return lowerOf(pair) === pair[0] ? pair[1] : pair[0];
}

/** From the foot of the lower row to that of the upper one. */
function gapMm(pair: Pair): number {
  return upperOf(pair).row.yMm - lowerOf(pair).row.yMm;
}

function reachOf({ row }: PlacedRow, { paper }: LayoutSettings): string {
  const footMm = row.yMm - paper.offsetYMm;
  return `${show(footMm)} to ${show(footMm + row.strokeMm)}`;
}

function named({ row, index }: PlacedRow): string {
  return `row "${row.id}" (rows[${index}])`;
}

function listed(rows: readonly PlacedRow[]): string {
  const names = rows.slice(0, namedMax).map(named);
  const more = rows.length - names.length;
  const last = more > 0 ? `${more} more` : names.pop();
  return names.length === 0 ? `${last}` : `${names.join(', ')} and ${last}`;
}

/** It bounds how many lines a sheet's layout can hold. */
const maxLetters = 200;

/** What a sheet holds beside its words. */
type Held = { readonly rows: readonly RowLayout[]; readonly plates: readonly PlateLayout[] };

/** Notes what stands against the lettering. Too long a text is none of it: that is written smaller. */
export function checkLettering(settings: LayoutSettings, held: Held, problems: ProblemList): void {
  const { lettering, paper } = settings;
  if (!lettering) return;
  const { check } = problems;
  const sound = [
    checkTemplate(lettering.label, 'lettering.label', problems),
    checkTemplate(lettering.heading, 'lettering.heading', problems),
    check(isPositive(lettering.labelMm), 'lettering.labelMm', lettering.labelMm, 'must be more than 0'),
    check(isPositive(lettering.headingMm), 'lettering.headingMm', lettering.headingMm, 'must be more than 0'),
    check(
      lettering.marginMm >= 0 && 2 * lettering.marginMm < Math.min(paper.widthMm, paper.heightMm),
      'lettering.marginMm',
      lettering.marginMm,
      `must be 0 or more and leave room on a paper of ${paper.widthMm} x ${paper.heightMm} mm`,
    ),
  ].every(Boolean);
  if (!sound || held.rows.length + held.plates.length === 0) return;
  if (lettering.label !== '') checkLabels(settings, lettering, held, problems);
  if (lettering.heading !== '') checkHeading(settings, lettering, held, problems);
}

function checkTemplate(template: string, place: string, { check }: ProblemList): boolean {
  const known: readonly string[] = placeholders;
  const unknown = [...template.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name ?? '')
    .find((name) => !known.includes(name));
  const list = placeholders.map((name) => `{${name}}`).join(', ');
  const isKnown = check(unknown === undefined, place, template, `has {${unknown}}, which is none of ${list}`);
  return isKnown && check(template.length <= maxLetters, place, template, `must be at most ${maxLetters} letters`);
}

function checkLabels(
  settings: LayoutSettings,
  lettering: LetteringSettings,
  { rows, plates }: Held,
  { check }: ProblemList,
): void {
  const { labelMm, marginMm } = lettering;
  const paper = paperOf(settings);
  const boxes = [...rows.map(boxOf), ...plates.map(boxOfPlate)];
  const cramped = rows.find((row) => {
    const zone = labelZone(row, paper, boxes, lettering);
    return (
      zone.xMaxMm - zone.xMinMm < labelMm ||
      !isInside(zone, settings, marginMm) ||
      boxes.some((other) => overlap(zone, other))
    );
  });
  check(
    cramped === undefined,
    'lettering.labelMm',
    labelMm,
    `leaves no room for a label over row "${cramped?.id}" within lettering.marginMm (${marginMm}); ` +
      'write smaller, or give the rows more room',
  );
}

function checkHeading(
  settings: LayoutSettings,
  lettering: LetteringSettings,
  { rows, plates }: Held,
  { check }: ProblemList,
): void {
  check(
    isInside(headingZone(paperOf(settings), rows, plates, lettering), settings, lettering.marginMm),
    'lettering.headingMm',
    lettering.headingMm,
    `leaves no room over ${rows.length === 0 ? 'the plates' : 'the rows'} on the bed and within lettering.marginMm (${lettering.marginMm}); write smaller`,
  );
}

function paperOf({ paper }: LayoutSettings): SheetLayout['paper'] {
  const corner = { xMm: paper.offsetXMm, yMm: paper.offsetYMm };
  return { corner, widthMm: paper.widthMm, heightMm: paper.heightMm };
}

function isInside(box: Rectangle, settings: LayoutSettings, marginMm: number): boolean {
  return isWithin(box, settings.bed) && isWithin(box, paperWithin(settings, marginMm));
}
