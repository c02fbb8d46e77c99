import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import type { Fault } from '../domain/fault.ts';
import { nameMeant, plainText } from '../domain/plain-text.ts';
import { audienceOf } from './access.ts';
import {
  giftForecastForm,
  giftSeenForm,
  giverForm,
  goalShown,
  goalsForm,
  previewForm,
  rowName,
  seenGiftForm,
  sessionForm,
  sheetForm,
  strokeForm,
  wholeText,
} from './forms.ts';
import { metricsText } from './metrics.ts';
import { type ApiOptions, Refusal, type Route, route } from './route.ts';
import { fullStatusOf, statusForm, withWhatComesFirst } from './status-form.ts';

const svg = 'image/svg+xml; charset=utf-8';
const sheetsMax = 1_000_000;
const noSheet: Fault = {
  code: 'no-sheet',
  what: 'No sheet is open yet.',
  remedy: 'Put paper in, then confirm it: POST /paper/changed, or `livepen paper`.',
};
const pictureQuery = v.object({
  titles: v.pipe(
    v.optional(v.picklist(['yes', 'no'], 'must be yes or no'), 'yes'),
    v.description('Whether pointing at a stroke shows who paid for it; the picture is much larger then.'),
  ),
  pen: v.pipe(
    v.optional(v.picklist(['yes', 'no'], 'must be yes or no'), 'yes'),
    v.description('Whether the stroke that the pen is at is marked.'),
  ),
  v: v.pipe(v.optional(v.string()), v.description('Ignored; another value makes a browser ask again.')),
});
const kindQuery = v.object({ of: v.optional(v.picklist(['owed', 'full'], 'must be owed or full'), 'owed') });

const kindRule = 'must be kinds of events, such as gift or tip,donation';
const kindList = v.pipe(
  v.string(),
  v.regex(/^[a-z]+(-[a-z]+)*(,[a-z]+(-[a-z]+)*){0,20}$/, kindRule),
  v.maxLength(200, kindRule),
  v.transform((written) => written.split(',')),
);
const wallMs = wholeText(0, 999_999_999_999_999);

function pictureOptions({ titles, pen }: v.InferOutput<typeof pictureQuery>) {
  return { titles: titles === 'yes', pen: pen === 'yes' };
}

/** Routes that only read. */
export function readingRoutes(appliance: Appliance, options: ApiOptions): readonly Route[] {
  return [
    ...stateRoutes(appliance, options),
    ...sheetRoutes(appliance),
    ...strokeRoutes(appliance),
    ...sessionRoutes(appliance),
    ...previewRoutes(appliance),
    ...(options.hasGoals ? goalRoutes(appliance) : []),
  ];
}

/** How things are now. */
function stateRoutes(appliance: Appliance, options: ApiOptions): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/health',
      summary: 'Whether all is well',
      admits: 'anybody',
      answer: v.object({ status: v.literal('ok'), state: v.string(), what: v.string() }),
      refuses: { 503: 'Something is broken, or it is starting; the reason.' },
      handle() {
        const { name, what, fault } = appliance.state();
        if (fault !== null) return new Refusal(503, fault);
        if (name === 'starting') return new Refusal(503, { code: 'starting', what, remedy: 'Wait a moment.' });
        return { status: 'ok', state: name, what } as const;
      },
    }),
    route({
      method: 'get',
      path: '/status',
      summary: 'Everything as it is now: state, live, plotter, sheet, rows, last gifts, what lies ahead',
      admits: 'owner',
      answer: statusForm,
      handle: () => fullStatusOf(appliance, options),
    }),
    route({
      method: 'get',
      path: '/metrics',
      summary: 'Figures for Prometheus',
      admits: 'owner',
      answer: 'text/plain; version=0.0.4; charset=utf-8',
      handle: () => metricsText(fullStatusOf(appliance, options), appliance.syncTimes(), options.vitals),
    }),
  ];
}

