import { forecastGift } from '../appliance/gift-forecast.ts';
import { letteringMs, paceMs } from '../drawing/forecast.ts';
import type { LedgerReader } from '../ledger/ledger.ts';
import { type Command, exit } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';
import { duration, localTime } from './local-time.ts';

/** Names who paid for a stroke. */
export const who: Command = {
  name: 'who',
  summary: 'who paid for a stroke',
  usage: 'who ROW N [--sheet SHEET]',
  details: [
    'Names the gift, the viewer and the time of the N-th stroke of a row, counted from 1.',
    '',
    '  --sheet SHEET   the number of the sheet (default: the one that lies there)',
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, sheet: { type: 'string' } },
  words: [2, 2],
  async run(args, console) {
    const [row = '', text = ''] = args.words;
    const n = Number(text);
    const sheetNumber = args.options.sheet === undefined ? null : Number(args.options.sheet);
    if (!Number.isInteger(n) || n < 1 || (sheetNumber !== null && !Number.isInteger(sheetNumber))) {
      console.err('Strokes and sheets are counted from 1, as in `livepen who 1 12 --sheet 2`.');
      return exit.usage;
    }
    return withLedger(args, console, (ledger) => {
      const { questions, sheet } = ledger;
      const number = sheetNumber ?? sheet()?.id ?? questions.sheets().at(-1)?.sheet;
      const payer = number === undefined ? null : questions.payerOf(number, row, n);
      if (payer === null) {
        console.err(
          `Nobody has paid for stroke ${n} of row ${row}${number === undefined ? '' : ` on sheet ${number}`}.`,
        );
        return exit.failed;
      }
      const from = payer.viewer === '' ? 'nobody' : payer.viewer;
      const kind = payer.source === 'live' ? '' : ` (${payer.source})`;
      console.out(
        `Sheet ${number}, row ${row}, stroke ${n}: ${payer.gift} from ${from}${kind}, ${localTime(payer.arrivedAtMs)}`,
      );
      console.out(payer.drawn ? 'It is drawn.' : owedInWords(ledger, payer.seq));
      return exit.ok;
    });
  },
};

/** When the gift of an owed stroke is drawn, by age; whose turn it is on a live only the running service knows. */
function owedInWords(ledger: LedgerReader, seq: number): string {
  const open = ledger.sheet();
  if (open === null) return 'It is owed.';
  const pace = {
    msPerStroke: paceMs(open.layout),
    lettersLeftMs: letteringMs(open.layout, open.lettered),
    lettersPerSheetMs: letteringMs(open.layout, 0),
  };
  const ground = { layout: open.layout, sheet: open.id, pace };
  const found = forecastGift(ledger, { ...ground, order: 'oldest', openByGiver: new Map() }, seq);
  if (found === null) return 'It is owed.';
  const minutes = duration(found.minutes * minuteMs);
  return `It is owed; its gift is drawn after about ${minutes} of drawing, on sheet ${found.sheet} (an estimate).`;
}

const minuteMs = 60_000;
