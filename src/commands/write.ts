import { capitalRange } from '../drawing/plan-text.ts';
import { callService, serviceHelp, urlOption } from './client.ts';
import { type Command, exit, wrapLines } from './command.ts';
import { drawingAnswer, drawingInWords } from './draw.ts';

/** Writes a text in ink. */
export const writeCommand: Command = {
  name: 'write',
  summary: 'write a text in ink on a plate',
  usage: 'write "TEXT" [--plate ID] [--mm HEIGHT] [--try]',
  details: [
    'Asks for a text in letters of one line: Latin with accents, Greek, Cyrillic; at most 60',
    'letters. It takes the next free plate of the open sheet ([[plates]] in the config), or',
    'waits for the next sheet, and is written exactly once. `livepen draw --list` shows it.',
    '',
    '  --plate ID      this plate and no other',
    '  --mm HEIGHT     how tall a capital letter is (default: as the plate allows)',
    '  --id ID         your own id: sent again under it, nothing is written twice',
    '  --try           only say where it would lie, how long it would take, and what is left out',
    serviceHelp,
  ].join('\n'),
  options: {
    ...urlOption,
    plate: { type: 'string' },
    mm: { type: 'string' },
    id: { type: 'string' },
    try: { type: 'boolean' },
  },
  words: [1, 60],
  async run(args, console) {
    const { plate, mm, id, try: isTried } = args.options;
    const capitalMm = mm === undefined ? undefined : Number(mm);
    const { minMm, maxMm } = capitalRange;
    if (capitalMm !== undefined && !(capitalMm >= minMm && capitalMm <= maxMm)) {
      console.err(`--mm "${mm}": it must be a height from ${minMm} to ${maxMm} mm, as in --mm 12.`);
      return exit.usage;
    }
    const body = { text: args.words.join(' '), plate, id, capitalMm, try: isTried === true };
    const answered = await callService(args, console, { method: 'POST', path: '/drawings/text', body }, drawingAnswer);
    if (!answered.ok) return answered.code;
    for (const line of drawingInWords(answered.value)) console.out(wrapLines(line));
    return exit.ok;
  },
};
