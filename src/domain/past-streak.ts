import type { GiftEvent, LiveEvent } from './live-event.ts';

/** What is known of a streak that came without a group, from an earlier run of the program. */
export interface PastStreak {
  /** The group that it was given. */
  readonly group: string;
  /** Message ids of its first and its newest frame; between them lie its own alone. */
  readonly firstId: string;
  readonly newestId: string;
  readonly count: number;
  readonly ended: boolean;
  /** When its newest frame was said, in ms (`saidAtMs`). */
  readonly atMs: number;
}

/**
 * Tells the streaks without a group that an earlier run wrote down for the viewer, gift, room and receiver of an event,
 * the oldest first. Asked once for each of those.
 */
export type RecallStreaks = (event: GiftEvent) => readonly PastStreak[];

/** What no platform's group begins with. */
const mark = 'from ';

/** The group of a streak that came without one, by the message id of its first frame. */
export function groupFrom(id: string): string {
  return `${mark}${id}`;
}

/** When the platform said an event, as far as it says; else when it arrived. Wall times in ms. */
export function saidAtMs({ atMs, arrivedAtMs }: LiveEvent): number {
  return Math.trunc(atMs ?? arrivedAtMs);
}

/** Whether an event is a frame of a streak that came without a group on a live. */
export function isUngrouped(event: LiveEvent): event is GiftEvent & { readonly payload: { readonly streak: object } } {
  return event.kind === 'gift' && event.origin === 'live' && event.payload.streak?.group.startsWith(mark) === true;
}

/** Whether a message id is an older one than another; ids that are no numbers are neither older nor newer. */
export function isOlderId(id: string, other: string): boolean {
  const isNumber = /^\d{1,20}$/;
  return isNumber.test(id) && isNumber.test(other) && BigInt(id) < BigInt(other);
}
