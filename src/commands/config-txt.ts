import { readFileSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import type { ButtonSettings } from '../panel/drivers.ts';
import { putFile, readOrNull } from './card/files.ts';
import { type Command, exit, whyOf } from './command.ts';
import { defaultConfig } from './settings.ts';

const begin = '# --- Livepen: begin (undo with `livepen config-txt undo`) ---';
const end = '# --- Livepen: end ---';
/** Stands in our lines when the line before them had no end until we gave it one: undoing takes that away again. */
const addedEnd = '# The line before these had no end.';

/** Which lines the hardware needs; see hardware/README.md. These are the config's of the button. */
export type ConfigTxtSettings = Pick<ButtonSettings, 'driver' | 'pin'>;

/**
 * The lines of config.txt that button and strip need. The SPI clock is a part of the core clock, which must stand still
 * for the strip; the Pi 5 has a clock of its own for it. The key code is set, since the usual one switches the Pi off.
 */
export function configTxtLines(button: ConfigTxtSettings): string[] {
  return [
    '[all]',
    'dtparam=spi=on',
    ...buttonLines(button),
    '[pi3]',
    'core_freq=250',
    '[pi02]',
    'core_freq=250',
    '[pi4]',
    'core_freq=500',
    'core_freq_min=500',
    '[all]',
  ];
}

/** A pin has one owner: a key of the kernel's would keep it from gpiomon and from sysfs, which has no pull-up of its own. */
function buttonLines({ driver, pin }: ConfigTxtSettings): string[] {
  switch (driver) {
    case 'auto':
    case 'input':
      return [`dtoverlay=gpio-key,gpio=${pin},active_low=1,gpio_pull=up,keycode=256,label=paper`];
    case 'onoff':
      return [`gpio=${pin}=pu`];
    case 'gpiod':
    case 'none':
      return [];
  }
}

/** The text with our lines at its end, or in the place of those of before: what stands behind them counts for every model. */
export function applyConfigTxt(text: string, settings: ConfigTxtSettings): string {
  const { before, ours, after } = parts(text);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lacksEnd = ours === null ? before !== '' && !before.endsWith('\n') : ours.includes(addedEnd);
  const lines = [begin, ...(lacksEnd ? [addedEnd] : []), ...configTxtLines(settings), end];
  const gap = ours === null && lacksEnd ? newline : '';
  return `${before}${gap}${lines.join(newline)}${newline}${after}`;
}

/** The text as it was before. */
export function undoConfigTxt(text: string): string {
  const { before, ours, after } = parts(text);
  if (ours === null) return text;
  if (after === '') return ours.includes(addedEnd) ? before.replace(/\r?\n$/, '') : before;
  // Ours end with [all]. What somebody wrote behind them must not fall under a filter that stands before them.
  const filter = before.match(/^\[.*\]/gm)?.at(-1) ?? '[all]';
  return `${before}${filter === '[all]' ? '' : text.includes('\r\n') ? '[all]\r\n' : '[all]\n'}${after}`;
}

/** What stands before our lines, they, and what stands after them. */
function parts(text: string): { readonly before: string; readonly ours: string | null; readonly after: string } {
  const from = text.indexOf(begin);
  if (from < 0) return { before: text, ours: null, after: '' };
  const to = text.indexOf(end, from);
  const until = to < 0 ? text.length : to + end.length;
  return {
    before: text.slice(0, from),
    ours: text.slice(from, until),
    after: text.slice(until).replace(/^\r?\n/, ''),
  };
}

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
