import { plainText } from '../../domain/plain-text.ts';
import { DrawingRefusal, type SvgElement } from './document.ts';

/** As SVG writes it: x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const identity: Matrix = [1, 0, 0, 1, 0, 0];

/** The matrix that does `inner` first, and then `outer`. */
export function chain(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

export function applyTo([a, b, c, d, e, f]: Matrix, x: number, y: number): readonly [number, number] {
  return [a * x + c * y + e, b * x + d * y + f];
}

/** The size that percentages are of, in the units of the element. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
}

/** Pixels of CSS in an inch, and so the units of an SVG. */
const pixelsPerInch = 96;
/** Millimetres of one unit of the outermost SVG. */
export const mmPerPixel = 25.4 / pixelsPerInch;

const unitPixels: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: pixelsPerInch / 72,
  pc: pixelsPerInch / 6,
  in: pixelsPerInch,
  cm: pixelsPerInch / 2.54,
  mm: pixelsPerInch / 25.4,
  q: pixelsPerInch / 101.6,
  em: 16,
  rem: 16,
  ex: 8,
};

/** Further out there is no drawing, only a slip, and numbers lose their fractions. */
export const numberMax = 1e9;
const numberForm = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/giy;

/** A wrong number, or text where a number belongs: named with its place, since half a drawing helps nobody. */
export function refuseNumber({ name, line }: SvgElement, attribute: string, value: string): never {
  const shown = plainText(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  const what = `Line ${line}: "${attribute}" of <${plainText(name)}> is "${shown}", which cannot be read.`;
  throw new DrawingRefusal('drawing-number', what, 'Correct the file, or save it again with a drawing program.');
}

/** The numbers of a list, with commas or blanks between; what is no number is refused. */
export function numbersOf(element: SvgElement, attribute: string, text: string): number[] {
  const numbers: number[] = [];
  const separator = /[\s,]*/y;
  let at = 0;
  while (true) {
    separator.lastIndex = at;
    separator.exec(text);
    at = separator.lastIndex;
    if (at >= text.length) return numbers;
    numberForm.lastIndex = at;
    const [found] = numberForm.exec(text) ?? refuseNumber(element, attribute, text.slice(at));
    const value = Number(found);
    if (!(Math.abs(value) <= numberMax)) refuseNumber(element, attribute, found);
    numbers.push(value);
    at += found.length;
  }
}

/** A length in the units of its element; `whole` is what a percentage is of. Null where nothing is written, or "auto". */
export function lengthOf(element: SvgElement, attribute: string, whole: number): number | null {
  const text = element.attributes[attribute]?.trim();
  if (text === undefined || text === '' || text === 'auto') return null;
  const [, digits = '', unit = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(%|[a-z]*)$/i.exec(text) ?? refuseNumber(element, attribute, text);
  const scale = unit === '%' ? whole / 100 : unitPixels[unit.toLowerCase()];
  const value = Number(digits) * (scale ?? refuseNumber(element, attribute, text));
  return Math.abs(value) <= numberMax ? value : refuseNumber(element, attribute, text);
}

/** What a percentage is of that is neither a width nor a height, such as a radius. */
export function diagonalOf({ width, height }: Viewport): number {
  return Math.sqrt((width ** 2 + height ** 2) / 2);
}

/** The box of a `viewBox`: null when there is none. One without a size is not drawn by anything, and is refused. */
export function viewBoxOf(element: SvgElement): readonly [x: number, y: number, width: number, height: number] | null {
  const text = element.attributes.viewBox;
  if (text === undefined || text.trim() === '') return null;
  const [x, y, width, height, ...more] = numbersOf(element, 'viewBox', text);
  if (x === undefined || y === undefined || width === undefined || height === undefined || more.length > 0) {
    return refuseNumber(element, 'viewBox', text);
  }
  if (width <= 0 || height <= 0) refuseSize(element, `its viewBox is "${plainText(text.trim().slice(0, 60))}"`);
  return [x, y, width, height];
}

export function refuseSize({ line }: SvgElement, why: string): never {
  const remedy = 'Give it a width and a height in the drawing program, and save it again.';
  throw new DrawingRefusal('drawing-zero-size', `Line ${line}: the drawing has no size: ${why}.`, remedy);
}

/** How the units of a viewBox lie in their viewport, as `preserveAspectRatio` asks. */
export function viewBoxMatrix(element: SvgElement, { width, height }: Viewport): Matrix {
  const box = viewBoxOf(element);
  if (box === null) return identity;
  const [x, y, boxWidth, boxHeight] = box;
  const text = element.attributes.preserveAspectRatio?.trim().replace(/^defer\s+/, '') || 'xMidYMid';
  let [scaleX, scaleY] = [width / boxWidth, height / boxHeight];
  if (text === 'none') return [scaleX, 0, 0, scaleY, -x * scaleX, -y * scaleY];
  const [, alignX = '', alignY = '', fit = ''] =
    /^x(Min|Mid|Max)Y(Min|Mid|Max)(?:\s+(meet|slice))?$/.exec(text) ??
    refuseNumber(element, 'preserveAspectRatio', text);
  scaleX = fit === 'slice' ? Math.max(scaleX, scaleY) : Math.min(scaleX, scaleY);
  scaleY = scaleX;
  const part = (align: string) => ({ Min: 0, Mid: 0.5, Max: 1 })[align] ?? 0;
  const [left, top] = [(width - boxWidth * scaleX) * part(alignX), (height - boxHeight * scaleY) * part(alignY)];
  return [scaleX, 0, 0, scaleY, left - x * scaleX, top - y * scaleY];
}

/** How many numbers each kind of transform takes. */
const transformCounts: Readonly<Record<string, readonly number[]>> = {
  matrix: [6],
  translate: [1, 2],
  scale: [1, 2],
  rotate: [1, 3],
  skewX: [1],
  skewY: [1],
};

/** The transform that an element names. */
export function transformOf(element: SvgElement): Matrix {
  const text = element.attributes.transform?.trim() ?? '';
  let matrix = identity;
  let rest = text;
  while (rest !== '' && rest !== 'none') {
    const [whole, kind = '', inner = ''] =
      /^(\w+)\s*\(([^()]*)\)[\s,]*/.exec(rest) ?? refuseNumber(element, 'transform', rest);
    const numbers = numbersOf(element, 'transform', inner);
    if (!transformCounts[kind]?.includes(numbers.length)) refuseNumber(element, 'transform', rest);
    matrix = chain(matrix, oneTransform(kind, numbers));
    rest = rest.slice(whole.length);
  }
  return matrix;
}

function oneTransform(kind: string, [a = 0, b, c, d = 0, e = 0, f = 0]: readonly number[]): Matrix {
  const angle = (a * Math.PI) / 180;
  if (kind === 'matrix') return [a, b ?? 0, c ?? 0, d, e, f];
  if (kind === 'translate') return [1, 0, 0, 1, a, b ?? 0];
  if (kind === 'scale') return [a, 0, 0, b ?? a, 0, 0];
  if (kind === 'skewX') return [1, 0, Math.tan(angle), 1, 0, 0];
  if (kind === 'skewY') return [1, Math.tan(angle), 0, 1, 0, 0];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turn: Matrix = [cos, sin, -sin, cos, 0, 0];
  if (b === undefined || c === undefined) return turn;
  return chain(chain([1, 0, 0, 1, b, c], turn), [1, 0, 0, 1, -b, -c]);
}
