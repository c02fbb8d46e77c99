import type { PlateLayout, Point, RowLayout, SheetLayout } from '../domain/sheet.ts';
import { capHeight, letters } from './hershey-sans.ts';
import { ownLetters, sameLetters, sameOwnLetters } from './own-letters.ts';
import { boxOf, boxOfPlate, overlap, type Rectangle } from './place.ts';
import type { LetteringSettings } from './settings.ts';
import { micrometres } from './shapes.ts';

/** A mark on, under or through a letter; x is from the letter's middle. */
interface AccentMark {
  readonly lines: readonly TextLine[];
  /** What y = 0 of the mark means: the letter's top, its foot, or the middle of a capital. */
  readonly base: 'top' | 'foot' | 'middle';
}

const dot = (x: number, y: number) => `${x} ${y + 2} ${x - 2} ${y} ${x} ${y - 2} ${x + 2} ${y} ${x} ${y + 2}`;

const drawn: readonly (readonly [mark: string, base: AccentMark['base'], lines: string])[] = [
  ['\u0300', 'top', '-5 11 3 4'],
  ['\u0301', 'top', '5 11 -3 4'],
  ['\u0302', 'top', '-7 4 0 11 7 4'],
  ['\u0303', 'top', '-8 5 -6 8 -3 9 3 6 6 7 8 10'],
  ['\u0304', 'top', '-7 7 7 7'],
  ['\u0306', 'top', '-7 11 -5 7 0 5 5 7 7 11'],
  ['\u0307', 'top', dot(0, 7)],
  ['\u0308', 'top', `${dot(-6, 7)};${dot(6, 7)}`],
  ['\u0309', 'top', '-3 11 0 13 3 11 2 8 0 6 0 4'],
  ['\u030A', 'top', '0 3 -4 5 -5 8 -4 11 0 13 4 11 5 8 4 5 0 3'],
  ['\u030B', 'top', '-1 11 -6 4;7 11 2 4'],
  ['\u030C', 'top', '-7 11 0 4 7 11'],
  ['\u0312', 'top', '2 11 -1 8 1 5'],
  ['\u0313', 'top', '-2 11 1 8 -1 5'],
  ['\u031B', 'top', '10 4 13 1 12 -3 8 -6'],
  ['\u0323', 'foot', dot(0, -7)],
  ['\u0326', 'foot', '1 -5 1 -9 -3 -13'],
  ['\u0327', 'foot', '1 0 0 -4 4 -6 4 -10 0 -12 -5 -11'],
  ['\u0328', 'foot', '6 0 2 -5 3 -10 8 -11'],
  ['\u0331', 'foot', '-7 -6 7 -6'],
  ['\u0335', 'middle', '-8 -4 8 4'],
  ['\u0336', 'middle', '2 11 18 11'],
  ['\u0337', 'middle', '-18 11 -2 11'],
];

/** Combining marks by their character, as Unicode's decomposition (NFD) gives them. */
const marks: ReadonlyMap<string, AccentMark> = new Map(
  drawn.map(([mark, base, lines]) => [mark, { base, lines: linesOf(lines) }]),
);

/** What stands for letters that the font and the marks cannot make: the nearest Latin letters, as "letter stand-in". */
const pairs =
  'Æ AE,æ ae,Œ OE,œ oe,Þ Th,þ th,Đ Ð,Ŋ N,ŋ n,ĸ k,ſ s,ẞ SS,Ə E,ə e,ð d\u0336,đ d\u0336,ħ h\u0337,Ł L\u0335,ł l\u0335,' +
  "Ħ H\u0335,Ŧ T\u0335,ŧ t\u0335,‘ ',’ ',„ \",‹ <,› >,− -,‐ -,‑ -,• ·,ʼ '," +
  'Ђ Đ,ђ đ,Љ Lj,љ lj,Њ Nj,њ nj,Ћ Ć,ћ ć,Џ Dž,џ dž,Ә E,ә e,Ғ Г,ғ г,Қ К,қ к,Ң Н,ң н,Ө О,ө о,Ұ У,ұ у,Ү У,ү у,Һ H,һ h';

/** The nearest letters for those that cannot be drawn. */
const standIns: ReadonlyMap<string, string> = new Map([
  ...pairs.split(',').map((pair) => {
    const [letter = '', ...rest] = [...pair];
    return [letter, rest.slice(1).join('')] as const;
  }),
  ['‚', ','],
]);

/** A line of a letter in the units of the letters: points as [x, y]. */
type TextLine = readonly (readonly [x: number, y: number])[];

/** Reads lines written as "x y x y …" with ";" between them. */
function linesOf(text: string): readonly TextLine[] {
  return text === '' ? [] : text.split(';').map(pointsOf);
}

