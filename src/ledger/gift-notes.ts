import * as v from 'valibot';
import type { GiftEvent } from '../domain/live-event.ts';

/**
 * What an event's payload holds of a gift of a live beside its columns: facts by which later messages about it are
 * known, and whom it was for. It names nobody: `to` is the receiver's number.
 */
const form = v.object({
  group: v.optional(v.string(), ''),
  orderId: v.optional(v.string(), ''),
  type: v.optional(v.number(), 1),
  to: v.optional(v.number(), 0),
  guest: v.optional(v.boolean(), false),
  newest: v.optional(v.string(), ''),
  ended: v.optional(v.boolean(), false),
  atMs: v.optional(v.nullable(v.number()), null),
});

/** Facts of a gift as they are kept with its event. */
type GiftNote = v.InferOutput<typeof form>;

/** Reads a note; null when there is none. */
export function readGiftNote(payload: string | null): GiftNote | null {
  if (payload === null) return null;
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), form), payload);
  return read.success ? read.output : null;
}

/** The note of a new gift, without what goes without saying; `to` is the receiver's number. */
export function giftNote({ payload }: GiftEvent, to: number): Readonly<Record<string, string | number | boolean>> {
  const { message, receiver } = payload;
  return {
    ...(message === undefined || message.group === '' ? {} : { group: message.group }),
    ...(message === undefined || message.orderId === '' ? {} : { orderId: message.orderId }),
    ...(message === undefined || message.type === 1 ? {} : { type: message.type }),
    ...(to === 0 ? {} : { to }),
    ...(receiver?.guest === true ? { guest: true } : {}),
  };
}
