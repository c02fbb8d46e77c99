import type { DrawingPaths } from './drawing-paths.ts';

/** A point on the bed in mm; X0 Y0 is the origin, X to the right, Y away from the person. */
export interface Point {
  readonly xMm: number;
  readonly yMm: number;
}

/** How the pen moves up and down; heights in mm above the paper's contact height (down is 0 or a little below). */
export interface PenGeometry {
  readonly downMm: number;
  /** Between neighbouring strokes of a row. */
  readonly hopMm: number;
  /** Over other rows' ink, and to park. */
  readonly upMm: number;
  readonly downFeedMmPerMin: number;
  readonly upFeedMmPerMin: number;
  readonly travelFeedMmPerMin: number;
  readonly inkFeedMmPerMin: number;
  /** Lift and travel may be joined on the way from a stroke to its neighbour. */
  readonly slant?: boolean;
}

/** What a pen leaves on the paper. */
interface PenInk {
  /** What is printed on the pen; left out where nobody says it. */
  readonly name?: string;
  /** As CSS writes it: #rrggbb; left out where nobody says it. */
  readonly colour?: string;
}

/** What a stroke looks like; see drawing/shapes. Without one it is a line. */
export type StrokeStyle = 'line' | 'tally' | 'wave' | 'dot' | 'hatch';

/** The pieces of a picture, in the order in which gifts draw them. */
export interface PicturePieces {
  /** SHA-256 of the packed pieces as hex digits, by which the ledger keeps them; '' for a picture that is not read yet. */
  readonly digest: string;
  readonly count: number;
  /** In micrometres from the lower left corner of the picture's box. As a function, so that no JSON of a layout has them. */
  readonly pieces: () => DrawingPaths;
}

/** What makes a row one whose strokes are the pieces of a picture; of it a stored layout has the width and the digest. */
export interface RowPicture extends Omit<PicturePieces, 'count'> {
  readonly widthMm: number;
}

/**
 * One row of a sheet. The k-th stroke (k from 1) stands at X = xMm + (k - 1) * spacingMm and reaches from Y = yMm up; in a
 * row with a picture it is the k-th piece of that, in a box whose lower left corner is at X = xMm and Y = yMm.
 */
export interface RowLayout {
  readonly id: string;
  readonly name: string;
  readonly xMm: number;
  readonly yMm: number;
  readonly spacingMm: number;
  /** Length of a stroke in +Y; of a picture, how high its box is. */
  readonly strokeMm: number;
  /** How many strokes fit. */
  readonly capacity: number;
  readonly style?: StrokeStyle;
  /** How far a stroke's ends may wander, always the same way for the same stroke. */
  readonly jitterMm?: number;
  readonly picture?: RowPicture;
}

/** A rectangle of the sheet that one drawing can be placed on; `xMm`, `yMm` is its lower left corner. */
export interface PlateLayout {
  readonly id: string;
  readonly name: string;
  readonly xMm: number;
  readonly yMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
  /** A drawing may be turned by a quarter where it is larger so. */
  readonly turn?: true;
}

/**
 * Everything that decides where ink lies, frozen when a sheet opens and stored with it.
 * All coordinates are the plotter's; `paper.corner` is the paper's lower left corner in them.
 */
export interface SheetLayout {
  readonly version: 1;
  readonly paper: { readonly corner: Point; readonly widthMm: number; readonly heightMm: number };
  readonly rows: readonly RowLayout[];
  readonly pen: PenGeometry;
  /** Which pen the sheet is drawn with, where the config says it. */
  readonly ink?: PenInk;
  /** Where the pen rests, up. */
  readonly park: Point;
  /** Labels and heading, line by line. */
  readonly lettering?: readonly (readonly Point[])[];
  /** Left out where there is none. */
  readonly plates?: readonly PlateLayout[];
  /** What was placed on plates since the sheet opened; it is not stored with the layout. */
  readonly drawings?: readonly DrawingTrack[];
}

/** A corner as somebody sees it who stands before the plotter. */
export const sheetCorners = ['front left', 'front right', 'back left', 'back right'] as const;
export type SheetCorner = (typeof sheetCorners)[number];

/** At which corner of the paper the mark is on which the tip is put: the one that is nearest to the origin. */
export function cornerOfMark({ corner, widthMm, heightMm }: SheetLayout['paper']): SheetCorner {
  const side = corner.xMm + widthMm / 2 >= 0 ? 'left' : 'right';
  return corner.yMm + heightMm / 2 >= 0 ? `front ${side}` : `back ${side}`;
}

/**
 * All ink of a sheet is of one kind: paths along which the pen is down, in an order. Rows of strokes are tracks, filled
 * by a formula, and so is the lettering. What pays for a path is another matter.
 */
export interface Track {
  readonly id: string;
  readonly count: number;
  /** The points that the pen goes through; the same whatever was drawn before. Throws when there is no path `n`. */
  pathOf(n: number): readonly Point[];
}

/** A drawing on a plate; it never changes. */
export interface DrawingTrack extends Track {
  readonly plate: string;
}

const drawingPrefix = '@drawing-';

/** The track of a drawing, by the number of its placement. No row of a config can have this id. */
export function drawingTrackId(placement: number): string {
  return `${drawingPrefix}${placement}`;
}

/** Whether a track is a drawing: its paths are progress, and it is paid for as a whole. */
export function isDrawing(track: string): boolean {
  return track.startsWith(drawingPrefix);
}

/** No row of a config can have this id. */
const letteringId = '@lettering';

/** What a sheet says of itself in writing, line by line. */
export function letteringOf({ lettering = [] }: SheetLayout): Track {
  return {
    id: letteringId,
    count: lettering.length,
    pathOf(n) {
      const line = lettering[n - 1];
      if (line === undefined) throw new Error(`the sheet's lettering has no line ${n}`);
      return line;
    },
  };
}

/** Whether somebody pays for the ink of a track: the lettering belongs to the sheet. */
export function isPaidFor(track: string): boolean {
  return track !== letteringId;
}

/** A stroke's name, and so its place: drawn twice, it lies on itself. `row` is the id of its track; `n` counts from 1. */
export interface StrokeRef {
  readonly sheet: number;
  readonly row: string;
  readonly n: number;
}
