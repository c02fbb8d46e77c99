import type { Random } from '../domain/clock.ts';
import type { Point, RowLayout, RowPicture, StrokeStyle } from '../domain/sheet.ts';

/*
 * What a stroke looks like, for each style. A shape that has been drawn never changes: sheets that are open, and strokes
 * that are drawn again, count on it. A new look is a new style.
 */

/** How far ink goes beyond the X of the first and the last stroke of a row. */
interface Reach {
  readonly leftMm: number;
  readonly rightMm: number;
}

interface Style {
  /** The points of the stroke that stands at `x`, without jitter. */
  shape(x: number, row: RowLayout, n: number): readonly Point[];
  reach(row: ShapeMeasures): Reach;
}

/** What a shape depends on, besides its place. */
type ShapeMeasures = Pick<RowLayout, 'spacingMm' | 'strokeMm'> & { readonly jitterMm?: number | undefined };

/** How many strokes make a tally: four stand, the fifth crosses them. */
const tallySize = 5;
/** A tally's crossing stroke begins and ends this part of the length from the ends of those it crosses. */
const tallyInset = 0.12;
/** A wave repeats over this part of the stroke's length, and moves on by a full wave in so many strokes. */
const waveLength = 0.625;
const strokesPerWave = 36;
const waveSegmentMm = 0.5;
const dotMm = 0.22;
const dotCorners = 6;
/** The golden ratio's fraction spreads dots most evenly. */
const golden = (Math.sqrt(5) - 1) / 2;
/** A hatch leans by this part of its length. */
const hatchLean = 0.5;

const styles: Readonly<Record<StrokeStyle, Style>> = {
  line: {
    shape: (x, { yMm, strokeMm }) => standing(x, yMm, strokeMm),
    reach: () => ({ leftMm: 0, rightMm: 0 }),
  },
  tally: {
    shape(x, { yMm, strokeMm, spacingMm }, n) {
      if (n % tallySize !== 0) return standing(x, yMm, strokeMm);
      return [
        { xMm: x - (tallySize - 0.5) * spacingMm, yMm: yMm + tallyInset * strokeMm },
        { xMm: x - 0.5 * spacingMm, yMm: yMm + (1 - tallyInset) * strokeMm },
      ];
    },
    reach: ({ spacingMm }) => ({ leftMm: spacingMm / 2, rightMm: 0 }),
  },
  wave: {
    shape(x, row, n) {
      const segments = Math.max(8, Math.min(64, Math.round(row.strokeMm / waveSegmentMm)));
      return Array.from({ length: segments + 1 }, (_, index) => {
        const part = index / segments;
        const turns = part / waveLength - n / strokesPerWave;
        return {
          xMm: x + waveAmplitudeMm(row) * Math.sin(2 * Math.PI * turns),
          yMm: row.yMm + part * row.strokeMm,
        };
      });
    },
    reach: (row) => ({ leftMm: waveAmplitudeMm(row), rightMm: waveAmplitudeMm(row) }),
  },
  dot: {
    shape(x, row, n) {
      const radiusMm = dotRadiusMm(row);
      const middle = row.yMm + radiusMm + ((n * golden) % 1) * (row.strokeMm - 2 * radiusMm);
      return Array.from({ length: dotCorners + 1 }, (_, corner) => {
        const angle = (2 * Math.PI * corner) / dotCorners;
        return { xMm: x + radiusMm * Math.cos(angle), yMm: middle + radiusMm * Math.sin(angle) };
      });
    },
    reach: (row) => ({ leftMm: dotRadiusMm(row), rightMm: dotRadiusMm(row) }),
  },
  hatch: {
    shape: (x, { yMm, strokeMm }) => [
      { xMm: x, yMm },
      { xMm: x + hatchLean * strokeMm, yMm: yMm + strokeMm },
    ],
    reach: ({ strokeMm }) => ({ leftMm: 0, rightMm: hatchLean * strokeMm }),
  },
};

function standing(xMm: number, yMm: number, strokeMm: number): readonly Point[] {
  return [
    { xMm, yMm },
    { xMm, yMm: yMm + strokeMm },
  ];
}

