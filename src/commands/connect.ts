import { createInterface } from 'node:readline';
import { isSignedIn } from '../config/load.ts';
import type { SignInUnderWay } from '../domain/live-source.ts';
import { connectionFaults } from '../sources/connection/ending.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { type Command, type Console, exit, logOriginal, whyOf, wrapLines } from './command.ts';
import { platformOf, signInTo } from './platforms.ts';
import { configPath } from './run.ts';
import { defaultConfig, readSettings } from './settings.ts';

/** Signs in to a platform, with a browser on whatever device. */
export const connect: Command = {
  name: 'connect',
  summary: 'sign in to a platform that wants it, with any browser',
  usage: 'connect PLATFORM [--config FILE]',
  details: [
    'Prints an address. Open it on a phone or a computer and allow what is asked for. The',
    'browser is then sent to an address that it cannot open: copy that whole address, and paste',
    'it here. A running service takes the sign-in over by itself.',
    '',
    `  --config FILE   the config (default ${defaultConfig})`,
  ].join('\n'),
  options: { config: { type: 'string' } },
  words: [1, 1],
  async run({ words: [name = ''], options }, console) {
    const clock = systemClock();
    const log = stderrLog(clock.wallMs, 'text');
    const read = readSettings(configPath(options), log, console.env.STATE_DIRECTORY);
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    const lives = read.settings.config.lives.filter(isSignedIn);
    const live = lives.find(({ platform }) => platform === name);
    if (live === undefined) {
      const others = lives.map(({ platform }) => platform).join(', ');
      console.err(
        `The config has no [[live]] with platform = "${name}"${others === '' ? '' : `; you can sign in to ${others}`}.`,
      );
      return exit.config;
    }
    const underWay = begun(live, console, () => signInTo(live, { clock, log, environment: console.env }));
    if (underWay === null) return exit.config;
    const lines = createInterface({ input: process.stdin });
    try {
      return await signInByPaste(platformOf(live).name, underWay, lines, console);
    } finally {
      lines.close();
    }
  },
};

/** Null where the file with the secret cannot be read, which has been said. */
function begun(
  live: Parameters<typeof signInTo>[0],
  console: Console,
  begin: () => SignInUnderWay,
): SignInUnderWay | null {
  try {
    return begin();
  } catch (error) {
    const { what, remedy } = connectionFaults.secretsUnreadable(platformOf(live).name, whyOf(error, console));
    console.err(wrapLines(`${what} ${remedy}`));
    return null;
  }
}

/** Says where to go, and takes answers until one holds. @returns the exit code */
export async function signInByPaste(
  name: string,
  { address, take }: SignInUnderWay,
  answers: AsyncIterable<string>,
  console: Console,
): Promise<number> {
  console.out(`Open this address in a browser, and allow what ${name} asks you:`);
  console.out(address);
  console.out('Then paste here the whole address to which the browser was sent:');
  for await (const answer of answers) {
    if (answer.trim() === '') continue;
    const taken = await take(answer);
    if (taken.ok) {
      console.out(`Signed in to ${name}. It is renewed by itself from now on.`);
      return exit.ok;
    }
    if (taken.original !== undefined) logOriginal(taken.original, console);
    console.err(wrapLines(`${taken.fault.what} ${taken.fault.remedy}`));
  }
  console.err(`You are not signed in to ${name}: nothing was pasted that it takes.`);
  return exit.failed;
}
