import type { RowLayout, SheetLayout } from '../domain/sheet.ts';
import { boxOf } from './row-places.ts';
import type { RowInk, ShownRow, ToPicture } from './sheet-ink.ts';
import { element, escapeText } from './svg.ts';

const serif = "'Iowan Old Style', 'Palatino Linotype', Palatino, P052, Georgia, serif";
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

interface Text {
  readonly xMm: number;
  readonly yMm: number;
  readonly sizeMm: number;
  readonly fill: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly italic?: boolean;
}

function text({ xMm, yMm, sizeMm, fill, anchor = 'start', italic = false }: Text, content: string): string {
  const style: Record<string, string | number> = { x: xMm, y: yMm, fill, 'font-size': sizeMm, 'font-family': serif };
  if (anchor !== 'start') style['text-anchor'] = anchor;
  if (italic) style['font-style'] = 'italic';
  return element('text', style, content);
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
export function heading({ paper, rows }: SheetLayout, title: string | undefined): string {
  if (title === undefined || title.trim() === '') return '';
  const topMm = Math.min(...rows.map(({ yMm, strokeMm }) => paper.corner.yMm + paper.heightMm - yMm - strokeMm));
  const sizeMm = Math.min(7, topMm * 0.28);
  const place = { xMm: paper.widthMm / 2, yMm: topMm * 0.52, sizeMm, fill: colours.title, anchor: 'middle' } as const;
  return text({ ...place, italic: true }, escapeText(fit(title, paper.widthMm * 0.8, sizeMm)));
}

/** A row's name over its left end, unless the pen writes it, and its count over its right end, where there is room. */
export function caption(layout: SheetLayout, { row, ink }: ShownRow, toPicture: ToPicture): string {
  const { xMinMm, xMaxMm, yMaxMm } = boxOf(row);
  const head = toPicture({ xMm: xMinMm, yMm: yMaxMm });
  const roomMm = roomAboveMm(layout, row);
  const sizeMm = Math.min(3.2, roomMm * 0.42);
  if (sizeMm < 1) return '';
  const widthMm = Math.max(xMaxMm - xMinMm, 4 * sizeMm);
  const yMm = head.yMm - sizeMm * 0.75;
  const name = escapeText(fit(row.name, widthMm * 0.6, sizeMm));
  const end = { xMm: head.xMm + widthMm, yMm, sizeMm: sizeMm * 0.8, fill: colours.name, anchor: 'end' } as const;
  return (
    (isLabelled(layout, row, roomMm)
      ? ''
      : text({ xMm: head.xMm, yMm, sizeMm, fill: colours.name, italic: true }, name)) +
    text(end, counts({ row, ink }, sizeMm))
  );
}

function counts({ row, ink }: ShownRow, sizeMm: number): string {
  const count = element('tspan', { fill: colours.name }, String(drawnOf(ink)));
  const capacity = element('tspan', { fill: colours.faint, dx: sizeMm * 0.2 }, `/ ${row.capacity}`);
  if (ink.owedBeyond <= 0) return count + capacity;
  const waiting = element('tspan', { fill: colours.beyond }, `+${ink.owedBeyond}`);
  return waiting + element('tspan', { dx: sizeMm * 0.7 }, count) + capacity;
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
export function footer({ paper, rows }: SheetLayout, sheet: number, shown: readonly ShownRow[]): string {
  const boxes = rows.map(boxOf);
  const roomMm = Math.min(...boxes.map(({ yMinMm }) => yMinMm)) - paper.corner.yMm;
  const sizeMm = Math.min(3.2, roomMm * 0.2);
  const left = Math.min(...boxes.map(({ xMinMm }) => xMinMm)) - paper.corner.xMm;
  const right = Math.max(...boxes.map(({ xMaxMm }) => xMaxMm)) - paper.corner.xMm;
  const drawn = shown.reduce((sum, { ink }) => sum + drawnOf(ink), 0);
  const line = { yMm: paper.heightMm - roomMm * 0.4, sizeMm, fill: colours.faint };
  return (
    text({ ...line, xMm: left }, `${drawn} strokes`) +
    text({ ...line, xMm: right, anchor: 'end', italic: true }, `Sheet ${sheet}`)
  );
}

/** What is on the paper for good. */
function drawnOf({ certain, spoiled = [] }: RowInk): number {
  return certain - new Set(spoiled.filter((n) => n <= certain)).size;
}
