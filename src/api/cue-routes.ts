import * as v from 'valibot';
import { alertAnimations, alertRange, type BoardAlert, boardAlert, oneEmoji } from '../domain/alert.ts';
import { Refusal, type Route, route } from './route.ts';

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
      v.description(`${usual} unless told.`),
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
});

/** What programs have the board show; `show` gives how many readers of the events it was sent to. */
export function cueRoutes(show: (alert: BoardAlert) => number): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/board/cues',
      summary: 'Shows an alert on every board that is open now, one after the other; nothing is kept',
      admits: 'owner',
      admitsWorker: true,
      body: v.strictObject({ alert: alertForm }),
      example: { alert: { text: 'Thank you, mila!', seconds: 6, animation: 'pop', emoji: '🌹' } },
      answer: v.object({ said: v.string(), readers: v.pipe(v.number(), v.integer()) }),
      refuses: { 422: 'The alert has nothing to show.' },
      handle({ body }) {
        const alert = boardAlert(body.alert);
        if (alert === null) return nothingToShow;
        const readers = show(alert);
        return { said: readers === 1 ? 'Sent to 1 reader.' : `Sent to ${readers} readers.`, readers };
      },
    }),
  ];
}

const nothingToShow = new Refusal(422, {
  code: 'alert-empty',
  what: 'The text of the alert has nothing that can be shown.',
  remedy: 'Send a text with letters.',
});
