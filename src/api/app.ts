import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import { originalOf } from '../domain/cause.ts';
import type { Log } from '../domain/log.ts';
import { mediaBytesMax } from '../domain/outside.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Cursor } from '../ledger/feed.ts';
import { type AccessCheck, accessCheck, audienceOf } from './access.ts';
import { BoardMedia } from './board-media.ts';
import { chatRoutes } from './chat-routes.ts';
import { commandRoutes } from './command-routes.ts';
import { cueRoutes } from './cue-routes.ts';
import { drawingFileBytesMax, drawingRoutes, drawingsPath } from './drawing-routes.ts';
import { createEventHub, feedId, readFeedId, streamsMax } from './events.ts';
import { guard, limitRate, withHeaders } from './guard.ts';
import { mediaPath, mediaRoutes } from './media-routes.ts';
import { openApiDocument } from './openapi.ts';
import { pageRoutes } from './page-routes.ts';
import { pointsRoutes } from './points-routes.ts';
import { refuse } from './problem.ts';
import { readingRoutes } from './reading-routes.ts';
import { type ApiOptions, Refusal, type Route, route, routerPath } from './route.ts';
import { ruleRoutes, rulesBytesMax, rulesPath } from './rule-routes.ts';
import { askToSignIn, signInRoutes } from './sign-in.ts';
import { checkSignature, proveToken } from './signed-requests.ts';
import { WorkerDesk } from './worker-desk.ts';

export { type ApiOptions, localOptions, type Tokens } from './route.ts';

const largestBodyBytes = 16_384;

/** The HTTP API and its pages. */
export interface Api {
  readonly app: Hono;
  readonly routes: readonly Route[];
  /** How many streams of events are open. */
  readonly streams: number;
  /** Ends the streams of events. */
  close(): void;
}

const eventsSummary =
  'What changes, as server-sent events: status, pen, and with ids gift, ink, sheet, spoiled, voided, stray-mark, gap, drawing, rule. ' +
  'Alerts and sounds are for the board, and have no id. A rule is one that fired, with what is to be done elsewhere; it and gaps are sent to the owner alone. ' +
  'With ?passing=yes also chat, like and join, which are kept nowhere and have no id; to the owner alone. ' +
  'Last-Event-ID (or ?after=) goes on from there without a gap; 0 is the beginning';
const eventsQuery = v.object({
  after: v.optional(v.string()),
  passing: v.optional(v.picklist(['yes'], 'must be yes')),
});

/** The HTTP API of a running appliance. No route takes G-code: see docs/decisions. */
export function createApi(appliance: Appliance, given: ApiOptions): Api {
  const options = { ...given, worker: given.worker ?? deskOf(appliance, given) };
  const access = accessCheck(options);
  const hub = createEventHub(appliance, options);
  const media = new BoardMedia();
  const routes: Route[] = [
    ...readingRoutes(appliance, options),
    eventsRoute(),
    ...commandRoutes(appliance, options),
    ...(options.writesChat ? chatRoutes(appliance) : []),
    ...(options.drawings === null ? [] : drawingRoutes(appliance, options.drawings)),
    ...(options.rules === null ? [] : ruleRoutes(appliance, { ...options, desk: options.rules })),
    ...(options.worker === null ? [] : options.worker.routes()),
    ...(options.points === null ? [] : pointsRoutes(appliance, options.points)),
    ...(options.tokens === null ? [] : signInRoutes(access)),
    ...cueRoutes(hub, media),
    ...mediaRoutes(media),
    ...pageRoutes(options),
  ];
  routes.push(documentRoute(routes, options));

  const app = new Hono();
  app.use(withHeaders);
  app.use(proveToken(options));
  app.use(guard(options));
  app.use(limitRate(options));
  app.use(limitBodies(options));
  app.use(checkSignature(options));
  app.onError((error, context) => onError(error, context, options.log));
  app.notFound((context) => {
    const admitted = access.admit(context, { admits: 'owner' });
    if (!admitted.ok) return askToSignIn(context, admitted.refusal);
    return refuse(context, 404, {
      code: 'no-such-route',
      what: `There is no ${context.req.method} ${context.req.path.slice(0, 200)}.`,
      remedy: 'See GET /openapi.json for what there is.',
    });
  });
  for (const each of routes) {
    app.on(each.method.toUpperCase(), routerPath(each.path), async (context) => {
      const admitted = access.admit(context, each);
      return admitted.ok ? each.respond(context) : askToSignIn(context, admitted.refusal);
    });
  }
  refuseOtherMethods(app, routes, access);

  return {
    app,
    routes,
    get streams() {
      return hub.size;
    },
    close: () => hub.close(),
  };

  function eventsRoute(): Route {
    return route({
      method: 'get',
      path: '/events',
      summary: eventsSummary,
      admits: 'board',
      admitsWorker: true,
      query: eventsQuery,
      answer: 'text/event-stream',
      refuses: {
        409: 'This ledger does not continue the one that the id is of, or it is no id; `begin` and `end` say where to begin.',
        503: `There are ${streamsMax} streams already.`,
      },
      handle({ query: { after, passing } }, context) {
        const id = context.req.header('last-event-id') ?? after;
        const [begin, end] = [appliance.views.feedBegin(), appliance.views.feedEnd()];
        const cursor = id === undefined ? null : readFeedId(id, begin, end);
        if (id !== undefined && cursor === null) return unknownCursor(begin, end);
        const stream = hub.open(audienceOf(context), cursor, passing === 'yes');
        return stream === null ? tooManyStreams : new Response(stream, { headers: streamHeaders });
      },
    });
  }
}

