import type { DrawingPaths } from '../domain/drawing-paths.ts';
import type { GeneratorName } from '../domain/drawing-reader.ts';
import { type GeneratorOptions, wrongOfGenerator } from './generator-options.ts';
import { type Polyline, simplifyLine, sortLines } from './line-work.ts';
import { seededNumbers } from './shapes.ts';

/** Generated lines are as near to their form as those of a file. */
const toleranceMm = 0.048;

/** The pictures that can be generated, by name. */
export const generators: Readonly<Record<GeneratorName, (options: GeneratorOptions) => DrawingPaths>> = {
  spiral: drawSpiral,
  flow: drawFlow,
};

/** Throws a RangeError for options of which no picture can be made. */
function checkGenerator(options: GeneratorOptions): void {
  const wrong = wrongOfGenerator(options);
  if (wrong !== null) throw new RangeError(wrong);
}

/** How many waves lie around a spiral, and how deep they are, in parts of the radius. */
const spiralWaves = 5;
const spiralDepth = 0.11;
/** So many straight parts a turn has, before those that it does not need are left out. */
const partsPerTurn = 360;

/** Turns are nowhere nearer to each other than this part of the spacing; waves that bring them nearer are made flatter. */
const turnNearest = 0.5;
const flatter = 0.85;

/** One line from the middle outwards, in turns that are waves; each lies in the one around it. */
function drawSpiral(options: GeneratorOptions): DrawingPaths {
  checkGenerator(options);
  const { widthMm, heightMm, spacingMm, seed } = options;
  const random = seededNumbers(`spiral/${seed}`);
  const waves = Array.from({ length: 3 }, (_, n) => ({
    count: spiralWaves - 2 + Math.floor(random() * 4) + n,
    phase: random() * 2 * Math.PI,
    twist: (random() - 0.5) * 1.6,
    depth: (spiralDepth * (1 + random())) / (2 * (n + 1)),
  }));
  const radiusMm = Math.min(widthMm, heightMm) / 2;
  const parts = Math.floor(radiusMm / spacingMm) * partsPerTurn;
  let radii = new Float64Array(0);
  for (let flat = 1; ; flat *= flatter) {
    radii = Float64Array.from({ length: parts + 1 }, (_, part) => {
      const [angle, share] = [(2 * Math.PI * part) / partsPerTurn, part / parts];
      const turned = ({ count, phase, twist }: (typeof waves)[number]) =>
        Math.sin(count * angle + phase + twist * 2 * Math.PI * share);
      return share * (1 + flat * waves.reduce((sum, wave) => sum + wave.depth * turned(wave), 0));
    });
    const widest = radii.reduce((most, r) => Math.max(most, r), 0);
    radii = radii.map((r) => (r * radiusMm) / widest);
    if (leastGap(radii) >= turnNearest * spacingMm) break;
  }
  const line: number[] = [];
  for (const [part, r] of radii.entries()) {
    const angle = (2 * Math.PI * part) / partsPerTurn;
    line.push(widthMm / 2 + r * Math.cos(angle), heightMm / 2 + r * Math.sin(angle));
  }
  return boxed([line], options);
}

/** How near the turns of a spiral come to each other, but for the innermost two. */
function leastGap(radii: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let part = 2 * partsPerTurn; part + partsPerTurn < radii.length; part += 1) {
    const r = radii[part] ?? 0;
    const slope = (((radii[part + 1] ?? 0) - r) * partsPerTurn) / (2 * Math.PI * r);
    least = Math.min(least, ((radii[part + partsPerTurn] ?? 0) - r) / Math.hypot(1, slope));
  }
  return least;
}

/** A step along a line of the flow, in parts of the spacing; and how near another line may come. */
const flowStep = 0.2;
const flowNearest = 0.6;
/** Shorter lines are left out, in parts of the spacing. */
const flowShortest = 4;
const flowStepsMax = 4_000;

/** Lines that flow side by side through a field of slow turns, begun beside each other until the box is full. */
function drawFlow(options: GeneratorOptions): DrawingPaths {
  checkGenerator(options);
  const { widthMm, heightMm, spacingMm, seed } = options;
  const random = seededNumbers(`flow/${seed}`);
  const directionAt = fieldOf(random, Math.max(widthMm, heightMm));
  const lines = new PlacedLines(widthMm, heightMm, spacingMm);
  const drawn: Polyline[] = [];
  const beginnings: (readonly [number, number])[] = [[widthMm / 2, heightMm / 2]];
  for (let n = 0; n < 400; n += 1) beginnings.push([random() * widthMm, random() * heightMm]);
  for (let next = 0; next < beginnings.length; next += 1) {
    const [x, y] = beginnings[next] ?? [0, 0];
    if (!lines.isFree(x, y, spacingMm)) continue;
    const forth = lines.follow(x, y, directionAt, 1);
    const back = lines.follow(x, y, directionAt, -1);
    const line: number[] = [];
    for (let at = back.length - 2; at >= 2; at -= 2) line.push(back[at] ?? 0, back[at + 1] ?? 0);
    line.push(...forth);
    if (line.length / 2 < flowShortest / flowStep) continue;
    lines.add(line);
    drawn.push(line);
    for (let at = 2; at < line.length; at += 8) {
      const angle = directionAt(line[at] ?? 0, line[at + 1] ?? 0);
      for (const side of [1, -1]) {
        const away = 1.01 * spacingMm * side;
        beginnings.push([(line[at] ?? 0) - Math.sin(angle) * away, (line[at + 1] ?? 0) + Math.cos(angle) * away]);
      }
    }
  }
  return boxed(sortLines(drawn, [0, 0]).lines, options);
}

