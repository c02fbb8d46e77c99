import type { BaseIssue } from 'valibot';

const kindWords: Readonly<Record<string, string>> = {
  string: 'must be text, in quotes',
  number: 'must be a number, without quotes',
  boolean: 'must be true or false, without quotes',
  array: 'must be a list',
  tuple: 'must be a list',
  object: 'must be an object',
  strict_object: 'must be an object',
  loose_object: 'must be an object',
  record: 'must be an object',
  integer: 'must be a whole number',
  safe_integer: 'must be a whole number',
  non_empty: 'must not be empty',
  parse_json: 'must be JSON',
};

/** By the kind of bound; the bound stands behind it. */
const boundWords: Readonly<Record<string, string>> = {
  min_value: 'must be at least',
  max_value: 'must be at most',
  min_length: 'must be at least this long:',
  max_length: 'must be at most this long:',
};

/**
 * The rule that a value breaks, to be read after the name of its key, where its form has no words of its own: given to
 * a check as `message`, it stands in for those of the library, which are for programmers.
 */
export function ruleInWords({ type, expected, received, requirement }: BaseIssue<unknown>): string {
  if (expected === 'never') return 'is not known here';
  if (received === 'undefined') return 'is missing';
  if (type === 'picklist' || type === 'literal' || type === 'variant') return `must be ${choicesOf(expected ?? '')}`;
  const bound = boundWords[type];
  if (bound !== undefined) return `${bound} ${String(requirement)}`;
  return kindWords[type] ?? 'has not the form that it must have';
}

/** `("a" | "b")` as people write it. */
function choicesOf(expected: string): string {
  return expected.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ' or ');
}
