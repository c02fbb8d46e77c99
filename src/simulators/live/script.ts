import type { Cancel, Clock } from '../../domain/clock.ts';
import type { Fan, GiftKind } from './messages.ts';
import type { StreakEnd } from './room.ts';
import type { VirtualLive } from './virtual-live.ts';

/** Something that happens on a live at a time after its start. */
type ScriptStep = readonly [atMs: number, ...Act];

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

/** Viewers whose names show that nobody invented them to pass for a person. */
export const fans: readonly Fan[] = Array.from({ length: 8 }, (_, index) => ({
  id: String(6_800_000_000_000_000_001n + BigInt(index)),
  name: `ink_fan_0${index + 1}`,
}));

/** Gifts as the platform names and prices them; the last is one that the shipped gift maps do not know. */
export const giftKinds = {
  rose: { id: '5655', name: 'Rose', coins: 1, streaks: true },
  note: { id: '5269', name: 'TikTok', coins: 1, streaks: true },
  gg: { id: '6064', name: 'GG', coins: 1, streaks: true },
  fingerHeart: { id: '5487', name: 'Finger Heart', coins: 5, streaks: true },
  perfume: { id: '5658', name: 'Perfume', coins: 20, streaks: true },
  doughnut: { id: '5879', name: 'Doughnut', coins: 30, streaks: true },
  handHearts: { id: '5660', name: 'Hand Hearts', coins: 100, streaks: false },
  corgi: { id: '6267', name: 'Corgi', coins: 299, streaks: false },
  galaxy: { id: '11046', name: 'Galaxy', coins: 1000, streaks: false },
  inkwell: { id: '990001', name: 'Virtual Inkwell', coins: 10, streaks: false },
} as const satisfies Record<string, GiftKind>;

const fan = (number: number): Fan => fans[number - 1] ?? { id: String(number), name: `ink_fan_${number}` };
const upTo = (last: number, by = 1): number[] =>
  Array.from({ length: Math.ceil(last / by) }, (_, i) => Math.min(last, (i + 1) * by));
const { rose, note, gg, fingerHeart, perfume, doughnut, handHearts, corgi, galaxy, inkwell } = giftKinds;

/** What goes on beside the gifts: people come, talk and tap. */
const chatter: ScriptStep[] = Array.from({ length: 46 }, (_, index): ScriptStep => {
  const atMs = 2_500 + index * 5_100;
  const who = fan(1 + (index % 8));
  const kinds: readonly ScriptStep[] = [
    [atMs, 'likes', who, 7 + (index % 9)],
    [atMs, 'viewers', 120 + index * 3],
    [atMs, 'chat', who, index % 2 === 0 ? 'which row is mine?' : 'go pen go'],
    [atMs, 'join', who],
  ];
  return kinds[index % kinds.length] ?? [atMs, 'viewers', 100];
});

/**
 * A live of four minutes: 229 gifts of ten kinds, single ones and streaks, two viewers at once, an end that comes
 * twice and one that never comes, a connection that is cut in the middle of two streaks, and one unmapped gift.
 */
export const recordedLive: readonly ScriptStep[] = [
  ...chatter,
  [1_000, 'viewers', 117],
  [3_000, 'gift', fan(1), rose, 1],
  [6_000, 'streak', fan(2), rose, upTo(12), 600, 'once'],
  [9_000, 'gift', fan(3), handHearts, 1],
  [16_000, 'streak', fan(4), gg, upTo(10), 500, 'twice'],
  [17_000, 'streak', fan(5), gg, upTo(8), 550, 'once'],
  [26_000, 'follow', fan(5)],
  [28_000, 'streak', fan(1), note, upTo(15), 400, 'once'],
  [38_000, 'gift', fan(6), corgi, 1],
  [44_000, 'streak', fan(2), fingerHeart, upTo(10), 700, 'never'],
  [55_000, 'gift', fan(7), doughnut, 3],
  [62_000, 'streak', fan(8), rose, upTo(20, 2), 500, 'once'],
  [63_200, 'streak', fan(2), rose, upTo(16), 450, 'once'],
  [74_000, 'gift', fan(3), inkwell, 1],
  [80_000, 'share', fan(4)],
  [84_000, 'streak', fan(6), perfume, upTo(6), 800, 'once'],
  [94_000, 'gift', fan(1), galaxy, 1],
  [104_000, 'streak', fan(7), note, upTo(12), 500, 'twice'],
  [116_000, 'streak', fan(8), rose, upTo(14), 650, 'once'],
  [118_000, 'streak', fan(4), fingerHeart, upTo(8), 700, 'once'],
  [121_000, 'drop'],
  [121_400, 'gift', fan(5), gg, 2],
  [134_000, 'gift', fan(2), handHearts, 2],
  [142_000, 'streak', fan(3), rose, upTo(18), 450, 'once'],
  [156_000, 'subscribe', fan(6)],
  [158_000, 'streak', fan(1), gg, upTo(9), 600, 'once'],
  [170_000, 'gift', fan(7), corgi, 1],
  [178_000, 'streak', fan(5), note, upTo(20, 4), 700, 'once'],
  [179_000, 'streak', fan(6), note, upTo(10), 500, 'once'],
  [192_000, 'gift', fan(8), doughnut, 1],
  [200_000, 'streak', fan(2), rose, upTo(15), 400, 'twice'],
  [212_000, 'gift', fan(4), perfume, 5],
  [220_000, 'streak', fan(3), fingerHeart, upTo(6), 700, 'once'],
  [230_000, 'gift', fan(1), galaxy, 1],
  [238_000, 'end'],
];
