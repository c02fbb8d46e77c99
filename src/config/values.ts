import * as v from 'valibot';
import { isPlain } from '../domain/plain-text.ts';

/** Kinds of values in the config, each with a rule that reads well after the name of its key. */

/** A number from `min` to `max`; `unit` is reported with the rule. */
export function numberFrom(min: number, max: number, unit: string) {
  const rule = `must be from ${min} to ${max} ${unit}`;
  return v.pipe(v.number(notANumber(unit)), v.minValue(min, rule), v.maxValue(max, rule));
}

/** A whole number from `min` to `max`. */
export function wholeFrom(min: number, max: number, unit: string) {
  const rule = `must be a whole number from ${min} to ${max} (${unit})`;
  return v.pipe(v.number(notANumber(unit)), v.integer(rule), v.minValue(min, rule), v.maxValue(max, rule));
}

/** Yes or no. */
export function yesOrNo() {
  return v.boolean('must be true or false, without quotes');
}

/** One of the given words. */
export function oneOf<const Options extends readonly string[]>(...options: Options) {
  return v.picklist(options, `must be ${options.map((option) => `"${option}"`).join(' or ')}`);
}

/** Text that is not empty; `what` says what it names. */
export function textField(what: string) {
  return v.pipe(
    v.string(`must be ${what}, in quotes`),
    v.trim(),
    v.minLength(1, `must be ${what}, not empty`),
    v.maxLength(1_000, `must be ${what} of at most 1000 letters`),
    v.check(isPlain, `must be ${what}, without control characters`),
  );
}

/** `text`, where leaving it empty means none. */
export function textOrNone(what: string) {
  return v.pipe(
    v.string(`must be ${what}, in quotes`),
    v.trim(),
    v.maxLength(1_000, `must be ${what} of at most 1000 letters`),
    v.check(isPlain, `must be ${what}, without control characters`),
    v.transform((written) => (written === '' ? null : written)),
  );
}

function notANumber(unit: string) {
  return (issue: v.NumberIssue): string => {
    if (typeof issue.input === 'string') return `must be a number (${unit}), without quotes`;
    return `must be a number (${unit})`;
  };
}

/** Text that may be empty, of at most so many letters. */
export function textUpTo(letters: number) {
  return v.pipe(
    v.string('must be text, in quotes'),
    v.maxLength(letters, `must be text of at most ${letters} letters`),
    v.check(isPlain, 'must be text without control characters'),
  );
}

/** Lines that move the pen one way: a pen without them would stay where it is. */
export function penGcode() {
  return v.pipe(gcodeLines(), v.minLength(1, 'must have at least one line: without one the pen stays where it is'));
}

/** Lines for the plotter; whether they may be sent is judged where its language is known. */
export function gcodeLines() {
  return v.array(v.string('must be lines in quotes'), 'must be a list of lines, such as ["G4 P100"]');
}

/** The code of a currency. */
export function currencyCode() {
  return v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'must be a currency: three capital letters, such as USD'));
}

const rateRule = 'must be a number from 0.000001 to 1000000, of at most 8 digits, 6 of them behind the point';
function isRate(rate: number): boolean {
  if (!(rate >= 0.000001 && rate <= 1_000_000) || Number(rate.toFixed(6)) !== rate) return false;
  return (
    rate
      .toFixed(6)
      .replace('.', '')
      .replace(/^0+|0+$/g, '').length <= 8
  );
}

/** By currency: what one of it is worth, in the currency in which the gift map says what donations pay. */
export function currencyRates() {
  return v.record(currencyCode(), v.pipe(v.number(rateRule), v.check(isRate, rateRule)), 'must be a table: [rates]');
}
