import type { Context } from 'hono';
import * as v from 'valibot';
import type { Clock } from '../domain/clock.ts';

const form = v.object({
  incoming: v.object({
    socket: v.object({
      remoteAddress: v.optional(v.string()),
      localAddress: v.optional(v.string()),
      localPort: v.optional(v.number()),
    }),
  }),
});

/** The addresses of both ends of a connection; '' where there is none, as in a test. */
interface Caller {
  readonly remote: string;
  /** The address under which this machine was reached. */
  readonly local: string;
  /** This end of the connection: address and port, as `placeOf` writes them. */
  readonly place: string;
}

/** Who calls, by what the HTTP server says of the connection; headers cannot change it. */
export function callerOf(context: Context): Caller {
  const checked = v.safeParse(form, context.env);
  if (!checked.success) return { remote: '', local: '', place: '' };
  const { remoteAddress = '', localAddress = '', localPort } = checked.output.incoming.socket;
  return { remote: plain(remoteAddress), local: plain(localAddress), place: placeOf(localAddress, localPort) };
}

/** One end of a connection in the form that both ends write alike; '' where there is none. */
export function placeOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined || address === '' || port === undefined) return '';
  const host = plain(address).replace(/%.*$/, '');
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** An IPv4 address that came over an IPv6 socket, written as IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Connections on which somebody has shown a token, or needed none. */
const trusted = new WeakSet<object>();
const connectionForm = v.object({ incoming: v.object({ socket: v.looseObject({}) }) });

/** The connection on which a request came; null where there is none, as in a test. */
export function connectionOf({ env }: Context): object | null {
  const socket: unknown = v.is(connectionForm, env) ? env.incoming.socket : null;
  return typeof socket === 'object' ? socket : null;
}

/**
 * A request on this connection was admitted: when there are too many connections, it is among the last to be closed.
 */
export function trustConnection(context: Context): void {
  const connection = connectionOf(context);
  if (connection !== null) trusted.add(connection);
}

/** Whether a request on this connection was admitted. */
export function isTrusted(socket: object): boolean {
  return trusted.has(socket);
}

/** So many callers have a bucket; the one who called longest ago loses it first. */
const callersMax = 1_000;

interface Rate {
  readonly perSecond: number;
  /** So many at once, after a pause. */
  readonly burst: number;
}

/** Says whether a caller may go on; if not, after how many seconds to try again. */
type RateLimit = (caller: string) => { readonly ok: true } | { readonly ok: false; readonly retryAfterS: number };

/** Limits each caller by a token bucket of its own. */
export function rateLimit(clock: Clock, { perSecond, burst }: Rate): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (caller) => {
    const nowMs = clock.nowMs();
    const known = buckets.get(caller) ?? { tokens: burst, atMs: nowMs };
    const tokens = Math.min(burst, known.tokens + ((nowMs - known.atMs) / 1000) * perSecond);
    buckets.delete(caller);
    if (buckets.size >= callersMax) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    const isFull = tokens < 1;
    buckets.set(caller, { tokens: isFull ? tokens : tokens - 1, atMs: nowMs });
    return isFull ? { ok: false, retryAfterS: Math.max(1, Math.ceil((1 - tokens) / perSecond)) } : { ok: true };
  };
}
