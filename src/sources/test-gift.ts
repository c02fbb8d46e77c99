import { type Gift, type GiftEvent, type LiveEvent, liveEventVersion } from '../domain/live-event.ts';
import type { Money } from '../domain/money.ts';

/** Where simulated gifts happen: no room of any platform. */
const testRoom = 'test';

interface TestEventHead {
  /** Unique for every simulated gift; it becomes the event's id and so its key. */
  readonly id: string;
  /** The running service's session of simulated gifts. */
  readonly session: string;
  readonly sequence: number;
  readonly wallMs: number;
}

interface TestGift extends TestEventHead {
  readonly gift: Gift;
  /** How many are given at once; a whole number from 1. */
  readonly count: number;
}

/** The event of a simulated gift. It is credited like any other, and shown as a test wherever credits are shown. */
export function testGiftEvent({ gift, count, ...head }: TestGift): GiftEvent {
  return { ...headOf(head), kind: 'gift', payload: { gift, count, streak: null } };
}

/** The event of simulated money: a donation, or tokens. */
export function testMoneyEvent(given: Money | number, head: TestEventHead): LiveEvent {
  return typeof given === 'number'
    ? { ...headOf(head), kind: 'tip', payload: { tokens: given, item: '', text: '' } }
    : { ...headOf(head), kind: 'donation', payload: { ...given, text: '', isAudio: false } };
}

function headOf({ id, session, sequence, wallMs }: TestEventHead) {
  return {
    version: liveEventVersion as typeof liveEventVersion,
    id,
    platform: '',
    channel: '',
    room: testRoom,
    origin: 'test' as const,
    session,
    sequence,
    atMs: wallMs,
    arrivedAtMs: wallMs,
    user: null,
  };
}
