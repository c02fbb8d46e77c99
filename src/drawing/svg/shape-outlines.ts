import svgpath from 'svgpath';
import { type Outline, OutlinePen, tooManyPoints } from './curves.ts';
import { type SvgElement, svgMax } from './document.ts';
import { diagonalOf, lengthOf, numberMax, numbersOf, refuseNumber, type Viewport } from './measures.ts';

/** The elements that have a line of their own. */
export const shapeNames: ReadonlySet<string> = new Set([
  'circle',
  'ellipse',
  'line',
  'path',
  'polygon',
  'polyline',
  'rect',
]);

/** Counts the points of all shapes of a drawing, and ends when they are too many. */
export class PointCount {
  #points = 0;

  add(points: number): void {
    this.#points += points;
    if (this.#points > svgMax.points) tooManyPoints();
  }
}

/** The outlines of a shape in its own units; none where SVG draws none, such as a circle without a radius. */
export function outlinesOf(element: SvgElement, viewport: Viewport, points: PointCount): readonly Outline[] {
  const pen = new OutlinePen();
  const across = (attribute: string) => lengthOf(element, attribute, viewport.width);
  const upwards = (attribute: string) => lengthOf(element, attribute, viewport.height);
  if (element.name === 'path') {
    followPath(element, pen, points);
  } else if (element.name === 'polyline' || element.name === 'polygon') {
    followPoints(element, pen, points);
  } else if (element.name === 'line') {
    pen.moveTo(across('x1') ?? 0, upwards('y1') ?? 0);
    pen.lineTo(across('x2') ?? 0, upwards('y2') ?? 0);
    points.add(2);
  } else if (element.name === 'rect') {
    points.add(5);
    rectangle(element, pen, viewport);
  } else {
    points.add(5);
    const r = element.name === 'circle' ? lengthOf(element, 'r', diagonalOf(viewport)) : null;
    const [rx, ry] = [r ?? across('rx'), r ?? upwards('ry')];
    const [radiusX, radiusY] = [rx ?? ry ?? 0, ry ?? rx ?? 0];
    if (radiusX > 0 && radiusY > 0) pen.ellipse(across('cx') ?? 0, upwards('cy') ?? 0, radiusX, radiusY);
  }
  return pen.outlines;
}

function followPoints(element: SvgElement, pen: OutlinePen, points: PointCount): void {
  const text = element.attributes.points ?? '';
  // Two letters a number at least, two numbers a point: so much is known before any of it is taken apart.
  if (text.length > 1_000_000) points.add(countNumbers(text) / 2);
  const numbers = numbersOf(element, 'points', text);
  if (numbers.length % 2 !== 0) refuseNumber(element, 'points', `…${text.trim().slice(-30)}`);
  points.add(numbers.length / 2);
  if (numbers.length < 4) return;
  pen.moveTo(numbers[0] ?? 0, numbers[1] ?? 0);
  for (let at = 2; at < numbers.length; at += 2) pen.lineTo(numbers[at] ?? 0, numbers[at + 1] ?? 0);
  if (element.name === 'polygon') pen.close();
}

function countNumbers(text: string): number {
  return text.match(/[^\s,]+/g)?.length ?? 0;
}

function rectangle(element: SvgElement, pen: OutlinePen, viewport: Viewport): void {
  const across = (attribute: string) => lengthOf(element, attribute, viewport.width);
  const upwards = (attribute: string) => lengthOf(element, attribute, viewport.height);
  const [x, y] = [across('x') ?? 0, upwards('y') ?? 0];
  const [width, height] = [across('width') ?? 0, upwards('height') ?? 0];
  if (width <= 0 || height <= 0) return;
  const [givenX, givenY] = [across('rx'), upwards('ry')];
  const rx = Math.min(Math.max(0, givenX ?? givenY ?? 0), width / 2);
  const ry = Math.min(Math.max(0, givenY ?? givenX ?? 0), height / 2);
  const isRound = rx > 0 && ry > 0;
  const [right, foot] = [x + width, y + height];
  const [inX, inY] = isRound ? [rx, ry] : [0, 0];
  pen.moveTo(x + inX, y);
  for (const [lineX, lineY, cornerX, cornerY] of [
    [right - inX, y, right, y + inY],
    [right, foot - inY, right - inX, foot],
    [x + inX, foot, x, foot - inY],
    [x, y + inY, x + inX, y],
  ] as const) {
    pen.lineTo(lineX, lineY);
    if (isRound) pen.arcTo(rx, ry, 0, false, true, cornerX, cornerY);
  }
  pen.close();
}

/** How many numbers the parts of a path take, by their letter. */
const partNumbers: Readonly<Record<string, number>> = { M: 2, L: 2, H: 1, V: 1, C: 6, S: 4, Q: 4, T: 2, A: 7, Z: 0 };

/** How many parts a path has: counted before it is taken apart, since that takes memory for each. */
function countParts(text: string): number {
  let [parts, arity, inNumber, hasDot] = [0, 2, false, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    if (isDigit || code === 46) {
      if (!inNumber || (code === 46 && hasDot)) {
        parts += 1 / arity;
        hasDot = false;
      }
      inNumber = true;
      if (code === 46) hasDot = true;
      continue;
    }
    // An exponent is a part of its number.
    if (inNumber && (code === 101 || code === 69)) {
      at += 1;
      continue;
    }
    inNumber = false;
    const letter = partNumbers[text.charAt(at).toUpperCase()];
    if (letter === undefined) continue;
    arity = Math.max(1, letter);
    if (letter === 0) parts += 1;
  }
  return parts;
}

function followPath(element: SvgElement, pen: OutlinePen, points: PointCount): void {
  const text = element.attributes.d?.trim() ?? '';
  if (text === '' || text === 'none') return;
  points.add(countParts(text));
  const path = svgpath(text);
  if ('err' in path && typeof path.err === 'string' && path.err !== '') refusePath(element, path.err, text);
  let hasMoved = false;
  path
    .abs()
    .unshort()
    .iterate((segment) => {
      for (const number of segment.slice(1)) {
        if (!(Math.abs(Number(number)) <= numberMax)) refuseNumber(element, 'd', String(number));
      }
      hasMoved ||= segment[0] === 'M';
      if (!hasMoved || !Object.hasOwn(partNumbers, segment[0].toUpperCase())) refuseNumber(element, 'd', text);
      followPart(segment, pen);
    });
}

type PathPart = Parameters<Parameters<typeof svgpath.iterate>[0]>[0];

/** One part of a path, with its places from the origin. */
function followPart(part: PathPart, pen: OutlinePen): void {
  if (part[0] === 'M') pen.moveTo(part[1], part[2]);
  if (part[0] === 'L') pen.lineTo(part[1], part[2]);
  if (part[0] === 'H') pen.lineTo(part[1], pen.y);
  if (part[0] === 'V') pen.lineTo(pen.x, part[1]);
  if (part[0] === 'C') pen.curveTo(part[1], part[2], part[3], part[4], part[5], part[6]);
  if (part[0] === 'Q') pen.quadraticTo(part[1], part[2], part[3], part[4]);
  if (part[0] === 'A') pen.arcTo(part[1], part[2], part[3], part[4] !== 0, part[5] !== 0, part[6], part[7]);
  if (part[0] !== 'Z' && part[0] !== 'z') return;
  // A subpath that is a mere point is drawn as a dot.
  pen.dot();
  pen.close();
}

function refusePath(element: SvgElement, error: string, text: string): never {
  const place = Number(/at pos (\d+)/.exec(error)?.[1] ?? 0);
  refuseNumber(element, 'd', `…${text.slice(Math.max(0, place - 15), place + 15)}…`);
}
