import fc from 'fast-check';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import type { Worth } from '../../src/domain/worth.ts';
import { gift, like, noonMs, worthOf } from './world.ts';

/** What a live tells of an event; it may tell it again, grown or not. */
export interface Frame {
  readonly of: 'streak' | 'single' | 'like' | 'test';
  readonly gift: string;
  readonly user: string;
  readonly group: string;
  readonly count: number;
  readonly session: string;
}

/** Few names, so that frames often are of one event. */
export const anyFrame: fc.Arbitrary<Frame> = fc.record({
  of: fc.constantFrom('streak', 'streak', 'single', 'like', 'test'),
  gift: fc.constantFrom('rose', 'lion', 'half', 'gone', 'new'),
  user: fc.constantFrom('u1', 'u2'),
  group: fc.constantFrom('1', '2'),
  count: fc.integer({ min: 0, max: 9 }),
  session: fc.constantFrom('s1', 's2'),
});

/** Row c is on no sheet: its debt waits. */
const mapped: Readonly<Record<string, Worth>> = {
  rose: worthOf('a'),
  lion: worthOf(['b', 'a'], 3),
  half: worthOf('b', 1, 2),
  gone: worthOf('c', 2),
};
const hearts = worthOf('b', 2, 5);

/** What a frame's event is worth; null for a gift that is not mapped. */
export function worthOfFrame({ of, gift: name }: Frame): Worth | null {
  return of === 'like' ? hearts : (mapped[name] ?? null);
}

/** Two frames with one key are frames of one event. */
export function keyOf({ of, gift: name, user, group, session }: Frame): string {
  switch (of) {
    case 'streak':
      return `streak ${name} ${user} ${group}`;
    case 'single':
      return `single ${name} ${user} ${group}`;
    case 'test':
      return `test ${name} ${user} ${group} ${session}`;
    case 'like':
      return 'likes';
  }
}

/** The likes that a frame of likes tells as new. */
const likesInFrame = 3;

/** How far a frame says that its event has grown, and from where on that was heard: likes are counted by the room. */
export function reachOf({ of, count }: Frame): { readonly from: number; readonly to: number } {
  const to = of === 'like' ? count + 20 : count;
  return { from: of === 'like' ? to - likesInFrame : 0, to };
}

/** The same frame is always the same event, whatever the session; a single gift says one count only. */
export function eventOf(frame: Frame): LiveEvent {
  const { of, gift: name, user, group, count, session } = frame;
  const told = { gift: name, user, session, arrivedAtMs: noonMs };
  switch (of) {
    case 'streak':
      return gift({ ...told, group, count });
    case 'single':
      return gift({ ...told, count, id: `single ${name} ${user} ${group}` });
    case 'test':
      return gift({ ...told, count, id: `test ${name} ${user} ${group}`, origin: 'test' });
    case 'like':
      return like(likesInFrame, reachOf(frame).to, told);
  }
}
