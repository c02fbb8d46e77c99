import type { GeneratorName, PieceOrder } from '../domain/drawing-reader.ts';
import type { StrokeStyle } from '../domain/sheet.ts';

/** Where the plotter can go, mm from the origin. */
interface BedSettings {
  readonly xMinMm: number;
  readonly xMaxMm: number;
  readonly yMinMm: number;
  readonly yMaxMm: number;
}

/** The sheet of paper; the offset is its lower left corner, seen from the origin. Ink keeps the margin on all sides. */
interface PaperSettings {
  readonly widthMm: number;
  readonly heightMm: number;
  readonly marginMm: number;
  readonly offsetXMm: number;
  readonly offsetYMm: number;
}

/** How a stroke is drawn: it reaches `lengthMm` in +Y; the next one stands `spacingMm` further in +X. */
export interface StrokeSettings {
  readonly lengthMm: number;
  readonly spacingMm: number;
  readonly feedMmPerMin: number;
  /** Left out, a stroke is a line. */
  readonly style?: StrokeStyle | undefined;
  /** How far the ends of strokes may wander, up to a quarter of the spacing; left out, they do not. */
  readonly jitterMm?: number | undefined;
}

/** Heights of the pen over the paper in mm and its feeds in mm/min. */
interface PenSettings {
  readonly downMm: number;
  readonly hopMm: number;
  readonly upMm: number;
  readonly downFeedMmPerMin: number;
  readonly upFeedMmPerMin: number;
  readonly travelFeedMmPerMin: number;
  /** Allows lift and travel to be joined on the way to a neighbour, with a hop of this height instead of `hopMm`. */
  readonly slantHopMm?: number | null | undefined;
  /** What is printed on it. */
  readonly name?: string | null | undefined;
  /** The colour of its ink, #rrggbb. */
  readonly colour?: string | null | undefined;
}

/**
 * A row that gifts fill. `yMm` is the foot of its strokes, `xMm` and `xMaxMm` its first and last possible X, all seen
 * from the paper's lower left corner; left out, the row goes from margin to margin. `maxStrokes` ends it earlier.
 * With a picture from a file, or one that is generated, its strokes are the pieces of that.
 */
export interface RowSettings extends PictureSettings {
  readonly id: string;
  readonly name: string;
  readonly yMm: number;
  readonly xMm?: number | undefined;
  readonly xMaxMm?: number | undefined;
  readonly maxStrokes?: number | undefined;
  /** Instead of `stroke.lengthMm`. */
  readonly strokeMm?: number | undefined;
  /** Instead of `stroke.spacingMm`. */
  readonly spacingMm?: number | undefined;
  /** Instead of `stroke.style`. */
  readonly style?: StrokeStyle | undefined;
}

/** What a row says of its picture; `xMm`, `yMm` is the lower left corner of the box that it fills. */
interface PictureSettings {
  /** The file, an SVG. */
  readonly picture?: string | undefined;
  /** Instead of a file, the name of a generator; its lines are `spacingMm` apart. */
  readonly generator?: GeneratorName | undefined;
  readonly widthMm?: number | undefined;
  readonly heightMm?: number | undefined;
  /** In which order its pieces are drawn; left out, in that of the file. */
  readonly order?: PieceOrder | undefined;
  /** What a generator and the order "shuffle" follow from; left out, the row's id. */
  readonly seed?: string | undefined;
  /** How far hatches of filled areas lie from each other; left out, areas are outlined only. */
  readonly hatchMm?: number | undefined;
}

/** A rectangle that a drawing can be placed on; its lower left corner is seen from that of the paper. */
export interface PlateSettings {
  readonly id: string;
  readonly name: string;
  readonly xMm: number;
  readonly yMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
  /** Whether a drawing may be turned by a quarter where it is larger so; left out, it may not. */
  readonly turn?: boolean | undefined;
}

/**
 * Words that the pen writes when a sheet opens: a label over each row and a heading over all. Both may hold `{row}` (a
 * label only), `{date}`, `{sheet}` and `{user}`; an empty one is not written. Heights are those of a capital letter.
 */
export interface LetteringSettings {
  readonly label: string;
  readonly labelMm: number;
  readonly heading: string;
  readonly headingMm: number;
  /** Letters may stand nearer to the paper's edge than strokes. */
  readonly marginMm: number;
}

/** Everything in the config that decides where ink lies. */
export interface LayoutSettings {
  readonly bed: BedSettings;
  readonly paper: PaperSettings;
  readonly stroke: StrokeSettings;
  readonly pen: PenSettings;
  /** Where the pen rests, seen from the origin; null: at the origin. */
  readonly park: { readonly xMm: number; readonly yMm: number } | null;
  readonly rows: readonly RowSettings[];
  /** Left out, no drawing can be placed. */
  readonly plates?: readonly PlateSettings[] | undefined;
  /** Left out or null, nothing is written. */
  readonly lettering?: LetteringSettings | null | undefined;
}

/** One thing that is wrong with the settings: where it stands, what stands there, and what must hold instead. */
export interface LayoutProblem {
  readonly place: string;
  readonly value: string;
  readonly rule: string;
}

/** Gathers problems, so that a person hears of all of them at once. */
export interface ProblemList {
  readonly found: readonly LayoutProblem[];
  /** Notes a problem unless `holds`; returns whether it holds. */
  check(holds: boolean, place: string, value: unknown, rule: string): boolean;
}

export function problemList(): ProblemList {
  const found: LayoutProblem[] = [];
  return {
    found,
    check(holds, place, value, rule) {
      if (!holds) found.push({ place, value: typeof value === 'string' ? value : String(value), rule });
      return holds;
    },
  };
}
