import type { StrokeStyle } from '../../src/domain/sheet.ts';
import type { DrawOrder } from '../../src/drawing/schedule.ts';

/** Everything that happens in a world: the same plan gives the same world, to the last byte. */
export interface Plan {
  readonly seed: number;
  /** What it shows, for a plan that was made and not thrown. */
  readonly scene?: string;
  readonly setup: Setup;
  readonly gifts: readonly PlannedGift[];
  /** What is said on the live; without: nothing. */
  readonly chats?: readonly PlannedChat[];
  /** What a program of somebody's own asks to be drawn; without: nothing, and the sheets have no plates. */
  readonly drawings?: readonly PlannedDrawing[];
  /** In the order of their times. Each carries all that it needs, so that one less changes nothing in the others. */
  readonly faults: readonly PlannedFault[];
}

/** What a plan is called by those who tell of it. */
export function nameOf({ seed, scene }: Plan): string {
  return scene === undefined ? `seed ${seed}` : `scene "${scene}"`;
}

/** What the world is like while nothing goes wrong. */
export interface Setup {
  /** Strokes that fit into each row of a sheet. */
  readonly capacities: readonly number[];
  readonly style: StrokeStyle;
  readonly order: DrawOrder;
  readonly sheetFull: 'all-rows' | 'first-row';
  readonly origin: 'power-on' | 'confirm';
  readonly slant: boolean;
  /** What a write costs, ms of the process. */
  readonly syncMs: number;
  readonly latencyMs: number;
  readonly byteMs: number;
  readonly emergencyParser: boolean;
  readonly advancedOk: boolean;
  readonly flowControl: boolean;
  readonly omitOkAfterResend: boolean;
  /** The board lets go of motors that have rested for so long, unless it is told not to; without: as it is shipped. */
  readonly motorRestMs?: number;
  /** The sheets have plates. */
  readonly plates?: true;
  /** The second row is a picture, and which one follows from this number. */
  readonly picture?: number;
  /** There are rules beside the gift map. */
  readonly rules?: true;
  /** An older program ran here before, and has left its ledger. */
  readonly oldLedger?: true;
  /** How long a person takes to see the light and to act. */
  readonly personMs: number;
  /** How far from the mark a person puts the tip. */
  readonly personMm: readonly [number, number];
  /** Until then faults happen; afterwards the world is kind. */
  readonly calmAtMs: number;
}

/** A drawing that is asked for under an id: paths as x0, y0, x1, y1, … in micrometres. */
export interface PlannedDrawing {
  readonly atMs: number;
  readonly id: string;
  readonly paths: readonly (readonly number[])[];
  /** Then a person takes it back. */
  readonly voidedMs?: number;
}

/** A gift of a viewer on the live; `steps` are the cumulative counts of its frames, the last one ends a streak. */
export interface PlannedGift {
  readonly atMs: number;
  readonly viewer: string;
  readonly gift: 'Rose' | 'GG' | 'Corgi' | 'Unicorn';
  readonly streak: boolean;
  readonly steps: readonly number[];
  readonly stepMs: number;
  /** The streak's last frame never comes. */
  readonly endless: boolean;
}

/** A message in the chat; each has a text of its own. */
export interface PlannedChat {
  readonly atMs: number;
  readonly viewer: string;
  readonly text: string;
}

/** Shares of bytes on a cable. */
export interface NoiseRates {
  readonly drop: number;
  readonly double: number;
  readonly flip: number;
  readonly split: number;
}

export type Way = 'to-board' | 'to-host' | 'both';

/** Where a write fails: at once (as without it), or at its very end, after all that it does. The first ones may be spared. */
export type FailsAt = 'begin' | 'commit';

export type DeathAtWrite = 'before' | 'torn' | 'after';

/**
 * One thing that goes wrong. Times are the world's, from its begin. With `workMs` it waits after `atMs` for the pen to
 * draw, and then for so long; a pen that does not draw until the calm is spared.
 */
