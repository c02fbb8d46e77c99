import { plainLines } from '../domain/plain-text.ts';
import type { Point, SheetLayout, StrokeRef } from '../domain/sheet.ts';
import { inkPath, strokePath } from './place.ts';
import { micrometres } from './shapes.ts';
import { type Label, labelsOf, sentence } from './sheet-labels.ts';
import {
  colours,
  type Layer,
  layersOf,
  padShare,
  penMm,
  type SheetInk,
  type ShownRow,
  shownRows,
  type ToPicture,
  toPictureOf,
} from './sheet-layers.ts';

export type { DrawingInk, RowInk, SheetInk } from './sheet-layers.ts';

/**
 * A sheet as an SVG document in millimetres, for light and dark surroundings: what is drawn in ink, what is owed and
 * will fit in pencil, rows with their names and counts. Same arguments, same text; nothing in it is a script or a style.
 * Rows that `ink` does not name are shown empty; rows that the layout does not have are left out.
 */
export function drawSheet(layout: SheetLayout, ink: SheetInk): string {
  const { widthMm, heightMm } = layout.paper;
  const toPicture = toPictureOf(layout);
  const rows = shownRows(layout, ink);
  const padMm = Math.min(widthMm, heightMm) * padShare;
  const shown = { xMm: -padMm, yMm: -padMm, widthMm: widthMm + 2 * padMm, heightMm: heightMm + 2 * padMm };
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `${round(shown.xMm)} ${round(shown.yMm)} ${round(shown.widthMm)} ${round(shown.heightMm)}`,
      width: `${round(shown.widthMm)}mm`,
      height: `${round(shown.heightMm)}mm`,
      role: 'img',
      'aria-label': sentence(ink.sheet, rows),
    },
    [
      paper(layout, ink.sheet, padMm),
      ...labelsOf(layout, rows, ink, toPicture).map(svgText),
      ...layersOf(layout, rows, ink, toPicture).map(layerPath),
      ink.now === undefined ? '' : penMark(layout, ink.now, toPicture),
      ink.titles === undefined
        ? ''
        : rows.map((each) => hoverTitles(each, ink.titles ?? (() => null), toPicture)).join(''),
    ].join(''),
  );
}

/** The line of one stroke in the coordinates of `drawSheet`, as the data of a path. */
export function strokeData(layout: SheetLayout, stroke: Pick<StrokeRef, 'row' | 'n'>): string {
  return pathData([inkPath(layout, stroke).map(toPictureOf(layout))]);
}

function round(mm: number): number {
  return Math.round(mm * 100) / 100;
}

function paper(layout: SheetLayout, sheet: number, padMm: number): string {
  const { widthMm, heightMm } = layout.paper;
  const blur = `blur-${sheet}`;
  const tone = `tone-${sheet}`;
  const shadow = (dyMm: number, deviationMm: number, opacity: number, id: string) =>
    element('rect', {
      x: padMm * 0.04,
      y: dyMm,
      width: widthMm - padMm * 0.08,
      height: heightMm,
      rx: deviationMm,
      fill: '#1b140a',
      'fill-opacity': opacity,
      filter: `url(#${id})`,
    });
  const blurOf = (id: string, deviationMm: number) =>
    element(
      'filter',
      { id, x: '-10%', y: '-10%', width: '120%', height: '120%' },
      element('feGaussianBlur', { stdDeviation: deviationMm }),
    );
  return [
    element(
      'defs',
      {},
      blurOf(`${blur}-far`, padMm * 0.22) +
        blurOf(`${blur}-near`, padMm * 0.05) +
        element(
          'linearGradient',
          { id: tone, x1: 0, y1: 0, x2: 0.6, y2: 1 },
          element('stop', { offset: 0, 'stop-color': colours.paperLight }) +
            element('stop', { offset: 1, 'stop-color': colours.paperShade }),
        ),
    ),
    shadow(padMm * 0.2, padMm * 0.22, 0.26, `${blur}-far`),
    shadow(padMm * 0.03, padMm * 0.05, 0.22, `${blur}-near`),
    element('rect', {
      width: widthMm,
      height: heightMm,
      rx: 0.5,
      fill: `url(#${tone})`,
      stroke: colours.edge,
      'stroke-width': 0.15,
    }),
  ].join('');
}

