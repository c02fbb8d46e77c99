import type { LiveEvent } from '../domain/live-event.ts';

/**
 * What names an event within its room: the same for every provider, session, reconnect and repeated frame.
 * A streak is named by who gives what to whom in which group; a message id only names a frame, so it serves
 * where one frame is the whole event. A viewer's follow counts once a room, the likes of a room are one event that grows.
 * Viewers are named by their keys, never by their ids. Test gifts and replays that draw are worlds of their own: their keys carry their session.
 */
export function keyParts(event: LiveEvent, viewerKey: (id: string) => string): readonly string[] {
  const world = event.origin === 'live' ? [] : [event.origin, event.session];
  const user = (): string => (event.user === null ? '' : viewerKey(event.user.id));
  switch (event.kind) {
    case 'gift': {
      const { gift, streak } = event.payload;
      return streak === null
        ? ['frame', event.id, ...world]
        : ['streak', user(), gift.id, streak.group, streak.receiver, ...world];
    }
    case 'like':
      return event.payload.total === null ? ['like', event.id, ...world] : ['likes', ...world];
    case 'follow':
      return event.user === null ? ['follow of', event.id, ...world] : ['follow', user(), ...world];
    default:
      return [event.kind, event.id, ...world];
  }
}

/** How far an event has grown: cumulative for gifts, the room's running total for likes, 1 for what just happens. */
export function countOf(event: LiveEvent): number {
  switch (event.kind) {
    case 'gift':
      return event.payload.count;
    case 'like':
      return event.payload.total ?? event.payload.count;
    default:
      return 1;
  }
}

/** What of the count was there before anyone listened, and is not paid for. */
export function baseOf(event: LiveEvent): number {
  if (event.kind !== 'like' || event.payload.total === null) return 0;
  return Math.max(0, event.payload.total - event.payload.count);
}

/** What the keys of a room's events begin with, and no other's. */
export function roomPrefix(room: number): string {
  return room.toString(16).padStart(8, '0');
}
