import * as v from 'valibot';
import { applianceStates } from '../domain/appliance-state.ts';

/** Forms that several routes share: parts of what comes in, and of what goes out. */

const count = () => v.pipe(v.number(), v.integer());
const ms = () => v.pipe(v.number(), v.description('Wall time in ms since 1970.'));

function named<const S extends v.GenericSchema>(title: string, schema: S) {
  return v.pipe(schema, v.title(title));
}

// What comes in.

/** A row's id; numbers are taken too, since people write them. */
export const rowName = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty(), v.maxLength(40)), v.number()], 'must be the id of a row'),
  v.transform((id) => String(id)),
);
/** A gift's name or id. */
export const giftName = v.pipe(
  v.union([v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)), v.number()], 'must be the name or the id of a gift'),
  v.transform((id) => String(id)),
);
/** A number of strokes or gifts; what is too much is told by the command. */
export const amount = v.number('must be a number');
export const reason = v.pipe(
  v.string('must be text'),
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
    v.transform(Number),
    v.minValue(min, rule),
    v.maxValue(max, rule),
    v.metadata({ jsonSchema: { type: 'integer', minimum: min, maximum: max } }),
  );
}

// What goes out.

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

const seenGift = {
  seq: count(),
  kind: v.string(),
  gift: v.string(),
  giftId: v.string(),
  coins: v.number(),
  viewer: v.string(),
  count: count(),
  strokes: count(),
  mapped: v.boolean(),
  source: creditKind,
  arrivedAtMs: ms(),
};
export const seenGiftForm = named('Gift', v.object(seenGift));

const forecastForm = v.object({
  sheet: count(),
  minutes: v.pipe(v.number(), v.description('Of drawing; the time that a change of paper takes is not in it.')),
});

export const giftForecastForm = named('GiftForecast', v.object({ ...forecastForm.entries, strokes: count() }));

export const outlookForm = named(
  'Outlook',
  v.object({
    msPerStroke: v.number(),
    measured: v.boolean(),
    owed: v.nullable(v.object({ ...forecastForm.entries, strokes: count() })),
    gifts: v.array(v.object({ ...forecastForm.entries, seq: count(), strokes: count() })),
  }),
);

export const gapForm = named(
  'Gap',
  v.object({
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

export const rowForm = named(
  'Row',
  v.object({
    row: v.string(),
    name: v.string(),
    credited: count(),
    testCredited: count(),
    drawn: count(),
    spoiled: count(),
    voided: count(),
    pending: count(),
    onSheet: v.nullable(v.object({ certain: count(), capacity: count() })),
  }),
);

const penForm = v.nullable(v.object({ xMm: v.number(), yMm: v.number(), pen: v.picklist(['down', 'hop', 'up']) }));

export const statusForm = named(
  'Status',
  v.object({
    state: stateForm,
    paused: v.boolean(),
    live: v.object({
      heard: v.boolean(),
      phase: v.picklist(['stopped', 'off-air', 'connecting', 'connected', 'waiting']),
      room: v.nullable(v.string()),
      nextAttemptAtMs: v.nullable(v.number()),
      problem: v.nullable(faultForm),
      reconnects: count(),
      undecodable: count(),
    }),
    plotter: v.object({
      link: v.picklist(['absent', 'connecting', 'ready']),
      port: v.nullable(v.string()),
      firmware: v.nullable(v.string()),
      origin: v.picklist(['unknown', 'known', 'confirm-hover']),
      epoch: count(),
      pen: penForm,
      parked: v.boolean(),
      inDoubt: count(),
      fault: v.nullable(faultForm),
      resends: count(),
    }),
    sheet: v.nullable(v.object({ number: count(), certain: count(), capacity: count(), owedBeyond: count() })),
    rows: v.array(rowForm),
    strokes: v.object({
      credited: count(),
      creditedByTests: count(),
      drawn: count(),
      spoiled: count(),
      pending: count(),
      voided: count(),
      doubtful: count(),
      inHand: count(),
    }),
    orphaned: v.array(v.object({ row: v.string(), pending: count() })),
    events: count(),
    unmappedGifts: count(),
    lastGifts: v.array(seenGiftForm),
    restoration: v.nullable(
      v.object({
        atMs: ms(),
        movedTo: v.string(),
        backup: v.nullable(v.object({ file: v.string(), madeAtMs: ms() })),
        missing: v.object({
          fromMs: v.nullable(ms()),
          toMs: ms(),
          events: v.nullable(count()),
          credited: v.nullable(count()),
          drawn: v.nullable(count()),
          sheets: v.nullable(count()),
        }),
      }),
    ),
    inbox: v.object({ waiting: count(), lost: count() }),
    motionInMs: v.number(),
    outlook: outlookForm,
    gaps: v.array(gapForm),
    givers: v.array(giverForm),
    version: v.string(),
  }),
);

export const sheetForm = named(
  'Sheet',
  v.object({
    sheet: count(),
    openedAtMs: ms(),
    closedAtMs: v.nullable(ms()),
    drawn: count(),
    doubtful: count(),
    blemishes: count(),
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
    source: creditKind,
    arrivedAtMs: ms(),
  }),
);

export const sessionForm = named(
  'Session',
  v.object({
    id: v.string(),
    room: v.string(),
    source: creditKind,
    openedAtMs: ms(),
    closedAtMs: v.nullable(ms()),
    why: v.nullable(v.string()),
    ended: v.boolean(),
  }),
);

export const giftSeenForm = named(
  'GiftSeen',
  v.object({
    giftId: v.string(),
    gift: v.string(),
    coins: v.number(),
    count: count(),
    viewers: count(),
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

/** An error, as RFC 9457 wants it. */
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
