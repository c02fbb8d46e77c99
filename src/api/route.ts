import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as v from 'valibot';
import type { Clock } from '../domain/clock.ts';
import type { DrawingReader } from '../domain/drawing-reader.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { plainJson } from '../domain/plain-text.ts';
import type { PointsTerms } from '../domain/points.ts';
import { ruleInWords } from '../domain/problems.ts';
import type { RuleDesk } from '../domain/rules.ts';
import type { workerForm } from './forms.ts';
import { refuse } from './problem.ts';

/** Measurements of the running process, which depend on the machine, so they come in as an argument. */
export interface Vitals {
  /** How late the event loop ran its timers since the last call, ms. */
  loopDelay(): { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  memory(): { readonly residentBytes: number; readonly heapBytes: number };
}

/** The tokens that open the API from other machines. */
export interface Tokens {
  /** Opens everything. */
  readonly owner: string;
  /** Opens the board only; it may stand in an address. */
  readonly board: string;
}

/** Keeps what the worker reports. */
export interface WorkerBook {
  /** Null: none has reported since the start. */
  view(): v.InferOutput<typeof workerForm> | null;
  /** The routes by which it reports, and by which a person sees its dead letters and sends or drops them. */
  routes(): readonly Route[];
}

export interface ApiOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Null: only this machine reaches the API, and needs no token. */
  readonly tokens: Tokens | null;
  /**
   * The worker's token, which opens the events, the worker's reports and what it shows, and nothing else; null: there
   * is none.
   */
  readonly workerToken: string | null;
  /** Keeps the worker's reports; null: the API does so itself, where there is a token for a worker. */
  readonly worker: WorkerBook | null;
  /**
   * Names and addresses, without a port, that a request may name as its host, beside loopback and the address on which
   * it came.
   */
  readonly hosts: readonly string[];
  /** Origins of other sites' pages, such as `https://example.org`, that may use the API from a browser. */
  readonly allowOrigins: readonly string[];
  readonly vitals: Vitals | null;
  /** Whether the plotter has end switches by which it can home. */
  readonly homes: boolean;
  /** Whether the config has several lives: only then can each be switched. */
  readonly switchesLives: boolean;
  /** Whether a person signs in to any of them. */
  readonly signsIn: boolean;
  /** Whether something may be written into the chat of any of them. */
  readonly writesChat: boolean;
  /** Reads drawings; null where the config has no plates to draw on. */
  readonly drawings: DrawingReader | null;
  /** The rules; null where the config has none. */
  readonly rules: RuleDesk | null;
  /** For what people get points; null: for nothing. */
  readonly points: PointsTerms | null;
  /** Whether the config has goals. */
  readonly hasGoals: boolean;
}

/** The options of an API that only this machine reaches. */
export function localOptions(clock: Clock, log: Log, version: string): ApiOptions {
  return {
    clock,
    log,
    version,
    tokens: null,
    workerToken: null,
    worker: null,
    hosts: [],
    allowOrigins: [],
    vitals: null,
    homes: false,
    switchesLives: false,
    signsIn: false,
    writesChat: false,
    drawings: null,
    rules: null,
    points: null,
    hasGoals: false,
  };
}

/** The same type, read-only all the way down. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;
type Schema = v.GenericSchema;
type Output<S> = S extends Schema ? v.InferOutput<S> : undefined;

/**
 * What a route answers when it succeeds: a schema of JSON, or one or several media types, such as `image/png,
 * image/gif`.
 */
type AnswerForm = Schema | string;
type AnswerOf<A> = A extends Schema ? Immutable<v.InferOutput<A>> : string | Response;

/** Who may use a route: anybody, whoever has the board's token or the owner's, or the owner alone. */
export type Admission = 'anybody' | 'board' | 'owner';

/** The answer to a request that was understood and is refused. */
export class Refusal {
  readonly status: ContentfulStatusCode;
  readonly fault: Fault;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the problem document, such as the state after a command. */
  readonly also: Readonly<Record<string, string>>;
  constructor(
    status: ContentfulStatusCode,
    fault: Fault,
    { headers = {}, also = {} }: Partial<Pick<Refusal, 'headers' | 'also'>> = {},
  ) {
    this.status = status;
    this.fault = fault;
    this.headers = headers;
    this.also = also;
  }

  answer(context: Context): Response {
    return refuse(context, this.status, this.fault, this.headers, this.also);
  }
}

interface RouteForm<P, Q, B, A extends AnswerForm> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** The path as OpenAPI writes it: `/strokes/{row}/{n}`. */
  readonly path: string;
  readonly summary: string;
  readonly admits: Admission;
  /** Whether the worker's token opens it, too. */
  readonly admitsWorker?: true;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The media type of a body that is no JSON; the route reads it itself. */
  readonly file?: string;
  /** An example of the body, for people. */
  readonly example?: unknown;
  readonly answer: A;
  /** In which case it answers with which status other than 200. */
  readonly refuses?: Readonly<Record<number, string>>;
  /** A part of the page, which is left out of the OpenAPI document. */
  readonly isPage?: boolean;
  readonly handle: (
    input: { readonly params: Output<P>; readonly query: Output<Q>; readonly body: Output<B> },
    context: Context,
  ) => AnswerOf<A> | Refusal | Promise<AnswerOf<A> | Refusal>;
}

