import type { Point } from '../domain/sheet.ts';
import { micrometres } from './micrometres.ts';
import type { Label } from './sheet-labels.ts';

const serif = "'Iowan Old Style', 'Palatino Linotype', Palatino, P052, Georgia, serif";

type Attributes = Readonly<Record<string, string | number>>;

/** One SVG element; numbers are cut to micrometres, attribute values escaped, content taken as it is. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escapeText(value)}"`,
  );
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** Text for content or an attribute: escaped, and without what XML cannot hold. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(unwritable, '\uFFFD')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters that XML 1.0 forbids
const unwritable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** One label as a text; what it says may come from outside. */
export function text({ xMm, yMm, sizeMm, anchor, italic, parts }: Label): string {
  const [first, ...rest] = parts;
  const style = {
    x: xMm,
    y: yMm,
    fill: first?.colour ?? '',
    'font-size': sizeMm,
    'font-family': serif,
    ...(anchor === 'start' ? {} : { 'text-anchor': anchor }),
    ...(italic ? { 'font-style': 'italic' } : {}),
  };
  const spans = rest.map(({ text, colour, gapMm }) =>
    element('tspan', { fill: colour, ...(gapMm === 0 ? {} : { dx: gapMm }) }, escapeText(text)),
  );
  return element('text', style, escapeText(first?.text ?? '') + spans.join(''));
}

/** The lines of many strokes as the data of one path, relative, so that a full sheet stays small. */
export function pathData(lines: Iterable<readonly Point[]>): string {
  let data = '';
  let at: Point = { xMm: 0, yMm: 0 };
  for (const line of lines) {
    line.forEach((point, index) => {
      const dx = micrometres(point.xMm - at.xMm);
      const dy = micrometres(point.yMm - at.yMm);
      data += index === 0 ? `m${pair(dx, dy)}` : segment(dx, dy);
      at = point;
    });
  }
  return data;
}

function segment(dx: number, dy: number): string {
  if (dx === 0) return `v${short(dy)}`;
  return dy === 0 ? `h${short(dx)}` : `l${pair(dx, dy)}`;
}

function pair(dx: number, dy: number): string {
  const second = short(dy);
  return second.startsWith('-') ? `${short(dx)}${second}` : `${short(dx)} ${second}`;
}

function short(value: number): string {
  return String(micrometres(value)).replace(/^(-?)0\./, '$1.');
}
