import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { drawingRange } from '../domain/drawing-reader.ts';
import { counted, plainText } from '../domain/plain-text.ts';
import { callService, sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, duration, exit, whyOf, wrapLines } from './command.ts';

/** As much as the service takes. */
const fileBytesMax = 5_000_000;
/** To read the largest drawing takes some twenty seconds on a Pi, and others may be read before. */
const patienceMs = 120_000;
const minuteMs = 60_000;
/** So many drawings the service shows at most. */
const shownMax = 200;

const drawing = v.object({
  id: v.number(),
  name: v.string(),
  viewer: v.string(),
  state: v.picklist(['waiting', 'placed', 'drawing', 'drawn', 'void']),
  sheet: v.nullable(v.number()),
  plate: v.nullable(v.string()),
  paths: v.number(),
  certain: v.number(),
  why: v.string(),
});
/** What the service answers to a wish for a drawing. */
export const drawingAnswer = v.object({
  drawing: v.nullable(drawing),
  isNew: v.boolean(),
  plan: v.nullable(
    v.object({
      sheet: v.nullable(v.number()),
      plate: v.string(),
      paths: v.number(),
      minutes: v.number(),
      inkMm: v.number(),
    }),
  ),
  skipped: v.array(v.object({ what: v.string(), count: v.number() })),
});

/** Draws a file. */
export const drawCommand: Command = {
  name: 'draw',
  summary: 'draw an SVG on a plate',
  usage: 'draw FILE.svg [--plate ID] [--mm]  |  draw --list  |  draw --void N --why REASON',
  details: [
    'Asks for a drawing: it takes the next free plate of the open sheet ([[plates]] in the',
    'config), or waits for the next sheet. It is drawn exactly once, through restarts too.',
    '',
    '  --plate ID      this plate and no other',
    '  --fit           as large as the plate allows (the default)',
    '  --mm            as many millimetres as the file says',
    '  --keep-order    lines stay in the order of the file',
    '  --hatch MM      hatch filled areas, with lines so many mm apart, as in --hatch 0.6',
    '  --name TEXT     what people read (default: the name of the file)',
    '  --id ID         your own id: sent again under it, nothing is drawn twice',
    '  --try           only say where it would lie, how long it would take, and what is skipped',
    '  --list          the drawings that were asked for, the newest first',
    '  --void N        take back what is left of a drawing; with --why REASON',
    '  --redraw N      its ink is missing: it is owed again; with --why REASON',
    serviceHelp,
  ].join('\n'),
  options: {
    ...urlOption,
    plate: { type: 'string' },
    fit: { type: 'boolean' },
    mm: { type: 'boolean' },
    'keep-order': { type: 'boolean' },
    hatch: { type: 'string' },
    name: { type: 'string' },
    id: { type: 'string' },
    try: { type: 'boolean' },
    list: { type: 'boolean' },
    void: { type: 'string' },
    redraw: { type: 'string' },
    why: { type: 'string' },
  },
  words: [0, 1],
  async run(args, console) {
    const { list, void: taken, redraw } = args.options;
    if (list === true) return listDrawings(args, console);
    if (typeof taken === 'string') return order(args, console, taken, 'void');
    if (typeof redraw === 'string') return order(args, console, redraw, 'redraw');
    const [file] = args.words;
    if (file === undefined || (args.options.fit === true && args.options.mm === true)) {
      console.err('Say which file, as in `livepen draw rose.svg`, with --fit or --mm and not both.');
      return exit.usage;
    }
    const { hatch } = args.options;
    const { hatchMinMm, hatchMaxMm } = drawingRange;
    if (hatch !== undefined && !(Number(hatch) >= hatchMinMm && Number(hatch) <= hatchMaxMm)) {
      console.err(`--hatch "${hatch}": it must be from ${hatchMinMm} to ${hatchMaxMm} mm, as in --hatch 0.6.`);
      return exit.usage;
    }
    return ask(args, console, file);
  },
};

