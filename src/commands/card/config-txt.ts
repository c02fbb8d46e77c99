const begin = '# --- Livepen: begin (undo with `livepen config-txt undo`) ---';
const end = '# --- Livepen: end ---';

/** Which lines the hardware needs; see hardware/README.md. */
export interface ConfigTxtSettings {
  /** The button's pin: 17 for GPIO17. */
  readonly buttonPin: number;
}

/**
 * The lines of config.txt that button and strip need. The SPI clock is a part of the core clock, which must stand still
 * for the strip; the Pi 5 has a clock of its own for it. The key code is set, since the usual one switches the Pi off.
 */
export function configTxtLines({ buttonPin }: ConfigTxtSettings): string[] {
  return [
    '[all]',
    'dtparam=spi=on',
    `dtoverlay=gpio-key,gpio=${buttonPin},active_low=1,gpio_pull=up,keycode=256,label=paper`,
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

/** The text with our lines at its end, in place of those of before. */
export function applyConfigTxt(text: string, settings: ConfigTxtSettings): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const rest = undoConfigTxt(text);
  const gap = rest === '' || rest.endsWith('\n') ? '' : newline;
  return `${rest}${gap}${[begin, ...configTxtLines(settings), end].join(newline)}${newline}`;
}

/** The text as it was before. */
export function undoConfigTxt(text: string): string {
  const from = text.indexOf(begin);
  if (from < 0) return text;
  const to = text.indexOf(end, from);
  const after = to < 0 ? text.length : to + end.length;
  return text.slice(0, from) + text.slice(after).replace(/^\r?\n/, '');
}
