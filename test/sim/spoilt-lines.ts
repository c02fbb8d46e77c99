import type { Random } from '../../src/domain/clock.ts';

/** One character of a line, not its end, turned into another. */
export function spoilt(text: string, random: Random): string {
  const at = Math.floor(random() * Math.max(1, text.length - 1));
  const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << Math.floor(random() * 7)));
  return text.slice(0, at) + flipped + text.slice(at + 1);
}

/** A move or a naming with two digits changed so that the XOR of all bytes stays as it was; null where it cannot be. */
export function collision(text: string, random: Random): string | null {
  const head = /^N\d+ G(?:1|92) /.exec(text)?.[0].length;
  const end = text.indexOf('*');
  if (head === undefined || end < 0) return null;
  const digits = [...text.slice(0, end)].flatMap((char, at) => (at >= head && /\d/.test(char) ? [at] : []));
  const first = digits[Math.floor(random() * digits.length)];
  const others = digits.filter((at) => at !== first);
  const second = others[Math.floor(random() * others.length)];
  if (first === undefined || second === undefined) return null;
  return [...text].map((char, at) => (at === first || at === second ? flipped(char) : char)).join('');
}

/** Another digit, by its lowest bit. */
function flipped(digit: string): string {
  return String.fromCharCode(digit.charCodeAt(0) ^ 1);
}
