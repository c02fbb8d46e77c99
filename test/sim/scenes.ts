import { Dice } from './dice.ts';
import { planOf } from './generate.ts';
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
const guided: readonly PersonCommand[] = ['jog', 'lift', 'park', 'jog-out'];

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

/** More is asked for when the pen has come to rest, so that it has to leave its place again. */
const restMs = 34_000;
const leavesAgainMs = 52_000;
const calmAtMs = 60_000;
const laterInk: PlannedFault = { atMs: leavesAgainMs, kind: 'command', what: 'credit' };

/** Somebody lets go of the motors at the display, and the gantry is pushed. */
function releases(dice: Dice, atMs: number): PlannedFault {
  const push = [dice.whole(-40, 60), dice.whole(-40, 60), dice.whole(0, 5)] as const;
  return { atMs, kind: 'release-motors', push, by: 'menu' };
}

function failsFor(dice: Dice, atMs: number, forMs: number): PlannedFault {
  return { atMs, kind: 'failing-disk', forMs, code: dice.pick(['SQLITE_FULL', 'SQLITE_IOERR_WRITE']) };
}

interface Kind {
  readonly name: string;
  /** The dice of the first one; each other has the next. */
  readonly seed: number;
  readonly times: number;
  readonly faults: Faults;
  readonly oldLedger?: true;
  /** It lasts so long, whatever the dice say. */
  readonly calmAtMs?: number;
}

