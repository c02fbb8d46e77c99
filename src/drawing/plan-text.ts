import { type DrawingPaths, drawingMax, measurePaths } from '../domain/drawing-paths.ts';
import type { Fault } from '../domain/fault.ts';
import { type ReadText, textLettersMax } from '../domain/ink-text.ts';
import { plainText } from '../domain/plain-text.ts';
import { isWritable, unwritten, write } from './lettering.ts';
import { type Polyline, simplifyLine } from './line-work.ts';

/** How large a text is written: to fill a box as far as it goes, or with capitals of a height. */
export type TextSize =
  | { readonly widthMm: number; readonly heightMm: number; readonly capitalMaxMm?: number }
  | { readonly capitalMm: number };

/** A text as ink; its box is the one that was asked for, or what the ink takes. */
interface PlannedText {
  readonly ok: true;
  readonly paths: DrawingPaths;
  readonly inkMm: number;
  readonly penUpMm: number;
  readonly lifts: number;
  /** Letters that others stand for, and letters that are left out. */
  readonly changed: readonly { readonly from: string; readonly to: string }[];
  readonly left: readonly string[];
}

type TextPlan = PlannedText | { readonly ok: false; readonly fault: Fault };

/** Letters are no smaller than a pen can write, and no larger than a sheet. */
export const capitalRange = { minMm: 1, maxMm: 200 } as const;

/** What turns the way that text goes, and is never seen. */
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Plans a text as ink, from the left end to the right: Latin with accents, Greek, Cyrillic; letters that have no form of
 * their own as the nearest ones, all others are left out, and both are returned. Throws a RangeError for a size that no text
 * can have.
 */
export function planText(text: string, size: TextSize): TextPlan {
  checkTextSize(size);
  const can = readAsLetters(text);
  if (!can.ok) return can;
  const clean = cleanText(text);
  const { lines } = write(clean, 1);
  const round = lines.map((line) => rounded(line.flatMap(({ xMm, yMm }) => [xMm, yMm])));
  const placed = placeText(round, size);
  if (placed === null) {
    const what = `The text would be written with capitals of less than ${capitalRange.minMm} mm.`;
    return refuse('text-too-small', what, 'Write less, or give it more room.');
  }
  const { changed, left } = can;
  return { ok: true, paths: placed, ...measurePaths(placed), changed, left };
}

/** What letters make of a text, and whether they make anything of it: of the ways to ask, the one that plans nothing. */
export const readAsLetters: ReadText = (text) => {
  const fault = faultOfText(text);
  if (fault !== null) return { ok: false, fault };
  const clean = cleanText(text);
  if (isWritable(clean)) return { ok: true, ...unwritten(clean) };
  const what = 'The text has no letter that can be drawn.';
  return refuse('text-empty', what, 'Write it in Latin, Greek or Cyrillic letters.');
};

function cleanText(text: string): string {
  return plainText(text.normalize('NFC')).trim();
}

function refuse(code: string, what: string, remedy: string): { readonly ok: false; readonly fault: Fault } {
  return { ok: false, fault: { code, what, remedy } };
}

function checkTextSize(size: TextSize): void {
  const { minMm, maxMm } = capitalRange;
  if ('capitalMm' in size) {
    if (size.capitalMm >= minMm && size.capitalMm <= maxMm) return;
    throw new RangeError(`capitals of ${size.capitalMm} mm are none`);
  }
  for (const side of [size.widthMm, size.heightMm]) {
    if (!(side >= 1 && side * 1000 <= drawingMax.sideUm))
      throw new RangeError(`a box of ${side} mm is none for a text`);
  }
}

/** Why a text is not written at all, in a sentence; null when it is. */
function faultOfText(text: string): Fault | null {
  const letters = [...text.normalize('NFC')].length;
  if (letters > textLettersMax) {
    const what = `The text has ${letters} letters, and ${textLettersMax} is the most.`;
    return { code: 'text-too-long', what, remedy: 'Write less.' };
  }
  if (bidiControls.test(text)) {
    const what = 'The text holds invisible signs that turn the way it is read.';
    return { code: 'text-turned', what, remedy: 'Type it anew, without copying.' };
  }
  if (rightToLeft.test(text)) {
    const what = 'The text is written from right to left, which this pen cannot write yet.';
    return { code: 'text-right-to-left', what, remedy: 'Write it in Latin, Greek or Cyrillic letters.' };
  }
  return null;
}

/** Ink may be so far from a letter's round form, mm: less than a fifth of the line of any pen. */
const letterToleranceMm = 0.03;