export type PlannedFault = { readonly atMs: number; readonly workMs?: number } & (
  | {
      readonly kind: 'noise';
      readonly forMs: number;
      readonly seed: number;
      readonly rates: NoiseRates;
      readonly way: Way;
    }
  | {
      readonly kind: 'late-bytes';
      readonly forMs: number;
      readonly delayMaxMs: number;
      readonly share: number;
      readonly seed: number;
      readonly way: Way;
    }
  | { readonly kind: 'join-bytes'; readonly forMs: number; readonly holdMs: number; readonly way: Way }
  /** The next ones, or the next that hold a text. */
  | { readonly kind: 'corrupt-lines'; readonly lines: number; readonly holding?: string }
  | { readonly kind: 'collide-lines'; readonly lines: number }
  | { readonly kind: 'lose-oks'; readonly oks: number }
  | { readonly kind: 'glue-oks'; readonly forMs: number }
  | { readonly kind: 'busy'; readonly forMs: number }
  | { readonly kind: 'unplug'; readonly forMs: number; readonly renamed: boolean }
  | { readonly kind: 'dead-link'; readonly forMs: number }
  | { readonly kind: 'reset'; readonly banner: boolean }
  | { readonly kind: 'hang'; readonly forMs: number }
  | { readonly kind: 'halt' }
  | {
      readonly kind: 'release-motors';
      readonly push: readonly [number, number, number];
      /** How it becomes known: somebody switches the plotter off and on, or the plotter tells what its menu does. */
      readonly by: 'power' | 'menu';
    }
  | {
      /** The menu is used while the service stands still in a write, which takes so long; so many writes at rest come before. */
      readonly kind: 'release-in-write';
      readonly push: readonly [number, number, number];
      readonly writes: number;
      readonly syncMs: number;
    }
  | {
      /** At the plotter's display the pen is taken elsewhere, and gets its old place's name there, while nobody hears it. */
      readonly kind: 'rename-place';
      readonly byMm: readonly [number, number];
    }
  | { readonly kind: 'board-power'; readonly forMs: number; readonly push: readonly [number, number, number] | null }
  | { readonly kind: 'die' }
  | { readonly kind: 'die-at-await'; readonly tasks: number; readonly awaits: number }
  | { readonly kind: 'die-at-write'; readonly writes: number; readonly how: DeathAtWrite; readonly seed: number }
  | { readonly kind: 'die-at-line'; readonly lines: number }
  | { readonly kind: 'pi-power'; readonly forMs: number }
  | { readonly kind: 'all-power'; readonly forMs: number; readonly push: readonly [number, number, number] | null }
  | { readonly kind: 'restart'; readonly version: number }
  | { readonly kind: 'restore-backup' }
  | { readonly kind: 'wall-jump'; readonly byMs: number }
  | { readonly kind: 'slow-disk'; readonly forMs: number; readonly syncMs: number }
  | {
      readonly kind: 'failing-disk';
      readonly forMs: number;
      readonly code: string;
      readonly at?: FailsAt;
      readonly spares?: number;
    }
  | { readonly kind: 'live-drop' }
  | { readonly kind: 'live-silent'; readonly forMs: number }
  | { readonly kind: 'live-shuffle'; readonly forMs: number; readonly seed: number }
  | { readonly kind: 'live-repeat'; readonly forMs: number; readonly seed: number }
  | { readonly kind: 'live-lose'; readonly forMs: number; readonly seed: number }
  | { readonly kind: 'live-flood'; readonly gifts: number; readonly forMs: number }
  | { readonly kind: 'live-over'; readonly forMs: number }
  | { readonly kind: 'live-limit'; readonly forMs: number }
  | { readonly kind: 'press'; readonly downMs: number; readonly times: number }
  | { readonly kind: 'press-at-change'; readonly afterMs: number; readonly downMs: number }
  | { readonly kind: 'away'; readonly forMs: number }
  | { readonly kind: 'blunder'; readonly offMm: readonly [number, number] }
  | { readonly kind: 'command'; readonly what: PersonCommand }
);

/** What no dice throw. */
export const onlyInScenes = ['rename-place'] as const;

/** What dice throw. */
export type FaultKind = Exclude<PlannedFault['kind'], (typeof onlyInScenes)[number]>;

export type PersonCommand =
  | 'stop'
  | 'pause'
  | 'resume'
  | 'paper-changed'
  | 'jog'
  | 'jog-out'
  | 'lift'
  | 'park'
  | 'pen-was-dry'
  | 'redraw'
  | 'void'
  | 'credit'
  | 'test-gift'
  | 'reload-gifts'
  | 'backup';
