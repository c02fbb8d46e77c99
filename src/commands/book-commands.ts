import { sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, exit } from './command.ts';

/** A whole number from 1 on that was typed; null when it is none, and it has been said with this example. */
function countIn(text: string | undefined, example: string, console: Console): number | null {
  if (text !== undefined && /^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  console.err(`"${text ?? ''}" is not a count. Give a whole number from 1 on, as in \`${example}\`.`);
  return null;
}

const whyOption = { why: { type: 'string' } } as const;

/** The reason of an entry by hand; null when there is none, and it has been said. */
function reasonIn({ options }: Arguments, console: Console): string | null {
  if (typeof options.why === 'string' && options.why.trim() !== '') return options.why;
  console.err('The ledger keeps a reason with it. Give one, as in `--why "a slip"`.');
  return null;
}

/** The sheet that an option names, as the service expects it; null when it is none, and it has been said. */
function sheetIn({ options }: Arguments, console: Console): { readonly sheet?: number } | null {
  if (typeof options.sheet !== 'string') return {};
  const sheet = countIn(options.sheet, 'livepen redraw 1 12-20 --sheet 3 --why "pen dry"', console);
  return sheet === null ? null : { sheet };
}

/** Takes back what is owed. */
export const voidDebt: Command = {
  name: 'void',
  summary: 'take back strokes that are owed',
  usage: 'void ROW COUNT --why REASON  |  void --gift N --why REASON',
  details: `Only what is owed and was not handed to the plotter; of a row the newest debt first.\n\n  --gift N   one gift, by its number (\`seq\` in \`status --json\`), with all that rules made due for it\n${serviceHelp}`,
  options: { ...urlOption, ...whyOption, gift: { type: 'string' } },
  words: [0, 2],
  async run(args, console) {
    const [row, count] = args.words;
    const { gift } = args.options;
    if ((typeof gift === 'string') === (row !== undefined)) {
      console.err('Give a row and a count, as in `livepen void 1 12 --why "a slip"`, or a gift: `--gift 17`.');
      return exit.usage;
    }
    const number = countIn(typeof gift === 'string' ? gift : count, 'livepen void 1 12 --why "a slip"', console);
    const why = number === null ? null : reasonIn(args, console);
    if (why === null) return exit.usage;
    if (typeof gift === 'string') return sendCommand(args, console, `/gifts/${number}/void`, { why });
    return sendCommand(args, console, '/void', { row, count: number, why });
  },
};

/** Strokes without ink are owed again. */
export const redraw: Command = {
  name: 'redraw',
  summary: 'strokes have no ink: draw them again',
  usage: 'redraw ROW FROM-TO --why REASON [--sheet SHEET]',
  details: `On the sheet in the plotter they are drawn again in their places, those of an earlier\nsheet on the next one.\n\n  --sheet SHEET   the number of the sheet (default: the open one)\n${serviceHelp}`,
  options: { ...urlOption, ...whyOption, sheet: { type: 'string' } },
  words: [2, 2],
  async run(args, console) {
    const [row, range = ''] = args.words;
    const found = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (found === null) {
      console.err(`"${range}" is no range of strokes. Write it as in \`livepen redraw 1 12-20 --why "pen dry"\`.`);
      return exit.usage;
    }
    const why = reasonIn(args, console);
    if (why === null) return exit.usage;
    const from = Number(found[1]);
    const sheet = sheetIn(args, console);
    if (sheet === null) return exit.usage;
    const body = { row, from, to: Number(found[2] ?? found[1]), why, ...sheet };
    return sendCommand(args, console, '/redraw', body);
  },
};

/** The pen was dry. */
export const dry: Command = {
  name: 'dry',
  summary: 'the pen was dry: draw the last strokes again',
  usage: 'dry COUNT',
  details: `The strokes of this sheet that were drawn last are drawn again in their places.\n\n${serviceHelp}`,
  options: urlOption,
  words: [1, 1],
  async run(args, console) {
    const count = countIn(args.words[0], 'livepen dry 20', console);
    return count === null ? exit.usage : sendCommand(args, console, '/pen-dry', { count });
  },
};

/** Strokes by hand. */
export const credit: Command = {
  name: 'credit',
  summary: 'credit strokes by hand',
  usage: 'credit ROW COUNT --why REASON [--viewer NAME]',
  details: `Shown as given by hand wherever credits are listed.\n\n${serviceHelp}`,
  options: { ...urlOption, ...whyOption, viewer: { type: 'string' } },
  words: [2, 2],
  async run(args, console) {
    const [row, count] = args.words;
    const { viewer = '' } = args.options;
    const strokes = countIn(count, 'livepen credit 1 12 --why "a promise"', console);
    const why = strokes === null ? null : reasonIn(args, console);
    if (why === null) return exit.usage;
    return sendCommand(args, console, '/credit', { row, count: strokes, viewer, why });
  },
};
