import * as v from 'valibot';
import { statusForm } from '../api/status-form.ts';
import { callService, sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Command, exit } from './command.ts';
import { livesInWords } from './status.ts';

const livesForm = v.object({ state: statusForm.entries.state, live: statusForm.entries.live });

/** Which lives are listened to, and how each is; switches one off or on. */
export const live: Command = {
  name: 'live',
  summary: 'the lives that are listened to; switch one off or on',
  usage: 'live [off|on NAME] [--url URL]',
  details: [
    'Without words: each live by its name, and whether it is connected. `off` leaves one alone',
    'until it is switched on again, or Livepen starts anew; what is said there meanwhile is not',
    'heard, and `livepen report` shows the gap.',
    '',
    serviceHelp,
  ].join('\n'),
  options: urlOption,
  words: [0, 2],
  async run(args, console) {
    const [word, name] = args.words;
    if (word === undefined) {
      const answer = await callService(args, console, { method: 'GET', path: '/status' }, livesForm);
      if (!answer.ok) return answer.code;
      const { state, live: all } = answer.value;
      for (const line of livesInWords(all, { ...state, what: '', todo: null })) console.out(line);
      return exit.ok;
    }
    if ((word !== 'on' && word !== 'off') || name === undefined) {
      console.err('Say which live, as in `livepen live off tiktok`; `livepen live` lists them.');
      return exit.usage;
    }
    const status = await callService(args, console, { method: 'GET', path: '/status' }, livesForm);
    if (!status.ok) return status.code;
    if ((status.value.live.lives ?? []).length < 2) {
      console.err('The config has one live: there is nothing to switch. Without a [live] user nothing is listened to.');
      return exit.refused;
    }
    return sendCommand(args, console, '/live/switch', { live: name, on: word === 'on' });
  },
};
