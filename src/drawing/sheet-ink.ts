import type { Blemish } from '../domain/plotter.ts';
import type { Point, RowLayout, StrokeRef } from '../domain/sheet.ts';

/** What is known of one row's ink. Places 1 to `certain` were proven drawn; those in `spoiled` are owed again. */
export interface RowInk {
  readonly id: string;
  readonly certain: number;
  readonly spoiled?: readonly number[] | undefined;
  /** Owed strokes that will fit on this sheet, after `certain`. */
  readonly owedThatFit: number;
  /** Owed strokes for which this sheet has no room. */
  readonly owedBeyond: number;
}

/** What to show on a sheet. */
export interface SheetInk {
  readonly sheet: number;
  /** Stands at the head of the paper. */
  readonly title?: string | undefined;
  readonly rows: readonly RowInk[];
  /** How many lines of the layout's lettering were proven drawn. */
  readonly lettered?: number | undefined;
  readonly blemishes?: readonly Blemish[] | undefined;
  /** What to tell when a pointer rests on a stroke, for example who paid for it. */
  readonly titles?: ((row: string, n: number) => string | null) | undefined;
  /** The stroke that the pen is at. */
  readonly now?: StrokeRef | undefined;
}

/** A row of the layout with what is known of its ink, cut to what the row can hold. */
export interface ShownRow {
  readonly row: RowLayout;
  readonly ink: RowInk;
}

/** Turns points of the plotter into points of the picture: mm from the paper's upper left corner, Y down. */
export type ToPicture = (point: Point) => Point;
