import { type PlacedProblem, shownValue } from './problem.ts';
import { configSchema, rowKeys, sections } from './schema.ts';
import { suggest } from './suggest.ts';

const topLevel = Object.keys(configSchema.entries);
const sectionKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(sections).map(([section, keys]) => [section, Object.keys(keys)]),
);

/** Finds every key that no part of the program reads: a misspelt key would otherwise be a setting that does nothing. */
export function unknownKeys(file: Readonly<Record<string, unknown>>): PlacedProblem[] {
  return [
    ...unknownIn('', file, topLevel),
    ...[...sectionKeys].flatMap(([section, keys]) => unknownIn(section, file[section], keys)),
    ...listOf(file.rows).flatMap((row, index) => unknownIn(`rows[${index}]`, row, Object.keys(rowKeys))),
  ];
}

function unknownIn(place: string, table: unknown, known: readonly string[]): PlacedProblem[] {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) return [];
  return Object.entries(table)
    .filter(([key]) => !known.includes(key))
    .map(([key, value]) => ({
      place: place === '' ? key : `${place}.${key}`,
      value: shownValue(value),
      rule: `is unknown; ${advice(key, place, known)}`,
    }));
}

function advice(key: string, place: string, known: readonly string[]): string {
  const near = suggest(key, known);
  if (near !== null) return `did you mean "${near}"?`;
  const home = [...sectionKeys].find(([section, keys]) => section !== place && keys.includes(key));
  if (home !== undefined) return `it belongs under [${home[0]}]`;
  return `known here are ${known.join(', ')}`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
