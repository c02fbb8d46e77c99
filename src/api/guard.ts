import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { callerOf, rateLimit } from './caller.ts';
import { refuse, securityHeaders } from './problem.ts';
import type { ApiOptions } from './route.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '::1']);

/** What one caller may ask, requests a second. */
export const requestRate = { perSecond: 300, burst: 600 };
/** What one caller may command a second; no person comes near it. */
export const commandRate = { perSecond: 50, burst: 200 };

/** Every answer, also a refusal, carries the security headers. */
export const withHeaders: MiddlewareHandler = createMiddleware(async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(securityHeaders)) {
    if (!context.res.headers.has(name)) context.header(name, value);
  }
});

/**
 * Any page in a browser on this network can send requests here. So a request must name a host of this server (which
 * guards against DNS rebinding), and one of a browser must come from a page of this server or of an origin that the
 * config allows.
 */
export function guard({ hosts, allowOrigins }: ApiOptions): MiddlewareHandler {
  const names = new Set([...loopbackNames, ...hosts.map((name) => name.toLowerCase())]);
  return createMiddleware(async (context, next) => {
    const host = context.req.header('host') ?? '';
    const name = nameOf(host);
    if (!names.has(name) && (name === '' || name !== callerOf(context).local)) {
      return refuse(context, 403, {
        code: 'foreign-host',
        what: `This service does not answer to the host "${host.slice(0, 100)}".`,
        remedy: 'Use its address, or name the host under [api] names in the config.',
      });
    }
    const origin = context.req.header('origin');
    if (origin !== undefined && allowOrigins.includes(origin)) return answerTo(origin)(context, next);
    const site = context.req.header('sec-fetch-site');
    const isLink = context.req.header('sec-fetch-mode') === 'navigate' && context.req.method === 'GET';
    if (isForeign(origin, host, site, isLink)) {
      return refuse(context, 403, {
        code: 'foreign-origin',
        what: 'Requests from pages of other sites are refused.',
        remedy: 'Use the page of this service, a program, or name the origin under [api] allowOrigins in the config.',
      });
    }
    await next();
    return undefined;
  });
}

/** The host without its port, and without the brackets of an IPv6 address. */
function nameOf(host: string): string {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(host.toLowerCase());
  return (found?.[1] ?? found?.[2] ?? '').replace(/\.$/, '');
}

/**
 * Whether a browser sends this for a page of another site. Following a link to this server is harmless; sending a form
 * is not.
 */
function isForeign(origin: string | undefined, host: string, site: string | undefined, isLink: boolean): boolean {
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true;
  return (site === 'cross-site' || site === 'same-site') && !isLink;
}

function answerTo(origin: string): MiddlewareHandler {
  return async (context, next) => {
    if (context.req.method === 'OPTIONS') context.res = new Response(null, { status: 204 });
    else await next();
    context.header('access-control-allow-origin', origin);
    context.header('vary', 'Origin');
    context.header('access-control-allow-headers', 'authorization, content-type, last-event-id');
    context.header('access-control-allow-methods', 'GET, POST, PUT, DELETE');
    context.header('cross-origin-resource-policy', 'cross-origin');
  };
}

/** Limits how often one caller is answered, so that it cannot keep the service from drawing. */
export function limitRate({ clock }: ApiOptions): MiddlewareHandler {
  const requests = rateLimit(clock, requestRate);
  const commands = rateLimit(clock, commandRate);
  return createMiddleware(async (context, next) => {
    const { remote } = callerOf(context);
    const isCommand = context.req.method !== 'GET' && context.req.method !== 'HEAD';
    const asked = requests(remote);
    const may = asked.ok && isCommand ? commands(remote) : asked;
    if (!may.ok) {
      return refuse(
        context,
        429,
        {
          code: 'too-many-requests',
          what: `At most ${requestRate.perSecond} requests and ${commandRate.perSecond} commands a second are answered.`,
          remedy: 'Ask less often; GET /events reports what changes.',
        },
        { 'retry-after': String(may.retryAfterS) },
      );
    }
    await next();
    return undefined;
  });
}
