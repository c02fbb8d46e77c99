import type { Coordinates } from './coordinates.ts';
import type { GcodeCommand } from './line-reader.ts';
import type { VirtualMachine } from './machine.ts';
import type { VirtualOptions } from './options.ts';
import type { Triple } from './physics.ts';

/** A command that is not finished at once. */
export interface Wait {
  /** When to look again, on the clock; null: when the machine reports a change. */
  readonly atMs: number | null;
  ready(): boolean;
  finish(): void;
}

/** What a command handler may use. */
export interface Bench {
  readonly options: VirtualOptions;
  readonly machine: VirtualMachine;
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
export type Outcome = Wait | 'answered' | undefined;
/** Carries a command out. */
export type Handler = (bench: Bench, command: GcodeCommand) => Outcome;

function nowMs(bench: Bench): number {
  return bench.options.clock.nowMs();
}

/** Ends when nothing moves any more. */
export function whenAtRest(bench: Bench, finish: () => void): Wait {
  return { atMs: null, ready: () => bench.machine.atRest, finish };
}

function after(bench: Bench, delayMs: number, finish: () => void): Wait {
  const atMs = nowMs(bench) + delayMs;
  return { atMs, ready: () => nowMs(bench) >= atMs, finish };
}

/** G0 and G1: into the planner, or waiting for room in it. */
export function move(bench: Bench, command: GcodeCommand): Outcome {
  const feed = command.values.get('F');
  if (feed !== undefined && feed > 0) bench.feedMmPerS = feed / 60;
  if (bench.options.homeFirst && bench.coordinates.homed.includes(false)) {
    bench.say('echo:Home XYZ First');
    return undefined;
  }
  const target = bench.coordinates.target(command.values);
  if (!bench.machine.full) {
    bench.machine.add(target, bench.feedMmPerS);
    return undefined;
  }
  const { native } = bench.coordinates;
  const meant: Triple = [native[0], native[1], native[2]];
  return {
    atMs: null,
    ready: () => !bench.machine.full,
    finish: () => {
      // A stop meanwhile has changed from where, but not whither.
      bench.coordinates.native = [meant[0], meant[1], meant[2]];
      bench.machine.add(target, bench.feedMmPerS);
    },
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

/** G4: once at rest, for so long. */
export function dwell(bench: Bench, command: GcodeCommand): Outcome {
  const ms = (command.values.get('P') ?? 0) + (command.values.get('S') ?? 0) * 1000;
  return onceAtRest(
    bench,
    () => ms,
    () => {},
  );
}

const homingMmPerS = 20;

/** G28: to the end switches, where there are any. */
export function homeAxes(bench: Bench, command: GcodeCommand): Outcome {
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

/** M18 and M84: lets go of the motors, or sets after which rest they let go by themselves. */
export function stepperTimeout(bench: Bench, command: GcodeCommand): Outcome {
  const seconds = command.values.get('S');
  if (seconds !== undefined) {
    bench.motorTimeoutMs = seconds * 1000;
    return undefined;
  }
  return whenAtRest(bench, () => bench.releaseMotors());
}

/**
 * M410: drops the plan. With an emergency parser that was done at its receipt, and its turn in the queue does nothing.
 */
export function quickStop(bench: Bench): Outcome {
  if (bench.options.emergencyParser) return undefined;
  bench.machine.halt();
  return after(bench, 1000, () => {
    bench.machine.halt();
    bench.coordinates.takeFrom(bench.machine.stepsNow());
  });
}
