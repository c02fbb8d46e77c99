import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import type { Status } from '../appliance/status.ts';
import type { WaitsFor } from '../domain/appliance-state.ts';
import { sheetCorners } from '../domain/sheet.ts';
import {
  count,
  drawingForm,
  faultForm,
  gapForm,
  giverForm,
  goalShown,
  goalsForm,
  ms,
  named,
  outlookForm,
  seenGiftForm,
  stateForm,
  workerForm,
} from './forms.ts';
import type { ApiOptions, Immutable } from './route.ts';

/** Commands whose refusal the status announces, so that a page can grey their buttons. */
const refusedPaths = [
  '/paper/changed',
  '/plotter/origin',
  '/plotter/lift',
  '/plotter/park',
  '/plotter/home',
  '/plotter/jog',
] as const;

/** Why no live is connected. */
const silences = [
  'switched-off',
  'no-user',
  'trying',
  'off-air',
  'rate-limited',
  'offline',
  'portal',
  'refused',
  'no-clock',
  'lost',
] as const;

const silenceForm = v.object({
  code: v.picklist(silences),
  what: v.string(),
  todo: v.nullable(v.string()),
  nextAtMs: v.nullable(ms()),
});

/** Which provider stands in for the configured one. */
const standInForm = v.object({
  provider: v.string(),
  insteadOf: v.string(),
  why: v.string(),
  todo: v.nullable(v.string()),
  untilMs: v.nullable(ms()),
});

