import { type DrawingPaths, drawingMax } from './drawing-paths.ts';
import type { Fault } from './fault.ts';

/** In which order the pieces of a picture are drawn: as the file has them, from a side, from the middle, or by a seed. */
export const pieceOrders = ['file', 'left', 'centre', 'shuffle'] as const;
export type PieceOrder = (typeof pieceOrders)[number];

/** The pictures that can be generated, by name. */
export const generatorNames = ['spiral', 'flow'] as const;
export type GeneratorName = (typeof generatorNames)[number];

/** How a picture is cut into pieces. */
export interface PieceOptions {
  /** How long a piece shall be, more or less. */
  readonly strokeMm: number;
  readonly order: PieceOrder;
  /** What the order `shuffle` follows from, and nothing else. */
  readonly seed: string;
}

/** How long pieces may be asked for. */
export const pieceRange = { minMm: 1, maxMm: 1_000 } as const;

/** How a file is brought onto the paper. */
export interface DrawingOptions {
  /** The box that its ink must lie in. */
  readonly boxWidthMm: number;
  readonly boxHeightMm: number;
  /** As large as the box allows, or as many millimetres as the file says. */
  readonly mode: 'fit' | 'mm';
  /** It may be turned by 90 degrees where that makes it larger, or lets it fit. */
  readonly mayTurn: boolean;
  /** Lines stay in the order of the file. */
  readonly keepOrder: boolean;
  /** How far hatches of filled areas lie from each other; null: areas are outlined only. */
  readonly hatchMm: number | null;
  /** The drawing is cut into pieces, which are its paths then; left out, it is whole. */
  readonly pieces?: PieceOptions;
  /** There is no file: the picture is generated, as large as the box. */
  readonly generator?: { readonly name: GeneratorName; readonly spacingMm: number; readonly seed: string };
}

/** What hatches may be apart, and how long the sides of a box may be. */
export const drawingRange = {
  hatchMinMm: 0.1,
  hatchMaxMm: 20,
  boxMinMm: 1,
  boxMaxMm: drawingMax.sideUm / 1000,
} as const;

/** Throws a RangeError for options that no drawing can have: whoever asks a person checks them before. */
export function checkDrawingOptions({ boxWidthMm, boxHeightMm, hatchMm, pieces }: DrawingOptions): void {
  const { hatchMinMm, hatchMaxMm, boxMinMm, boxMaxMm } = drawingRange;
  for (const side of [boxWidthMm, boxHeightMm]) {
    if (!(side >= boxMinMm && side <= boxMaxMm)) throw new RangeError(`a box of ${side} mm is none for a drawing`);
  }
  const { strokeMm = pieceRange.minMm } = pieces ?? {};
  if (!(strokeMm >= pieceRange.minMm && strokeMm <= pieceRange.maxMm)) {
    throw new RangeError(`pieces of ${strokeMm} mm are none`);
  }
  if (hatchMm !== null && !(hatchMm >= hatchMinMm && hatchMm <= hatchMaxMm)) {
    throw new RangeError(`hatches ${hatchMm} mm apart are none`);
  }
}

/** What of a file is not drawn, or not as a browser shows it, and how often. */
export interface Skipped {
  readonly what: string;
  readonly count: number;
}

/** A drawing as it will lie in its box, the ink in its middle; lengths in mm, ways to its place not counted. */
export interface PlannedDrawing {
  readonly ok: true;
  readonly paths: DrawingPaths;
  readonly skipped: readonly Skipped[];
  readonly inkMm: number;
  readonly penUpMm: number;
  readonly lifts: number;
  /** How many millimetres one of the file's millimetres became. */
  readonly scale: number;
  readonly isTurned: boolean;
}

export type DrawingPlan = PlannedDrawing | { readonly ok: false; readonly fault: Fault };

/** Reads drawings in a process of their own: nothing that a file holds is taken apart beside the pen. */
export interface DrawingReader {
  /** One file at a time; a fault when too many wait. Throws a RangeError for options that no drawing can have. */
  read(file: Uint8Array, options: DrawingOptions): Promise<DrawingPlan>;
  /** Ends what is being read; those who wait hear that it was ended. */
  close(): void;
}
