import type { StrokeRef } from './sheet.ts';

/** How high the pen is: on the paper, just above it, or clear of everything. */
export type PenHeight = 'down' | 'hop' | 'up';

/**
 * One thing that the plotter is asked to do. Lengths in mm from the origin, feeds in mm/min.
 * - `pen`: raise or lower in place.
 * - `travel`: to a point without ink; `pen` tells the height on arrival (joined with the travel when it differs). With
 *   `riseToMm` the pen first rises in place to this height over the contact height, and only then goes sideways.
 * - `ink`: to a point with the pen down.
 */
export type Move =
  | { readonly kind: 'pen'; readonly to: PenHeight }
  | {
      readonly kind: 'travel';
      readonly xMm: number;
      readonly yMm: number;
      readonly pen: 'hop' | 'up';
      readonly feedMmPerMin: number;
      readonly riseToMm?: number;
    }
  | { readonly kind: 'ink'; readonly xMm: number; readonly yMm: number; readonly feedMmPerMin: number };

/** A stroke together with the moves that draw it: they start with the pen up or hopping, and end so. */
export interface PlannedStroke {
  readonly stroke: StrokeRef;
  readonly moves: readonly Move[];
}

/** Where the pen will be when everything handed over so far is done. */
export interface PenPosition {
  readonly xMm: number;
  readonly yMm: number;
  readonly pen: PenHeight;
}
