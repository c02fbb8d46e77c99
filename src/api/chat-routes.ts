import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import { chatActs, chatLettersMax } from '../domain/chat.ts';
import { Refusal, type Route, route } from './route.ts';

/** In letters; far more than `chatLettersMax`, to which it is cut. */
const textMax = 4 * chatLettersMax;

const orderForm = v.strictObject({
  act: v.picklist(chatActs, `must be ${chatActs.join(', ')}`),
  to: v.optional(
    v.pipe(v.string(), v.maxLength(50), v.description("A person's name in the chat; to announce, none is needed.")),
    '',
  ),
  text: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(textMax, `must have at most ${textMax} letters`),
      v.description(`The first ${chatLettersMax} letters are written, without what a chat would take for a command.`),
    ),
    '',
  ),
});

/** The route that writes into a chat: it exists where the config allows that. */
export function chatRoutes({ operator }: Appliance): readonly Route[] {
  return [
    route({
      method: 'post',
      path: '/chat',
      summary:
        'Writes into the chat of a live, mutes or blocks somebody there, as far as the config allows; one every 2 s. ' +
        'It answers when nothing was said against it, within 3 s',
      admits: 'owner',
      admitsWorker: true,
      body: orderForm,
      example: { act: 'announce', text: 'Thank you, mila!' },
      answer: v.object({ said: v.string() }),
      refuses: {
        409: 'There is no connection to the chat.',
        422: 'The config or the chat does not want it, or nothing of it can be written.',
        429: 'Another one is on its way.',
      },
      async handle({ body }) {
        const done = await operator.writeChat(body);
        if (done === null) return noChat;
        if (done.ok) return { said: 'Sent to the chat.' };
        if (done.why === 'busy') return new Refusal(429, done.fault, { headers: { 'retry-after': '3' } });
        return new Refusal(done.why === 'refused' ? 422 : 409, done.fault);
      },
    }),
  ];
}

const noChat = new Refusal(409, {
  code: 'chat-none',
  what: 'No live is listened to whose chat is written into.',
  remedy: 'Switch the live on whose chat it is.',
});
