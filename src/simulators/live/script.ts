import type { Cancel, Clock } from '../../domain/clock.ts';
import type { Fan, GiftKind } from './messages.ts';
import type { StreakEnd } from './room.ts';
import type { VirtualLive } from './virtual-live.ts';

/** Something that happens on a live at a time after its start. */
export type ScriptStep = readonly [atMs: number, ...Act];

type Act =
  | readonly ['gift', Fan, GiftKind, count: number]
  /** A streak that reaches these counts one after the other. */
  | readonly ['streak', Fan, GiftKind, counts: readonly number[], everyMs: number, end: StreakEnd]
  | readonly ['chat', Fan, text: string]
  | readonly ['likes', Fan, count: number]
  | readonly ['join' | 'follow' | 'share' | 'subscribe', Fan]
  | readonly ['viewers', count: number]
  /** Every connection is cut. */
  | readonly ['drop']
  | readonly ['end'];

interface Playing {
  /** Resolves when the last step is done, or after `stop`. */
  readonly done: Promise<void>;
  stop(): void;
}

/** Plays a script on a virtual live, by the given clock. */
export function play(live: VirtualLive, steps: readonly ScriptStep[], clock: Clock): Playing {
  const timeline = steps.flatMap((step) => actions(live, step)).sort((a, b) => a.atMs - b.atMs);
  const startMs = clock.nowMs();
  let cancel: Cancel = () => {};
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let next = 0;

  function run(): void {
    const passedMs = clock.nowMs() - startMs;
    for (let action = timeline[next]; action !== undefined && action.atMs <= passedMs; action = timeline[next]) {
      next += 1;
      action.act();
    }
    const waiting = timeline[next];
    if (waiting === undefined) finish();
    else cancel = clock.after(waiting.atMs - passedMs, run);
  }
  run();
  return {
    done,
    stop: () => {
      cancel();
      next = timeline.length;
      finish();
    },
  };
}

interface Action {
  readonly atMs: number;
  readonly act: () => void;
}

function actions(live: VirtualLive, step: ScriptStep): Action[] {
  const [atMs, ...act] = step;
  if (act[0] !== 'streak') return [{ atMs, act: () => perform(live, act) }];
  const [, fan, gift, counts, everyMs, end] = act;
  let streak: ReturnType<typeof live.room.streak> | null = null;
  const grow = (count: number) => {
    streak ??= live.room.streak(fan, gift);
    streak.to(count);
  };
  const growth = counts.map((count, index) => ({ atMs: atMs + index * everyMs, act: () => grow(count) }));
  return [...growth, { atMs: atMs + counts.length * everyMs, act: () => streak?.end(end) }];
}

function perform(live: VirtualLive, act: Exclude<Act, readonly ['streak', ...unknown[]]>): void {
  switch (act[0]) {
    case 'gift':
      live.room.gift(act[1], act[2], act[3]);
      return;
    case 'chat':
      live.room.say({ kind: 'chat', fan: act[1], text: act[2] });
      return;
    case 'likes':
      live.room.likes(act[1], act[2]);
      return;
    case 'viewers':
      live.room.say({ kind: 'room-user', viewers: act[1] });
      return;
    case 'drop':
      live.drop();
      return;
    case 'end':
      live.end();
      return;
    default:
      live.room.say({ kind: act[0], fan: act[1] });
  }
}
