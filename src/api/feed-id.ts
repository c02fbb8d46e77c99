import type { Cursor } from '../ledger/feed.ts';

const form = /^([0-9a-f]{8}):(\d{1,15})$/;

/** A cursor of the feed as the id of an event: where to go on after it. */
export function feedId({ generation, seq }: Cursor): string {
  return `${generation}:${seq}`;
}

/** The cursor that an id means; null when it is none of this journal. `0` is its beginning. */
export function readFeedId(id: string, begin: Cursor, end: Cursor): Cursor | null {
  if (id === '0') return begin;
  const [, generation, seq] = form.exec(id) ?? [];
  if (generation !== end.generation || Number(seq) > end.seq) return null;
  return { generation, seq: Number(seq) };
}
