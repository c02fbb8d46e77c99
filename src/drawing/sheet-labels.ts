import { counted } from '../domain/plain-text.ts';
import type { RowLayout, SheetLayout } from '../domain/sheet.ts';
import { boxOf, boxOfPlate, type Rectangle } from './place.ts';
import { drawnOf, type SheetInk, type ShownRow, type ToPicture } from './sheet-layers.ts';

const labelColours = { name: '#514839', faint: '#776d5d', beyond: '#b04a25', title: '#3a332b' } as const;

/** As large as a name is printed where there is room: on a tablet a whole sheet is shown a third of its size. */
const captionMmMax = 6;
/** In a short row name and count must stand beside each other. */
const captionShare = 0.045;
const captionMmOfShort = 3.2;

/** Average width of a letter in parts of its size; enough to know whether a name fits. */
const letterWidth = 0.5;

/** A name of which less can be shown is left out. */
const nameLettersMin = 3;
const gapToNextMm = 4;

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
interface LabelPart {
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

/** Where rows and plates lie: there is at least one. */
function boxesOf({ rows, plates = [] }: SheetLayout): Rectangle[] {
  return [...rows.map(boxOf), ...plates.map(boxOfPlate)];
}

/** The title over the topmost row, as large as the margin there allows. */
function heading(layout: SheetLayout, title: string | undefined): Label[] {
  if (title === undefined || title.trim() === '') return [];
  const { paper } = layout;
  const topMm = Math.min(...boxesOf(layout).map(({ yMaxMm }) => paper.corner.yMm + paper.heightMm - yMaxMm));
  const sizeMm = Math.min(7, topMm * 0.28);
  const words = part(fit(title, paper.widthMm * 0.8, sizeMm), labelColours.title);
  return [{ xMm: paper.widthMm / 2, yMm: topMm * 0.52, sizeMm, anchor: 'middle', italic: true, parts: [words] }];
}

/** A row's name over its left end, unless the pen writes it, and its count over its right end, where there is room. */
function caption(layout: SheetLayout, { row, ink }: ShownRow, toPicture: ToPicture): Label[] {
  const { xMinMm, xMaxMm, yMaxMm } = boxOf(row);
  const head = toPicture({ xMm: xMinMm, yMm: yMaxMm });
  const roomMm = roomAboveMm(layout, row);
  const ofWidth = Math.max(captionMmOfShort, (xMaxMm - xMinMm) * captionShare);
  const sizeMm = Math.min(captionMmMax, roomMm * 0.42, ofWidth);
  if (sizeMm < 1) return [];
  const parts = counts({ row, ink }, sizeMm);
  const countMm = widthOf(parts, sizeMm * 0.9) + sizeMm;
  // Over a row that is shorter than its name and count they reach out to the right, where there is room.
  const wantedMm = Math.min(countMm + [...row.name].length * sizeMm * letterWidth, roomToTheRightMm(layout, row));
  const widthMm = Math.max(xMaxMm - xMinMm, wantedMm);
  const yMm = head.yMm - sizeMm * 0.75;
  const name = part(fit(row.name, widthMm - countMm, sizeMm), labelColours.name);
  const start: Label = { xMm: head.xMm, yMm, sizeMm, anchor: 'start', italic: true, parts: [name] };
  const end: Label = { xMm: head.xMm + widthMm, yMm, sizeMm: sizeMm * 0.9, anchor: 'end', italic: false, parts };
  const hasNoRoom = widthMm - countMm < nameLettersMin * sizeMm * letterWidth;
  return hasNoRoom || isLabelled(layout, row, roomMm) ? [end] : [start, end];
}

/** About how wide the parts of a label are. */
function widthOf(parts: readonly LabelPart[], sizeMm: number): number {
  return parts.reduce((sum, { text, gapMm }) => sum + gapMm + [...text].length * sizeMm * letterWidth, 0);
}

/** From where a row begins to what stands beside it, or to the edge of the paper. */
function roomToTheRightMm({ paper, rows }: SheetLayout, row: RowLayout): number {
  const { xMinMm, yMaxMm } = boxOf(row);
  const beside = rows.map(boxOf).filter((box) => box.xMinMm > xMinMm && box.yMinMm <= yMaxMm && box.yMaxMm >= yMaxMm);
  const edges = beside.map((box) => box.xMinMm - gapToNextMm);
  return Math.min(paper.corner.xMm + paper.widthMm - gapToNextMm, ...edges) - xMinMm;
}

function counts({ row, ink }: ShownRow, sizeMm: number): LabelPart[] {
  const drawn = String(drawnOf(ink));
  const capacity = part(`/ ${row.capacity}`, labelColours.faint, sizeMm * 0.2);
  const minutes = Math.round(ink.minutesToWhole ?? 0);
  const wait = minutes === 0 ? [] : [part(`≈ ${minutesInWords(minutes)}`, labelColours.faint, sizeMm * 0.5)];
  if (ink.owedBeyond <= 0) return [part(drawn, labelColours.name), capacity, ...wait];
  const beyond = part(`+${ink.owedBeyond}`, labelColours.beyond);
  return [beyond, part(drawn, labelColours.name, sizeMm * 0.7), capacity, ...wait];
}

/** The same in every language. */
function minutesInWords(minutes: number): string {
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
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

/** The room over a row. Over the topmost it is no more than others have: words of one kind are of one size. */
function roomAboveMm({ paper, rows }: SheetLayout, row: RowLayout): number {
  const over = (below: RowLayout) => {
    const { yMm, strokeMm } = below;
    const above = rows.filter((each) => each.yMm > yMm && !isBeside(each, below)).map((each) => each.yMm);
    return {
      roomMm: Math.min(paper.corner.yMm + paper.heightMm, ...above) - yMm - strokeMm,
      isTop: above.length === 0,
    };
  };
  const own = over(row);
  const others = rows.map(over).filter(({ isTop }) => !isTop);
  return own.isTop && others.length > 0
    ? Math.min(own.roomMm, Math.max(...others.map(({ roomMm }) => roomMm)))
    : own.roomMm;
}

/** A picture may be as high as several rows, which stand to its side. */
function isBeside(one: RowLayout, other: RowLayout): boolean {
  if (one.picture === undefined && other.picture === undefined) return false;
  const [a, b] = [boxOf(one), boxOf(other)];
  return a.xMaxMm < b.xMinMm || b.xMaxMm < a.xMinMm;
}

/** What the sheet holds, and its number, under the lowest row. */
function footer(layout: SheetLayout, sheet: number, shown: readonly ShownRow[]): Label[] {
  const { paper } = layout;
  const boxes = boxesOf(layout);
  const roomMm = Math.min(...boxes.map(({ yMinMm }) => yMinMm)) - paper.corner.yMm;
  const left = Math.min(...boxes.map(({ xMinMm }) => xMinMm)) - paper.corner.xMm;
  const right = Math.max(...boxes.map(({ xMaxMm }) => xMaxMm)) - paper.corner.xMm;
  const drawn = shown.reduce((sum, { ink }) => sum + drawnOf(ink), 0);
  const beyond = shown.reduce((sum, { ink }) => sum + ink.owedBeyond, 0);
  // The rows say only "+33": here stands what that means.
  const waiting = beyond > 0 ? `, +${beyond} for the next sheet` : '';
  const count = part(`${counted(drawn, 'stroke')}${waiting}`, labelColours.faint);
  const number = part(`Sheet ${sheet}`, labelColours.faint);
  // Where the rows are short the line is as wide as the paper allows, and then as small as it must be.
  const letters = [...count.text, ...number.text].length;
  const mostMm = Math.max(right - left, paper.widthMm - 2 * left);
  const sizeMm = Math.min(captionMmMax * 0.9, roomMm * 0.2, mostMm / (letters * letterWidth));
  const end = Math.max(right, left + letters * letterWidth * sizeMm);
  const line = { yMm: paper.heightMm - roomMm * 0.4, sizeMm };
  return [
    { ...line, xMm: left, anchor: 'start', italic: false, parts: [count] },
    { ...line, xMm: end, anchor: 'end', italic: true, parts: [number] },
  ];
}
