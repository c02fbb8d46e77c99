import * as v from 'valibot';
import { plainText } from '../domain/plain-text.ts';

/** Parts of what comes in, that several routes share. */

/** A row's id; numbers are taken too, since people write them. */
export const rowName = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty(), v.maxLength(40)), v.number()], 'must be the id of a row'),
  v.transform((id) => plainText(String(id))),
);
/** A gift's name or id. */
export const giftName = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)), v.number()], 'must be the name or the id of a gift'),
  v.transform((id) => plainText(String(id))),
);
/** A number of strokes or gifts; what is too much is told by the command. */
export const amount = v.number('must be a number');
export const reason = v.pipe(
  v.string('must be text'),
  v.metadata({ minLength: 1, maxLength: 500 }),
  v.transform(plainText),
  v.trim(),
  v.nonEmpty('must not be empty'),
  v.maxLength(500, 'must have at most 500 letters'),
);

/** A whole number that comes as text: in an address or a query. */
export function wholeText(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.string(rule),
    v.regex(/^\d{1,15}$/, rule),
    v.metadata({ type: 'integer', minimum: min, maximum: max, pattern: undefined }),
    v.transform(Number),
    v.minValue(min, rule),
    v.maxValue(max, rule),
  );
}
