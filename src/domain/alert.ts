import { plainText } from './plain-text.ts';

/** How an alert comes and goes on the board. */
export const alertAnimations = ['fade', 'slide', 'pop', 'rain'] as const;

/** Bounds of an alert. */
export const alertRange = { letters: 200, seconds: { least: 1, most: 60, usual: 6 } } as const;

/** A few words over the board, for some seconds. */
export interface BoardAlert {
  readonly text: string;
  readonly seconds: number;
  readonly animation: (typeof alertAnimations)[number];
  /** Shown over the text, and what rains; '' for none. */
  readonly emoji: string;
  /** A picture over the text, by its hash. */
  readonly picture?: string;
  /** What is heard when it comes. */
  readonly sound?: BoardSound;
}

/** A sound for the board: which one, by its hash, and how loud, from 0 to 1. */
export interface BoardSound {
  readonly media: string;
  readonly volume: number;
}

/** How sounds and pictures of the board are named: the SHA-256 of their bytes. */
export const mediumHash = /^[0-9a-f]{64}$/;

/** Whether an alert of a rule names files, which the worker has: it shows such a one, where it is there. */
export function namesFiles({ picture, sound }: Readonly<Record<string, unknown>>): boolean {
  return typeof picture === 'string' || typeof sound === 'string';
}

/** One emoji, of as many parts as they have: a family, a flag, a skin colour. */
export const oneEmoji =
  /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator})[\p{M}\p{Cf}\p{Emoji_Modifier}\p{Extended_Pictographic}\p{Regional_Indicator}\u{e0020}-\u{e007f}]{0,14}$/u;

/** An alert of what was asked for, with what is usual for the rest, and its text cleaned; null where no text is left. */
export function boardAlert(asked: Readonly<Record<string, unknown>>): BoardAlert | null {
  const { text, seconds, animation, emoji } = asked;
  const letters = typeof text === 'string' ? [...plainText(text).trim()].slice(0, alertRange.letters) : [];
  if (letters.length === 0) return null;
  const { least, most, usual } = alertRange.seconds;
  return {
    text: letters.join(''),
    seconds: typeof seconds === 'number' ? Math.min(most, Math.max(least, seconds)) : usual,
    animation: alertAnimations.find((each) => each === animation) ?? 'fade',
    emoji: typeof emoji === 'string' && oneEmoji.test(emoji) ? emoji : '',
  };
}
