import type { FeedPosition } from '../ledger/feed.ts';

/** Longer ids are not ours: a row takes about twenty characters. */
const charsMax = 4_000;
const form = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)((?:_\d+-\d+)*)$/;

/** A position of the feed as the id of an event: an opaque word for whoever reads it. */
export function feedId({ event, sheet, turn, spoil, voided, blemish, credits }: FeedPosition): string {
  const rows = [...credits].map(([row, count]) => `_${row}-${count}`).join('');
  return `${event}.${sheet}.${turn}.${spoil}.${voided}.${blemish}${rows}`;
}

/** The position that an id means; null when it is none. `0` is the beginning of the ledger. */
export function readFeedId(id: string): FeedPosition | null {
  if (id === '0') return { event: 0, sheet: 0, turn: 0, spoil: 0, voided: 0, blemish: 0, credits: new Map() };
  const found = id.length <= charsMax ? form.exec(id) : null;
  if (found === null) return null;
  const [event = 0, sheet = 0, turn = 0, spoil = 0, voided = 0, blemish = 0] = found.slice(1, 7).map(Number);
  const credits = new Map<number, number>();
  for (const [, row, count] of (found[7] ?? '').matchAll(/_(\d+)-(\d+)/g)) credits.set(Number(row), Number(count));
  const position = { event, sheet, turn, spoil, voided, blemish, credits };
  return [event, sheet, turn, spoil, voided, blemish, ...credits.values()].every(Number.isSafeInteger)
    ? position
    : null;
}

/** A position that the ledger has not reached (a backup was restored since) is brought back to its end. */
export function withinLedger(position: FeedPosition, end: FeedPosition): FeedPosition {
  const isAhead =
    position.event > end.event ||
    position.sheet > end.sheet ||
    position.spoil > end.spoil ||
    position.voided > end.voided ||
    position.blemish > end.blemish ||
    (position.sheet === end.sheet && position.turn > end.turn) ||
    [...position.credits].some(([row, count]) => count > (end.credits.get(row) ?? 0));
  return isAhead ? end : position;
}

/** The later of two positions, each kind of entry by itself. */
export function notBefore(position: FeedPosition, floor: FeedPosition): FeedPosition {
  const later = (key: 'event' | 'sheet' | 'spoil' | 'voided' | 'blemish') => Math.max(position[key], floor[key]);
  const turns = [position, floor].filter(({ sheet }) => sheet === later('sheet')).map(({ turn }) => turn);
  const rows = new Set([...position.credits.keys(), ...floor.credits.keys()]);
  return {
    event: later('event'),
    sheet: later('sheet'),
    turn: Math.max(...turns),
    spoil: later('spoil'),
    voided: later('voided'),
    blemish: later('blemish'),
    credits: new Map(
      [...rows].map((row) => [row, Math.max(position.credits.get(row) ?? 0, floor.credits.get(row) ?? 0)]),
    ),
  };
}
