import * as v from 'valibot';
import {
  alertAnimations,
  alertRange,
  type BoardAlert,
  type BoardSound,
  boardAlert,
  mediumHash,
  oneEmoji,
} from '../domain/alert.ts';
import type { BoardMedia } from './board-media.ts';
import { mediumGone } from './media-routes.ts';
import { Refusal, type Route, route } from './route.ts';

const volumeRule = 'must be a volume from 0 to 1';
const mediumForm = v.pipe(
  v.string(),
  v.regex(mediumHash, 'must be the SHA-256 of what PUT /board/media was sent, as 64 small hexadecimal digits'),
);
const soundForm = v.strictObject({
  media: mediumForm,
  volume: v.optional(v.pipe(v.number(), v.minValue(0, volumeRule), v.maxValue(1, volumeRule)), 1),
});

const { least, most, usual } = alertRange.seconds;
const alertForm = v.strictObject({
  text: v.pipe(
    v.string(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(1_000, `must have at most 1,000 letters; the first ${alertRange.letters} are shown`),
    v.description(`The first ${alertRange.letters} letters are shown.`),
  ),
  seconds: v.optional(
    v.pipe(
      v.number(),
      v.minValue(least, `must be ${least} to ${most}`),
      v.maxValue(most, `must be ${least} to ${most}`),
      v.description(`${usual} if left out.`),
    ),
  ),
  animation: v.optional(v.picklist(alertAnimations, `must be ${alertAnimations.join(', ')}`)),
  emoji: v.optional(
    v.pipe(
      v.string(),
      v.check((emoji) => oneEmoji.test(emoji), 'must be one emoji'),
      v.description('One emoji, shown over the text, and what rains.'),
    ),
  ),
  picture: v.optional(v.pipe(mediumForm, v.description('A picture over the text.'))),
  sound: v.optional(v.pipe(soundForm, v.description('Heard when the alert comes.'))),
});

/** A cue is either of these. */
const cueForm = v.pipe(
  v.strictObject({
    alert: v.optional(alertForm),
    sound: v.optional(v.pipe(soundForm, v.description('Heard by itself, one after the other.'))),
  }),
  v.check(
    (cue) => (cue.alert === undefined) !== (cue.sound === undefined),
    'must have "alert" or "sound", and not both',
  ),
);

/** Sends something to all open boards; returns to how many streams it was sent. */
interface Boards {
  alert(alert: BoardAlert): number;
  sound(sound: BoardSound): number;
}

/** The route by which programs show alerts and play sounds on the board. */
export function cueRoutes(boards: Boards, media: BoardMedia): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/board/cues',
      summary:
        'Shows an alert, or plays a sound, on every board that is open now, one after the other; nothing is kept. ' +
        'Sounds and pictures are named by their hash: PUT /board/media',
      admits: 'owner',
      admitsWorker: true,
      body: cueForm,
      example: { alert: { text: 'Thank you, mila!', seconds: 6, animation: 'pop', emoji: '🌹' } },
      answer: v.object({ said: v.string(), readers: v.pipe(v.number(), v.integer()) }),
      refuses: {
        409: 'A sound or a picture that it names is not there, or not any more.',
        422: 'The alert has nothing to show.',
      },
      handle({ body: { alert: asked, sound } }) {
        const named = [asked?.picture, asked?.sound?.media, sound?.media].filter((hash) => hash !== undefined);
        if (named.some((hash) => media.use(hash) === null)) return new Refusal(409, mediumGone);
        if (sound !== undefined) return sentTo(boards.sound(sound));
        const alert = boardAlert(asked ?? {});
        if (alert === null) return nothingToShow;
        const { picture, sound: heard } = asked ?? {};
        return sentTo(
          boards.alert({
            ...alert,
            ...(picture === undefined ? {} : { picture }),
            ...(heard === undefined ? {} : { sound: heard }),
          }),
        );
      },
    }),
  ];
}

function sentTo(readers: number) {
  return { said: readers === 1 ? 'Sent to 1 reader.' : `Sent to ${readers} readers.`, readers };
}

const nothingToShow = new Refusal(422, {
  code: 'alert-empty',
  what: 'The text of the alert has nothing that can be shown.',
  remedy: 'Send a text with letters.',
});