/** A route as the other files of the API see it. */
export interface Route extends Omit<RouteForm<Schema, Schema, Schema, AnswerForm>, 'handle'> {
  readonly respond: (context: Context) => Promise<Response>;
}

/** Makes a route: what comes in is checked by its forms before `handle` sees it. */
export function route<P = undefined, Q = undefined, B = undefined, const A extends AnswerForm = AnswerForm>(
  form: RouteForm<P, Q, B, A>,
): Route {
  const { handle, params, query, body, ...rest } = form;
  return {
    ...rest,
    ...(isSchema(params) ? { params } : {}),
    ...(isSchema(query) ? { query } : {}),
    ...(isSchema(body) ? { body } : {}),
    async respond(context) {
      const unknown = form.isPage === true ? null : unknownQuery(context, query);
      if (unknown !== null) return refuse(context, 400, unknown);
      const problems: string[] = [];
      const input = {
        params: check(params, () => paramsOf(context, form.path), 'The address', problems),
        query: check(query, () => context.req.query(), 'The query', problems),
        body: isSchema(body) ? await readBody(context, body, problems) : undefined,
      };
      if (problems.length > 0) return refuse(context, 422, invalid(problems, form.example));
      // The checks above made of each part what its form says; the compiler cannot follow them through the generics.
      const outcome = await handle(input as Parameters<typeof handle>[0], context);
      if (outcome instanceof Refusal) return outcome.answer(context);
      if (outcome instanceof Response) return outcome;
      if (typeof form.answer === 'string') {
        return context.body(String(outcome), 200, { 'content-type': form.answer });
      }
      return context.body(plainJson(outcome), 200, { 'content-type': 'application/json' });
    },
  };
}

/** The token may stand in the address of any route; `accessCheck` reads it. */
const tokenKey = 'token';

/**
 * The fault of a query with a parameter that this route does not know; null when it knows them all. If unknown ones
 * were ignored, a misspelt one would silently change the answer.
 */
function unknownQuery(context: Context, form: unknown): Fault | null {
  const entries = isSchema(form) && 'entries' in form ? form.entries : {};
  const known = Object.keys(entries ?? {});
  const wrong = Object.entries(context.req.queries()).flatMap(([key, values]) => {
    const name = `"${key.slice(0, 60)}"`;
    if (key !== tokenKey && !known.includes(key)) return [`${name} is not known here`];
    return values.length > 1 ? [`${name} is there twice`] : [];
  });
  if (wrong.length === 0) return null;
  const remedy = known.length === 0 ? 'Leave the query out.' : `Known here: ${known.join(', ')}.`;
  return { code: 'query-unknown', what: `The query: ${wrong.slice(0, 10).join('; ')}.`, remedy };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

function check(schema: unknown, read: () => unknown, what: string, problems: string[]): unknown {
  if (!isSchema(schema)) return undefined;
  const checked = v.safeParse(schema, read(), { message: ruleInWords });
  if (checked.success) return checked.output;
  problems.push(...checked.issues.map((issue) => sentenceOf(issue, what)));
  return undefined;
}

const param = /\{(\w+)\}(\.\w+)?/g;

/** The path as the router writes it. */
export function routerPath(path: string): string {
  return path.replace(param, (_, name: string, ending: string | undefined) =>
    ending === undefined ? `:${name}` : `:${name}{[^/]+\\${ending}}`,
  );
}

/** The parameters in the path. Of `{n}.svg` the router takes the ending for a part of `n`: it is cut off here. */
function paramsOf(context: Context, path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', ending = ''] of path.matchAll(param)) {
    found[name] = (context.req.param(name) ?? '').slice(0, ending === '' ? undefined : -ending.length);
  }
  return found;
}

async function readBody(context: Context, schema: Schema, problems: string[]): Promise<unknown> {
  const text = await context.req.text();
  let value: unknown;
  try {
    // No body is an empty object: all that is optional is left out.
    value = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push('The body is not JSON');
    return undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return check(schema, () => value, 'The body', problems);
  }
  problems.push('The body must be an object');
  return undefined;
}

function sentenceOf(issue: v.BaseIssue<unknown>, what: string): string {
  const place = (issue.path ?? []).map(({ key }) => String(key)).join('.');
  if (place === '') return `${what} ${issue.message}`;
  const isMissing = issue.path?.at(-1)?.origin === 'key' && issue.received === 'undefined';
  const rule = isMissing ? 'is missing' : issue.expected === 'never' ? 'is not known here' : issue.message;
  return `${what}: "${place.slice(0, 60)}" ${rule}`;
}

function invalid(problems: readonly string[], example: unknown): Fault {
  const what = `${problems.slice(0, 10).join('; ')}.`;
  const remedy = example === undefined ? 'See /openapi.json.' : `Send for example ${JSON.stringify(example)}.`;
  return { code: 'request-invalid', what, remedy };
}
