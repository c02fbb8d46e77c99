import { DrawingRefusal, svgMax } from './document.ts';
import { applyTo, type Matrix } from './measures.ts';

/**
 * One line of a shape, straight parts and cubic Bézier curves in turn: its start, then two numbers for each straight part
 * and six for each curve.
 */
export interface Outline {
  readonly numbers: number[];
  /** What each part is, in turn. */
  readonly parts: ('line' | 'curve')[];
  isClosed: boolean;
}

/** A turn of more than this is drawn by several curves: each is within some millionths of the radius. */
const curveTurnMax = Math.PI / 4;

/** Makes the outlines of one shape; places are in the units of its element. */
export class OutlinePen {
  readonly outlines: Outline[] = [];
  #open: Outline | null = null;
  /** Where the pen is. */
  x = 0;
  y = 0;
  #startX = 0;
  #startY = 0;

  moveTo(x: number, y: number): void {
    this.#open = null;
    [this.x, this.y] = [x, y];
    [this.#startX, this.#startY] = [x, y];
  }

  lineTo(x: number, y: number): void {
    const { numbers, parts } = this.#opened();
    parts.push('line');
    numbers.push(x, y);
    [this.x, this.y] = [x, y];
  }

  curveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    const { numbers, parts } = this.#opened();
    parts.push('curve');
    numbers.push(x1, y1, x2, y2, x, y);
    [this.x, this.y] = [x, y];
  }

  quadraticTo(x1: number, y1: number, x: number, y: number): void {
    const third = (from: number, to: number) => from + (2 / 3) * (to - from);
    this.curveTo(third(this.x, x1), third(this.y, y1), third(x, x1), third(y, y1), x, y);
  }

  /** An elliptical arc as a path names it; a radius that is too short is made longer, as SVG asks. */
  arcTo(
    radiusX: number,
    radiusY: number,
    degrees: number,
    isLarge: boolean,
    isPositive: boolean,
    x: number,
    y: number,
  ) {
    let [rx, ry] = [Math.abs(radiusX), Math.abs(radiusY)];
    if (rx === 0 || ry === 0) return this.lineTo(x, y);
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const [halfX, halfY] = [(this.x - x) / 2, (this.y - y) / 2];
    if (halfX === 0 && halfY === 0) return;
    // In the ellipse's own axes, from the middle between both ends.
    const [px, py] = [cos * halfX + sin * halfY, cos * halfY - sin * halfX];
    const tooShort = (px / rx) ** 2 + (py / ry) ** 2;
    if (tooShort > 1) [rx, ry] = [rx * Math.sqrt(tooShort), ry * Math.sqrt(tooShort)];
    const spare = Math.max(0, ((rx * ry) ** 2 - (rx * py) ** 2 - (ry * px) ** 2) / ((rx * py) ** 2 + (ry * px) ** 2));
    const side = Math.sqrt(spare) * (isLarge === isPositive ? -1 : 1);
    const [ownX, ownY] = [(side * rx * py) / ry, (-side * ry * px) / rx];
    const middle: Matrix = [
      cos * rx,
      sin * rx,
      -sin * ry,
      cos * ry,
      cos * ownX - sin * ownY + (this.x + x) / 2,
      sin * ownX + cos * ownY + (this.y + y) / 2,
    ];
    const from = Math.atan2((py - ownY) / ry, (px - ownX) / rx);
    let turn = Math.atan2((-py - ownY) / ry, (-px - ownX) / rx) - from;
    if (isPositive && turn < 0) turn += 2 * Math.PI;
    if (!isPositive && turn > 0) turn -= 2 * Math.PI;
    this.#turn(middle, from, turn, [x, y]);
  }

  /** An ellipse from its rightmost point, clockwise as one looks at it. */
  ellipse(middleX: number, middleY: number, radiusX: number, radiusY: number): void {
    this.moveTo(middleX + radiusX, middleY);
    this.#turn([radiusX, 0, 0, radiusY, middleX, middleY], 0, 2 * Math.PI, [this.x, this.y]);
    this.close();
  }

