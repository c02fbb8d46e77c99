import type { Blemish } from '../domain/plotter.ts';
import type { Point, RowLayout, SheetLayout, StrokeRef } from '../domain/sheet.ts';
import { caption, footer, heading, sentence } from './picture-text.ts';
import { inkPath, strokePath } from './place.ts';
import { boxOf } from './row-places.ts';
import type { RowInk, SheetInk, ShownRow, ToPicture } from './sheet-ink.ts';
import { element, escapeText, pathData } from './svg.ts';

export type { RowInk, SheetInk } from './sheet-ink.ts';

const colours = {
  ink: '#262129',
  inkCore: '#0f0b14',
  owed: '#b3a691',
  spoiled: '#c4674c',
  blemish: '#8f3a26',
  pen: '#e0562f',
  rule: '#e4dccd',
  paperLight: '#fffdf9',
  paperShade: '#faf6ed',
  edge: '#d8d0c0',
} as const;

/** Width of the line that the pen leaves, mm. */
const penMm = 0.42;

/**
 * A sheet as an SVG document in millimetres, for light and dark surroundings: what is drawn in ink, what is owed and
 * will fit in pencil, rows with their names and counts. Same arguments, same text; nothing in it is a script or a style.
 * Rows that `ink` does not name are shown empty; rows that the layout does not have are left out.
 */
export function drawSheet(layout: SheetLayout, ink: SheetInk): string {
  const { widthMm, heightMm } = layout.paper;
  const toPicture = toPictureOf(layout);
  const rows = layout.rows.map((row) => ({ row, ink: inkOf(row, ink) }));
  const padMm = Math.min(widthMm, heightMm) * 0.06;
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
      heading(layout, ink.title),
      ...rows.map((each) => caption(layout, each, toPicture)),
      footer(layout, ink.sheet, rows),
      ...rows.map((each) => rowOfInk(each, toPicture)),
      lettering(layout, ink.lettered ?? 0, toPicture),
      ...(ink.blemishes ?? []).map((blemish) => blemishMark(blemish, toPicture)),
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

/** From the plotter's coordinates to mm from the paper's upper left corner. */
function toPictureOf({ paper: { heightMm, corner } }: SheetLayout): ToPicture {
  return ({ xMm, yMm }) => ({ xMm: xMm - corner.xMm, yMm: corner.yMm + heightMm - yMm });
}

function inkOf(row: RowLayout, { rows }: SheetInk): RowInk {
  const known = rows.find(({ id }) => id === row.id) ?? { id: row.id, certain: 0, owedThatFit: 0, owedBeyond: 0 };
  const certain = clamp(known.certain, row.capacity);
  return { ...known, certain, owedThatFit: clamp(known.owedThatFit, row.capacity - certain) };
}

function clamp(count: number, most: number): number {
  return Math.max(0, Math.min(count, most));
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

function rowOfInk({ row, ink }: ShownRow, toPicture: ToPicture): string {
  const spoiled = new Set(ink.spoiled);
  const places = { certain: [] as number[], again: [] as number[] };
  for (let n = 1; n <= ink.certain; n++) places[spoiled.has(n) ? 'again' : 'certain'].push(n);
  const owed = Array.from({ length: ink.owedThatFit }, (_, index) => ink.certain + 1 + index);
  const lines = (numbers: readonly number[]) => numbers.map((n) => strokePath(row, n).map(toPicture));
  return [
    rule(row, toPicture),
    pencil(lines(owed)),
    inkLost(lines(places.again)),
    wetLines(lines(places.certain)),
  ].join('');
}

const line = { fill: 'none', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' } as const;

type Lines = readonly (readonly Point[])[];

/** A hair under the row, so that an empty one is seen. */
function rule(row: RowLayout, toPicture: ToPicture): string {
  const { xMinMm, xMaxMm, yMinMm } = boxOf(row);
  const from = toPicture({ xMm: xMinMm, yMm: yMinMm });
  const d = `M${round(from.xMm)} ${round(from.yMm + 1.6)}h${round(xMaxMm - xMinMm)}`;
  return element('path', { d, stroke: colours.rule, 'stroke-width': 0.12, ...line });
}

/** What will be drawn. */
function pencil(lines: Lines): string {
  if (lines.length === 0) return '';
  const look = { stroke: colours.owed, 'stroke-width': 0.28, 'stroke-opacity': 0.7 };
  return element('path', { d: pathData(lines), ...look, ...line });
}

/** Where ink should be and is not. */
function inkLost(lines: Lines): string {
  if (lines.length === 0) return '';
  const look = { stroke: colours.spoiled, 'stroke-width': 0.25, 'stroke-dasharray': '.5 .9' };
  return element('path', { d: pathData(lines), ...look, ...line });
}

function lettering({ lettering = [] }: SheetLayout, lettered: number, toPicture: ToPicture): string {
  const lines = lettering.map((letter) => letter.map(toPicture));
  return pencil(lines.slice(lettered)) + wetLines(lines.slice(0, lettered));
}

/** Ink has a softer edge than core, and stands a little thicker where the pen touched down. */
function wetLines(lines: Lines): string {
  if (lines.length === 0) return '';
  const d = pathData(lines);
  return [
    { stroke: colours.ink, 'stroke-width': penMm, 'stroke-opacity': 0.92 },
    { stroke: colours.inkCore, 'stroke-width': penMm * 0.5, 'stroke-opacity': 0.55 },
    { stroke: colours.ink, 'stroke-width': penMm * 1.14, 'stroke-dasharray': '0 999' },
  ]
    .map((look) => element('path', { d, ...look, ...line }))
    .join('');
}

function blemishMark({ from, to, why }: Blemish, toPicture: ToPicture): string {
  return element(
    'path',
    {
      d: pathData([[toPicture(from), toPicture(to)]]),
      stroke: colours.blemish,
      'stroke-width': penMm,
      'stroke-opacity': 0.8,
      'stroke-linecap': 'round',
    },
    element('title', {}, escapeText(why)),
  );
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

/** Boxes that nobody sees, one for each run of strokes with the same title. */
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