/** Keeps the worker's reports; null where there is no token for a worker. */
function deskOf(appliance: Appliance, { workerToken, clock }: ApiOptions): WorkerDesk | null {
  return workerToken === null ? null : new WorkerDesk(clock, appliance);
}

/**
 * Bounds request bodies: drawings, and media of the board, are files, perhaps in base64; all rules together are one
 * longer body; everything else is short.
 */
function limitBodies({ drawings, rules }: ApiOptions): MiddlewareHandler {
  const limit = (maxSize: number) =>
    bodyLimit({ maxSize, onError: (context: Context) => bodyTooLarge(maxSize).answer(context) });
  const short = limit(largestBodyBytes);
  const file = (bytesMax: number) => limit(Math.ceil(bytesMax / 3) * 4);
  const [drawing, medium] = [file(drawingFileBytesMax), file(mediaBytesMax)];
  const allRules = limit(rulesBytesMax);
  return (context, next) => {
    const { method, path } = context.req;
    const isDrawing = drawings !== null && method === 'POST' && path === drawingsPath;
    if (rules !== null && method === 'PUT' && path === rulesPath) return allRules(context, next);
    if (method === 'PUT' && path.startsWith(mediaPath)) return medium(context, next);
    return (isDrawing ? drawing : short)(context, next);
  };
}

/** Answers with the OpenAPI document, which lists all routes but those of the page. */
function documentRoute(routes: readonly Route[], options: ApiOptions): Route {
  let document: Readonly<Record<string, unknown>> | null = null;
  return route({
    method: 'get',
    path: '/openapi.json',
    summary: 'This document: what there is, made of the forms by which requests are checked',
    admits: 'owner',
    answer: v.record(v.string(), v.unknown()),
    async handle() {
      document ??= await openApiDocument(
        routes.filter(({ isPage }) => isPage !== true),
        options,
      );
      return document;
    },
  });
}

/** A known path with another method is answered with 405 and the right method, not with 404. */
function refuseOtherMethods(app: Hono, routes: readonly Route[], access: AccessCheck): void {
  for (const path of new Set(routes.map((each) => each.path))) {
    const known = routes.filter((each) => each.path === path);
    const allow = known.map(({ method }) => method.toUpperCase()).join(', ');
    app.all(routerPath(path), (context) => {
      const admitted = access.admit(context, { admits: known[0]?.admits ?? 'owner' });
      if (!admitted.ok) return admitted.refusal.answer(context);
      const what = `${path} does not answer to ${context.req.method}.`;
      return refuse(context, 405, { code: 'method-not-allowed', what, remedy: `Use ${allow}.` }, { allow });
    });
  }
}

function onError(error: Error, context: Context, log: Log): Response {
  if (isGone(error)) return context.body(null, 400);
  const disk = diskFault(error);
  if (disk !== null) {
    log.debug(`The disk refused ${context.req.method} ${context.req.routePath}: ${originalOf(error)}`);
    return refuse(context, 503, disk);
  }
  // A mistake of the program may not come again: its stack goes into the log at every level.
  log.error(`The API made a mistake at ${context.req.method} ${context.req.routePath}: ${error.stack}`);
  return refuse(context, 500, {
    code: 'bug',
    what: 'The service made a mistake.',
    remedy: 'Report it with what `livepen logs` shows about it.',
  });
}

/** Whether the caller closed the connection before the whole request was here: nobody reads the answer. */
function isGone(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET';
}

const streamHeaders = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };

function bodyTooLarge(bytesMax: number): Refusal {
  return new Refusal(413, {
    code: 'body-too-large',
    what: `A request may hold ${bytesMax} bytes.`,
    remedy: 'Send less.',
  });
}

function unknownCursor(begin: Cursor, end: Cursor): Refusal {
  const what =
    'This ledger does not go on from there: it is another one, a backup that was restored, or this is no id.';
  const remedy = 'Start over: after `begin` comes all that it holds, after `end` only what is new.';
  return new Refusal(
    409,
    { code: 'unknown-cursor', what, remedy },
    { also: { begin: feedId(begin), end: feedId(end) } },
  );
}

const tooManyStreams = new Refusal(
  503,
  {
    code: 'too-many-streams',
    what: `${streamsMax} readers of events are connected already.`,
    remedy: 'Close a page, or ask GET /status.',
  },
  { headers: { 'retry-after': '30' } },
);
