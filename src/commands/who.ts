import { forecastGift } from '../appliance/outlook.ts';
import type { MotionLimits } from '../domain/motion.ts';
import { counted, giftInWords, localTime, nameMeant, plainText } from '../domain/plain-text.ts';
import type { PlateLayout, RowLayout } from '../domain/sheet.ts';
import { letteringMs, modelPace } from '../drawing/forecast.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import type { Payer } from '../ledger/questions.ts';
import { type Command, type Console, columns, columnsOf, duration, exit, wrapLines } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';

/** Names who paid for a stroke. */
export const who: Command = {
  name: 'who',
  summary: 'who paid for a stroke, or asked for a drawing',
  usage: 'who ROW N | who PLATE [--sheet SHEET]',
  details: [
    'Names the gift, the viewer and the time of the N-th stroke of a row, counted',
    'from 1. ROW is the id or the name of a row, as in `livepen who "Heart Me" 3`.',
    'PLATE is the id or the name of a plate: who asked for what lies there.',
    '',
    '  --sheet SHEET   the number of the sheet (default: the open one)',
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, sheet: { type: 'string' } },
  words: [1, 2],
  async run(args, console) {
    const [row = '', text] = args.words;
    const n = Number(text ?? 1);
    const sheetNumber = args.options.sheet === undefined ? null : Number(args.options.sheet);
    if (!Number.isInteger(n) || n < 1 || (sheetNumber !== null && !Number.isInteger(sheetNumber))) {
      console.err('Strokes and sheets are counted from 1, as in `livepen who 1 12 --sheet 2`.');
      return exit.usage;
    }
    return withLedger(args, console, (ledger, limits) => {
      const { questions, sheet } = ledger;
      const number = sheetNumber ?? sheet()?.id ?? questions.sheets().at(-1)?.sheet;
      if (number === undefined) {
        console.err('No sheet has been opened yet, so no stroke is paid for.');
        return exit.failed;
      }
      const record = questions.sheetRecord(number);
      if (record === null) {
        const sheets = questions.sheets().map((each) => each.sheet);
        console.err(wrapLines(`There is no sheet ${number}. ${rangeOf(sheets)}`));
        return exit.failed;
      }
      const { rows, plates = [] } = record.layout;
      if (text === undefined) return whoseDrawing(questions, number, plates, row, console);
      const meant = meantBy(rows, row);
      if (meant === null) {
        console.err(wrapLines(`Sheet ${number} has no row "${row}". Its rows are:\n${rows.map(rowLine).join('\n')}`));
        return exit.failed;
      }
      const called = inWords(meant);
      const payer = questions.payerOf(number, meant.id, n);
      if (payer === null) {
        console.err(
          wrapLines(
            n > meant.capacity
              ? `Row ${called} of sheet ${number} has only ${counted(meant.capacity, 'stroke')}.`
              : `Nobody has paid for stroke ${n} of row ${called} on sheet ${number}.`,
          ),
        );
        return exit.failed;
      }
      const paid = (where: string) =>
        plainText(`Sheet ${number}, row ${where}, stroke ${n}: ${paidWith(payer)}, ${localTime(payer.arrivedAtMs)}`);
      // The name of the row gives way first: it was typed, or its id was.
      const whole = columnsOf(paid(called)) <= columns ? paid(called) : paid(meant.id);
      const fate = payer.drawn ? 'It is drawn.' : owedInWords(ledger, limits, payer.seq);
      for (const line of [...wrapLines(whole).split('\n'), fate]) console.out(line);
      return exit.ok;
    });
  },
};

/** What was given, by whom, to whom, and in which way, where that is not a gift of a live. */
function paidWith(payer: Omit<Payer, 'sheet' | 'row' | 'n' | 'drawn'>): string {
  const { receiver, receiverIs } = payer;
  const to = receiver === '' ? '' : ` to ${receiver}${receiverIs === 'guest' ? ' (guest)' : ''}`;
  return `${giftInWords(payer)}${to}`;
}

