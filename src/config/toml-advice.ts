import { unseenName } from '../domain/plain-text.ts';

/** What people write who do not know TOML, and what belongs there instead; judged by the value, without its comment. */
const slips: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [/[“”„‘’«»]/u, () => 'the quotes are typographic ones; use " instead'],
  [/^$/, () => 'a value is missing after the ='],
  [/^([+-]?\d+),(\d+)$/, ([, whole, part]) => `a decimal number has a point, not a comma: ${whole}.${part}`],
  [/^([^,[{]*[^,[{\s])\s*,$/, ([, value]) => `no comma stands at the end: ${value}`],
  [/^([+-]?\d+(?:\.\d+)?)\s*[a-zµ%°]/iu, ([, number]) => `only the number stands here, without a unit: ${number}`],
  [/^(true|yes|on)$/i, () => 'write true, in small letters'],
  [/^(false|no|off)$/i, () => 'write false, in small letters'],
  [/^"[^"]*$|^'[^']*$/, ([value]) => `the closing ${value.charAt(0)} is missing`],
  [/^[\p{L}@/][^"'[\]{}]*$/u, ([value]) => `text stands in quotes: "${value}"`],
];

/** What stands in a line that nobody sees; in text and notes blanks of all kinds do no harm. */
function unseenIn(line: string): string | null {
  const outside = line.replace(/"[^"]*"|'[^']*'|#.*$/g, (part) => part.replace(/\p{Zs}/gu, ''));
  for (const char of outside.replaceAll(/[\t\r]/g, '')) {
    const name = unseenName(char);
    if (name !== null) return name;
  }
  return null;
}

/** What to do about a line of TOML that cannot be read, null when nothing is known that would help. */
export function tomlAdvice(line: string): string | null {
  const unseen = unseenIn(line);
  if (unseen !== null) return `${unseen} stands in this line, which nobody sees; take it out`;
  const plain = withoutComment(line);
  if (/^\[[^\]]*$/.test(plain)) return 'the closing ] is missing';
  if (/^\[\[[^[\]]*\]$/.test(plain)) return `the second closing ] is missing: ${plain}]`;
  if (/^\[[^[\]]*\]\]$/.test(plain)) return `the second opening [ is missing: [${plain}`;
  const [, value] = /^[^="]*=\s*(.*)$/.exec(plain) ?? [];
  if (value === undefined) return /^[\w-]+\s*:/.test(plain) ? 'between a key and its value stands =, not :' : null;
  for (const [slip, advice] of slips) {
    const found = slip.exec(value);
    if (found !== null) return advice(found);
  }
  return null;
}

/** The line as far as it says something; a quote that was never closed ends before the comment too. */
export function withoutComment(line: string): string {
  return line.replace(/(?:^|\s+)#.*$/, '').trim();
}
