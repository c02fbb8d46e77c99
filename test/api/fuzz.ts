import assert from 'node:assert/strict';
import type { Api } from '../../src/api/app.ts';
import { seededRandom } from '../../src/system/random.ts';
import type { World } from '../appliance/world.ts';
import { home, tokens } from './with-api.ts';

type Pick = <T>(from: readonly T[]) => T;

const oddTexts = [
  '',
  '0',
  '-1',
  '1e309',
  'NaN',
  'null',
  '../..',
  '%2e%2e%2f',
  '%',
  '%00',
  'ä',
  '💐',
  'a'.repeat(3_000),
  "'; DROP TABLE event; --",
  '<script>',
  '{{7*7}}',
  '\u202e',
  '1.5',
  '99999999999999999999',
  'true',
];
const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  'Unicorn',
  'nowhere',
  'x'.repeat(5_000),
  [],
  {},
  [[[[]]]],
  { __proto__: { admin: true } },
  { constructor: 1 },
  '\u0000',
  '\ud800',
];
const keys = [
  'row',
  'count',
  'gift',
  'rows',
  'why',
  'from',
  'to',
  'sheet',
  'viewer',
  'user',
  'how',
  'xMm',
  'yMm',
  'zMm',
  '__proto__',
  'surprise',
];
const headerNames = [
  'accept',
  'authorization',
  'content-type',
  'cookie',
  'host',
  'last-event-id',
  'origin',
  'sec-fetch-site',
  'sec-fetch-mode',
  'content-length',
  'x-forwarded-for',
  'transfer-encoding',
  'if-none-match',
  'range',
  'upgrade',
  'expect',
  'access-control-request-method',
];
const headerValues = [
  ...oddTexts.filter((text) => /^[\x20-\x7e]*$/.test(text)),
  'text/html',
  'application/json',
  'Bearer x',
  `Bearer ${'x'.repeat(300)}`,
  'livepen=x; livepen=y',
  'cross-site',
  'http://127.0.0.1:8420',
  'localhost',
  'bytes=0-5',
  'websocket',
  '1.1.1.1.1.1_1-1',
];
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

/** A body that is not what any route wants: JSON of odd parts, or no JSON at all. */
function oddBody(random: () => number, pick: Pick): string {
  const kind = random();
  if (kind < 0.2) return pick(oddTexts);
  if (kind < 0.3) return Array.from({ length: 40 }, () => String.fromCharCode(Math.floor(random() * 0x500))).join('');
  if (kind < 0.4) return JSON.stringify(pick(oddValues));
  const entries = Array.from({ length: 1 + Math.floor(random() * 5) }, () => [pick(keys), pick(oddValues)] as const);
  return `${JSON.stringify(Object.fromEntries(entries))}${random() < 0.1 ? '}' : ''}`;
}

/** An address that was probably meant to be a route. */
function oddPath(path: string, random: () => number, pick: Pick): string {
  const filled = path.replace(/\{\w+\}/g, () =>
    random() < 0.5 ? encodeURIComponent(pick(oddTexts).toWellFormed()) : '1',
  );
  const changed = random() < 0.1 ? `${filled}${pick(['/', '//', '.svg', '%2f', '/..', ';a=b'])}` : filled;
  if (random() < 0.6) return changed;
  const query = Array.from(
    { length: 1 + Math.floor(random() * 3) },
    () =>
      `${pick(['limit', 'after', 'before', 'sheet', 'titles', 'of', 'token', 'x'])}=${encodeURIComponent(pick(oddTexts))}`,
  );
  return `${changed}?${query.join('&')}`;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  /** Of the requests, this share carries the owner's token. */
  readonly withToken: number;
  /** Whether a request may be sent; to leave out commands that need no body and are allowed. */
  readonly allows: (method: string, path: string) => boolean;
}

/** Sends arbitrary requests to every route; none may be answered with 500 or more, but for what says that it starts. */
export async function fuzz(api: Api, world: World, { seed, requests, withToken, allows }: FuzzOptions) {
  const random = seededRandom(seed);
  const pick: Pick = (from) => from[Math.floor(random() * from.length)] as never;
  const statuses = new Map<number, number>();
  const paths = [...api.routes.map(({ path }) => path), '/nowhere'];
  for (let n = 0; n < requests; n++) {
    const route = pick(paths);
    const method =
      random() < 0.7 ? (api.routes.find(({ path }) => path === route)?.method ?? 'get').toUpperCase() : pick(methods);
    const path = oddPath(route, random, pick);
    const headers = new Headers({ host: '127.0.0.1:8420' });
    for (let count = Math.floor(random() * 4); count > 0; count--) headers.set(pick(headerNames), pick(headerValues));
    if (random() < withToken) headers.set('authorization', `Bearer ${tokens.owner}`);
    const body = method === 'GET' || method === 'HEAD' ? null : oddBody(random, pick);
    if (!allows(method, route)) continue;
    const what = `seed ${seed}, request ${n}: ${method} ${path} ${JSON.stringify([...headers])} ${body}`;
    const caller = { incoming: { socket: { remoteAddress: `192.0.2.${n % 250}`, localAddress: '127.0.0.1' } } };
    const response = await api.app.request(`${home}${path}`, { method, headers, body }, caller);
    const { status } = response;
    const type = response.headers.get('content-type') ?? '';
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (type === 'text/event-stream') await response.body?.cancel();
    else await response.arrayBuffer();
    assert.ok(status < 500 || (status === 503 && route === '/health'), `${status} at ${what}`);
    if (status >= 400 && method !== 'HEAD') assert.match(type, /problem\+json|text\/html/, what);
    if (n % 20 === 0) await world.clock.advance(1_000);
  }
  return statuses;
}