/** The row or plate that a person means: by its id, or else by its name. */
function meantBy<T extends { readonly id: string; readonly name: string }>(all: readonly T[], typed: string): T | null {
  const id = nameMeant(
    all.map((each) => each.id),
    typed,
  );
  if (id !== null) return all.find((each) => each.id === id) ?? null;
  const name = nameMeant(
    all.map((each) => each.name),
    typed,
  );
  const named = all.filter((each) => each.name === name);
  return named.length === 1 ? (named[0] ?? null) : null;
}

/** What lies on a plate, and who asked for it. */
function whoseDrawing(
  questions: LedgerReader['questions'],
  sheet: number,
  plates: readonly PlateLayout[],
  typed: string,
  console: Console,
): number {
  const plate = meantBy(plates, typed);
  if (plate === null) {
    const known = plates.length === 0 ? 'It has none.' : `Its plates are ${plates.map(({ id }) => id).join(', ')}.`;
    console.err(wrapLines(`Sheet ${sheet} has no plate "${typed}". ${known} Of a row, name a stroke: who ${typed} 1.`));
    return exit.failed;
  }
  const lies = questions.drawingsOnPlate(sheet, plate.id).at(-1);
  if (lies === undefined) {
    console.err(wrapLines(`No drawing was placed on plate ${plate.id} of sheet ${sheet}.`));
    return exit.failed;
  }
  const { drawing, gift, paths, certain } = lies;
  const paid = gift === null ? null : questions.giftAt(gift);
  const called = drawing.name === '' ? '' : ` (${drawing.name})`;
  const asker = drawing.viewer === '' ? 'the person at the plotter' : drawing.viewer;
  const by = paid === null ? `asked for by ${asker}` : `paid for with ${paidWith(paid)}`;
  const where = `Sheet ${sheet}, plate ${plate.id}: drawing ${drawing.id}${called}`;
  console.out(wrapLines(plainText(`${where}, ${by}, ${localTime(drawing.askedAtMs)}`)));
  const far = certain === paths ? 'It is drawn.' : `${certain} of ${counted(paths, 'path')} are drawn.`;
  console.out(drawing.state === 'void' ? `${far} The rest was taken back.` : far);
  return exit.ok;
}

/** A row by its id, and by its name where that says more. */
function inWords({ id, name }: RowLayout): string {
  return name === '' || name === id ? id : `${id} (${name})`;
}

function rowLine({ id, name, capacity }: RowLayout): string {
  return `  ${id.padEnd(4)}  ${name === id ? '' : name}`.trimEnd().concat(`, ${counted(capacity, 'stroke')}`);
}

/** Which sheets there are. */
function rangeOf(sheets: readonly number[]): string {
  const [first, last] = [sheets[0], sheets.at(-1)];
  if (first === undefined) return 'None has been opened yet.';
  return first === last ? `There is only sheet ${first}.` : `There are sheets ${first} to ${last}.`;
}

/** When the gift of an owed stroke is drawn, by age; whose turn it is on a live only the running service knows. */
function owedInWords(ledger: LedgerReader, limits: MotionLimits, seq: number): string {
  const open = ledger.sheet();
  if (open === null) return 'It is owed.';
  const pace = {
    msPerStroke: modelPace(open.layout, limits).msPerStroke([]),
    lettersLeftMs: letteringMs(open.layout, open.lettered, limits),
    lettersPerSheetMs: letteringMs(open.layout, 0, limits),
  };
  const ground = { layout: open.layout, sheet: open.id, pace };
  const found = forecastGift(ledger, { ...ground, order: 'oldest', openByGiver: new Map() }, seq);
  if (found === null) return 'It is owed.';
  const minutes = duration(found.minutes * minuteMs);
  return `It is owed: drawn after about ${minutes} of drawing, on sheet ${found.sheet} (an estimate).`;
}

const minuteMs = 60_000;
