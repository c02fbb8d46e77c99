import type { DrawingPaths } from '../domain/drawing-paths.ts';
import { type Leg, legTimesMs, type MotionLimits, mpcncLimits, type Triple } from '../domain/motion.ts';
import type { DrawingTrack, PlateLayout, Point, SheetLayout } from '../domain/sheet.ts';
import { distanceMm, endsOf } from './place.ts';

/** How a drawing is laid on a plate. */
export interface Fitting {
  /** As large as the plate allows; otherwise as it is. */
  readonly scales: boolean;
  readonly inkFeedMmPerMin: number;
  /** About how long the pen may be busy with one path: a longer one is cut, so that others get their turn in between. */
  readonly pieceMs: number;
}

type Path = readonly number[];

/**
 * The paths of a drawing on a plate, in whole micrometres from the plate's lower left corner: in its middle, turned by a
 * quarter where the plate allows it and the drawing is larger so, or fits only so; long paths are cut into pieces that
 * meet. Null when it does not fit, or nothing is left of it at that size.
 */
export function fitOnPlate(drawing: DrawingPaths, plate: PlateLayout, fitting: Fitting): DrawingPaths | null {
  const [widthUm, heightUm] = [Math.round(plate.widthMm * 1000), Math.round(plate.heightMm * 1000)];
  const scaleOf = (width: number, height: number): number => {
    const largest = Math.min(widthUm / width, heightUm / height);
    return fitting.scales ? largest : largest >= 1 ? 1 : 0;
  };
  const upright = scaleOf(drawing.widthUm, drawing.heightUm);
  const turned = plate.turn === true ? scaleOf(drawing.heightUm, drawing.widthUm) : 0;
  const isTurned = turned > upright;
  const scale = Math.max(upright, turned);
  if (scale === 0) return null;
  const [width, height] = isTurned ? [drawing.heightUm, drawing.widthUm] : [drawing.widthUm, drawing.heightUm];
  const [left, foot] = [(widthUm - width * scale) / 2, (heightUm - height * scale) / 2];
  const place = (x: number, y: number): readonly [number, number] => {
    const [atX, atY] = isTurned ? [drawing.heightUm - y, x] : [x, y];
    return [within(left + atX * scale, widthUm), within(foot + atY * scale, heightUm)];
  };
  const pieceUm = (fitting.inkFeedMmPerMin / 60) * fitting.pieceMs;
  const paths = drawing.paths.flatMap((path) => cut(laid(path, place), pieceUm));
  return paths.length === 0 ? null : { widthUm, heightUm, paths };
}

/** The same drawing in the smallest box that holds it. */
export function cropped({ widthUm, heightUm, paths }: DrawingPaths): DrawingPaths {
  let [left, right, foot, top] = [widthUm, 0, heightUm, 0];
  for (const path of paths) {
    for (let at = 0; at < path.length; at += 2) {
      const [x = 0, y = 0] = [path[at], path[at + 1]];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [foot, top] = [Math.min(foot, y), Math.max(top, y)];
    }
  }
  if (paths.length === 0) return { widthUm, heightUm, paths };
  const moved = paths.map((path) => path.map((value, at) => value - (at % 2 === 0 ? left : foot)));
  return { widthUm: Math.max(1, right - left), heightUm: Math.max(1, top - foot), paths: moved };
}

function within(um: number, sideUm: number): number {
  return Math.min(sideUm, Math.max(0, Math.round(um)));
}

/** A path at its place; points that fall together are one. */
function laid(path: Path, place: (x: number, y: number) => readonly [number, number]): Path {
  const points: number[] = [];
  for (let at = 0; at < path.length; at += 2) {
    const [x, y] = place(path[at] ?? 0, path[at + 1] ?? 0);
    if (at === 0 || x !== points.at(-2) || y !== points.at(-1)) points.push(x, y);
  }
  return points;
}

/** The pen slows down at corners: so many points in one piece at most. */
const piecePointsMax = 150;

