import { createWriteStream } from 'node:fs';
import { isOfNobody, isOfUser } from '../config/load.ts';
import type { LiveSink } from '../domain/live-source.ts';
import { counted } from '../domain/plain-text.ts';
import { createRecorder } from '../sources/recording.ts';
import { createTikTokSource } from '../sources/tiktok/source.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { systemRandom } from '../system/random.ts';
import { type Command, exit, untilSignal, whyOf } from './command.ts';
import { liveNames } from './lives.ts';
import { configPath } from './run.ts';
import { defaultConfig, readSettings } from './settings.ts';

/** Keeps what a live says, frame by frame, so that it can be played again. */
export const record: Command = {
  name: 'record',
  summary: 'keep the raw frames of a live in a file',
  usage: 'record FILE [--live NAME] [--config FILE]',
  details: [
    'Listens to a live of the config and writes every frame down until Ctrl-C. Draws and',
    'credits nothing; a running service is not disturbed. The file holds names of viewers',
    'and no key or cookie of yours.',
    '',
    '  --live NAME     of several lives which one, as `livepen live` names them (default: the first)',
    `  --config FILE   the config (default ${defaultConfig})`,
  ].join('\n'),
  options: { config: { type: 'string' }, live: { type: 'string' } },
  words: [1, 1],
  async run({ words, options }, console) {
    const clock = systemClock();
    const log = stderrLog(clock.wallMs, 'text');
    const read = readSettings(configPath(options), log, console.env.STATE_DIRECTORY);
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    const [file = ''] = words;
    const { lives } = read.settings.config;
    const names = liveNames(lives);
    const name = typeof options.live === 'string' ? options.live : names[0];
    const settings = lives[names.indexOf(name ?? '')];
    if (settings === undefined) {
      console.err(`The config has no live "${name}"; it has: ${names.join(', ')}.`);
      return exit.config;
    }
    if (!isOfUser(settings)) {
      console.err(`Only a live that is found by a user's name has raw frames; ${name} has a list of what was given.`);
      return exit.config;
    }
    if (isOfNobody(settings)) {
      console.err('The config names no live to listen to. Write your TikTok name into it: [live] user.');
      return exit.config;
    }
    const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    const refused = await new Promise<Error | null>((resolve) => {
      stream.once('open', () => resolve(null));
      stream.once('error', resolve);
    });
    if (refused !== null) {
      console.err(`${file} cannot be written: ${whyOf(refused, console)}. Name a file that is not there yet.`);
      return exit.failed;
    }
    const recorder = createRecorder({ clock, write: (line) => stream.write(line) });
    const source = createTikTokSource({
      clock,
      random: systemRandom,
      log,
      settings,
      secrets: console.env,
      raw: recorder.raw,
    });
    const nobody: LiveSink = { event: () => {}, changed: () => {} };
    source.start(nobody);
    await untilSignal(clock);
    await source.stop();
    await new Promise((resolve) => stream.end(resolve));
    console.out(
      `${counted(recorder.frames, 'frame')} in ${file}.${recorder.full ? ' It is full and took no more.' : ''}`,
    );
    return exit.ok;
  },
};
