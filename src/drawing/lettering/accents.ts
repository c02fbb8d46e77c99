import { type Line, linesOf } from './lines.ts';

/** A mark on, under or through a letter; x is from the letter's middle. */
export interface Mark {
  readonly lines: readonly Line[];
  /** What y = 0 of the mark means: the letter's top, its foot, or the middle of a capital. */
  readonly base: 'top' | 'foot' | 'middle';
}

const dot = (x: number, y: number) => `${x} ${y + 2} ${x - 2} ${y} ${x} ${y - 2} ${x + 2} ${y} ${x} ${y + 2}`;

const drawn: readonly (readonly [mark: string, base: Mark['base'], lines: string])[] = [
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
export const marks: ReadonlyMap<string, Mark> = new Map(
  drawn.map(([mark, base, lines]) => [mark, { base, lines: linesOf(lines) }]),
);

/** What stands for letters that the font and the marks cannot make: the nearest Latin letters, as "letter stand-in". */
const pairs =
  'Æ AE,æ ae,Œ OE,œ oe,Þ Th,þ th,Đ Ð,Ŋ N,ŋ n,ĸ k,ſ s,ẞ SS,Ə E,ə e,ð d\u0336,đ d\u0336,ħ h\u0337,Ł L\u0335,ł l\u0335,' +
  "Ħ H\u0335,Ŧ T\u0335,ŧ t\u0335,‘ ',’ ',„ \",‹ <,› >,− -,‐ -,‑ -,• ·";

/** The nearest letters for those that cannot be drawn. */
export const standIns: ReadonlyMap<string, string> = new Map([
  ...pairs.split(',').map((pair) => {
    const [letter = '', ...rest] = [...pair];
    return [letter, rest.slice(1).join('')] as const;
  }),
  ['‚', ','],
]);
