import { goalKeys } from './goals.ts';
import { type PlacedProblem, shownValue } from './problem.ts';
import { configSchema, keysOfLive, plateKeys, rowKeys, sections } from './schema.ts';

/** The known word that was probably meant, or begun; null when none is near. Case, `_` and `-` do not count. */
export function suggest(word: string, known: readonly string[]): string | null {
  const plain = plainly(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(plain, plainly(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  const begun = known.filter((candidate) => plain.length > 1 && plainly(candidate).startsWith(plain));
  return best ?? (begun.length === 1 ? (begun[0] ?? null) : null);
}

function plainly(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '').slice(0, 64);
}

/** How many letters must be put in, left out, replaced, or swapped with their neighbour to come from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          replaced,
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          swapped ? (beforeLast[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

const topLevel = Object.keys(configSchema.entries);
const sectionKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(sections).map(([section, keys]) => [section, Object.keys(keys)]),
);

/** Finds every key that no part of the program reads: a misspelt key would otherwise be a setting that does nothing. */
export function unknownKeys(file: Readonly<Record<string, unknown>>): PlacedProblem[] {
  return [
    ...unknownIn('', file, topLevel),
    ...[...sectionKeys].flatMap(([section, keys]) =>
      unknownIn(section, file[section], section === 'live' ? keysOfLive(file.live) : keys),
    ),
    ...listOf(file.live).flatMap((live, index) => unknownIn(`live[${index}]`, live, keysOfLive(live))),
    ...listOf(file.rows).flatMap((row, index) => unknownIn(`rows[${index}]`, row, Object.keys(rowKeys))),
    ...listOf(file.goals).flatMap((goal, index) => unknownIn(`goals[${index}]`, goal, Object.keys(goalKeys))),
    ...listOf(file.plates).flatMap((plate, index) => unknownIn(`plates[${index}]`, plate, Object.keys(plateKeys))),
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
