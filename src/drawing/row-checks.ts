import { checkJitter, checkSpacing, isPositive } from './machine-checks.ts';
import type { ProblemList } from './problem.ts';
import type { RowSettings, StrokeSettings } from './settings.ts';

/** Rows whose id begins so are the drawing's own. */
const reservedPrefix = '@';

/** Checks what a row says about itself; tells whether it can be measured. */
export function checkRowItself(
  row: RowSettings,
  place: string,
  stroke: StrokeSettings,
  problems: ProblemList,
): boolean {
  const { check } = problems;
  const { id, yMm, xMm, xMaxMm, maxStrokes, strokeMm, spacingMm } = row;
  const isNumber = (value: number | undefined, key: string) =>
    check(value === undefined || Number.isFinite(value), `${place}.${key}`, value, 'must be a number');
  check(id.trim() !== '', `${place}.id`, id, 'must not be empty');
  check(!id.startsWith(reservedPrefix), `${place}.id`, id, `must not begin with "${reservedPrefix}"`);
  return [
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