/** Sheets and their pictures. */
function sheetRoutes({ views }: Appliance): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/sheets',
      summary: 'All sheets, the oldest first',
      admits: 'owner',
      answer: v.object({ sheets: v.array(sheetForm) }),
      handle: () => ({ sheets: views.sheets() }),
    }),
    route({
      method: 'get',
      path: '/sheets/{n}.svg',
      summary: 'A sheet as it is, or was when it was taken away',
      admits: 'owner',
      params: v.object({ n: wholeText(1, sheetsMax) }),
      query: pictureQuery,
      answer: svg,
      refuses: { 404: 'There never was a sheet of this number.' },
      handle: ({ params: { n }, query }) => views.picture(n, pictureOptions(query)) ?? noSuchSheet(n),
    }),
    route({
      method: 'get',
      path: '/sheet.svg',
      summary: 'The open sheet as it is being drawn: ink, the stroke under way, what is owed in pale',
      admits: 'board',
      query: pictureQuery,
      answer: svg,
      refuses: { 404: 'No sheet is open.' },
      handle({ query }, context) {
        const open = views.openSheet();
        // Names on the sheet may be of earlier lives.
        const titles = audienceOf(context) === 'board' ? 'no' : query.titles;
        const picture = open === null ? null : views.picture(open, pictureOptions({ ...query, titles }));
        return picture ?? new Refusal(404, noSheet);
      },
    }),
  ];
}

/** Who paid for a stroke, and when a gift will be drawn. */
function strokeRoutes(appliance: Appliance): readonly Route[] {
  const { views } = appliance;
  const forecastOf = (seq: number) => {
    const forecast = views.forecastOf(seq);
    return forecast === null ? null : withWhatComesFirst(appliance, forecast);
  };
  return [
    route({
      method: 'get',
      path: '/strokes/{row}/{n}',
      summary: 'Who paid for a stroke, with what, and when',
      admits: 'owner',
      params: v.object({ row: rowName, n: wholeText(1, sheetsMax) }),
      query: v.object({ sheet: v.optional(wholeText(1, sheetsMax)) }),
      answer: strokeForm,
      refuses: { 404: 'There is no such sheet or row, or nobody has paid for such a stroke.' },
      handle({ params: { row, n }, query: { sheet } }) {
        const payer = views.who(row, n, sheet);
        if (payer !== null) return { ...payer, forecast: forecastOf(payer.seq) };
        const there = views.rowsOf(sheet);
        if (there === null) return sheet === undefined ? new Refusal(404, noSheet) : noSuchSheet(sheet);
        if (nameMeant(there.rows, row) === null) {
          const what = `Sheet ${there.sheet} has no row "${row}".`;
          return new Refusal(404, { code: 'unknown-row', what, remedy: `Its rows are ${there.rows.join(', ')}.` });
        }
        return new Refusal(404, {
          code: 'no-stroke',
          what: `Nobody has paid for stroke ${n} of row "${row}"${sheet === undefined ? '' : ` on sheet ${sheet}`}.`,
          remedy: 'GET /status names the rows and how far they are; ?sheet=N asks for another sheet.',
        });
      },
    }),
    route({
      method: 'get',
      path: '/gifts/{seq}/forecast',
      summary: 'On which sheet and after how many minutes of drawing a gift is drawn in full, if nothing else comes',
      admits: 'owner',
      params: v.object({ seq: wholeText(1, Number.MAX_SAFE_INTEGER) }),
      answer: v.object({
        forecast: v.pipe(v.nullable(giftForecastForm), v.description('Null when nothing of it is owed.')),
      }),
      refuses: { 404: 'No such gift ever came.' },
      handle({ params: { seq } }) {
        if (views.hasGift(seq)) return { forecast: forecastOf(seq) };
        const remedy = 'GET /status lists the last gifts with their numbers (seq).';
        return new Refusal(404, { code: 'no-gift', what: `There is no gift ${seq}.`, remedy });
      },
    }),
  ];
}