/** A path as pieces of at most this length (µm), each beginning where the one before ends. */
function cut(path: Path, pieceUm: number): Path[] {
  const pieces: number[][] = [];
  let piece: number[] = path.slice(0, 2);
  let length = 0;
  const end = (): void => {
    if (piece.length >= 4) pieces.push(piece);
    piece = piece.slice(-2);
    length = 0;
  };
  for (let at = 2; at < path.length; at += 2) {
    const [fromX = 0, fromY = 0] = [path[at - 2], path[at - 1]];
    const [toX = 0, toY = 0] = [path[at], path[at + 1]];
    const wayUm = Math.hypot(toX - fromX, toY - fromY);
    const parts = Math.max(1, Math.ceil(wayUm / pieceUm));
    for (let part = 1; part <= parts; part += 1) {
      if (piece.length >= 4 && (length + wayUm / parts > pieceUm || piece.length >= 2 * piecePointsMax)) end();
      const [x, y] = [fromX + ((toX - fromX) * part) / parts, fromY + ((toY - fromY) * part) / parts].map(Math.round);
      piece.push(x ?? 0, y ?? 0);
      length += wayUm / parts;
    }
  }
  end();
  return pieces;
}

/** How long the pen is on the paper for a path, and down and up again, by the model of the plotter; ms. */
export function pathMs({ pen }: SheetLayout, path: readonly Point[], limits: MotionLimits = mpcncLimits): number {
  const at = (point: Point, zMm: number): Triple => [point.xMm, point.yMm, zMm];
  const { from, to } = endsOf(path);
  const legs: Leg[] = [
    { to: at(from, pen.downMm), feedMmPerMin: pen.downFeedMmPerMin },
    ...path.slice(1).map((point): Leg => ({ to: at(point, pen.downMm), feedMmPerMin: pen.inkFeedMmPerMin })),
    { to: at(to, pen.hopMm), feedMmPerMin: pen.upFeedMmPerMin },
  ];
  return legTimesMs(at(from, pen.hopMm), legs, limits).reduce((sum, ms) => sum + ms, 0);
}

/** So many runs of so many paths, spread over a drawing, show the pace of all. */
const runsForPace = 8;
const pathsInRun = 6;

/** How much is left of a drawing. */
interface DrawingLeft {
  readonly ms: number;
  readonly inkMm: number;
}

/**
 * What is left of a drawing of which `drawn` paths are certain. Its pace is that of paths from all over it with the ways
 * between them, each drawn from its nearer end, measured by the ink of all.
 */
export function drawingLeft(
  layout: SheetLayout,
  track: Pick<DrawingTrack, 'count' | 'pathOf'>,
  drawn: number,
  limits: MotionLimits = mpcncLimits,
): DrawingLeft {
  let [inkMm, sampledMs, sampledMm] = [0, 0, 0];
  const left = Math.max(0, track.count - drawn);
  const every = Math.max(1, Math.floor(left / (runsForPace * pathsInRun))) * pathsInRun;
  let at: Point | null = null;
  for (let index = 0; index < left; index += 1) {
    const path = track.pathOf(drawn + index + 1);
    const mm = lengthMm(path);
    inkMm += mm;
    const inRun: number = index % every;
    if (inRun >= pathsInRun) continue;
    const { from, to } = endsOf(path);
    const begin: Point = inRun === 0 || at === null ? from : at;
    const isBackwards = distanceMm(begin, to) < distanceMm(begin, from);
    sampledMs += wayMs(layout, begin, isBackwards ? to : from, limits) + pathMs(layout, path, limits);
    sampledMm += mm + liftMm;
    at = isBackwards ? from : to;
  }
  return { ms: sampledMm === 0 ? 0 : (sampledMs / sampledMm) * (inkMm + left * liftMm), inkMm };
}

function lengthMm(path: readonly Point[]): number {
  return path.reduce((sum, point, index) => sum + distanceMm(path[index - 1] ?? point, point), 0);
}

/** A lift and the way to the next path count as so much ink when a pace is taken over to paths of other lengths. */
const liftMm = 10;

function wayMs({ pen }: SheetLayout, from: Point, to: Point, limits: MotionLimits): number {
  const way: Leg = { to: [to.xMm, to.yMm, pen.hopMm], feedMmPerMin: pen.travelFeedMmPerMin };
  return legTimesMs([from.xMm, from.yMm, pen.hopMm], [way], limits).reduce((sum, ms) => sum + ms, 0);
}
