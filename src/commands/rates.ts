import { counted } from '../domain/plain-text.ts';
import { strokesFor } from '../domain/worth.ts';
import { modelPace } from '../drawing/forecast.ts';
import { parseGiftMap, worthOfGift } from '../gifts/gift-map.ts';
import type { PastEvening } from '../ledger/past-evenings.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { type Command, duration, exit, wrapLines } from './command.ts';
import { readerHelp, readerOptions, withLedger } from './ledger-reader.ts';
import { configPath, readPictures } from './run.ts';
import { applianceSettings, readSettings } from './settings.ts';

const dayMs = 86_400_000;
const [defaultSheets, defaultDays, daysMax, sheetsMax] = [1, 30, 3_650, 1_000];
/** So many evenings are shown, the newest; all of them count. */
const shownMax = 8;
/** Givers in turns make ways longer than a row from end to end: by an eighth to a sixth in `npm run bench:drawing`. */
const turnsCost = 1.2;
/** Coins for one stroke, in every ten; short as decimals the other way round, too. */
const coinsInTen = [1, 1.25, 2, 2.5, 4, 5, 8];
/** Strokes a coin that are tried, the most first: numbers that a person can say to viewers. */
const strokesPerCoin = [
  5,
  4,
  2,
  ...[1, 10, 100, 1_000, 10_000].flatMap((ten) => coinsInTen.map((part) => 1 / (part * ten))),
];

/** What past evenings say of what a gift can be worth. */
export const rates: Command = {
  name: 'rates',
  summary: 'what gifts can be worth, so that the plotter keeps up',
  usage: 'rates [--sheets N] [--days N]',
  details: [
    'Shows what past evenings brought and what the plotter can draw in their time, and works',
    'out how many strokes a coin is worth at most, so that of the fullest evening no more is',
    'left to draw than so many sheets. Prints a gift map with that; it changes nothing.',
    '',
    `  --sheets N      how many sheets may be left to draw (default ${defaultSheets})`,
    `  --days N        how far back it looks (default ${defaultDays})`,
    readerHelp,
  ].join('\n'),
  options: { ...readerOptions, sheets: { type: 'string' }, days: { type: 'string' } },
  async run(args, console) {
    const sheets = numberOf(args.options.sheets, defaultSheets, 0, sheetsMax);
    const days = numberOf(args.options.days, defaultDays, 1, daysMax);
    if (sheets === null || days === null) {
      const [name, from, to] = sheets === null ? ['sheets', 0, sheetsMax] : ['days', 1, daysMax];
      console.err(`--${name} "${args.options[name]}": it must be a number from ${from} to ${to}.`);
      return exit.usage;
    }
    const clock = systemClock();
    const log = stderrLog(clock.wallMs, 'text');
    const read = readSettings(configPath(args.options), log, console.env.STATE_DIRECTORY);
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    await readPictures(read.settings, clock, log);
    const { config, layoutOf } = read.settings;
    const layout = layoutOf(1);
    if (layout.rows.length === 0) {
      console.err('The config has no rows, so no gift can pay for strokes.');
      return exit.config;
    }
    const pace = modelPace(layout, applianceSettings(config).limits).msPerStroke([]);
    const plotter: PlotterMeans = {
      rows: layout.rows.map(({ id }) => id),
      perSheet: layout.rows.reduce((sum, { capacity }) => sum + capacity, 0),
      msPerStroke: pace * (config.drawing.order === 'live' ? turnsCost : 1),
    };
    return withLedger(args, console, ({ questions }) => {
      console.out(ratesInWords(questions.pastEvenings(clock.wallMs() - days * dayMs), plotter, sheets));
      return exit.ok;
    });
  },
};

/** A number that was typed, or what holds without it; null where it is none or out of bounds. */
function numberOf(typed: unknown, otherwise: number, min: number, max: number): number | null {
  if (typed === undefined) return otherwise;
  const number = typeof typed === 'string' && typed.trim() !== '' ? Number(typed) : Number.NaN;
  return number >= min && number <= max ? number : null;
}

/** What the plotter can draw, and on what. */
interface PlotterMeans {
  readonly rows: readonly string[];
  /** Strokes that fit on a sheet. */
  readonly perSheet: number;
  readonly msPerStroke: number;
}

/** A gift map by which every gift is worth so many strokes a coin, as it stands in its file. */
function mapFor(perCoin: number, rows: readonly string[]): string {
  const listed = `[${rows.map((row) => JSON.stringify(row)).join(', ')}]`;
  return [
    '{',
    '  "version": 1,',
    '  "otherGifts": {',
    `    "rows": ${listed},`,
    `    "strokesPerCoin": ${decimal(perCoin)}`,
    '  }',
    '}',
  ].join('\n');
}