const rowForm = named(
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

const liveFields = {
  heard: v.boolean(),
  phase: v.picklist(['stopped', 'off-air', 'connecting', 'connected', 'waiting']),
  room: v.nullable(v.string()),
  nextAttemptAtMs: v.nullable(v.number()),
  problem: v.nullable(faultForm),
  silence: v.optional(v.nullable(silenceForm)),
  reconnects: count(),
  undecodable: count(),
  standIn: v.optional(v.nullable(standInForm)),
  kept: v.optional(v.nullable(v.object({ folder: v.string(), files: count(), lastAtMs: ms() }))),
};

/** One of several lives that are listened to side by side. */
const liveOfManyForm = v.object({
  name: v.pipe(v.string(), v.description('The name by which it is switched on and off.')),
  platform: v.string(),
  channel: v.string(),
  isOff: v.boolean(),
  signsIn: v.optional(v.pipe(v.boolean(), v.description('A person signs in to it.'))),
  ...liveFields,
});

const penForm = v.nullable(v.object({ xMm: v.number(), yMm: v.number(), pen: v.picklist(['down', 'hop', 'up']) }));

export const statusForm = named(
  'Status',
  v.object({
    state: stateForm,
    paused: v.boolean(),
    live: v.object({
      ...liveFields,
      lives: v.optional(
        v.pipe(v.array(liveOfManyForm), v.description('Each live; the fields beside are of all of them together.')),
      ),
    }),
    plotter: v.object({
      link: v.picklist(['absent', 'connecting', 'ready']),
      port: v.nullable(v.string()),
      firmware: v.nullable(v.string()),
      uuid: v.optional(v.nullable(v.string())),
      capabilities: v.optional(v.array(v.string())),
      origin: v.picklist(['unknown', 'known', 'confirm-hover']),
      epoch: count(),
      pen: penForm,
      parked: v.boolean(),
      stopping: v.optional(v.boolean()),
      unproven: count(),
      fault: v.nullable(faultForm),
      resends: count(),
    }),
    sheet: v.nullable(v.object({ number: count(), certain: count(), capacity: count(), owedBeyond: count() })),
    rows: v.array(rowForm),
    plates: v.pipe(v.array(v.string()), v.description('On which drawings can be placed.')),
    drawings: v.array(drawingForm),
    strokes: v.object({
      credited: count(),
      creditedByTests: count(),
      drawn: count(),
      spoiled: count(),
      pending: count(),
      voided: count(),
      uncertain: count(),
      inHand: count(),
    }),
    pen: v.object({
      name: v.pipe(
        v.string(),
        v.description('What is printed on the pen in the holder; "" where the config does not say.'),
      ),
      drawnMetres: v.pipe(v.number(), v.description('How far it has drawn since it was changed.')),
      metres: v.pipe(v.nullable(v.number()), v.description('How far it draws until it is dry; null: nobody said.')),
      sinceMs: ms(),
      isLow: v.pipe(v.boolean(), v.description('It is about to run dry.')),
    }),
    mark: v.pipe(v.picklist(sheetCorners), v.description('The corner of the paper where the mark for the origin is.')),
    orphaned: v.array(v.object({ row: v.string(), pending: count() })),
    events: count(),
    unmappedGifts: count(),
    lastGifts: v.array(seenGiftForm),
    restoration: v.nullable(
      v.object({
        atMs: ms(),
        cause: v.picklist(['damaged', 'empty', 'gone']),
        movedTo: v.nullable(v.string()),
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
    ledgerInMemory: v.pipe(
      v.nullable(v.string()),
      v.description('The file system that keeps the ledger in memory, so that a power cut costs it; null: none does.'),
    ),
    ledgerWasEmpty: v.pipe(
      v.optional(v.boolean(), false),
      v.description('A new ledger began at this start, in the place of a file with nothing in it.'),
    ),
    inbox: v.object({ waiting: count(), lost: count(), lostWhy: v.nullable(v.string()) }),
    motionInMs: v.number(),
    outlook: outlookForm,
    gaps: v.array(gapForm),
    givers: v.array(giverForm),
    refused: v.pipe(
      v.partial(v.object(v.entriesFromList(refusedPaths, v.nullable(faultForm))), ['/plotter/home']),
      v.description('Commands that would be refused at this moment, and why; null: it would not.'),
    ),
    worker: v.pipe(
      v.optional(v.nullable(workerForm)),
      v.description('The worker as it last reported; null: none has since the start.'),
    ),
    goals: v.pipe(v.optional(goalsForm, []), v.description('What viewers reach together.')),
    version: v.string(),
  }),
);

/** The status with forecasts, gaps and givers, as GET /status sends it. */
export type FullStatus = Immutable<v.InferOutput<typeof statusForm>>;

/** What viewers may see. */
interface BoardStatus {
  readonly state: { readonly name: Status['state']['name']; readonly heard: boolean };
  readonly sheet: Status['sheet'];
  readonly strokes: { readonly drawn: number; readonly pending: number };
  readonly lastGifts: Status['lastGifts'];
  readonly outlook: FullStatus['outlook'];
  readonly givers: FullStatus['givers'];
  readonly drawings: readonly Pick<
    FullStatus['drawings'][number],
    'id' | 'name' | 'viewer' | 'state' | 'paths' | 'certain'
  >[];
  readonly goals: FullStatus['goals'];
}

const giversShown = 5;

/** Reads the full status of an appliance. */
export function fullStatusOf(
  appliance: Appliance,
  { version, homes, worker }: Pick<ApiOptions, 'version' | 'homes'> & Partial<Pick<ApiOptions, 'worker'>>,
): FullStatus {
  const { views } = appliance;
  const status = appliance.status();
  const outlook = views.outlook();
  return {
    ...status,
    outlook: {
      ...outlook,
      owed: outlook.owed === null ? null : withWhatComesFirst(appliance, outlook.owed),
      gifts: outlook.gifts.map((each) => withWhatComesFirst(appliance, each)),
      waitsFor: appliance.whatComesFirst(),
    },
    gaps: views.gaps(),
    givers: views.givers(giversShown),
    refused: refusedNow(appliance, homes),
    worker: worker?.view() ?? null,
    goals: views.goals().map(goalShown),
    version,
  };
}

/**
 * A forecast with what has to happen before it: at least fresh paper, where it is about a sheet that does not lie there
 * yet.
 */
export function withWhatComesFirst<T extends { readonly sheet: number }>(appliance: Appliance, forecast: T) {
  const open = appliance.views.openSheet();
  const isLater = open !== null && forecast.sheet > open;
  const waitsFor: WaitsFor | null = appliance.whatComesFirst() ?? (isLater ? 'paper' : null);
  return { ...forecast, waitsFor };
}

function refusedNow({ operator }: Appliance, homes: boolean): FullStatus['refused'] {
  const of = (kind: 'origin' | 'lift' | 'park' | 'home') => operator.hindrance({ kind });
  return {
    '/paper/changed': operator.sheetHindrance(),
    '/plotter/origin': of('origin'),
    '/plotter/lift': of('lift'),
    '/plotter/park': of('park'),
    ...(homes ? { '/plotter/home': of('home') } : {}),
    '/plotter/jog': operator.hindrance({ kind: 'jog', dxMm: 0, dyMm: 0, dzMm: 0 }),
  };
}

/**
 * The part of the status that viewers may see. Of gifts it has those after `afterSeq`, the event at which the present
 * live began.
 */
export function boardStatusOf(status: FullStatus, afterSeq: number): BoardStatus {
  const { state, sheet, strokes, outlook, givers, goals } = status;
  const { name, heard } = state;
  const { drawn, pending } = strokes;
  const lastGifts = status.lastGifts.filter(({ seq }) => seq > afterSeq);
  const drawings = status.drawings.map(({ id, name, viewer, state, paths, certain }) => ({
    id,
    name,
    viewer,
    state,
    paths,
    certain,
  }));
  return { state: { name, heard }, sheet, strokes: { drawn, pending }, lastGifts, outlook, givers, drawings, goals };
}
