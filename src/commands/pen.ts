import * as v from 'valibot';
import { statusForm } from '../api/status-form.ts';
import { localTime, plainText } from '../domain/plain-text.ts';
import { callService, sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Command, exit, wrapLines } from './command.ts';

const penOfStatus = v.pick(statusForm, ['pen']);

/** The pen in the holder: how far it has drawn, and that a fresh one is in. */
export const pen: Command = {
  name: 'pen',
  summary: 'how far the pen has drawn; a fresh one is in',
  usage: 'pen [changed] [--url URL]',
  details: `Shows which pen is in the holder and how far it has drawn since it was changed.\n\nchanged   a fresh pen is in the holder: what it draws is counted from now on. Change it\n          when you change the paper; a sheet remembers the pen of its beginning.\n\n${serviceHelp}`,
  options: urlOption,
  words: [0, 1],
  async run(args, console) {
    const [what] = args.words;
    if (what === 'changed') return sendCommand(args, console, '/pen/changed');
    if (what !== undefined) {
      console.err(`"${what}" is nothing that a pen can be. Run \`livepen pen\` or \`livepen pen changed\`.`);
      return exit.usage;
    }
    const answer = await callService(args, console, { method: 'GET', path: '/status' }, penOfStatus);
    if (!answer.ok) return answer.code;
    const { name, drawnMetres, metres, sinceMs } = answer.value.pen;
    const of = metres === null ? '' : ` of the ${metres} m that it has`;
    const named = name === '' ? 'The pen' : `The pen "${plainText(name)}"`;
    console.out(wrapLines(`${named} has drawn ${drawnMetres.toFixed(1)} m${of} since ${localTime(sinceMs)}.`));
    return exit.ok;
  },
};
