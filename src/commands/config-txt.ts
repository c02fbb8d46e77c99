import { readFileSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { applyConfigTxt, undoConfigTxt } from './card/config-txt.ts';
import { putFile, readOrNull } from './card/files.ts';
import { type Command, exit } from './command.ts';
import { defaultConfig } from './settings.ts';
import { whyOf } from './why.ts';

const defaultFile = '/boot/firmware/config.txt';
const defaultButton = { driver: 'auto', pin: 17 } as const;

export const configTxt: Command = {
  name: 'config-txt',
  summary: "show, write or undo our lines in the Pi's config.txt",
  usage: 'config-txt [show | apply | undo] [--file FILE]',
  details: [
    'Says what it would change; `apply` and `undo` change it, as root. It only touches its',
    'own lines, between two marks. Then restart the Pi.',
    '',
    `  --file FILE     the file (default ${defaultFile})`,
    `  --config FILE   the config that names the button (default ${defaultConfig})`,
  ].join('\n'),
  options: { file: { type: 'string' }, config: { type: 'string' } },
  words: [0, 1],
  async run({ words: [act = 'show'], options }, console) {
    if (act !== 'show' && act !== 'apply' && act !== 'undo') {
      console.err(`"${act}" is not one of show, apply, undo.`);
      return exit.usage;
    }
    const file = typeof options.file === 'string' ? options.file : defaultFile;
    const bytes = readOrNull(file);
    if (bytes === null) {
      console.err(`There is no ${file}: this is no Raspberry Pi, or its boot partition is elsewhere (--file).`);
      return exit.failed;
    }
    // A character a byte: whatever its encoding, what is not ours stays as it is.
    const before = Buffer.from(bytes).toString('latin1');
    const path = typeof options.config === 'string' ? options.config : defaultConfig;
    const loaded = loadConfig(path, { readFile: (name) => readFileSync(name) });
    const after =
      act === 'undo' ? undoConfigTxt(before) : applyConfigTxt(before, loaded.ok ? loaded.config.button : defaultButton);
    const changes = changesBetween(before, after);
    if (changes.length === 0) {
      console.out(`${file} is as it should be.`);
      return exit.ok;
    }
    console.out([`${file}:`, ...changes].join('\n'));
    if (act === 'show') {
      console.out('\nNothing was changed. `livepen config-txt apply` (as root) does it.');
      return exit.ok;
    }
    try {
      putFile(file, Buffer.from(after, 'latin1'));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      console.err(`It cannot be written: ${whyOf(error, console)}. Are you root?`);
      return exit.failed;
    }
    console.out('\nDone. Restart the Pi: sudo reboot');
    return exit.ok;
  },
};

/** The lines that go and those that come; all of ours stand together at the end, so comparing line by line will do. */
function changesBetween(before: string, after: string): string[] {
  const old = before.split(/\r?\n/);
  const fresh = after.split(/\r?\n/);
  let same = 0;
  while (same < Math.min(old.length, fresh.length) && old[same] === fresh[same]) same += 1;
  let tail = 0;
  while (
    tail < Math.min(old.length, fresh.length) - same &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  ) {
    tail += 1;
  }
  return [
    ...old.slice(same, old.length - tail).map((line) => `- ${line}`),
    ...fresh.slice(same, fresh.length - tail).map((line) => `+ ${line}`),
  ];
}