/** As a person writes it: 0.00005, not 5e-5. */
function decimal(perCoin: number): string {
  return perCoin.toFixed(9).replace(/\.?0+$/, '');
}

/** What an evening's gifts would have brought by such a map, strokes. */
function wouldBring({ gifts }: PastEvening, perCoin: number, { rows }: PlotterMeans): number {
  const read = parseGiftMap(mapFor(perCoin, rows), rows);
  if (!read.ok) throw new Error('the map that is proposed is none');
  return gifts.reduce((sum, { base, count, times, ...gift }) => {
    const worth = worthOfGift(read.map, gift);
    return worth === null ? sum : sum + times * (strokesFor(worth, count) - strokesFor(worth, base));
  }, 0);
}

function canDraw({ busyMs }: PastEvening, { msPerStroke }: PlotterMeans): number {
  return Math.floor(busyMs / msPerStroke);
}

/** How many sheets an evening leaves to draw, if its gifts bring so much. */
function sheetsLeft(evening: PastEvening, byGifts: number, plotter: PlotterMeans): number {
  return Math.max(0, byGifts + evening.byOthers - canDraw(evening, plotter)) / plotter.perSheet;
}

function ratesInWords(evenings: readonly PastEvening[], plotter: PlotterMeans, sheets: number): string {
  const ofGifts = evenings.filter(({ gifts }) => gifts.length > 0);
  if (ofGifts.length === 0)
    return wrapLines('In this time no gifts came, so there is nothing to go by. Ask again after a live.');
  const perMinute = 60_000 / plotter.msPerStroke;
  const left = (evening: PastEvening, byGifts: number) => sheetsLeft(evening, byGifts, plotter);
  const perCoin = strokesPerCoin.find((each) =>
    ofGifts.every((evening) => left(evening, wouldBring(evening, each, plotter)) <= sheets),
  );
  const lines = [
    tableOf(ofGifts, plotter, perCoin ?? null),
    '',
    wrapLines(
      `A sheet holds ${counted(plotter.perSheet, 'stroke')}; the plotter draws about ${perMinute.toFixed(0)} a minute. "left" is what would remain if it drew in all the half hours in which something came.`,
    ),
    '',
  ];
  if (perCoin === undefined) {
    const most = Math.max(...ofGifts.map((evening) => left(evening, 0)));
    const why = `Whatever gifts are worth, more than ${counted(sheets, 'sheet')} would be left: what else pays (follows, likes, donations) leaves ${most.toFixed(1)}. Let it pay less in the gift map's "events".`;
    return [...lines, wrapLines(most > sheets ? why : tooMany)].join('\n');
  }
  const sentence = `At ${inWords(perCoin)}, the fullest evening leaves ${sheets === 0 ? 'nothing' : `no more than ${counted(sheets, 'sheet')}`}. As a gift map (keep your "events" beside it):`;
  return [...lines, wrapLines(sentence), mapFor(perCoin, plotter.rows)].join('\n');
}

const tooMany =
  'Even at one stroke for 80,000 coins more would be left than that. Allow more sheets (--sheets), or map few gifts.';

/** Strokes a coin, as it is said to viewers. */
function inWords(perCoin: number): string {
  return perCoin >= 1
    ? `${counted(perCoin, 'stroke')} a coin`
    : `one stroke for ${(1 / perCoin).toLocaleString('en')} coins`;
}

function tableOf(evenings: readonly PastEvening[], plotter: PlotterMeans, perCoin: number | null): string {
  const number = (value: number, width = 9) => Math.round(value).toLocaleString('en').padStart(width);
  const sheets = (value: number) => value.toFixed(value < 10 ? 1 : 0).padStart(6);
  const rows = evenings.slice(-shownMax).map((evening) => {
    const { busyMs, byGifts, byOthers, drawn } = evening;
    const now = [number(byGifts + byOthers), number(drawn), number(canDraw(evening, plotter))].join('');
    const then = perCoin === null ? null : wouldBring(evening, perCoin, plotter);
    const proposed = then === null ? '' : `${number(then + byOthers, 10)}${sheets(sheetsLeft(evening, then, plotter))}`;
    const nowLeft = sheets(sheetsLeft(evening, byGifts, plotter));
    return `${evening.evening}  ${duration(busyMs).padEnd(10)}${now}${nowLeft}${proposed}`;
  });
  const more = evenings.length - rows.length;
  return [
    `evening     time       brought    drawn can draw  left${perCoin === null ? '' : '  proposed  left'}`,
    ...rows,
    ...(more > 0 ? [`and ${counted(more, 'evening')} before`] : []),
    'in strokes; left in sheets',
  ].join('\n');
}
