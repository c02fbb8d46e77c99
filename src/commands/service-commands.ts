import { sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, exit } from './command.ts';

/** Commands that are nothing but one word to the running service. */
function oneWord(name: string, summary: string, path: string, details: string): Command {
  return {
    name,
    summary,
    usage: `${name} [--url URL]`,
    details: `${details}\n\n${serviceHelp}`,
    options: urlOption,
    run: (args, console) => sendCommand(args, console, path),
  };
}

export const paper = oneWord(
  'paper',
  'the paper was changed: open a fresh sheet',
  '/paper/changed',
  'Confirms that fresh paper lies on the bed. The old sheet is closed for good; what is still\nowed is drawn on the new one. The pen must be parked, as after `livepen pause`.',
);

export const pause = oneWord(
  'pause',
  'finish what is planned, lift, park, and wait',
  '/pause',
  'Gifts go on being credited. The pause outlives a restart; `livepen resume` ends it.',
);

export const resume = oneWord('resume', 'go on after a pause', '/resume', 'The pen moves again after three seconds.');

export const origin = oneWord(
  'origin',
  'the tip is on the corner mark: this is the origin',
  '/plotter/origin',
  'Put the tip of the pen on the corner mark of the paper, touching it, then run this:\nat the front left, unless [paper] offsetXMm and offsetYMm say otherwise. The pen lifts after three seconds. On a sheet with ink it then hovers over the last\nstroke; run `livepen right` if it is right.',
);

export const right = oneWord(
  'right',
  'the hovering pen is right over the last stroke',
  '/plotter/origin/right',
  'Confirms the origin that was set on a sheet with ink, and lets the drawing go on.',
);

/** Nobody waits longer for a pen to stop. */
const stopPatienceMs = 3_000;

export const stop: Command = {
  ...oneWord(
    'stop',
    'stop the pen at once',
    '/plotter/stop',
    'Drops what is planned and pauses; the pen stays where it is until `livepen resume` or\n`livepen park`. What was not certain stays owed. Not a substitute for a switch that\ncuts the power of the motors.',
  ),
  async run(args, console) {
    const code = await sendCommand(args, console, '/plotter/stop', undefined, stopPatienceMs);
    if (code !== exit.ok) console.err(notStopped);
    return code;
  },
};

const notStopped =
  'NOT STOPPED, as far as anybody knows: the plotter may still be moving. Cut the power of its motors.';

export const parkCommand = oneWord(
  'park',
  'park the pen',
  '/plotter/park',
  'The pen lifts and goes to its park place after three seconds.',
);

export const liftCommand = oneWord(
  'lift',
  'raise the pen where it is',
  '/plotter/lift',
  'The pen goes up after three seconds.',
);

export const retry = oneWord(
  'retry',
  'look for the plotter and the live now',
  '/retry',
  'Forgets a fault of the plotter and looks for it and for the live at once. Another device\nthan the plotter that was used before is accepted by it, when it is the only one.',
);

export const gift: Command = {
  name: 'gift',
  summary: 'give a test gift',
  usage: 'gift NAME [COUNT] [--url URL]  |  gift --row ROW [COUNT]  |  gift --donation SUM  |  gift --tip TOKENS',
  details: `NAME is a name or id in the gift map. The strokes are drawn like any others and are\nshown as a test wherever credits are shown. COUNT is 1 to 1000 (default 1); the answer\nsays how many strokes that is.\n\n  --row ROW       credit a row directly\n  --donation SUM  money, as in --donation "5.00 EUR"\n  --tip TOKENS    tokens of a platform\n${serviceHelp}`,
  options: {
    ...urlOption,
    row: { type: 'string' },
    donation: { type: 'string' },
    tip: { type: 'string' },
  },
  words: [0, 2],
  async run(args, console) {
    const { row, donation, tip } = args.options;
    if (donation !== undefined || tip !== undefined) return giveMoney(args, console);
    const [first, second] = args.words;
    const [name, countText] = row === undefined ? [first, second] : [undefined, first];
    if ((row === undefined && name === undefined) || (row !== undefined && second !== undefined)) {
      console.err('Say which gift, as in `livepen gift Rose 3`, or which row, as in `livepen gift --row 1 3`.');
      return exit.usage;
    }
    const count = countText === undefined ? 1 : Number(countText);
    if (!Number.isFinite(count)) {
      console.err(`"${countText}" is not a count. Give a whole number, as in \`livepen gift Rose 3\`.`);
      return exit.usage;
    }
    return sendCommand(args, console, '/simulate/gift', row === undefined ? { gift: name, count } : { row, count });
  },
};

/** Money is given once, and alone. */
async function giveMoney(args: Arguments, console: Console): Promise<number> {
  const { row, donation, tip } = args.options;
  if (args.words.length > 0 || row !== undefined || (donation !== undefined && tip !== undefined)) {
    console.err('Say `livepen gift --donation "5.00 EUR"` or `livepen gift --tip 25`, and nothing beside it.');
    return exit.usage;
  }
  if (donation !== undefined) return sendCommand(args, console, '/simulate/gift', { donation });
  const tokens = Number(tip);
  if (Number.isInteger(tokens)) return sendCommand(args, console, '/simulate/gift', { tip: tokens });
  console.err(`"${tip}" is not a number of tokens. Give a whole number, as in \`livepen gift --tip 25\`.`);
  return exit.usage;
}