function layerPath({ lines, colour, widthMm, opacity, dashMm, title, isKept }: Layer): string {
  const look = {
    stroke: colour,
    'stroke-width': widthMm,
    ...(opacity === 1 ? {} : { 'stroke-opacity': opacity }),
    ...(dashMm === undefined ? {} : { 'stroke-dasharray': dashMm.join(' ') }),
  };
  const line = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' } as const;
  const titleElement = title === undefined ? '' : element('title', {}, escapeText(title));
  const data = isKept === true ? lines.map(keptData).join('') : pathData(lines);
  return element('path', { d: data, ...look, ...line }, titleElement);
}

const kept = new WeakMap<readonly Point[], string>();

/** One line for itself, in hundredths of a mm, made once. */
function keptData(line: readonly Point[]): string {
  const known = kept.get(line);
  if (known !== undefined) return known;
  const hundredths = (mm: number) => Math.round(mm * 100);
  let data = '';
  let [x, y] = [0, 0];
  for (const { xMm, yMm } of line) {
    const [toX, toY] = [hundredths(xMm), hundredths(yMm)];
    data += `${data === '' ? 'M' : 'l'}${(toX - x) / 100} ${(toY - y) / 100}`;
    [x, y] = [toX, toY];
  }
  kept.set(line, data);
  return data;
}

function penMark(layout: SheetLayout, { row, n }: StrokeRef, toPicture: ToPicture): string {
  const line = inkPath(layout, { row, n }).map(toPicture);
  const tip = line.at(-1);
  if (tip === undefined) return '';
  const dot = (radiusMm: number, opacity: number) =>
    element('circle', { cx: tip.xMm, cy: tip.yMm, r: radiusMm, fill: colours.pen, 'fill-opacity': opacity });
  const stroke = { stroke: colours.pen, 'stroke-width': penMm, 'stroke-linecap': 'round', fill: 'none' };
  return element('path', { d: pathData([line]), ...stroke }) + dot(2.6, 0.18) + dot(0.9, 1);
}

/** Boxes or lines that nobody sees, one for each run of strokes with the same title. */
function hoverTitles({ row, ink }: ShownRow, titles: NonNullable<SheetInk['titles']>, toPicture: ToPicture): string {
  const runs: { from: number; to: number; title: string }[] = [];
  for (let n = 1; n <= ink.certain + ink.owedThatFit; n++) {
    const title = titles(row.id, n);
    const last = runs.at(-1);
    if (last !== undefined && last.to === n - 1 && last.title === title) last.to = n;
    else if (title !== null) runs.push({ from: n, to: n, title });
  }
  return runs
    .map(({ from, to, title }) => {
      if (row.picture !== undefined) {
        // Where its lines are: pieces of one person may lie all over the picture.
        const lines = Array.from({ length: to - from + 1 }, (_, index) => strokePath(row, from + index).map(toPicture));
        const look = { fill: 'none', 'stroke-width': 3 * penMm, 'pointer-events': 'stroke' };
        return element('path', { d: pathData(lines), ...look }, element('title', {}, escapeText(title)));
      }
      const ends = [from, to].flatMap((n) => strokePath(row, n).map(toPicture)).map(({ xMm }) => xMm);
      const left = Math.min(...ends) - row.spacingMm / 2;
      const top = toPicture({ xMm: 0, yMm: row.yMm + row.strokeMm }).yMm;
      const width = Math.max(...ends) + row.spacingMm / 2 - left;
      const box = { x: left, y: top, width, height: row.strokeMm };
      return element(
        'rect',
        { ...box, fill: 'none', 'pointer-events': 'all' },
        element('title', {}, escapeText(title)),
      );
    })
    .join('');
}

const serif = "'Iowan Old Style', 'Palatino Linotype', Palatino, P052, Georgia, serif";

type Attributes = Readonly<Record<string, string | number>>;

/** One SVG element; numbers are cut to micrometres, attribute values escaped, content taken as it is. */
function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(
    // The data of a path are numbers and letters of our own, and may be a megabyte.
    ([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : key === 'd' ? value : escapeText(value)}"`,
  );
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** Text for content or an attribute: escaped, and without what XML cannot hold. */
export function escapeText(text: string): string {
  return plainLines(text)
    .toWellFormed()
    .replace(unwritable, '\uFFFD')
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters that XML 1.0 forbids
const unwritable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** One label as a text; what it says may come from outside. */
function svgText({ xMm, yMm, sizeMm, anchor, italic, parts }: Label): string {
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
function pathData(lines: Iterable<readonly Point[]>): string {
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
