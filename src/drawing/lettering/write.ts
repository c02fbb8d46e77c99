import type { Point } from '../../domain/sheet.ts';
import { type Mark, marks, standIns } from './accents.ts';
import { capHeight, letters } from './hershey-sans.ts';
import { type Line, linesOf } from './lines.ts';

/** Text as lines of ink, from the left end of its baseline at 0, 0. */
export interface Written {
  readonly lines: readonly (readonly Point[])[];
  readonly widthMm: number;
}

/** How far letters reach over and under the baseline, in parts of a capital's height, marks included. */
export const ascent = 1.65;
export const descent = 0.45;

interface Glyph {
  readonly width: number;
  readonly lines: readonly Line[];
}

const glyphs: ReadonlyMap<string, Glyph> = new Map(
  letters.map(([letter, width, lines]) => [letter, { width, lines: linesOf(lines) }]),
);

/**
 * Writes a text with capitals of the given height. Latin letters with their marks are drawn; forms of Latin letters that
 * only look different (full width, "mathematical") as the letters they are; everything else is left out.
 */
export function write(text: string, capitalMm: number): Written {
  const unitMm = capitalMm / capHeight;
  const lines: (readonly Point[])[] = [];
  let x = 0;
  for (const glyph of glyphsOf(text)) {
    for (const line of glyph.lines) {
      lines.push(line.map(([dx, y]) => ({ xMm: (x + dx) * unitMm, yMm: y * unitMm })));
    }
    x += glyph.width;
  }
  return { lines, widthMm: x * unitMm };
}

/** Whether anything of a text can be drawn. */
export function isWritable(text: string): boolean {
  return glyphsOf(text).some(({ lines }) => lines.length > 0);
}

function glyphsOf(text: string): Glyph[] {
  const drawn: Glyph[] = [];
  const plain = [...text.normalize('NFKC')].map((letter) => standIns.get(letter) ?? letter).join('');
  for (const cluster of clustersOf(plain)) {
    const glyph = glyphOf(cluster);
    const isSecondSpace = glyph?.lines.length === 0 && drawn.at(-1)?.lines.length === 0;
    if (glyph !== null && !isSecondSpace) drawn.push(glyph);
  }
  return drawn;
}

/** Letters with the marks that belong to them. */
function clustersOf(text: string): string[] {
  return text.normalize('NFD').match(/[^\p{M}]\p{M}*/gu) ?? [];
}

function glyphOf(cluster: string): Glyph | null {
  const whole = glyphs.get(cluster.normalize('NFC'));
  if (whole !== undefined) return whole;
  const [letter = '', ...accents] = cluster;
  const base = glyphs.get(/\s/u.test(letter) ? ' ' : letter);
  if (base === undefined) return null;
  const known = accents.map((accent) => marks.get(accent)).filter((mark) => mark !== undefined);
  const bare = withoutDot(letter, base.lines, known);
  const lines = [...bare];
  let raised = 0;
  for (const mark of known) {
    lines.push(...markLines(mark, bare, raised));
    if (mark.base === 'top') raised += markHeight;
  }
  return { width: base.width, lines };
}

/** An i or a j loses its dot under a mark. */
function withoutDot(letter: string, lines: readonly Line[], known: readonly Mark[]): readonly Line[] {
  const isDotted = (letter === 'i' || letter === 'j') && known.some(({ base }) => base === 'top');
  return isDotted ? lines.filter((line) => line.some(([, y]) => y < xHeight)) : lines;
}

const xHeight = 28;

/** How far a mark raises the next one. */
const markHeight = 10;

function markLines(mark: Mark, letter: readonly Line[], raised: number): Line[] {
  const points = letter.flat();
  const xs = points.map(([x]) => x);
  const middle = points.length === 0 ? 0 : (Math.min(...xs) + Math.max(...xs)) / 2;
  const topY = points.some(([, y]) => y > xHeight + 6) ? capHeight : xHeight;
  const y0 = { top: topY + raised, foot: 0, middle: capHeight / 2 + 2 }[mark.base];
  return mark.lines.map((line) => line.map(([x, y]) => [x + middle, y + y0] as const));
}