  /** A part of the unit circle under a matrix, which ends exactly at `end`. */
  #turn(matrix: Matrix, from: number, turn: number, end: readonly [number, number]): void {
    const count = Math.max(1, Math.ceil(Math.abs(turn) / curveTurnMax - 1e-9));
    const step = turn / count;
    const reach = (4 / 3) * Math.tan(step / 4);
    for (let index = 0; index < count; index += 1) {
      const [a, b] = [from + index * step, from + (index + 1) * step];
      const [cosA, sinA, cosB, sinB] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
      const first = applyTo(matrix, cosA - reach * sinA, sinA + reach * cosA);
      const second = applyTo(matrix, cosB + reach * sinB, sinB - reach * cosB);
      const last = index === count - 1 ? end : applyTo(matrix, cosB, sinB);
      this.curveTo(...first, ...second, ...last);
    }
  }

  /** Ends the outline where it began. */
  close(): void {
    if (this.#open !== null) this.#open.isClosed = true;
    this.moveTo(this.#startX, this.#startY);
  }

  /** A subpath that goes nowhere: a dot, where the ends of lines are round or square. */
  dot(): void {
    if (this.#open === null) this.lineTo(this.x, this.y);
  }

  #opened(): Outline {
    if (this.#open === null) {
      this.#open = { numbers: [this.x, this.y], parts: [], isClosed: false };
      this.outlines.push(this.#open);
    }
    return this.#open;
  }
}

/** An outline under a matrix. */
export function transformed({ numbers, parts, isClosed }: Outline, matrix: Matrix): Outline {
  const moved: number[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const [x, y] = applyTo(matrix, numbers[at] ?? 0, numbers[at + 1] ?? 0);
    moved.push(x, y);
  }
  return { numbers: moved, parts, isClosed };
}

/** So many points a drawing may have while its curves are still finer than the pen needs. */
const finePointsMax = 8 * svgMax.points;

/** Makes curves to points, and counts them: what one drawing flattens in all is bounded. */
export class Flattener {
  readonly #tolerance: number;
  #points = 0;

  /** `tolerance`: how far a chord may be from its curve, in the units of the outlines. */
  constructor(tolerance: number) {
    this.#tolerance = tolerance;
  }

  /** The points of an outline as x, y, x, y, …, neighbours different; a closed one ends where it began. */
  flatten({ numbers, parts, isClosed }: Outline): number[] {
    let [x = 0, y = 0] = numbers;
    const points = [x, y];
    let at = 2;
    for (const part of parts) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers.slice(at, at + (part === 'line' ? 2 : 6));
      if (part === 'line') {
        add(points, a, b);
        [x, y] = [a, b];
        at += 2;
        this.#count(1);
        continue;
      }
      const bend = Math.max(Math.hypot(x - 2 * a + c, y - 2 * b + d), Math.hypot(a - 2 * c + e, b - 2 * d + f));
      const count = Math.max(1, Math.ceil(Math.sqrt((0.75 * bend) / this.#tolerance)));
      this.#count(count);
      for (let step = 1; step < count; step += 1) {
        const [t, s] = [step / count, 1 - step / count];
        const [p, q, r, u] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
        add(points, p * x + q * a + r * c + u * e, p * y + q * b + r * d + u * f);
      }
      add(points, e, f);
      [x, y] = [e, f];
      at += 6;
    }
    if (isClosed) add(points, points[0] ?? 0, points[1] ?? 0);
    return points;
  }

  #count(points: number): void {
    this.#points += points;
    if (!(this.#points <= finePointsMax)) tooManyPoints();
  }
}

function add(points: number[], x: number, y: number): void {
  if (x !== points.at(-2) || y !== points.at(-1)) points.push(x, y);
}

export function tooManyPoints(): never {
  const what = `The drawing has more than ${svgMax.points} points.`;
  throw new DrawingRefusal('drawing-too-many-points', what, 'Simplify its paths in the drawing program.');
}
