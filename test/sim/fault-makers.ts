import type { Dice } from './dice.ts';
import type { FaultKind, PlannedFault } from './plan.ts';

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type FaultBody<K extends FaultKind> = Without<Extract<PlannedFault, { kind: K }>, 'atMs'>;

/** How long a plotter is off at least: nobody pushes a gantry in the seconds of a short reset. */
const offMs = 13_000;

function push(dice: Dice): readonly [number, number, number] | null {
  return dice.chance(0.6) ? [dice.whole(-40, 60), dice.whole(-40, 60), dice.whole(0, 5)] : null;
}

/** What is worst while the pen draws mostly waits for that. */
function atWork(dice: Dice): { readonly workMs?: number } {
  return dice.chance(0.6) ? { workMs: dice.whole(0, 2_500) } : {};
}

const ways = ['to-board', 'to-host', 'both'] as const;

/** Makes a fault of each kind. */
export const makers: { readonly [K in FaultKind]: (dice: Dice) => FaultBody<K> } = {
  noise: (dice) => {
    const rate = dice.pick([0.0005, 0.002, 0.006]);
    const part = () => (dice.chance(0.5) ? rate : 0);
    const rates = { drop: part(), double: part(), flip: part(), split: dice.chance(0.5) ? 0.05 : 0 };
    return {
      kind: 'noise',
      forMs: dice.whole(1, 40) * 1_000,
      seed: dice.seed(),
      rates,
      way: dice.pick(ways),
    };
  },
  'late-bytes': (dice) => ({
    kind: 'late-bytes',
    forMs: dice.whole(1, 40) * 1_000,
    delayMaxMs: dice.pick([60, 1_000, 4_000]),
    share: dice.pick([0.02, 0.2]),
    seed: dice.seed(),
    way: dice.pick(ways),
  }),
  'join-bytes': (dice) => ({
    kind: 'join-bytes',
    forMs: dice.whole(1, 40) * 1_000,
    holdMs: dice.pick([5, 100, 900]),
    way: dice.pick(ways),
  }),
  'corrupt-lines': (dice) => ({
    kind: 'corrupt-lines',
    lines: dice.chance(0.3) ? dice.whole(20, 90) : dice.whole(1, 12),
  }),
  'collide-lines': (dice) => ({ kind: 'collide-lines', lines: dice.whole(1, 3), ...atWork(dice) }),
  'lose-oks': (dice) => ({ kind: 'lose-oks', oks: dice.whole(1, 4) }),
  'glue-oks': (dice) => ({ kind: 'glue-oks', forMs: dice.whole(500, 20_000) }),
  busy: (dice) => ({ kind: 'busy', forMs: (dice.chance(0.3) ? dice.whole(60, 300) : dice.whole(3, 60)) * 1_000 }),
  unplug: (dice) => ({ kind: 'unplug', forMs: dice.whole(50, 20_000), renamed: dice.chance(0.5) }),
  'dead-link': (dice) => ({ kind: 'dead-link', forMs: dice.whole(200, 15_000) }),
  reset: (dice) => ({ kind: 'reset', banner: dice.chance(0.7) }),
  hang: (dice) => ({ kind: 'hang', forMs: dice.whole(2_000, 15_000) }),
  halt: () => ({ kind: 'halt' }),
  'release-motors': (dice) => ({
    kind: 'release-motors',
    push: [dice.whole(-40, 60), dice.whole(-40, 60), dice.whole(0, 5)],
    by: dice.pick(['power', 'menu'] as const),
  }),
  'release-in-write': (dice) => ({
    kind: 'release-in-write',
    push: [dice.whole(-40, 60), dice.whole(-40, 60), dice.whole(0, 5)],
    writes: dice.whole(0, 3),
    syncMs: dice.whole(1_200, 2_000),
  }),
  'board-power': (dice) =>
    dice.chance(0.3)
      ? { kind: 'board-power', forMs: dice.whole(200, 8_000), push: null }
      : { kind: 'board-power', forMs: dice.whole(offMs, 30_000), push: push(dice) },
  die: () => ({ kind: 'die' }),
  'die-at-await': (dice) => ({ kind: 'die-at-await', tasks: dice.whole(1, 60), awaits: dice.whole(0, 30) }),
  'die-at-write': (dice) => ({
    kind: 'die-at-write',
    writes: dice.whole(1, 12),
    how: dice.pick(['before', 'torn', 'after'] as const),
    seed: dice.seed(),
  }),
  'die-at-line': (dice) => ({ kind: 'die-at-line', lines: dice.whole(1, 60) }),
  'pi-power': (dice) => ({ kind: 'pi-power', forMs: dice.whole(4_000, 40_000) }),
  'all-power': (dice) => ({ kind: 'all-power', forMs: dice.whole(offMs, 40_000), push: push(dice) }),
  restart: (dice) => ({ kind: 'restart', version: dice.whole(0, 1) }),
  'restore-backup': () => ({ kind: 'restore-backup' }),
  'wall-jump': (dice) => ({ kind: 'wall-jump', byMs: dice.whole(-100_000_000, 100_000_000) }),
  'slow-disk': (dice) => ({ kind: 'slow-disk', forMs: dice.whole(1_000, 30_000), syncMs: dice.whole(50, 2_000) }),
  'failing-disk': (dice) => ({
    kind: 'failing-disk',
    forMs: dice.whole(200, 20_000),
    code: dice.pick(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_READONLY']),
    at: dice.pick(['begin', 'commit'] as const),
    spares: dice.whole(0, 3),
  }),
  'live-drop': () => ({ kind: 'live-drop' }),
  'live-silent': (dice) => ({ kind: 'live-silent', forMs: dice.whole(5_000, 60_000) }),
  'live-shuffle': (dice) => ({ kind: 'live-shuffle', forMs: dice.whole(5_000, 60_000), seed: dice.seed() }),
  'live-repeat': (dice) => ({ kind: 'live-repeat', forMs: dice.whole(5_000, 60_000), seed: dice.seed() }),
  'live-lose': (dice) => ({ kind: 'live-lose', forMs: dice.whole(5_000, 60_000), seed: dice.seed() }),
  'live-flood': (dice) => ({ kind: 'live-flood', gifts: dice.whole(50, 1_000), forMs: dice.whole(0, 5_000) }),
  'live-over': (dice) => ({ kind: 'live-over', forMs: dice.whole(1_000, 30_000) }),
  'live-limit': (dice) => ({ kind: 'live-limit', forMs: dice.whole(5_000, 40_000) }),
  press: (dice) => ({ kind: 'press', downMs: dice.pick([30, 150, 1_900, 2_100, 3_000]), times: dice.whole(1, 3) }),
  'press-at-change': (dice) => ({
    kind: 'press-at-change',
    afterMs: dice.pick([0, 200, 700, 1_100]),
    downMs: dice.pick([60, 200, 2_200]),
  }),
  away: (dice) => ({ kind: 'away', forMs: dice.whole(5_000, 60_000) }),
  blunder: (dice) => ({ kind: 'blunder', offMm: [dice.whole(3, 8), dice.whole(-3, 8)] }),
  command: (dice) => ({
    kind: 'command',
    what: dice.pick([
      'stop',
      'stop',
      'stop',
      'resume',
      'pause',
      'paper-changed',
      'paper-changed',
      'jog',
      'lift',
      'park',
      'pen-was-dry',
      'redraw',
      'void',
      'void',
      'credit',
      'test-gift',
      'reload-gifts',
      'backup',
    ] as const),
    ...atWork(dice),
  }),
};

/** Every kind of fault. */
export const faultKinds = Object.keys(makers) as FaultKind[];
