import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import type { Point, RowLayout, SheetLayout } from '../domain/sheet.ts';
import { strokePath } from './place.ts';
import { boxOf } from './row-places.ts';
import type { RowInk, SheetInk, ShownRow, ToPicture } from './sheet-labels.ts';

/** The colours of a sheet, whatever it is shown with. */
export const colours = {
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
export const penMm = 0.42;

/** How much of the surroundings is shown around the paper, as a part of its shorter side. */
export const padShare = 0.06;

/** Lines in mm from the paper's upper left corner, Y down. */
type Lines = readonly (readonly Point[])[];

/** Lines of one look; where they cross each other nothing gets darker. */
export interface Layer {
  readonly lines: Lines;
  readonly colour: string;
  readonly widthMm: number;
  readonly opacity: number;
  /** Drawn and left out in turns, mm; each line begins anew. */
  readonly dashMm?: readonly [drawn: number, left: number];
  /** What to tell when a pointer rests on it. */
  readonly title?: string;
}

/** From the plotter's coordinates to mm from the paper's upper left corner. */
export function toPictureOf({ paper: { heightMm, corner } }: SheetLayout): ToPicture {
  return ({ xMm, yMm }) => ({ xMm: xMm - corner.xMm, yMm: corner.yMm + heightMm - yMm });
}

/** The rows of a sheet, each with what is known of its ink, cut to what the row can hold. */
export function shownRows({ rows }: SheetLayout, ink: SheetInk): ShownRow[] {
  return rows.map((row) => ({ row, ink: inkOf(row, ink) }));
}

function inkOf(row: RowLayout, { rows }: SheetInk): RowInk {
  const known = rows.find(({ id }) => id === row.id) ?? { id: row.id, certain: 0, owedThatFit: 0, owedBeyond: 0 };
  const certain = clamp(known.certain, row.capacity);
  return { ...known, certain, owedThatFit: clamp(known.owedThatFit, row.capacity - certain) };
}

function clamp(count: number, most: number): number {
  return Math.max(0, Math.min(count, most));
}

/** All that lies on the paper, from the lowest layer to the highest. */
export function layersOf(layout: SheetLayout, rows: readonly ShownRow[], ink: SheetInk, toPicture: ToPicture): Layer[] {
  return [
    ...rows.flatMap((row) => rowLayers(row, toPicture)),
    ...letteringLayers(layout, ink.lettered ?? 0, toPicture),
    ...(ink.blemishes ?? []).map((blemish) => blemishLayer(blemish, toPicture)),
  ].filter(({ lines }) => lines.length > 0);
}

function rowLayers({ row, ink }: ShownRow, toPicture: ToPicture): Layer[] {
  const spoiled = new Set(ink.spoiled);
  const places = { certain: [] as number[], again: [] as number[] };
  for (let n = 1; n <= ink.certain; n++) places[spoiled.has(n) ? 'again' : 'certain'].push(n);
  const owed = Array.from({ length: ink.owedThatFit }, (_, index) => ink.certain + 1 + index);
  const lines = (numbers: readonly number[]) => numbers.map((n) => strokePath(row, n).map(toPicture));
  return [rule(row, toPicture), pencil(lines(owed)), inkLost(lines(places.again)), ...wet(lines(places.certain))];
}

/** A hair under the row, so that an empty one is seen. */
function rule(row: RowLayout, toPicture: ToPicture): Layer {
  const { xMinMm, xMaxMm, yMinMm } = boxOf(row);
  const ends = [xMinMm, xMaxMm].map((xMm) => toPicture({ xMm, yMm: yMinMm - 1.6 }));
  return { lines: [ends], colour: colours.rule, widthMm: 0.12, opacity: 1 };
}

/** What will be drawn. */
function pencil(lines: Lines): Layer {
  return { lines, colour: colours.owed, widthMm: 0.28, opacity: 0.7 };
}

/** Where ink should be and is not. */
function inkLost(lines: Lines): Layer {
  return { lines, colour: colours.spoiled, widthMm: 0.25, opacity: 1, dashMm: [0.5, 0.9] };
}

/** Ink has a softer edge than core, and stands a little thicker where the pen touched down. */
function wet(lines: Lines): Layer[] {
  return [
    { lines, colour: colours.ink, widthMm: penMm, opacity: 0.92 },
    { lines, colour: colours.inkCore, widthMm: penMm * 0.5, opacity: 0.55 },
    { lines, colour: colours.ink, widthMm: penMm * 1.14, opacity: 1, dashMm: [0, 999] },
  ];
}

function letteringLayers({ lettering = [] }: SheetLayout, lettered: number, toPicture: ToPicture): Layer[] {
  const lines = lettering.map((letter) => letter.map(toPicture));
  return [pencil(lines.slice(lettered)), ...wet(lines.slice(0, lettered))];
}

function blemishLayer({ from, to, why }: StrayMarkOnSheet, toPicture: ToPicture): Layer {
  const lines = [[toPicture(from), toPicture(to)]];
  return { lines, colour: colours.blemish, widthMm: penMm, opacity: 0.8, title: why };
}