/** What was received, by session, gift and giver. */
function sessionRoutes({ views }: Appliance): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/sessions',
      summary: 'Times of listening to a live, the newest first',
      admits: 'owner',
      query: v.object({ limit: v.optional(wholeText(1, 500), '50'), before: v.optional(v.string()) }),
      answer: v.object({ sessions: v.array(sessionForm), before: v.nullable(v.string()) }),
      refuses: { 404: 'There is no session `before`.' },
      handle({ query: { limit, before } }) {
        const part = views.sessions(limit, before ?? null);
        return part === null ? noSession(before ?? '') : { sessions: part.items, before: part.next };
      },
    }),
    route({
      method: 'get',
      path: '/sessions/{id}/events',
      summary:
        'What came in a session, the oldest first, by kind, person and time; a part can be empty and yet not be the last',
      admits: 'owner',
      params: v.object({ id: v.pipe(v.string(), v.maxLength(200)) }),
      query: v.object({
        limit: v.optional(wholeText(1, 1_000), '200'),
        after: v.optional(wholeText(0, Number.MAX_SAFE_INTEGER)),
        kind: v.pipe(
          v.optional(kindList),
          v.description('Only these kinds: one, or several with commas between them, such as tip,donation.'),
        ),
        person: v.pipe(
          v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(200), v.transform(plainText))),
          v.description('Only of people of this name or handle, in any spelling.'),
        ),
        since: v.pipe(v.optional(wallMs), v.description('Only what came from then on; wall time in ms since 1970.')),
        until: v.pipe(v.optional(wallMs), v.description('Only what came before; wall time in ms since 1970.')),
      }),
      answer: v.object({ events: v.array(seenGiftForm), after: v.nullable(v.pipe(v.number(), v.integer())) }),
      refuses: { 404: 'There is no such session.' },
      handle({ params: { id }, query: { limit, after, kind = [], person = '', since, until } }) {
        const times = {
          ...(since === undefined ? {} : { sinceMs: since }),
          ...(until === undefined ? {} : { untilMs: until }),
        };
        const part = views.sessionEvents(id, limit, after ?? null, { kinds: kind, person, ...times });
        return part === null ? noSession(id) : { events: part.items, after: part.next };
      },
    }),
    route({
      method: 'get',
      path: '/gifts/seen',
      summary: 'The kinds of gifts that came on this live, and whether they are mapped',
      admits: 'owner',
      answer: v.object({ gifts: v.array(giftSeenForm) }),
      handle: () => ({ gifts: views.giftsSeen() }),
    }),
    route({
      method: 'get',
      path: '/givers',
      summary: 'Who gave most on this live',
      admits: 'board',
      query: v.object({ limit: v.optional(wholeText(1, 1_000), '20') }),
      answer: v.object({ givers: v.array(giverForm) }),
      handle: ({ query: { limit } }) => ({ givers: views.givers(limit) }),
    }),
  ];
}

/** What will be drawn. */
function previewRoutes({ views }: Appliance): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/preview',
      summary: 'What will be drawn next (or a full sheet), with an estimate of time, ink and travel',
      admits: 'owner',
      query: kindQuery,
      answer: previewForm,
      handle({ query }) {
        const { svg: _, ...figures } = views.preview(query.of);
        return { ...figures, isEstimate: true } as const;
      },
    }),
    route({
      method: 'get',
      path: '/preview.svg',
      summary: 'The picture of what will be drawn next, or of a full sheet',
      admits: 'owner',
      query: kindQuery,
      answer: svg,
      handle: ({ query }) => views.preview(query.of).svg,
    }),
  ];
}

function noSuchSheet(n: number): Refusal {
  return new Refusal(404, { code: 'no-sheet', what: `There is no sheet ${n}.`, remedy: 'See GET /sheets.' });
}

function noSession(id: string): Refusal {
  const what = `There is no session "${id.slice(0, 60)}".`;
  return new Refusal(404, { code: 'no-session', what, remedy: 'See GET /sessions.' });
}

/** The route about goals: it exists where the config has some. */
function goalRoutes({ views }: Appliance): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/goals',
      summary: 'How far the goals are that viewers reach together',
      admits: 'owner',
      answer: v.object({ goals: goalsForm }),
      handle: () => ({ goals: views.goals().map(goalShown) }),
    }),
  ];
}
