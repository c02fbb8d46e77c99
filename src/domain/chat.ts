import type { Fault } from './fault.ts';
import { plainText } from './plain-text.ts';

/** How something is written into a chat: for all, to one person alone, or for all with a person's name before it. */
export const chatForms = ['announce', 'whisper', 'reply'] as const;
/** What can be done to a person in a chat. */
export const moderations = ['mute', 'unmute', 'block'] as const;
/** All that can be asked of a chat. */
export const chatActs = [...chatForms, ...moderations] as const;
export type ChatAct = (typeof chatActs)[number];

/** A message has no more letters; what is longer is cut. */
export const chatLettersMax = 300;
/** How a platform writes people's names: nothing in one may end it, or begin a command. */
export const chatName = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,49}$/u;

/** Something to be done in a chat. */
export interface ChatOrder {
  readonly act: ChatAct;
  /** The person's name, '' where the act needs none. */
  readonly to: string;
  /** '' where the act needs none. */
  readonly text: string;
}

/** What came of it. */
export type ChatDone =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** `busy`: another one is under way; `unreachable`: nobody is there, or not now; `refused`: it was not wanted. */
      readonly why: 'busy' | 'unreachable' | 'refused';
      readonly fault: Fault;
    };

/**
 * What chats, and the programs that read along, take for the begin of a command; also behind what they may not show or
 * keep: unseen characters, the blank of Braille, marks without a letter.
 */
const commandSigns = /^[\s\p{Default_Ignorable_Code_Point}\p{M}\u2800/\\!.?~$#%&*+=|:;>-]+/u;

/**
 * A text as it may be written into a chat: on one line, without tags, without what a chat or a program that reads along
 * takes for a command, and of so many letters at most. '' where nothing is left of it.
 */
export function chatText(text: string, lettersMax = chatLettersMax): string {
  // Wide and other forms of "/" are the same command to some.
  const plain = plainText(text).trim();
  const folded = plain.normalize('NFKC').match(commandSigns)?.[0] ?? '';
  const bare = folded === '' ? plain : plain.normalize('NFKC').slice(folded.length);
  const letters = [...bare.replaceAll('<', '‹').replaceAll('>', '›').trim()];
  return letters.length <= lettersMax
    ? letters.join('')
    : `${letters
        .slice(0, lettersMax - 1)
        .join('')
        .trimEnd()}…`;
}
