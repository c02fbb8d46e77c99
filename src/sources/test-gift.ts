import { type Gift, type GiftEvent, liveEventVersion } from '../domain/live-event.ts';

/** Where simulated gifts happen: no room of any platform. */
const testRoom = 'test';

interface TestGift {
  /** Unique for every simulated gift; it becomes the event's id and so its key. */
  readonly id: string;
  /** The running service's session of simulated gifts. */
  readonly session: string;
  readonly sequence: number;
  readonly gift: Gift;
  /** How many are given at once; a whole number from 1. */
  readonly count: number;
  readonly wallMs: number;
}

/** The event of a simulated gift. It is credited like any other, and shown as a test wherever credits are shown. */
export function testGiftEvent({ id, session, sequence, gift, count, wallMs }: TestGift): GiftEvent {
  return {
    version: liveEventVersion,
    kind: 'gift',
    id,
    platform: '',
    channel: '',
    room: testRoom,
    origin: 'test',
    session,
    sequence,
    atMs: wallMs,
    arrivedAtMs: wallMs,
    user: null,
    payload: { gift, count, streak: null },
  };
}
