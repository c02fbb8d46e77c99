import type { Coordinates } from './coordinates.ts';
import { identityLines } from './identity.ts';
import type { Machine } from './machine.ts';
import type { VirtualOptions } from './options.ts';
import type { Command } from './parse.ts';
import type { Triple } from './physics.ts';

/** A command that is not finished at once. */
export interface Wait {
  /** When to look again, on the clock; null: when the machine tells of a change. */
  readonly atMs: number | null;
  ready(): boolean;
  finish(): void;
}

/** What a command handler may use. */
export interface Bench {
  readonly options: VirtualOptions;
  readonly machine: Machine;
  readonly coordinates: Coordinates;
  keepaliveMs: number;
  motorTimeoutMs: number;
  feedMmPerS: number;
  say(line: string): void;
  setLine(number: number): void;
  lastLine(): number;
  releaseMotors(): void;
}

/** `answered`: the handler said its own ok. */
type Outcome = Wait | 'answered' | undefined;
type Handler = (bench: Bench, command: Command) => Outcome;

function nowMs(bench: Bench): number {
  return bench.options.clock.nowMs();
}

function whenAtRest(bench: Bench, finish: () => void): Wait {
  return { atMs: null, ready: () => bench.machine.atRest, finish };
}

function after(bench: Bench, delayMs: number, finish: () => void): Wait {
  const atMs = nowMs(bench) + delayMs;
  return { atMs, ready: () => nowMs(bench) >= atMs, finish };
}

function move(bench: Bench, command: Command): Outcome {
  const feed = command.values.get('F');
  if (feed !== undefined && feed > 0) bench.feedMmPerS = feed / 60;
  const target = bench.coordinates.target(command.values);
  if (!bench.machine.full) {
    bench.machine.add(target, bench.feedMmPerS);
    return undefined;
  }
  return {
    atMs: null,
    ready: () => !bench.machine.full,
    finish: () => bench.machine.add(target, bench.feedMmPerS),
  };
}

/** Waits for the motion to end, and then for as long as `lastsMs` says. */
function onceAtRest(bench: Bench, lastsMs: () => number, finish: () => void): Wait {
  let endMs: number | null = null;
  return {
    get atMs() {
      return endMs;
    },
    ready: () => {
      if (endMs === null && bench.machine.atRest) endMs = nowMs(bench) + lastsMs();
      return endMs !== null && nowMs(bench) >= endMs;
    },
    finish,
  };
}

function dwell(bench: Bench, command: Command): Outcome {
  const ms = (command.values.get('P') ?? 0) + (command.values.get('S') ?? 0) * 1000;
  return onceAtRest(
    bench,
    () => ms,
    () => {},
  );
}

const homingMmPerS = 20;

function home(bench: Bench, command: Command): Outcome {
  const named = ['X', 'Y', 'Z'].map((letter) => command.values.has(letter));
  const axes = named.includes(true) ? named : [true, true, true];
  const { switchesMm, homeMm, limits } = bench.options;
  const lastsMs = () => {
    const place = bench.machine.placeNow();
    let farthest = 0;
    for (const axis of [0, 1, 2] as const) {
      const at = switchesMm[axis];
      if (axes[axis] === true && at !== null) farthest = Math.max(farthest, Math.abs(place[axis] - at));
    }
    return (farthest / homingMmPerS) * 1000;
  };
  return onceAtRest(bench, lastsMs, () => {
    const at = bench.machine.placeNow();
    const goal: [number, number, number] = [at[0], at[1], at[2]];
    const steps: [number, number, number] = [...bench.machine.planned];
    for (const axis of [0, 1, 2] as const) {
      const reached = switchesMm[axis];
      if (axes[axis] !== true || reached === null) continue;
      goal[axis] = reached;
      steps[axis] = Math.round(homeMm[axis] * limits.stepsPerMm[axis]);
      bench.coordinates.native[axis] = homeMm[axis];
      bench.coordinates.shift[axis] = 0;
      bench.coordinates.homed[axis] = true;
    }
    bench.machine.motorsOn = false;
    bench.machine.push(goal[0] - at[0], goal[1] - at[1], goal[2] - at[2]);
    bench.machine.motorsOn = true;
    bench.machine.rename(steps);
  });
}

