import { randomInt } from 'node:crypto';
import { createReadStream, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { forgetInRecording } from '../sources/forget-in-recording.ts';
import { isRecording } from '../sources/recording.ts';
import { sendCommand, serviceHelp, urlOption } from './client.ts';
import { type Command, type Console, exit, whyOf } from './command.ts';

/** A viewer's name is taken out. */
export const forget: Command = {
  name: 'forget',
  summary: "take a viewer's name out of the ledger, backups and recordings",
  usage: 'forget USER [RECORDING...]',
  details: `USER is the name or the id of a viewer. What they gave stays counted. Recordings are where\nyou had \`livepen record\` write them: name those in which the viewer may appear.\n\n${serviceHelp}`,
  options: urlOption,
  words: [1, 100],
  async run(args, console) {
    const [user = '', ...recordings] = args.words;
    const inLedger = await sendCommand(args, console, '/forget', { user });
    const found: Found[] = [];
    for (const file of recordings) found.push(await inRecording(file, user, console));
    if (found.includes('failed')) return exit.failed;
    // Who is in no ledger may be in a recording all the same.
    return inLedger === exit.refused && found.includes('forgotten') ? exit.ok : inLedger;
  },
};

/** What came of a viewer in a recording. */
type Found = 'forgotten' | 'absent' | 'failed';

/** The new recording is complete on disk before it takes the old one's place. */
async function inRecording(file: string, user: string, console: Console): Promise<Found> {
  const temporary = `${file}.forgetting`;
  try {
    if (!(await isOne(file))) {
      console.err(`${file} is no recording. Name a file that \`livepen record\` has written.`);
      return 'failed';
    }
    const rest = await forgetInRecording(() => linesOf(file), user, String(randomInt(1, 2 ** 48 - 1)));
    if (rest === null) {
      console.out(`${user} is not in ${file}.`);
      return 'absent';
    }
    const written = await open(temporary, 'w', 0o600);
    try {
      for await (const line of rest) await written.write(`${line}\n`);
      await written.sync();
    } finally {
      await written.close();
    }
    renameSync(temporary, file);
    console.out(`${user} is gone from ${file}; what they gave stays in it.`);
    return 'forgotten';
  } catch (error) {
    rmSync(temporary, { force: true });
    console.err(`${file} stays as it is: ${whyOf(error, console)}.`);
    return 'failed';
  }
}

async function isOne(file: string): Promise<boolean> {
  for await (const line of linesOf(file)) return isRecording(line);
  return false;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  // A file that cannot be read ends the lines without a word.
  await new Promise<void>((resolve, reject) => input.once('open', () => resolve()).once('error', reject));
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
