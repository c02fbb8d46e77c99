/** Controls, what breaks a line, what turns the direction of writing, and halves of surrogate pairs. */
export const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const breaks = /^[\p{Cc}\p{Zl}\p{Zp}]$/u;

/**
 * A name from outside as it is kept and shown: on one line, without anything that could drive a terminal or turn what
 * stands beside it. What is plain already stays as it is.
 */
export function plainText(text: string): string {
  const plain = text.replace(unprintable, (char) => (breaks.test(char) ? ' ' : ''));
  return plain === text ? text : plain.replace(/ {2,}/g, ' ').trim();
}