/** What the dice of faults hardly ever throw: moments of a pen at work. */
const kinds: readonly Kind[] = [
  { name: 'a stop in mid-stroke', seed: 10_001, times: 5, faults: asks('stop') },
  // The third of these catches a line that waits, on a board with EMERGENCY_PARSER.
  { name: 'a stop in mid-stroke, later', seed: 10_645, times: 5, faults: asks('stop') },
  { name: 'the paper is said to be changed in mid-stroke', seed: 10_011, times: 4, faults: asks('paper-changed') },
  { name: 'a line collides in mid-stroke', seed: 10_021, times: 5, faults: collides(() => []) },
  {
    name: 'a line collides, and the cable is pulled',
    // With the last of these the ink of a line that was under way lies where nobody meant it.
    seed: 10_167,
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
  {
    name: 'a person lets it go on in mid-stroke, and the cable is pulled',
    // The pen waits for the hands while the cable is away, with strokes in the planner.
    seed: 10_407,
    times: 2,
    faults: (dice) => {
      const workMs = dice.whole(1_000, 5_000);
      const away: PlannedFault = { atMs: beginMs, workMs: workMs + 1_500, kind: 'unplug', forMs: 900, renamed: false };
      return [{ atMs: beginMs, workMs, kind: 'command', what: 'resume' }, away];
    },
  },
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
  {
    name: 'the process dies in mid-stroke, and the paper is changed in a pause before the pen goes on',
    seed: 10_306,
    times: 4,
    faults: () => {
      const workMs = 3_000;
      return [
        { atMs: beginMs, workMs: workMs - 500, kind: 'away', forMs: 26_000 },
        { atMs: beginMs, workMs, kind: 'die' },
        { atMs: beginMs, workMs: workMs + 100, kind: 'unplug', forMs: 12_000, renamed: false },
        { atMs: beginMs, workMs: workMs + 5_300, kind: 'command', what: 'pause' },
        { atMs: beginMs, workMs: workMs + 24_000, kind: 'command', what: 'paper-changed' },
      ];
    },
  },
  {
    name: 'a finger is on the button while the service starts',
    seed: 10_321,
    times: 3,
    faults: (dice) => [
      { atMs: restMs - 10_000, kind: 'die' },
      { atMs: restMs - dice.whole(8_000, 9_500), kind: 'press', downMs: dice.whole(6_000, 9_000), times: 1 },
    ],
  },
  {
    name: 'a cable garbles what the plotter says',
    seed: 10_341,
    times: 6,
    calmAtMs: 40_000,
    faults: (dice) => {
      const rate = dice.pick([0.004, 0.01, 0.02]);
      const rates = { drop: rate / 2, double: rate / 2, flip: rate, split: 0.02 };
      return [{ atMs: atWorkMs, kind: 'noise', forMs: 26_000, seed: dice.seed(), rates, way: 'to-host' }];
    },
  },
  {
    name: 'the disk fails at the end of each write while the pen draws',
    seed: 10_681,
    times: 12,
    faults: (dice) => [
      { ...failsFor(dice, beginMs, dice.whole(2_000, 6_000)), workMs: dice.whole(500, 3_000), at: 'commit' } as const,
    ],
  },
  {
    name: 'a person stops the plotter while the disk fails',
    seed: 10_391,
    times: 2,
    faults: (dice) => [
      { ...failsFor(dice, beginMs, 4_000), workMs: 500 },
      { atMs: beginMs, workMs: dice.whole(1_000, 3_000), kind: 'command', what: 'stop' },
    ],
  },
  {
    name: 'a crowd gives more than the memory holds while the disk fails',
    seed: 10_281,
    times: 1,
    calmAtMs,
    faults: (dice) => [
      failsFor(dice, atWorkMs, 40_000),
      { atMs: atWorkMs + 100, kind: 'live-flood', gifts: 10_400, forMs: 3_000 },
    ],
  },
  {
    name: 'motors are let go of in the write before a way',
    seed: 10_201,
    times: 6,
    calmAtMs,
    faults: (dice) => [
      {
        atMs: leavesAgainMs - 500,
        kind: 'release-in-write',
        push: [dice.whole(5, 60), dice.whole(-40, -5), 0],
        writes: dice.whole(0, 2),
        syncMs: dice.whole(1_200, 2_000),
      },
      laterInk,
    ],
  },
  {
    name: 'motors are let go of while the disk fails',
    seed: 10_221,
    times: 4,
    calmAtMs,
    faults: (dice) => [failsFor(dice, restMs, 12_000), releases(dice, restMs + dice.whole(500, 4_000)), laterInk],
  },
  {
    name: 'motors are let go of while the disk fails, and the process dies',
    seed: 10_241,
    times: 4,
    calmAtMs,
    faults: (dice) => [
      failsFor(dice, restMs, 16_000),
      releases(dice, restMs + dice.whole(500, 3_000)),
      { atMs: restMs + dice.whole(6_000, 10_000), kind: 'die' },
      laterInk,
    ],
  },
  {
    name: 'the board begins anew at rest, and the gantry is loose',
    seed: 10_261,
    times: 4,
    calmAtMs,
    faults: (dice) => [
      { atMs: restMs - 4_000, kind: 'away', forMs: 24_000 },
      { atMs: restMs, kind: 'reset', banner: dice.chance(0.5) },
      laterInk,
    ],
  },
  {
    name: 'the pen is taken elsewhere at the display, under its old name, while nobody hears the plotter',
    seed: 10_481,
    times: 4,
    calmAtMs,
    faults: (dice) => [
      dice.chance(0.5)
        ? { atMs: restMs, kind: 'pi-power', forMs: 14_000 }
        : { atMs: restMs, kind: 'unplug', forMs: 14_000, renamed: false },
      { atMs: restMs + 1_000, kind: 'rename-place', byMm: [dice.whole(5, 60), dice.whole(5, 40)] },
      laterInk,
    ],
  },
  {
    name: 'an older program has left its ledger, and the process dies as it begins to draw',
    seed: 10_501,
    times: 2,
    oldLedger: true,
    faults: (dice) => [{ atMs: atWorkMs, workMs: dice.whole(0, 2_500), kind: 'die' }],
  },
  {
    name: 'the line that forbids the motors to rest is disturbed, and they rest for long',
    seed: 10_576,
    times: 12,
    calmAtMs: 90_000,
    faults: () => [
      { atMs: 0, kind: 'corrupt-lines', lines: 1, holding: 'M84 S0' },
      { atMs: 84_000, kind: 'command', what: 'credit' },
    ],
  },
];

/** All scenes, each a plan with a name; part of the fixed seeds. */
export function scenes(): readonly Plan[] {
  return kinds.flatMap(({ name, seed, times, faults, calmAtMs, oldLedger }) =>
    Array.from({ length: times }, (_, time) => {
      const scene = times > 1 ? `${name} (${time + 1})` : name;
      const { setup, ...plan } = planOf(seed + time, noFaults);
      const calm = calmAtMs === undefined ? {} : { calmAtMs };
      const old = oldLedger === undefined ? {} : { oldLedger };
      return { ...plan, setup: { ...setup, ...calm, ...old }, scene, faults: faults(new Dice(seed + time)) };
    }),
  );
}
