/** The few things that our drawings are made of. */

export type Attributes = Readonly<Record<string, string | number>>;

const attributes = (given: Attributes) =>
  Object.entries(given)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? Math.round(value * 100) / 100 : value}"`)
    .join('');

export const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const element = (name: string, given: Attributes) => `<${name}${attributes(given)}/>`;

export const rect = (x: number, y: number, width: number, height: number, given: Attributes) =>
  element('rect', { x, y, width, height, ...given });

export const circle = (cx: number, cy: number, r: number, given: Attributes) =>
  element('circle', { cx, cy, r, ...given });

export const path = (d: string, given: Attributes) => element('path', { d, ...given });

export const text = (x: number, y: number, words: string, given: Attributes = {}) =>
  `<text${attributes({ x, y, ...given })}>${escapeText(words)}</text>`;

/** A whole drawing; lengths in user units, `widthMm` is its width on paper. */
export function drawing(
  width: number,
  height: number,
  widthMm: number,
  title: string,
  parts: readonly string[],
): string {
  const heightMm = (widthMm * height) / width;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthMm}mm" height="${Math.round(heightMm * 100) / 100}mm" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#1b1b1b">`,
    `<title>${escapeText(title)}</title>`,
    rect(0, 0, width, height, { fill: '#ffffff' }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