function pointsOf(text: string): TextLine {
  const numbers = text.split(' ').map(Number);
  return Array.from(
    { length: numbers.length / 2 },
    (_, at) => [numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0] as const,
  );
}

/** Text as lines of ink, from the left end of its baseline at 0, 0. */
interface Written {
  readonly lines: readonly (readonly Point[])[];
  readonly widthMm: number;
}

/** How far letters reach over and under the baseline, in parts of a capital's height, marks included. */
const ascent = 1.65;
const descent = 0.45;

interface Glyph {
  readonly width: number;
  readonly lines: readonly TextLine[];
}

const glyphs: ReadonlyMap<string, Glyph> = glyphsByLetter();

function glyphsByLetter(): Map<string, Glyph> {
  const all = new Map<string, Glyph>();
  for (const [letter, width, lines] of [...letters, ...ownLetters]) all.set(letter, { width, lines: linesOf(lines) });
  for (const pair of `${sameLetters} ${sameOwnLetters}`.split(' ')) {
    const [letter = '', same = ''] = pair;
    const glyph = all.get(same);
    if (glyph !== undefined) all.set(letter, glyph);
  }
  return all;
}

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

/** What of a text is not drawn as it is written. */
interface Unwritten {
  /** Letters that others stand for. */
  readonly changed: readonly { readonly from: string; readonly to: string }[];
  /** Letters that nothing stands for. */
  readonly left: readonly string[];
}

/** Which letters of a text others stand for, and which are left out; each once. */
export function unwritten(text: string): Unwritten {
  const changed = new Map<string, string>();
  const left = new Set<string>();
  for (const letter of clustersOf(text)) {
    const composed = letter.normalize('NFC');
    const { glyphs: drawn, plain } = readCluster(composed);
    if (drawn.length === 0) left.add(composed);
    else if (plain !== composed && !looksTheSame(composed, plain)) changed.set(composed, plain.normalize('NFC'));
  }
  return { changed: [...changed].map(([from, to]) => ({ from, to })), left: [...left] };
}

/** A line through a letter is drawn as a mark, and one dash or quotation mark is as good as another. */
function looksTheSame(letter: string, plain: string): boolean {
  return /[\u0335-\u0337]/.test(plain) || !/\p{L}/u.test(letter) || plain === 'Ð' || plain === letter.normalize('NFKC');
}

function readCluster(text: string): { readonly glyphs: readonly Glyph[]; readonly plain: string } {
  const plain = [...text.normalize('NFKC')].map((letter) => standIns.get(letter) ?? letter).join('');
  const drawn = clustersOf(plain).map(glyphOf);
  return { glyphs: drawn.filter((glyph) => glyph !== null), plain };
}

