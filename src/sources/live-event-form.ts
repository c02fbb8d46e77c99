import * as v from 'valibot';
import { giftedMax, type LiveEvent, liveEventVersion, subscribedMonthsMax } from '../domain/live-event.ts';
import { amountMinorMax, currencyLetters, messageLettersMax, tokensMax } from '../domain/money.ts';
import { plainText } from '../domain/plain-text.ts';
import { ruleInWords } from '../domain/problems.ts';

const text = v.pipe(v.string(), v.transform(plainText));
const name = v.pipe(text, v.nonEmpty());
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const nothing = v.strictObject({});
/** What a giver wrote: cut and not refused, since money hangs on it. */
const message = v.pipe(
  v.string(),
  v.transform((written) =>
    [...plainText(written).slice(0, 2 * messageLettersMax)].slice(0, messageLettersMax).join(''),
  ),
);
const upTo = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(max));

const donation = v.strictObject({
  amountMinor: upTo(amountMinorMax),
  currency: v.pipe(v.string(), v.regex(currencyLetters, 'must be a currency: three capital letters')),
  ownAmount: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}(\.\d{1,6})?$/, 'must be an amount in decimals'))),
  text: message,
  isAudio: v.boolean(),
});
const tip = v.strictObject({ tokens: upTo(tokensMax), item: message, text: message });

const viewer = v.strictObject({
  id: name,
  name: text,
  handle: v.exactOptional(name),
  pictureUrl: v.exactOptional(name),
  roles: v.exactOptional(v.array(name)),
});

const gift = v.strictObject({
  gift: v.strictObject({ id: text, name: text, coins: whole }),
  count: positive,
  streak: v.nullable(v.strictObject({ group: text, receiver: text, ended: v.boolean() })),
  receiver: v.exactOptional(v.strictObject({ ...viewer.entries, guest: v.boolean() })),
  message: v.exactOptional(v.strictObject({ group: text, orderId: text, ended: v.boolean(), type: whole })),
});

const subscription = v.strictObject({
  message: v.exactOptional(v.picklist(['notice', 'social', 'super-fan'])),
  months: v.exactOptional(upTo(subscribedMonthsMax)),
  gifted: v.exactOptional(upTo(giftedMax)),
});
const someTokens = v.pipe(whole, v.maxValue(tokensMax));
const raid = v.strictObject({ viewers: whole });

const head = {
  version: v.literal(liveEventVersion),
  id: name,
  platform: text,
  channel: text,
  room: text,
  origin: v.picklist(['live', 'test', 'replay']),
  session: name,
  sequence: positive,
  atMs: v.nullable(whole),
  arrivedAtMs: whole,
  user: v.nullable(viewer),
};

const event = v.variant('kind', [
  v.strictObject({ ...head, kind: v.literal('gift'), payload: gift }),
  v.strictObject({ ...head, kind: v.literal('donation'), payload: donation }),
  v.strictObject({ ...head, kind: v.literal('tip'), payload: tip }),
  v.strictObject({ ...head, kind: v.literal('chat'), payload: v.strictObject({ text }) }),
  v.strictObject({
    ...head,
    kind: v.literal('like'),
    payload: v.strictObject({ count: whole, total: v.nullable(whole) }),
  }),
  v.strictObject({ ...head, kind: v.literal('join'), payload: nothing }),
  v.strictObject({ ...head, kind: v.literal('follow'), payload: nothing }),
  v.strictObject({ ...head, kind: v.literal('share'), payload: nothing }),
  v.strictObject({ ...head, kind: v.literal('subscribe'), payload: subscription }),
  v.strictObject({
    ...head,
    kind: v.literal('wheel'),
    payload: v.strictObject({ prize: message, tokens: someTokens }),
  }),
  v.strictObject({
    ...head,
    kind: v.literal('goal'),
    payload: v.strictObject({ title: message, tokens: someTokens }),
  }),
  v.strictObject({ ...head, kind: v.literal('raid'), payload: raid }),
  v.strictObject({ ...head, kind: v.literal('raid-out'), payload: raid }),
  v.strictObject({ ...head, kind: v.literal('emote'), payload: v.strictObject({ emoteId: text }) }),
  v.strictObject({ ...head, kind: v.literal('battle'), payload: v.strictObject({ battleId: text }) }),
  v.strictObject({ ...head, kind: v.literal('room-user'), payload: v.strictObject({ viewers: whole }) }),
  v.strictObject({
    ...head,
    kind: v.literal('stream-end'),
    payload: v.strictObject({ reason: v.picklist(['ended', 'suspended']) }),
  }),
  v.strictObject({ ...head, kind: v.literal('connected'), payload: nothing }),
  v.strictObject({
    ...head,
    kind: v.literal('disconnected'),
    payload: v.strictObject({ heardUntilMs: whole, why: text }),
  }),
  v.strictObject({ ...head, kind: v.literal('error'), payload: v.strictObject({ code: name, what: text }) }),
  v.strictObject({ ...head, kind: v.literal('raw'), payload: v.strictObject({ method: text, bytes: whole }) }),
]);

type LiveEventResult =
  | { readonly ok: true; readonly event: LiveEvent }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks a live event that comes from outside; `docs/live-event.schema.json` says the same in JSON Schema. */
export function readLiveEvent(value: unknown): LiveEventResult {
  const read = v.safeParse(event, value, { message: ruleInWords });
  if (read.success) return { ok: true, event: read.output };
  return {
    ok: false,
    problems: read.issues.map((issue) => {
      const place = (issue.path ?? []).map(({ key }) => String(key)).join('.');
      return `${place === '' ? 'the event' : place}: ${issue.message}`;
    }),
  };
}