/** A wave and its jitter stay within their cell together. */
function waveAmplitudeMm({ spacingMm, jitterMm = 0 }: ShapeMeasures): number {
  return Math.min(0.35 * spacingMm, spacingMm / 2 - jitterMm);
}

function dotRadiusMm({ spacingMm, strokeMm }: ShapeMeasures): number {
  return Math.min(dotMm, spacingMm / 4, strokeMm / 2);
}

/** How much jitter a style bears without leaving its cell, as a part of the spacing. */
export const jitterMax = 0.25;

/** How far the ink of a row goes beyond its first and last X. */
export function reachOf(style: StrokeStyle | undefined, measures: ShapeMeasures): Reach {
  const { leftMm, rightMm } = styles[style ?? 'line'].reach(measures);
  const jitterMm = measures.jitterMm ?? 0;
  return { leftMm: leftMm + jitterMm, rightMm: rightMm + jitterMm };
}

/** How far apart pieces of a picture may be for the pen to hop from one to the other: nothing but its own ink lies there. */
export const pictureReachMm = 30;

/** How much further to the right the head of a row's strokes lies than their foot. */
export function leanMm({ style, strokeMm }: RowLayout): number {
  return style === 'hatch' ? hatchLean * strokeMm : 0;
}

/** The points of the `n`-th stroke of a row, in the order in which a pen that comes from below draws them. */
export function shapeOf(row: RowLayout, n: number): readonly Point[] {
  if (row.picture !== undefined) return pieceOf(row.picture, row, n);
  const x = row.xMm + (n - 1) * row.spacingMm;
  const shape = styles[row.style ?? 'line'].shape(x, row, n);
  return row.jitterMm === undefined || row.jitterMm === 0 ? shape : wander(shape, row, row.jitterMm, n);
}

/** A piece of a picture on the bed; whole micrometres stay what they are. */
function pieceOf({ pieces }: RowPicture, { id, xMm, yMm }: RowLayout, n: number): readonly Point[] {
  const piece = pieces().paths[n - 1];
  if (piece === undefined) throw new Error(`the picture of row "${id}" has no piece ${n}`);
  const [left, foot] = [Math.round(xMm * 1000), Math.round(yMm * 1000)];
  return Array.from({ length: piece.length / 2 }, (_, index) => ({
    xMm: (left + (piece[2 * index] ?? 0)) / 1000,
    yMm: (foot + (piece[2 * index + 1] ?? 0)) / 1000,
  }));
}

/** How far along its row the pen may hop: to a neighbour, and to and from the crossing stroke of a tally. */
export function hopReachMm({ style, spacingMm, picture }: RowLayout): number {
  if (picture !== undefined) return pictureReachMm;
  return (style === 'tally' ? tallySize + 1 : 2) * spacingMm;
}

/** Moves both ends a little: sideways either way, lengthwise inwards. The same stroke always wanders the same way. */
function wander(shape: readonly Point[], row: RowLayout, jitterMm: number, n: number): readonly Point[] {
  const random = seededNumbers(`${row.id}/${n}`);
  const side = () => (2 * random() - 1) * jitterMm;
  const [foot, head] = [side(), side()];
  const inwardsMm = Math.min(jitterMm, row.strokeMm / 4);
  const [below, above] = [random() * inwardsMm, random() * inwardsMm];
  const shrink = (row.strokeMm - below - above) / row.strokeMm;
  return shape.map(({ xMm, yMm }) => {
    const part = (yMm - row.yMm) / row.strokeMm;
    return { xMm: xMm + foot + (head - foot) * part, yMm: row.yMm + below + (yMm - row.yMm) * shrink };
  });
}

/** Without the noise of the last bits: a thousandth of a millimetre is less than a step of any plotter that we know. */
export function micrometres(mm: number): number {
  return Math.round(mm * 1000) / 1000;
}

/** Numbers that follow from a text alone (FNV-1a, then mulberry32): the same text gives the same numbers for ever. */
export function seededNumbers(text: string): Random {
  let state = 0x811c9dc5;
  for (const sign of text) state = Math.imul(state ^ (sign.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
