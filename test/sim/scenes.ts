import { Dice, planOf } from './generate.ts';
import type { FaultKind, PersonCommand, Plan, PlannedFault } from './plan.ts';

type Faults = (dice: Dice) => readonly PlannedFault[];

const noFaults: readonly FaultKind[] = [];
/** Of its seed a scene has the setup and the gifts. */
const beginMs = 1_000;
/** By then the first sheet is open. */
const atWorkMs = 12_000;

const commands: readonly PersonCommand[] = [
  'pause',
  'pen-was-dry',
  'redraw',
  'void',
  'credit',
  'test-gift',
  'reload-gifts',
];

/** What a person asks for between two times of drawing. */
const guided: readonly PersonCommand[] = ['jog', 'lift', 'park'];

/** A person asks for something while the pen draws. */
function asks(what: PersonCommand): Faults {
  return (dice) => [{ atMs: atWorkMs, workMs: dice.whole(0, 2_500), kind: 'command', what }];
}

/** A line collides while the pen draws, and a while later `then` happens. */
function collides(then: (dice: Dice, workMs: number) => readonly PlannedFault[]): Faults {
  return (dice) => {
    const workMs = dice.whole(0, 1_500);
    const collided: PlannedFault = { atMs: beginMs, workMs, kind: 'collide-lines', lines: dice.whole(1, 3) };
    return [collided, ...then(dice, workMs + dice.whole(5, 400))];
  };
}

interface Kind {
  readonly name: string;
  /** The dice of the first one; each other has the next. */
  readonly seed: number;
  readonly times: number;
  readonly faults: Faults;
}

/** What the dice of faults hardly ever throw: moments of a pen at work. */
const kinds: readonly Kind[] = [
  { name: 'a stop in mid-stroke', seed: 10_001, times: 5, faults: asks('stop') },
  { name: 'the paper is said to be changed in mid-stroke', seed: 10_011, times: 4, faults: asks('paper-changed') },
  { name: 'a line collides in mid-stroke', seed: 10_021, times: 5, faults: collides(() => []) },
  {
    name: 'a line collides, and the cable is pulled',
    // With the last of these the ink of a line that was under way lies where nobody meant it.
    seed: 10_104,
    times: 6,
    faults: collides((dice, workMs) => [
      { atMs: beginMs, workMs, kind: 'unplug', forMs: dice.whole(50, 4_000), renamed: dice.chance(0.5) },
    ]),
  },
  {
    name: 'a line collides, and the plotter is stopped',
    seed: 10_031,
    times: 4,
    faults: collides((_, workMs) => [{ atMs: beginMs, workMs, kind: 'command', what: 'stop' }]),
  },
  ...commands.map((what, index) => ({
    name: `a person asks for ${what} in mid-stroke`,
    seed: 10_041 + index,
    times: 1,
    faults: asks(what),
  })),
  ...guided.map((what, index) => ({
    name: `a person asks for ${what} at rest`,
    seed: 10_071 + 10 * index,
    times: 4,
    faults: (dice: Dice) => [{ atMs: dice.whole(20_000, 34_000), kind: 'command', what } as const],
  })),
  {
    name: 'a backup is made while the pen draws, and restored later',
    seed: 10_061,
    times: 1,
    faults: (dice) => [
      { atMs: beginMs, workMs: dice.whole(0, 2_500), kind: 'command', what: 'backup' },
      { atMs: 25_000, kind: 'restore-backup' },
    ],
  },
];

/** All scenes, each a plan with a name; part of the fixed seeds. */
export function scenes(): readonly Plan[] {
  return kinds.flatMap(({ name, seed, times, faults }) =>
    Array.from({ length: times }, (_, time) => {
      const scene = times > 1 ? `${name} (${time + 1})` : name;
      return { ...planOf(seed + time, noFaults), scene, faults: faults(new Dice(seed + time)) };
    }),
  );
}