/** Letters of capital height 1 where they shall stand; null when they would be too small. */
function placeText(lines: readonly Polyline[], size: TextSize): DrawingPaths | null {
  const xs = lines.flatMap((line) => line.filter((_, at) => at % 2 === 0));
  const ys = lines.flatMap((line) => line.filter((_, at) => at % 2 === 1));
  const bounds = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)] as const;
  const [xMin, xMax, yMin, yMax] = bounds;
  const capitalMm = capitalOf(xMax - xMin, yMax - yMin, size);
  if (capitalMm < capitalRange.minMm) return null;
  const inkMm = [(xMax - xMin) * capitalMm, (yMax - yMin) * capitalMm] as const;
  const [widthUm, heightUm] =
    'capitalMm' in size
      ? inkMm.map((mm) => Math.min(drawingMax.sideUm, Math.max(1, Math.ceil(mm * 1000))))
      : [Math.floor(size.widthMm * 1000), Math.floor(size.heightMm * 1000)];
  const [width, height] = [widthUm ?? 1, heightUm ?? 1];
  const [leftUm, lowerUm] = [(width - inkMm[0] * 1000) / 2, (height - inkMm[1] * 1000) / 2];
  const paths = lines.map((line) => {
    const thin = simplifyLine(line, letterToleranceMm / capitalMm);
    const path: number[] = [];
    for (let at = 0; at < thin.length; at += 2) {
      const x = Math.round(leftUm + ((thin[at] ?? 0) - xMin) * capitalMm * 1000);
      const y = Math.round(lowerUm + ((thin[at + 1] ?? 0) - yMin) * capitalMm * 1000);
      if (x !== path.at(-2) || y !== path.at(-1)) path.push(clamp(x, width), clamp(y, height));
    }
    return path;
  });
  return { widthUm: width, heightUm: height, paths: paths.filter((path) => path.length >= 4) };
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}

/** The height of capitals with which ink of this size, for capitals of height 1, has its place. */
function capitalOf(width: number, height: number, size: TextSize): number {
  if ('capitalMm' in size) return Math.min(size.capitalMm, drawingMax.sideUm / 1000 / Math.max(width, height));
  const most = size.capitalMaxMm ?? capitalRange.maxMm;
  return Math.min(most, size.widthMm / Math.max(width, 1e-9), size.heightMm / Math.max(height, 1e-9));
}

/** Sharper turns than this are corners, radians; longer parts than this are straight, in capitals. */
const cornerTurn = (50 * Math.PI) / 180;
const straightMin = 9 / 42;
const dotMax = 4 / 42;
/** A part of a curve becomes so many. */
const stepsPerPart = 8;

/**
 * A letter's line with its curves round: through the same points, along the way between their neighbours. Corners stay
 * sharp, and long parts straight.
 */
export function rounded(line: Polyline): Polyline {
  const count = line.length / 2;
  if (count < 3) return line;
  const isRing = line[0] === line.at(-2) && line[1] === line.at(-1);
  const parts = Array.from({ length: count - 1 }, (_, n) => {
    const [x = 0, y = 0, toX = 0, toY = 0] = line.slice(2 * n, 2 * n + 4);
    const length = Math.hypot(toX - x, toY - y);
    return { x, y, toX, toY, length, angle: Math.atan2(toY - y, toX - x) };
  });
  // A dot is a ring as small as its corners are far apart.
  const isDot = isRing && parts.every(({ length }) => length < dotMax);
  const sharpest = isDot ? Math.PI : cornerTurn;
  const curve: number[] = [line[0] ?? 0, line[1] ?? 0];
  for (const [n, part] of parts.entries()) {
    const before = parts[n - 1] ?? (isRing ? parts.at(-1) : undefined);
    const after = parts[n + 1] ?? (isRing ? parts[0] : undefined);
    const leaves = tangent(before, part, part.angle, sharpest);
    const arrives = tangent(part, after, part.angle, sharpest);
    if (part.length < straightMin && (leaves !== part.angle || arrives !== part.angle)) {
      curve.push(...between(part, leaves, arrives));
    }
    curve.push(part.toX, part.toY);
  }
  return curve;
}

interface Part {
  readonly x: number;
  readonly y: number;
  readonly toX: number;
  readonly toY: number;
  readonly length: number;
  readonly angle: number;
}

/** Which way a line goes where one part meets the next; `own` at its ends and at corners. */
function tangent(from: Part | undefined, to: Part | undefined, own: number, sharpest: number): number {
  if (from === undefined || to === undefined) return own;
  const turn = Math.atan2(Math.sin(to.angle - from.angle), Math.cos(to.angle - from.angle));
  if (Math.abs(turn) > sharpest) return own;
  if (from.length >= straightMin) return from.angle;
  if (to.length >= straightMin) return to.angle;
  // The shorter part bends more.
  return from.angle + (turn * from.length) / (from.length + to.length);
}

/** Points between the ends of a part that leaves and arrives in these directions. */
function between({ x, y, toX, toY, length }: Part, leaves: number, arrives: number): number[] {
  const reach = length / 3;
  const [x1, y1] = [x + reach * Math.cos(leaves), y + reach * Math.sin(leaves)];
  const [x2, y2] = [toX - reach * Math.cos(arrives), toY - reach * Math.sin(arrives)];
  const points: number[] = [];
  for (let step = 1; step < stepsPerPart; step += 1) {
    const [t, s] = [step / stepsPerPart, 1 - step / stepsPerPart];
    const [p, q, r, u] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
    points.push(p * x + q * x1 + r * x2 + u * toX, p * y + q * y1 + r * y2 + u * toY);
  }
  return points;
}
