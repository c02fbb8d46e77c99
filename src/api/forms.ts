import * as v from 'valibot';
import { applianceStates, awaited } from '../domain/appliance-state.ts';
import { type GoalStanding, goalUnits, targetOf } from '../domain/goals.ts';
import { plainText } from '../domain/plain-text.ts';

/** Schemas of what the API sends. */

export const count = () => v.pipe(v.number(), v.integer());
export const ms = () => v.pipe(v.number(), v.description('Wall time in ms since 1970.'));

/** The schemas that have a name in the OpenAPI document, by that name. */
export const namedForms = new Map<string, v.GenericSchema>();

export function named<const S extends v.GenericSchema>(name: string, schema: S): S {
  namedForms.set(name, schema);
  return schema;
}

export const faultForm = named('Fault', v.object({ code: v.string(), what: v.string(), remedy: v.string() }));

export const stateForm = named(
  'State',
  v.object({
    name: v.picklist(applianceStates),
    what: v.string(),
    todo: v.nullable(v.string()),
    fault: v.nullable(faultForm),
    heard: v.boolean(),
  }),
);

/** The answer to a command. */
export const saidForm = named('Said', v.object({ said: v.string(), state: v.picklist(applianceStates) }));

const creditKind = v.picklist(['live', 'test', 'hand', 'replay']);

const receiver = {
  receiver: v.pipe(
    v.string(),
    v.description('Whom it is for; empty where the platform does not say: then it is the host.'),
  ),
  receiverIs: v.picklist(['guest', '']),
};

const seenGift = {
  seq: count(),
  kind: v.string(),
  gift: v.string(),
  giftId: v.string(),
  coins: v.number(),
  viewer: v.string(),
  ...receiver,
  count: count(),
  strokes: count(),
  mapped: v.boolean(),
  origin: creditKind,
  arrivedAtMs: ms(),
};
export const seenGiftForm = named('Gift', v.object(seenGift));

const forecastForm = v.object({
  sheet: count(),
  minutes: v.pipe(v.number(), v.description('Of drawing; the time that a change of paper takes is not in it.')),
});

const waitsForForm = v.pipe(
  v.nullable(v.picklist(awaited)),
  v.description('What has to come before anything is drawn; the minutes count from then on. Null: it is drawn.'),
);

export const giftForecastForm = named(
  'GiftForecast',
  v.object({ ...forecastForm.entries, strokes: count(), waitsFor: waitsForForm }),
);

export const outlookForm = named(
  'Outlook',
  v.object({
    msPerStroke: v.number(),
    measured: v.boolean(),
    waitsFor: waitsForForm,
    owed: v.nullable(v.object({ ...forecastForm.entries, strokes: count(), waitsFor: waitsForForm })),
    gifts: v.array(v.object({ ...forecastForm.entries, seq: count(), strokes: count(), waitsFor: waitsForForm })),
    drawings: v.pipe(
      v.array(v.object({ id: count(), minutes: v.number() })),
      v.description('Of the drawings on the open sheet that are owed: how long the pen is at what is left of them.'),
    ),
    waiting: v.pipe(
      v.array(v.object({ id: count(), sheet: count(), minutes: v.nullable(v.number()) })),
      v.description(
        'The drawings that wait for a plate: on which sheet they get one, and how long the pen is at them; null: not reckoned yet.',
      ),
    ),
  }),
);

export const drawingForm = named(
  'Drawing',
  v.object({
    id: count(),
    ownId: v.pipe(v.nullable(v.string()), v.description("The asker's own id, by which a repeat is known.")),
    name: v.string(),
    viewer: v.string(),
    askedAtMs: ms(),
    state: v.picklist(['waiting', 'placed', 'drawing', 'drawn', 'void']),
    sheet: v.nullable(count()),
    plate: v.nullable(v.string()),
    paths: v.pipe(count(), v.description('0 until it is placed.')),
    certain: v.pipe(count(), v.description('So many of its paths are proven to be on the paper.')),
    why: v.string(),
    againOf: v.nullable(count()),
  }),
);

export const gapForm = named(
  'Gap',
  v.object({
    platform: v.string(),
    channel: v.string(),
    room: v.string(),
    fromMs: ms(),
    toMs: v.nullable(ms()),
    over: v.boolean(),
    why: v.string(),
  }),
);

export const giverForm = named(
  'Giver',
  v.object({ viewer: v.string(), gifts: count(), coins: v.number(), strokes: count() }),
);

export const sheetForm = named(
  'Sheet',
  v.object({
    sheet: count(),
    openedAtMs: ms(),
    closedAtMs: v.nullable(ms()),
    drawn: count(),
    uncertain: count(),
    strayMarks: count(),
    pen: v.pipe(v.string(), v.description('What is printed on the pen with which it was begun; "" where nobody said.')),
  }),
);

