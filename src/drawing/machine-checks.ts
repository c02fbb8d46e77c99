import type { LayoutSettings, ProblemList } from './settings.ts';
import { jitterMax } from './shapes.ts';

/** Finer than any pen; it bounds how many strokes a row can hold. */
const minSpacingMm = 0.1;

/**
 * Checks all that is not a row. Tells whether bed, paper and stroke are sound, so that rows can be measured against them.
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
