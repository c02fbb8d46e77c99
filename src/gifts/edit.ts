import * as v from 'valibot';
import { comparableName } from '../domain/plain-text.ts';

const anyObject = v.record(v.string(), v.unknown());
const listOfObjects = v.array(anyObject);

/**
 * The text of a gift map with one gift (by id, when it is all digits, or by name) paying into these rows; what the map
 * said of that gift's rows before gives way, everything else stays. `text` must be a valid gift map.
 */
export function withGift(text: string, gift: string, rows: readonly string[]): string {
  const map = v.parse(anyObject, JSON.parse(text.replace(/^\uFEFF/, '')));
  const isShort = !('gifts' in map) && !('version' in map) && Object.keys(map).length > 0;
  return `${isShort ? shortWith(map, gift, rows) : longWith(map, gift, rows)}\n`;
}

function shortWith(map: Readonly<Record<string, unknown>>, gift: string, rows: readonly string[]): string {
  const old = Object.keys(map).find((key) => comparableName(key) === comparableName(gift)) ?? gift;
  return JSON.stringify({ ...map, [old]: rows }, null, 2);
}

function longWith(map: Readonly<Record<string, unknown>>, gift: string, rows: readonly string[]): string {
  const key = /^\d+$/.test(gift) ? 'id' : 'name';
  const gifts = v.parse(listOfObjects, map.gifts ?? []);
  const index = gifts.findIndex((line) => comparableName(String(line[key] ?? '')) === comparableName(gift));
  const { row: _, ...old } = gifts[index] ?? { [key]: gift };
  const changed = { ...old, rows };
  const lines = index < 0 ? [...gifts, changed] : gifts.with(index, changed);
  return written({ version: 1, ...map, gifts: lines });
}

/** As the shipped gift map is written: a gift a line. */
function written(map: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(map).map(([key, value]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((line) => `    ${onOneLine(line)}`).join(',\n')}\n  ]`
      : JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${parts.join(',\n')}\n}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}: ${onOneLine(part)}`)
    .join(', ')} }`;
}