export const strokeForm = named(
  'Stroke',
  v.object({
    sheet: count(),
    row: v.string(),
    n: count(),
    drawn: v.pipe(v.boolean(), v.description('The ink lies there, as far as anyone knows.')),
    forecast: v.pipe(v.nullable(giftForecastForm), v.description('When all of its gift is drawn; null when it is.')),
    seq: count(),
    kind: v.string(),
    gift: v.string(),
    giftId: v.string(),
    coins: v.number(),
    viewer: v.string(),
    ...receiver,
    origin: creditKind,
    arrivedAtMs: ms(),
  }),
);

export const sessionForm = named(
  'Session',
  v.object({
    id: v.string(),
    platform: v.string(),
    channel: v.string(),
    room: v.string(),
    origin: creditKind,
    openedAtMs: ms(),
    closedAtMs: v.nullable(ms()),
    why: v.nullable(v.string()),
    ended: v.boolean(),
  }),
);

export const giftSeenForm = named(
  'GiftSeen',
  v.object({
    kind: v.picklist(['gift', 'donation', 'tip']),
    giftId: v.string(),
    gift: v.pipe(v.string(), v.description('Of money its unit: a currency, or tokens.')),
    amount: v.pipe(v.string(), v.description('Of money all that was given; else empty.')),
    coins: v.number(),
    count: count(),
    viewers: count(),
    ...receiver,
    mapped: v.boolean(),
    strokes: count(),
  }),
);

export const previewForm = named(
  'Preview',
  v.object({
    sheet: count(),
    strokes: count(),
    minutes: v.number(),
    inkMm: v.number(),
    travelMm: v.number(),
    isEstimate: v.literal(true),
  }),
);

/** An error as RFC 9457 describes it. */
export const problemForm = named(
  'Problem',
  v.object({
    type: v.string(),
    title: v.string(),
    status: count(),
    detail: v.string(),
    remedy: v.string(),
    state: v.optional(v.picklist(applianceStates)),
  }),
);

/** Schemas of parts of requests that several routes share. */

/** A row's id; numbers are taken too, since people write them. */
export const rowName = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty(), v.maxLength(40)), v.number()], 'must be the id of a row'),
  v.transform((id) => plainText(String(id))),
);
/** A gift's name or id. */
export const giftName = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)), v.number()], 'must be the name or the id of a gift'),
  v.transform((id) => plainText(String(id))),
);
/** A number of strokes or gifts; the command itself refuses one that is too large. */
export const amount = v.number('must be a number');
export const reason = v.pipe(
  v.string('must be text'),
  v.metadata({ minLength: 1, maxLength: 500 }),
  v.transform(plainText),
  v.trim(),
  v.nonEmpty('must not be empty'),
  v.maxLength(500, 'must have at most 500 letters'),
);

/** A whole number that comes as text: in an address or a query. */
export function wholeText(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.string(rule),
    v.regex(/^\d{1,15}$/, rule),
    v.metadata({ type: 'integer', minimum: min, maximum: max, pattern: undefined }),
    v.transform(Number),
    v.minValue(min, rule),
    v.maxValue(max, rule),
  );
}

const shortText = v.pipe(v.string(), v.maxLength(300));
/** How an outlet of the worker is. */
export const outletForm = v.object({
  name: shortText,
  kind: v.picklist(['durable', 'instant', 'standing']),
  fault: v.pipe(v.nullable(shortText), v.description('Why the last try failed; null: it did not.')),
  waiting: count(),
  sent: count(),
  retried: count(),
  dropped: count(),
  dead: count(),
});
/** The worker as it last reported. */
export const workerForm = named(
  'Worker',
  v.object({
    isThere: v.pipe(v.boolean(), v.description('It reported within the last 45 s.')),
    atMs: ms(),
    lag: v.pipe(
      v.optional(v.nullable(v.object({ entries: count(), ms: count() }))),
      v.description('How far it is behind the journal; null: it reads another one, or none yet.'),
    ),
    outlets: v.array(outletForm),
  }),
);

/** What a durable outlet gave up; what it would have sent is not in it. */
export const deadLetterForm = v.object({
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  outlet: shortText,
  rule: shortText,
  viewer: shortText,
  eventKind: v.optional(shortText, ''),
  why: shortText,
  atMs: ms(),
});

const described = (what: string) => v.pipe(v.number(), v.description(what));

/** How far goals are, as it is sent. */
export const goalsForm = v.array(
  v.object({
    name: v.string(),
    of: v.picklist(goalUnits),
    currency: v.nullable(v.string()),
    per: v.picklist(['live', 'lasting']),
    target: described('Of money in its large unit, as is the amount.'),
    amount: described('Of the live that is on, or of the last one; where several are on, of the one that has most.'),
    reachedAtMs: v.pipe(v.nullable(ms()), v.description('Once it is reached it stays so, whatever is taken back.')),
  }),
);

/** A goal as it is sent. */
export function goalShown(goal: GoalStanding): v.InferOutput<typeof goalsForm>[number] {
  const { name, of, currency, per, reachedAtMs } = goal;
  const target = targetOf(goal);
  return { name, of, currency, per, target, amount: targetOf({ ...goal, target: goal.amount }), reachedAtMs };
}
