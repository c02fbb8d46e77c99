import type { ButtonSettings } from '../../panel/drivers.ts';

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
