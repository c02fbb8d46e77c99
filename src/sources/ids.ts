import type { LiveEvent } from '../domain/live-event.ts';
import { tiktokPlatform as first } from './tiktok/platform.ts';

/** Stands between a platform's name and an id of its own; no id of the first platform has one. */
const mark = ':';

/**
 * Makes an id of a room or person unique among platforms by putting the platform's name before it. The first platform's
 * ids stay as they are, since old ledgers have them so.
 */
export function ownId(platform: string, id: string): string {
  if (platform === first) return id.replaceAll(mark, '-');
  const prefix = `${platform}${mark}`;
  return id === '' || id.startsWith(prefix) ? id : `${prefix}${id}`;
}

/** A live event with ids that are no other platform's. */
export function withOwnIds(event: LiveEvent): LiveEvent {
  const own = (id: string) => ownId(event.platform, id);
  const user = event.user === null ? null : { ...event.user, id: own(event.user.id) };
  const owned = { ...event, room: own(event.room), user };
  if (owned.kind !== 'gift' || owned.payload.receiver === undefined) return owned;
  const receiver = { ...owned.payload.receiver, id: own(owned.payload.receiver.id) };
  return { ...owned, payload: { ...owned.payload, receiver } };
}
