import type { DrawOrder } from '../../src/drawing/schedule.ts';
import { chatsOf } from './chats.ts';
import { Dice } from './dice.ts';
import { drawingsOf } from './drawings.ts';
import { makers } from './fault-makers.ts';
import type { FaultKind, Plan, PlannedFault, PlannedGift, Setup } from './plan.ts';
import { pictureOfSeed } from './row-picture.ts';

/** One in so many worlds has rules. */
const ruledEvery = 3;

/** The plan of a seed. `kinds` are the faults that may happen in it. */
export function planOf(seed: number, kinds: readonly FaultKind[]): Plan {
  const dice = new Dice(seed);
  const setup = setupOf(dice);
  const gifts = Array.from({ length: dice.whole(4, 11) }, () => giftOf(dice, setup));
  const isRuled = seed % ruledEvery === 0;
  const plan: Plan = {
    seed,
    setup: isRuled ? { ...setup, rules: true } : setup,
    gifts: inOrder(gifts),
    ...(isRuled ? { chats: chatsOf(seed, setup.calmAtMs) } : {}),
    faults: inOrder(faultsOf(dice, setup, kinds)),
  };
  const drawings = drawingsOf(seed, setup.calmAtMs);
  const picture = pictureOfSeed(seed);
  const inPlan = picture === null ? plan : { ...plan, setup: { ...plan.setup, picture } };
  return drawings.length === 0 ? inPlan : { ...inPlan, setup: { ...inPlan.setup, plates: true }, drawings };
}

function setupOf(dice: Dice): Setup {
  const style = dice.chance(0.75) ? 'line' : dice.pick(['tally', 'wave', 'hatch'] as const);
  return {
    capacities: Array.from({ length: dice.whole(3, 4) }, () => dice.whole(4, 14)),
    style,
    order: dice.pick<DrawOrder>(['row', 'oldest', 'nearest', 'live']),
    sheetFull: dice.chance(0.7) ? 'all-rows' : 'first-row',
    origin: dice.chance(0.5) ? 'power-on' : 'confirm',
    slant: dice.chance(0.3),
    syncMs: dice.pick([0, 2, 8, 30]),
    latencyMs: dice.pick([0, 1, 4, 16]),
    byteMs: dice.pick([0, 0.04, 0.087]),
    emergencyParser: dice.chance(0.4),
    advancedOk: dice.chance(0.3),
    flowControl: dice.chance(0.5),
    omitOkAfterResend: dice.chance(0.15),
    motorRestMs: dice.pick([12_000, 60_000, 1_200_000]),
    personMs: dice.whole(1_500, 6_000),
    personMm: [dice.whole(-30, 30) / 100, dice.whole(-30, 30) / 100],
    calmAtMs: dice.whole(35, 110) * 1_000,
  };
}

function giftOf(dice: Dice, { calmAtMs }: Setup): PlannedGift {
  const streak = dice.chance(0.6);
  const frames = streak ? dice.whole(1, 4) : 1;
  const steps: number[] = [];
  for (let count = 0; steps.length < frames; ) {
    count += dice.whole(1, 3);
    steps.push(count);
  }
  const stepMs = dice.pick([0, 15, 400, 3_000]);
  return {
    // Most come early, so that faults find the pen at work.
    atMs: dice.whole(500, dice.chance(0.7) ? calmAtMs / 3 : calmAtMs - 5_000 - frames * stepMs),
    viewer: `viewer${dice.whole(1, 12)}`,
    gift: dice.pick(['Rose', 'Rose', 'GG', 'Corgi', 'Unicorn'] as const),
    streak,
    steps,
    stepMs,
    endless: dice.chance(0.15),
  };
}

function faultsOf(dice: Dice, { calmAtMs }: Setup, kinds: readonly FaultKind[]): PlannedFault[] {
  if (kinds.length === 0) return [];
  // One fault alone, a few together, or a bad day.
  const count = dice.pick([1, 1, 2, 3, 4, 6, 9]);
  return Array.from({ length: count }, () => {
    const atMs = dice.whole(200, calmAtMs - 2_000);
    return { atMs, ...makers[dice.pick(kinds)](dice) };
  });
}

function inOrder<T extends { readonly atMs: number }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.atMs - b.atMs);
}
