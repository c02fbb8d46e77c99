import { counted } from '../domain/counted.ts';
import type { RowLayout, SheetLayout } from '../domain/sheet.ts';
import { boxOf } from './row-places.ts';
import type { RowInk, SheetInk, ShownRow, ToPicture } from './sheet-ink.ts';

const colours = { name: '#6f6656', faint: '#a89d8a', beyond: '#c05a35', title: '#3a332b' } as const;

/** Average width of a letter in parts of its size; enough to know whether a name fits. */
const letterWidth = 0.5;

/** The sheet in one sentence, for those who do not see it. */
export function sentence(sheet: number, rows: readonly ShownRow[]): string {
  const total = (pick: (row: ShownRow) => number) => rows.reduce((sum, row) => sum + pick(row), 0);
  const drawn = total(({ ink }) => drawnOf(ink));
  const owed = total(({ ink }) => ink.owedThatFit + ink.owedBeyond + ink.certain - drawnOf(ink));
  return `Sheet ${sheet}: ${drawn} of ${total(({ row }) => row.capacity)} strokes drawn, ${owed} owed`;
}

/** Words beside the ink, as print and not as pen: they tell what is there, and are not on the paper. */
export interface Label {
  /** Where its baseline begins, has its middle or ends, mm from the paper's upper left corner, Y down. */
  readonly xMm: number;
  readonly yMm: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly sizeMm: number;
  readonly italic: boolean;
  readonly parts: readonly LabelPart[];
}

/** A part of a label in one colour; `gapMm` stands before it. */
export interface LabelPart {
  readonly text: string;
  readonly colour: string;
  readonly gapMm: number;
}

function part(text: string, colour: string, gapMm = 0): LabelPart {
  return { text, colour, gapMm };
}

/** All words of a sheet. */
export function labelsOf(
  layout: SheetLayout,
  rows: readonly ShownRow[],
  { sheet, title }: SheetInk,
  toPicture: ToPicture,
): Label[] {
  return [
    ...heading(layout, title),
    ...rows.flatMap((row) => caption(layout, row, toPicture)),
    ...footer(layout, sheet, rows),
  ];
}

/** As much of a text as fits, with an ellipsis where it was cut. */
function fit(content: string, widthMm: number, sizeMm: number): string {
  const letters = [...content];
  const most = Math.max(1, Math.floor(widthMm / (sizeMm * letterWidth)));
  return letters.length <= most
    ? content
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** The title over the topmost row, as large as the margin there allows. */
function heading({ paper, rows }: SheetLayout, title: string | undefined): Label[] {
  if (title === undefined || title.trim() === '') return [];
  const topMm = Math.min(...rows.map(({ yMm, strokeMm }) => paper.corner.yMm + paper.heightMm - yMm - strokeMm));
  const sizeMm = Math.min(7, topMm * 0.28);
  const words = part(fit(title, paper.widthMm * 0.8, sizeMm), colours.title);
  return [{ xMm: paper.widthMm / 2, yMm: topMm * 0.52, sizeMm, anchor: 'middle', italic: true, parts: [words] }];
}

/** A row's name over its left end, unless the pen writes it, and its count over its right end, where there is room. */
function caption(layout: SheetLayout, { row, ink }: ShownRow, toPicture: ToPicture): Label[] {
  const { xMinMm, xMaxMm, yMaxMm } = boxOf(row);
  const head = toPicture({ xMm: xMinMm, yMm: yMaxMm });
  const roomMm = roomAboveMm(layout, row);
  const sizeMm = Math.min(3.2, roomMm * 0.42);
  if (sizeMm < 1) return [];
  const widthMm = Math.max(xMaxMm - xMinMm, 4 * sizeMm);
  const yMm = head.yMm - sizeMm * 0.75;
  const name = part(fit(row.name, widthMm * 0.6, sizeMm), colours.name);
  const start: Label = { xMm: head.xMm, yMm, sizeMm, anchor: 'start', italic: true, parts: [name] };
  const parts = counts({ row, ink }, sizeMm);
  const end: Label = { xMm: head.xMm + widthMm, yMm, sizeMm: sizeMm * 0.8, anchor: 'end', italic: false, parts };
  return isLabelled(layout, row, roomMm) ? [end] : [start, end];
}

function counts({ row, ink }: ShownRow, sizeMm: number): LabelPart[] {
  const drawn = String(drawnOf(ink));
  const capacity = part(`/ ${row.capacity}`, colours.faint, sizeMm * 0.2);
  if (ink.owedBeyond <= 0) return [part(drawn, colours.name), capacity];
  return [part(`+${ink.owedBeyond}`, colours.beyond), part(drawn, colours.name, sizeMm * 0.7), capacity];
}

/** Whether a letter stands in the room over the row's left end. */
function isLabelled({ lettering = [] }: SheetLayout, row: RowLayout, roomMm: number): boolean {
  const { xMinMm, yMaxMm } = boxOf(row);
  return lettering.some(([point]) => {
    if (point === undefined) return false;
    return (
      point.yMm > yMaxMm && point.yMm < yMaxMm + Math.min(roomMm, 2 * row.strokeMm) && point.xMm < xMinMm + row.strokeMm
    );
  });
}

function roomAboveMm({ paper, rows }: SheetLayout, row: RowLayout): number {
  const headMm = row.yMm + row.strokeMm;
  const above = rows.map(({ yMm }) => yMm).filter((yMm) => yMm > row.yMm);
  return Math.min(paper.corner.yMm + paper.heightMm, ...above) - headMm;
}

/** What the sheet holds, and its number, under the lowest row. */
function footer({ paper, rows }: SheetLayout, sheet: number, shown: readonly ShownRow[]): Label[] {
  const boxes = rows.map(boxOf);
  const roomMm = Math.min(...boxes.map(({ yMinMm }) => yMinMm)) - paper.corner.yMm;
  const sizeMm = Math.min(3.2, roomMm * 0.2);
  const left = Math.min(...boxes.map(({ xMinMm }) => xMinMm)) - paper.corner.xMm;
  const right = Math.max(...boxes.map(({ xMaxMm }) => xMaxMm)) - paper.corner.xMm;
  const drawn = shown.reduce((sum, { ink }) => sum + drawnOf(ink), 0);
  const beyond = shown.reduce((sum, { ink }) => sum + ink.owedBeyond, 0);
  // The rows say only "+33": here stands what that means.
  const waiting = beyond > 0 ? `, +${beyond} for the next sheet` : '';
  const line = { yMm: paper.heightMm - roomMm * 0.4, sizeMm };
  const count = part(`${counted(drawn, 'stroke')}${waiting}`, colours.faint);
  return [
    { ...line, xMm: left, anchor: 'start', italic: false, parts: [count] },
    { ...line, xMm: right, anchor: 'end', italic: true, parts: [part(`Sheet ${sheet}`, colours.faint)] },
  ];
}

/** What is on the paper for good. */
function drawnOf({ certain, spoiled = [] }: RowInk): number {
  return certain - new Set(spoiled.filter((n) => n <= certain)).size;
}