async function ask(args: Arguments, console: Console, file: string): Promise<number> {
  const { options } = args;
  let bytes: Buffer;
  try {
    const found = statSync(file);
    // Whoever opens a pipe waits for what may never come, and a device never ends.
    if (!found.isFile()) {
      console.err(`${file} is no file.`);
      return exit.failed;
    }
    if (found.size > fileBytesMax) {
      console.err(`${file} has more than ${fileBytesMax / 1e6} MB. Simplify the drawing.`);
      return exit.failed;
    }
    bytes = readFileSync(file);
  } catch (error) {
    console.err(`${file} cannot be read: ${whyOf(error, console)}.`);
    return exit.failed;
  }
  const texts = Object.entries({ id: options.id, plate: options.plate, hatch: options.hatch });
  const query = new URLSearchParams({
    encoding: 'base64',
    name: typeof options.name === 'string' ? options.name : plainText(basename(file)).slice(0, 100),
    size: options.mm === true ? 'mm' : 'fit',
    ...(options['keep-order'] === true ? { keepOrder: 'yes' } : {}),
    ...(options.try === true ? { try: 'yes' } : {}),
    ...Object.fromEntries(texts.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))),
  });
  const asked = { method: 'POST', path: `/drawings?${query}`, text: bytes.toString('base64'), patienceMs } as const;
  const answered = await callService(args, console, asked, drawingAnswer);
  if (!answered.ok) return answered.code;
  for (const line of drawingInWords(answered.value)) console.out(wrapLines(line));
  return exit.ok;
}

/** What became of a wish, line by line. */
export function drawingInWords({
  drawing: asked,
  isNew,
  plan,
  skipped,
}: v.InferOutput<typeof drawingAnswer>): string[] {
  const left = skipped.map(({ what, count }) => `${what} (${count})`).join(', ');
  const lines: string[] = [];
  if (asked !== null && !isNew) return ['Nothing new is drawn: it was asked for before under this id.', lineOf(asked)];
  if (plan !== null) {
    const where =
      plan.sheet === null ? `plate ${plan.plate} of the next sheet` : `plate ${plan.plate} of sheet ${plan.sheet}`;
    const takes = `${counted(plan.paths, 'path')}, ${(plan.inkMm / 1000).toFixed(1)} m of ink, about ${duration(plan.minutes * minuteMs)}`;
    lines.push(`${asked === null ? 'It would lie' : `Drawing ${asked.id}`} on ${where}: ${takes}.`);
  }
  return left === '' ? lines : [...lines, `Not drawn: ${left}.`];
}

function lineOf({ id, name, viewer, state, sheet, plate, paths, certain, why }: v.InferOutput<typeof drawing>): string {
  const where = plate === null ? '' : `, plate ${plate} of sheet ${sheet ?? 0}`;
  const far = state === 'drawing' ? ` (${certain} of ${counted(paths, 'path')})` : '';
  const whose = viewer === '' ? '' : ` for ${viewer}`;
  return `${id}  ${name}${whose}: ${stateWords[state]}${far}${where}${why === '' ? '' : `; ${why}`}`;
}

const stateWords = {
  waiting: 'waits for a plate',
  placed: 'to be drawn',
  drawing: 'being drawn',
  drawn: 'drawn',
  void: 'taken back',
} as const;

async function listDrawings(args: Arguments, console: Console): Promise<number> {
  const form = v.object({ drawings: v.array(drawing) });
  const answered = await callService(args, console, { method: 'GET', path: '/drawings' }, form);
  if (!answered.ok) return answered.code;
  const { drawings } = answered.value;
  for (const each of drawings) console.out(wrapLines(lineOf(each)));
  if (drawings.length === 0) console.out('No drawing was asked for yet.');
  if (drawings.length >= shownMax) console.out(`These are the newest ${shownMax}; older ones are not shown.`);
  return exit.ok;
}

function order(args: Arguments, console: Console, text: string, what: 'void' | 'redraw'): Promise<number> | number {
  const id = Number(text);
  const { why } = args.options;
  if (!Number.isInteger(id) || id < 1 || typeof why !== 'string') {
    console.err(`Say which drawing and why, as in \`livepen draw --${what} 3 --why "a slip"\`.`);
    return exit.usage;
  }
  return sendCommand(args, console, `/drawings/${id}/${what}`, { why });
}