function position(bench: Bench): Outcome {
  bench.say(bench.coordinates.report(bench.machine.planned));
  return undefined;
}

function stepperTimeout(bench: Bench, command: Command): Outcome {
  const seconds = command.values.get('S');
  if (seconds !== undefined) {
    bench.motorTimeoutMs = seconds * 1000;
    return undefined;
  }
  return whenAtRest(bench, () => bench.releaseMotors());
}

function quickStop(bench: Bench): Outcome {
  bench.machine.halt();
  if (bench.options.emergencyParser) return undefined;
  return after(bench, 1000, () => {
    bench.machine.halt();
    bench.coordinates.takeFrom(bench.machine.stepsNow());
  });
}

function lines(...all: readonly string[]): Handler {
  return (bench) => {
    for (const line of all) bench.say(line);
    return undefined;
  };
}

const nothing: Handler = () => undefined;

function mode(absolute: boolean): Handler {
  return ({ coordinates }) => {
    coordinates.absolute = absolute;
    return undefined;
  };
}

const holdMotors: Handler = ({ machine }) => {
  machine.motorsOn = true;
  return undefined;
};

/** The commands that this firmware knows. */
export const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['G0', move],
  ['G1', move],
  ['G4', dwell],
  ['G21', nothing],
  ['G28', home],
  ['G90', mode(true)],
  ['G91', mode(false)],
  [
    'G92',
    (bench, command) => {
      bench.coordinates.rename(command.values);
      return position(bench);
    },
  ],
  ['M17', holdMotors],
  ['M18', stepperTimeout],
  ['M84', stepperTimeout],
  [
    'M105',
    (bench) => {
      bench.say('ok T:0');
      return 'answered';
    },
  ],
  ['M106', nothing],
  ['M107', nothing],
  ['M108', nothing],
  [
    'M110',
    (bench, command) => {
      const number = command.values.get('N');
      if (number === undefined) bench.say(`Line: ${bench.lastLine()}`);
      else bench.setLine(number);
      return undefined;
    },
  ],
  [
    'M113',
    (bench, command) => {
      const seconds = command.values.get('S');
      if (seconds === undefined) bench.say(`echo:M113 S${bench.keepaliveMs / 1000}`);
      else bench.keepaliveMs = seconds * 1000;
      return undefined;
    },
  ],
  ['M114', position],
  [
    'M115',
    (bench) => {
      for (const line of identityLines(bench.options)) bench.say(line);
      return undefined;
    },
  ],
  [
    'M118',
    (bench, command) => {
      bench.say(command.args);
      return undefined;
    },
  ],
  ['M119', lines('Reporting endstop status', 'x_min: open', 'y_min: open', 'z_min: open')],
  [
    'M211',
    (bench) => {
      for (const line of bench.coordinates.limits()) bench.say(line);
      return undefined;
    },
  ],
  [
    'M280',
    (bench, command) => {
      const down = bench.options.servoDownAngle;
      if (down === null) {
        bench.say(`echo:Unknown command: "${command.text}"`);
        return undefined;
      }
      const angle = command.values.get('S');
      if (angle === undefined) {
        bench.say(`echo: Servo ${command.values.get('P') ?? 0}: ${bench.machine.servoAngle}`);
      } else {
        bench.machine.servoAngle = angle;
        bench.machine.servoDown = angle <= down;
      }
      return undefined;
    },
  ],
  ['M300', nothing],
  ['M400', (bench) => whenAtRest(bench, () => {})],
  ['M410', quickStop],
]);

/** Where the firmware thinks that it stands after a reset. */
export const zero: Triple = [0, 0, 0];
