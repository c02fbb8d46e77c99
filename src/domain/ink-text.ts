import type { Fault } from './fault.ts';

/** A text that is written in ink, once a gift, when the gift counts `from` or more. */
export interface InkText {
  /** With `giverMark` where the giver's name comes. */
  readonly text: string;
  readonly from: number;
}

/** In a text that a gift pays for it stands for the giver's name. */
export const giverMark = '{username}';

/** A text in ink has no more letters. */
export const textLettersMax = 60;

/** A text that is too long to be written, cut, with the sign for it. */
export function cutText(text: string): string {
  const letters = [...text];
  return letters.length <= textLettersMax
    ? text
    : `${letters
        .slice(0, textLettersMax - 1)
        .join('')
        .trimEnd()}…`;
}

/** Drawings that gifts pay for have names of their own that begin so; nobody else's may. */
export const giftIdPrefix = 'gift:';

/** What letters make of a text: which of them others stand for or are left out, or why it cannot be written at all. */
export type ReadText = (text: string) =>
  | {
      readonly ok: true;
      readonly changed: readonly { readonly from: string; readonly to: string }[];
      readonly left: readonly string[];
    }
  | { readonly ok: false; readonly fault: Fault };
