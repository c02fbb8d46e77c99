import type { StrayMarkOnSheet } from '../domain/plotter.ts';
import type { Point, RowLayout, SheetLayout, StrokeRef, Track } from '../domain/sheet.ts';
import { boxOf, boxOfPlate, strokePath } from './place.ts';

/** What is known of one row's ink. Places 1 to `certain` were proven drawn; those in `spoiled` are owed again. */
export interface RowInk {
  readonly id: string;
  readonly certain: number;
  readonly spoiled?: readonly number[] | undefined;
  /** Owed strokes that will fit on this sheet, after `certain`. */
  readonly owedThatFit: number;
  /** Owed strokes for which this sheet has no room. */
  readonly owedBeyond: number;
  /** Of a row with a picture, how long the pen is at what is not drawn of it, whether paid for or not. */
  readonly minutesToWhole?: number | undefined;
}

/** What is known of a drawing: its first `certain` paths were proven drawn; `title`: who asked for what. */
export interface DrawingInk {
  readonly id: string;
  readonly certain: number;
  /** What is not drawn of it is still to come. */
  readonly isOwed: boolean;
  readonly title?: string | undefined;
}

/** What to show on a sheet. */
export interface SheetInk {
  readonly sheet: number;
  /** Stands at the head of the paper. */
  readonly title?: string | undefined;
  readonly rows: readonly RowInk[];
  /** How many lines of the layout's lettering were proven drawn. */
  readonly lettered?: number | undefined;
  /** The drawings of the layout; one that is not named is still to come. */
  readonly drawings?: readonly DrawingInk[] | undefined;
  readonly strayMarks?: readonly StrayMarkOnSheet[] | undefined;
  /** What to tell when a pointer rests on a stroke, for example who paid for it. */
  readonly titles?: ((row: string, n: number) => string | null) | undefined;
  /** The stroke that the pen is at. */
  readonly now?: StrokeRef | undefined;
}

/** A row of the layout with what is known of its ink, cut to what the row can hold. */
export interface ShownRow {
  readonly row: RowLayout;
  readonly ink: RowInk;
}

/** Turns points of the plotter into points of the picture: mm from the paper's upper left corner, Y down. */
export type ToPicture = (point: Point) => Point;

/** What is on the paper for good. */
export function drawnOf({ certain, spoiled = [] }: RowInk): number {
  return certain - new Set(spoiled.filter((n) => n <= certain)).size;
}

/** The colours of a sheet, whatever it is shown with. */
export const colours = {
  ink: '#262129',
  inkCore: '#0f0b14',
  owed: '#b3a691',
  spoiled: '#c4674c',
  strayMark: '#8f3a26',
  pen: '#e0562f',
  rule: '#e4dccd',
  toCome: '#ddd4c4',
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
  /** The lines are the very same ones whenever this is shown: what is made of each can be kept. */
  readonly isKept?: true;
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
    ...rows.flatMap((row) => rowLayers(row, layout, toPicture)),
    ...letteringLayers(layout, ink.lettered ?? 0, toPicture),
    ...plateLayers(layout, toPicture),
    ...drawingLayers(layout, ink.drawings ?? [], toPicture),
    ...(ink.strayMarks ?? []).map((strayMark) => strayMarkLayer(strayMark, toPicture)),
  ].filter(({ lines }) => lines.length > 0);
}

function rowLayers({ row, ink }: ShownRow, layout: SheetLayout, toPicture: ToPicture): Layer[] {
  if (row.picture !== undefined) return pictureLayers(row, ink, layout, toPicture);
  const spoiled = new Set(ink.spoiled);
  const places = { certain: [] as number[], again: [] as number[] };
  for (let n = 1; n <= ink.certain; n++) places[spoiled.has(n) ? 'again' : 'certain'].push(n);
  const owed = Array.from({ length: ink.owedThatFit }, (_, index) => ink.certain + 1 + index);
  const lines = (numbers: readonly number[]) => numbers.map((n) => strokePath(row, n).map(toPicture));
  return [
    rule(row, toPicture),
    pencil(lines(owed)),
    inkLost(lines(places.again)),
    ...wet(lines(places.certain), layout),
  ];
}

