import * as v from 'valibot';
import { numberFrom, oneOf, textField } from '../../config/values.ts';
import { espeakVoice } from '../../domain/outside.ts';
import type { Player } from './stage.ts';

/** The arguments for each player, with the file and the device; '' for the usual device. */
const players = {
  aplay: (file: string, device: string) => ['-q', ...(device === '' ? [] : ['-D', device]), file],
  'pw-play': (file: string, device: string) => [...(device === '' ? [] : [`--target=${device}`]), file],
  paplay: (file: string, device: string) => [...(device === '' ? [] : [`--device=${device}`]), file],
  ffplay: (file: string) => ['-nodisp', '-autoexit', '-loglevel', 'error', file],
} as const;

const places = ['board', 'here'] as const;

/** Where sounds and speech are heard. */
export const audioForm = v.strictObject({
  plays: v.optional(
    v.pipe(
      v.array(oneOf(...places), 'must be a list of "board" and "here"'),
      v.minLength(1, 'must name "board", "here" or both'),
    ),
    ['board'],
  ),
  player: v.optional(oneOf('aplay', 'pw-play', 'paplay', 'ffplay'), 'aplay'),
  device: v.optional(
    v.pipe(
      textField('a device'),
      v.regex(/^[A-Za-z0-9][\w.,:=-]{0,99}$/, 'must be a device of the player, such as plughw:0'),
    ),
  ),
});

/** The sounds that rules may name. */
export const soundSettingsForm = v.strictObject({
  folder: v.optional(textField('the name of a folder'), 'sounds'),
  volume: v.optional(numberFrom(0, 1, '(1 is all of it)'), 1),
});

const voice = v.pipe(
  textField('a voice'),
  v.regex(
    new RegExp(`^(?:${espeakVoice.source}|/[\\w./-]{1,200}\\.onnx)$`),
    'must be a voice of espeak-ng, such as "de" or "en-us+f3", or the path of one of piper that ends in .onnx',
  ),
);
const peopleMax = 100;

/** How texts of rules are spoken. */
export const saySettingsForm = v.strictObject({
  voices: v.optional(
    v.strictObject({ en: v.optional(voice, 'en'), de: v.optional(voice, 'de'), ru: v.optional(voice, 'ru') }),
    {},
  ),
  people: v.optional(
    v.pipe(
      v.record(v.string(), voice, 'must be a table of voices by name'),
      v.check((people) => Object.keys(people).length <= peopleMax, `must be of at most ${peopleMax} people`),
    ),
    {},
  ),
  cooldownS: v.optional(numberFrom(0, 3_600, 's'), 30),
  volume: v.optional(numberFrom(0, 1, '(1 is all of it)'), 1),
  before: v.optional(textField('the name of a sound')),
  badWords: v.optional(textField('the name of a file')),
});

/** Words of a file, one a line; what follows a # is only a note. */
export function wordsIn(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((word) => word !== '');
}

/** Where sounds and speech are heard. */
export interface AudioSettings {
  readonly onBoard: boolean;
  /** What plays them on this machine; null: nothing does. */
  readonly player: Player | null;
}

/** The settings that the form was filled with; without one, the board plays. */
export function audioOf(filled: v.InferOutput<typeof audioForm> | undefined): AudioSettings {
  if (filled === undefined) return { onBoard: true, player: null };
  const { plays, player, device = '' } = filled;
  const here: Player = { program: player, args: (file) => players[player](file, device) };
  return { onBoard: plays.includes('board'), player: plays.includes('here') ? here : null };
}
