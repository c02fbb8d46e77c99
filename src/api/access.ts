import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { callerOf, rateLimit, trustConnection } from './caller.ts';
import type { Audience } from './events.ts';
import { type ApiOptions, Refusal, type Route } from './route.ts';
import { signatureIn } from './signed-requests.ts';

/** A browser that signed in is remembered by this cookie. */
export const cookieName = 'livepen';
/** How many wrong tokens one caller may send before further ones are refused with 429. */
export const wrongTokenRate = { perSecond: 1 / 6, burst: 10 };

/** Whose token it was, or why the request is refused. */
type Admitted = { readonly ok: true; readonly audience: Audience } | { readonly ok: false; readonly refusal: Refusal };

/** Decides whether the token that comes with a request opens a route. */
export interface AccessCheck {
  admit(context: Context, route: Pick<Route, 'admits' | 'admitsWorker'>): Admitted;
  /** Whether a token that a person gives to sign in is the owner's; null when it is. */
  signIn(context: Context, token: string): Refusal | null;
}

/** Requests that were admitted with the board's token. */
const boards = new WeakSet<Context>();

/** Whose token opened a request that was admitted: it decides how much the answer shows. */
export function audienceOf(context: Context): Audience {
  return boards.has(context) ? 'board' : 'owner';
}

const owner: Admitted = { ok: true, audience: 'owner' };

/**
 * Without tokens only this machine can call, and everything is open to it; but a request with the worker's token gets
 * what the worker's token opens, and no more.
 */
export function accessCheck({ clock, tokens, workerToken }: ApiOptions): AccessCheck {
  const isWorkers = workerToken === null ? () => false : comparing(workerToken);
  const isOfWorker = (context: Context) => signatureIn(context) === 'worker' || tokensOf(context).some(isWorkers);
  const admitWorker = (
    context: Context,
    { admits, admitsWorker }: Pick<Route, 'admits' | 'admitsWorker'>,
  ): Admitted => {
    if (admits !== 'anybody' && admitsWorker !== true) return { ok: false, refusal: workerOnly };
    trustConnection(context);
    return owner;
  };
  if (tokens === null) {
    return {
      admit(context, route) {
        if (isOfWorker(context)) return admitWorker(context, route);
        trustConnection(context);
        return owner;
      },
      signIn: () => null,
    };
  }
  const isOwners = comparing(tokens.owner);
  const isBoards = comparing(tokens.board);
  const wrongTokens = rateLimit(clock, wrongTokenRate);

  function wrong(context: Context): Refusal {
    const may = wrongTokens(callerOf(context).remote);
    return may.ok ? wrongToken : tooMany(may.retryAfterS);
  }

  return {
    admit(context, route) {
      const { admits } = route;
      if (admits === 'anybody') return owner;
      if (isOfWorker(context)) return admitWorker(context, route);
      const given = tokensOf(context);
      const signature = signatureIn(context);
      if (given.some(isOwners) || signature === 'owner') {
        trustConnection(context);
        return owner;
      }
      const inAddress = context.req.query('token');
      const isBoard = [...given, ...(inAddress === undefined ? [] : [inAddress])].some(isBoards);
      if (isBoard && admits === 'board') {
        trustConnection(context);
        boards.add(context);
        return { ok: true, audience: 'board' };
      }
      if (isBoard) return { ok: false, refusal: forbidden };
      const isGiven = given.length > 0 || (inAddress ?? '') !== '' || signature !== null;
      return { ok: false, refusal: isGiven ? wrong(context) : unauthorized };
    },
    signIn(context, token) {
      if (token === '') return noneGiven;
      return isOwners(token) ? null : wrong(context);
    },
  };
}

/** The token of a program (Authorization: Bearer …), and the one in the cookie of a browser that signed in. */
function tokensOf(context: Context): string[] {
  const bearer = /^Bearer +([\w-]{1,200})$/i.exec(context.req.header('authorization') ?? '')?.[1];
  return [bearer, getCookie(context, cookieName)].flatMap((token = '') => (token === '' ? [] : [token]));
}

/**
 * Compares what is given with a token, in a time that does not depend on where they differ: digests are compared, which
 * have one length.
 */
export function comparing(token: string): (given: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(token);
  return (given) => timingSafeEqual(digest(given), wanted);
}

const unauthorized = new Refusal(
  401,
  {
    code: 'token-missing',
    what: 'This needs the token of this Livepen.',
    remedy:
      'Open the sign-in link that `livepen status --token` shows, or send the token as "Authorization: Bearer …".',
  },
  { headers: { 'www-authenticate': 'Bearer realm="livepen"' } },
);
const noneGiven = new Refusal(
  401,
  {
    code: 'no-token-given',
    what: 'No token was given.',
    remedy: 'Open the sign-in link that `livepen status --token` shows, or type its token.',
  },
  { headers: { 'www-authenticate': 'Bearer realm="livepen"' } },
);
const wrongToken = new Refusal(
  401,
  {
    code: 'token-wrong',
    what: 'That is not the token of this Livepen.',
    remedy: 'Take the one that `livepen status --token` shows; a new one was made when the old was deleted.',
  },
  { headers: { 'www-authenticate': 'Bearer realm="livepen"' } },
);
const forbidden = new Refusal(403, {
  code: 'board-only',
  what: "The board's token opens the board only.",
  remedy: 'Sign in with the link that `livepen status --token` shows.',
});
const workerOnly = new Refusal(403, {
  code: 'worker-only',
  what: 'This needs the token of this Livepen.',
  remedy: 'Sign in with the link that `livepen status --token` shows.',
});

function tooMany(retryAfterS: number): Refusal {
  return new Refusal(
    429,
    { code: 'too-many-wrong-tokens', what: 'Too many wrong tokens.', remedy: `Wait ${retryAfterS} seconds.` },
    { headers: { 'retry-after': String(retryAfterS) } },
  );
}