/** The pieces that are drawn as ink, in one layer since they may be thousands; what is owed in pencil; the rest is pale. */
function pictureLayers(
  row: RowLayout,
  { certain, owedThatFit, spoiled = [] }: RowInk,
  layout: SheetLayout,
  toPicture: ToPicture,
): Layer[] {
  const track = { count: row.capacity, pathOf: (n: number) => strokePath(row, n) };
  const lines = shownOf(row, track, toPicture);
  const lost = new Set(spoiled);
  const drawn = lines.slice(0, certain);
  return [
    { lines: lines.slice(certain + owedThatFit), colour: colours.toCome, widthMm: 0.22, opacity: 1, isKept: true },
    { ...pencil(lines.slice(certain, certain + owedThatFit)), isKept: true },
    inkLost(drawn.filter((_, index) => lost.has(index + 1))),
    {
      lines: lost.size === 0 ? drawn : drawn.filter((_, index) => !lost.has(index + 1)),
      colour: inkColourOf(layout),
      widthMm: penMm,
      opacity: 0.95,
      isKept: true,
    },
  ];
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
function wet(lines: Lines, layout: SheetLayout): Layer[] {
  const colour = inkColourOf(layout);
  return [
    { lines, colour, widthMm: penMm, opacity: 0.92 },
    { lines, colour: layout.ink?.colour ?? colours.inkCore, widthMm: penMm * 0.5, opacity: 0.55 },
    { lines, colour, widthMm: penMm * 1.14, opacity: 1, dashMm: [0, 999] },
  ];
}

/** The colour that the pen of a sheet leaves. */
function inkColourOf({ ink }: Pick<SheetLayout, 'ink'>): string {
  return ink?.colour ?? colours.ink;
}

function letteringLayers(layout: SheetLayout, lettered: number, toPicture: ToPicture): Layer[] {
  const { lettering = [] } = layout;
  const lines = lettering.map((letter) => letter.map(toPicture));
  return [pencil(lines.slice(lettered)), ...wet(lines.slice(0, lettered), layout)];
}

/** A hair around each plate on which nothing lies, so that it is seen. */
function plateLayers({ plates = [], drawings = [] }: SheetLayout, toPicture: ToPicture): Layer[] {
  const empty = plates.filter(({ id }) => !drawings.some(({ plate }) => plate === id));
  const lines = empty.map((plate) => {
    const { xMinMm, xMaxMm, yMinMm, yMaxMm } = boxOfPlate(plate);
    const corners = [
      { xMm: xMinMm, yMm: yMinMm },
      { xMm: xMaxMm, yMm: yMinMm },
      { xMm: xMaxMm, yMm: yMaxMm },
      { xMm: xMinMm, yMm: yMaxMm },
    ];
    return [...corners, ...corners.slice(0, 1)].map(toPicture);
  });
  return [{ lines, colour: colours.rule, widthMm: 0.2, opacity: 1 }];
}

/** In a picture of a whole sheet nobody sees points that are nearer to each other; mm. */
const seenApartMm = 0.15;
/** A drawing may have 200,000 points, and is shown with each of its paths: what is shown of it is worked out once. */
const shownLines = new WeakMap<object, Lines>();

/** `kept` is what never changes as long as the lines do not. */
function shownOf(kept: object, { count, pathOf }: Pick<Track, 'count' | 'pathOf'>, toPicture: ToPicture): Lines {
  const known = shownLines.get(kept);
  if (known !== undefined) return known;
  const lines = Array.from({ length: count }, (_, index) => thinned(pathOf(index + 1).map(toPicture)));
  shownLines.set(kept, lines);
  return lines;
}

/** A path without points that are too near to be seen; its ends stay. */
function thinned(path: readonly Point[]): readonly Point[] {
  let last = path[0];
  return path.filter((point, index) => {
    const isSeen = last === undefined || Math.hypot(point.xMm - last.xMm, point.yMm - last.yMm) >= seenApartMm;
    if (isSeen) last = point;
    return isSeen || index === 0 || index === path.length - 1;
  });
}

/** What is drawn of a drawing as ink, in one layer since it may have thousands of lines; the rest in pencil. */
function drawingLayers(layout: SheetLayout, inks: readonly DrawingInk[], toPicture: ToPicture): Layer[] {
  const { drawings = [] } = layout;
  return drawings.flatMap((drawing): Layer[] => {
    const { id, count } = drawing;
    const { certain, isOwed, title } = inks.find((ink) => ink.id === id) ?? { certain: 0, isOwed: true };
    const shown = isOwed ? count : certain;
    const lines = shownOf(drawing, drawing, toPicture).slice(0, shown);
    const titled = { isKept: true, ...(title === undefined ? {} : { title }) } as const;
    return [
      { ...pencil(lines.slice(certain)), ...titled },
      { lines: lines.slice(0, certain), colour: inkColourOf(layout), widthMm: penMm, opacity: 0.95, ...titled },
    ];
  });
}

function strayMarkLayer({ from, to, why }: StrayMarkOnSheet, toPicture: ToPicture): Layer {
  const lines = [[toPicture(from), toPicture(to)]];
  return { lines, colour: colours.strayMark, widthMm: penMm, opacity: 0.8, title: why };
}