function glyphsOf(text: string): Glyph[] {
  const drawn: Glyph[] = [];
  for (const glyph of readCluster(text).glyphs) {
    const isSecondSpace = glyph.lines.length === 0 && drawn.at(-1)?.lines.length === 0;
    if (!isSecondSpace) drawn.push(glyph);
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
function withoutDot(letter: string, lines: readonly TextLine[], known: readonly AccentMark[]): readonly TextLine[] {
  const isDotted = 'ijіј'.includes(letter) && known.some(({ base }) => base === 'top');
  return isDotted ? lines.filter((line) => line.some(([, y]) => y < xHeight)) : lines;
}

const xHeight = 28;

/** How far a mark raises the next one. */
const markHeight = 10;

function markLines(mark: AccentMark, letter: readonly TextLine[], raised: number): TextLine[] {
  const points = letter.flat();
  const xs = points.map(([x]) => x);
  const middle = points.length === 0 ? 0 : (Math.min(...xs) + Math.max(...xs)) / 2;
  const topY = points.some(([, y]) => y > xHeight + 6) ? capHeight : xHeight;
  const y0 = { top: topY + raised, foot: 0, middle: capHeight / 2 + 2 }[mark.base];
  return mark.lines.map((line) => line.map(([x, y]) => [x + middle, y + y0] as const));
}

/** What is known when a sheet opens. */
export interface Occasion {
  readonly sheet: number;
  /** As it shall stand on the paper. */
  readonly date: string;
  readonly user: string;
}

/** What a template may hold in braces. */
export const placeholders = ['row', 'date', 'sheet', 'user'] as const;

/** The lines of a sheet's lettering, in the order in which they are drawn: the heading, then the labels from the top. */
export function compose(
  { paper, rows, plates = [] }: SheetLayout,
  settings: LetteringSettings,
  occasion: Occasion,
): readonly (readonly Point[])[] {
  const lines: (readonly Point[])[] = [];
  const boxes = [...rows.map(boxOf), ...plates.map(boxOfPlate)];
  const heading = fill(settings.heading, occasion, '');
  if (isWritable(heading)) {
    lines.push(...fit(heading, headingZone(paper, rows, plates, settings), settings.headingMm, 'middle'));
  }
  const fromTheTop = rows.map((row, index) => ({ row, number: index + 1 })).toSorted((a, b) => b.row.yMm - a.row.yMm);
  for (const { row, number } of fromTheTop) {
    const name = [row.name, row.id].find(isWritable) ?? String(number);
    const label = fill(settings.label, occasion, name);
    if (isWritable(label)) lines.push(...fit(label, labelZone(row, paper, boxes, settings), settings.labelMm, 'left'));
  }
  return lines;
}

function fill(template: string, { sheet, date, user }: Occasion, row: string): string {
  const values: Readonly<Record<string, string>> = { row, date, sheet: String(sheet), user };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Writes a text into its zone; one that is too wide is written smaller. */
function fit(text: string, zone: Zone, capitalMm: number, align: 'left' | 'middle'): (readonly Point[])[] {
  const roomMm = zone.xMaxMm - zone.xMinMm;
  const wanted = write(text, capitalMm);
  const bounds = boundsOf(wanted);
  const scale = Math.min(1, roomMm / bounds.widthMm);
  const startMm = align === 'left' ? zone.xMinMm : zone.xMinMm + (roomMm - bounds.widthMm * scale) / 2;
  return wanted.lines.map((line) =>
    line.map(({ xMm, yMm }) => ({
      xMm: micrometres(startMm + (xMm - bounds.leftMm) * scale),
      yMm: micrometres(zone.baselineMm + yMm * scale),
    })),
  );
}

/** From the leftmost to the rightmost ink. */
function boundsOf({ lines }: Written): { readonly leftMm: number; readonly widthMm: number } {
  const xs = lines.flat().map(({ xMm }) => xMm);
  const leftMm = xs.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const rightMm = xs.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  return { leftMm, widthMm: Math.max(rightMm - leftMm, 0.001) };
}

/** What is left free between strokes and letters, mm. */
const clearanceMm = 0.8;

/** The paper as letters see it. */
type Paper = SheetLayout['paper'];

/** A place for one line of text: its box, and where its baseline is. */
interface Zone extends Rectangle {
  readonly baselineMm: number;
}

/**
 * Where a row's label stands: over the row's left end, as far as the paper goes or to what lies beside it; `boxes` are
 * those of all rows and plates.
 */
export function labelZone(
  row: RowLayout,
  paper: Paper,
  boxes: readonly Rectangle[],
  { labelMm, marginMm }: LetteringSettings,
): Zone {
  const { xMinMm, yMaxMm } = boxOf(row);
  const paperEndMm = paper.corner.xMm + paper.widthMm - marginMm;
  const zone = zoneFrom({ xMinMm, xMaxMm: Math.max(paperEndMm, xMinMm), yMinMm: yMaxMm + clearanceMm }, labelMm);
  const tallest = { ...zone, yMinMm: boxOf(row).yMinMm };
  const beside = boxes
    .map((other) => ({ ...other, yMaxMm: other.yMaxMm + zone.yMaxMm - yMaxMm }))
    .filter((other) => other.xMinMm > xMinMm && overlap(tallest, other) && boxOf(row).xMaxMm < other.xMinMm);
  const endMm = beside.reduce((end, other) => Math.min(end, other.xMinMm - clearanceMm), zone.xMaxMm);
  return { ...zone, xMaxMm: endMm };
}

/** Where the heading stands: over all rows, plates and labels, centred on the paper, nearer to its edge than to the rows. */
export function headingZone(
  paper: Paper,
  rows: readonly RowLayout[],
  plates: readonly PlateLayout[],
  settings: LetteringSettings,
): Zone {
  const { label, headingMm, marginMm } = settings;
  const boxes = [...rows.map(boxOf), ...plates.map(boxOfPlate)];
  const tops = [
    ...rows.map((row) => (label === '' ? boxOf(row) : labelZone(row, paper, boxes, settings)).yMaxMm),
    ...plates.map((plate) => boxOfPlate(plate).yMaxMm),
  ];
  const heightMinMm = Math.max(...tops) + clearanceMm;
  const topMm = paper.corner.yMm + paper.heightMm - marginMm;
  const spareMm = topMm - heightMinMm - headingMm * (ascent + descent);
  return zoneFrom(
    {
      xMinMm: paper.corner.xMm + marginMm,
      xMaxMm: paper.corner.xMm + paper.widthMm - marginMm,
      yMinMm: heightMinMm + Math.max(0, spareMm * 0.65),
    },
    headingMm,
  );
}

function zoneFrom(at: Pick<Rectangle, 'xMinMm' | 'xMaxMm' | 'yMinMm'>, capitalMm: number): Zone {
  const baselineMm = at.yMinMm + descent * capitalMm;
  return { ...at, yMaxMm: baselineMm + ascent * capitalMm, baselineMm };
}