/** A field of directions, radians: some slow waves across each other. */
function fieldOf(random: () => number, sizeMm: number): (x: number, y: number) => number {
  const base = random() * 2 * Math.PI;
  const waves = Array.from({ length: 4 }, (_, n) => {
    const angle = random() * 2 * Math.PI;
    const frequency = ((0.7 + random() * 0.8 + n * 0.5) * Math.PI) / sizeMm;
    return {
      x: frequency * Math.cos(angle),
      y: frequency * Math.sin(angle),
      phase: random() * 6.3,
      depth: 1.5 / (n + 1),
    };
  });
  return (x, y) => waves.reduce((sum, wave) => sum + wave.depth * Math.sin(wave.x * x + wave.y * y + wave.phase), base);
}

/** Lines that are drawn already, by the squares in which their points are. */
class PlacedLines {
  readonly #widthMm: number;
  readonly #heightMm: number;
  readonly #spacingMm: number;
  readonly #columns: number;
  readonly #squares = new Map<number, number[]>();

  constructor(widthMm: number, heightMm: number, spacingMm: number) {
    this.#widthMm = widthMm;
    this.#heightMm = heightMm;
    this.#spacingMm = spacingMm;
    this.#columns = Math.ceil(widthMm / spacingMm) + 3;
  }

  /** Whether a place lies in the box and no drawn line is nearer to it. */
  isFree(x: number, y: number, nearestMm: number): boolean {
    if (x < 0 || y < 0 || x > this.#widthMm || y > this.#heightMm) return false;
    const square = this.#squareOf(x, y);
    for (const row of [-this.#columns, 0, this.#columns]) {
      for (const column of [-1, 0, 1]) {
        const points = this.#squares.get(square + row + column) ?? [];
        for (let at = 0; at < points.length; at += 2) {
          if (Math.hypot(x - (points[at] ?? 0), y - (points[at + 1] ?? 0)) < nearestMm) return false;
        }
      }
    }
    return true;
  }

  /** The way of the flow from a place, forth or back, until the box ends, another line is near, or it meets itself. */
  follow(fromX: number, fromY: number, directionAt: (x: number, y: number) => number, side: 1 | -1): number[] {
    const step = flowStep * this.#spacingMm * side;
    const own = new PlacedLines(this.#widthMm, this.#heightMm, this.#spacingMm);
    const line = [fromX, fromY];
    const nearestMm = flowNearest * this.#spacingMm;
    // What is so near along the line is the line itself.
    const behind = 2 * Math.ceil((2 * flowNearest) / flowStep);
    let [x, y] = [fromX, fromY];
    for (let n = 0; n < flowStepsMax; n += 1) {
      const half = directionAt(x, y);
      const angle = directionAt(x + (step / 2) * Math.cos(half), y + (step / 2) * Math.sin(half));
      [x, y] = [x + step * Math.cos(angle), y + step * Math.sin(angle)];
      if (!this.isFree(x, y, nearestMm) || !own.isFree(x, y, nearestMm)) return line;
      line.push(x, y);
      if (line.length > behind) own.add(line.slice(line.length - behind - 2, line.length - behind));
    }
    return line;
  }

  add(line: Polyline): void {
    for (let at = 0; at < line.length; at += 2) {
      const square = this.#squareOf(line[at] ?? 0, line[at + 1] ?? 0);
      const points = this.#squares.get(square) ?? [];
      points.push(line[at] ?? 0, line[at + 1] ?? 0);
      this.#squares.set(square, points);
    }
  }

  #squareOf(x: number, y: number): number {
    return (Math.floor(y / this.#spacingMm) + 1) * this.#columns + Math.floor(x / this.#spacingMm) + 1;
  }
}

/** Lines in millimetres as the paths of a drawing. */
function boxed(lines: readonly Polyline[], { widthMm, heightMm }: GeneratorOptions): DrawingPaths {
  const [widthUm, heightUm] = [Math.floor(widthMm * 1000), Math.floor(heightMm * 1000)];
  const paths = lines.map((line) => {
    const path: number[] = [];
    const thin = simplifyLine(line, toleranceMm);
    for (let at = 0; at < thin.length; at += 2) {
      const x = Math.min(widthUm, Math.max(0, Math.round((thin[at] ?? 0) * 1000)));
      const y = Math.min(heightUm, Math.max(0, Math.round((thin[at + 1] ?? 0) * 1000)));
      if (x !== path.at(-2) || y !== path.at(-1)) path.push(x, y);
    }
    return path;
  });
  return { widthUm, heightUm, paths: paths.filter((path) => path.length >= 4) };
}
