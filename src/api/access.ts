import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { callerOf } from './caller.ts';
import type { Audience } from './events.ts';
import type { ApiOptions } from './options.ts';
import { rateLimit } from './rate.ts';
import { Refusal, type Route } from './route.ts';

/** A browser that signed in is remembered by this cookie. */
export const cookieName = 'livepen';
/** Wrong tokens of one caller. */
export const wrongTokenRate = { perSecond: 1 / 6, burst: 10 };

/** Who asks: what they may see; or why they may not. */
export type Admitted =
  | { readonly ok: true; readonly audience: Audience }
  | { readonly ok: false; readonly refusal: Refusal };

/** Holds the door: decides for a request whether its token opens a route. */
export interface Doorkeeper {
  admit(context: Context, route: Pick<Route, 'admits'>): Admitted;
  /** Whether a token that a person gives to sign in is the owner's; null when it is. */
  signIn(context: Context, token: string): Refusal | null;
}

const owner: Admitted = { ok: true, audience: 'owner' };

/** Without tokens only this machine can call, and everything is open. */
export function doorkeeper({ clock, tokens }: ApiOptions): Doorkeeper {
  if (tokens === null) return { admit: () => owner, signIn: () => null };
  const isOwners = comparing(tokens.owner);
  const isBoards = comparing(tokens.board);
  const wrongTokens = rateLimit(clock, wrongTokenRate);

  function wrong(context: Context): Refusal {
    const may = wrongTokens(callerOf(context).remote);
    return may.ok ? unauthorized : tooMany(may.retryAfterS);
  }

  return {
    admit(context, { admits }) {
      if (admits === 'anybody') return owner;
      const given = tokensOf(context);
      if (given.some(isOwners)) return owner;
      const inAddress = context.req.query('token');
      const isBoard = [...given, ...(inAddress === undefined ? [] : [inAddress])].some(isBoards);
      if (isBoard && admits === 'board') return { ok: true, audience: 'board' };
      if (isBoard) return { ok: false, refusal: forbidden };
      const isGiven = given.length > 0 || inAddress !== undefined;
      return { ok: false, refusal: isGiven ? wrong(context) : unauthorized };
    },
    signIn: (context, token) => (isOwners(token) ? null : wrong(context)),
  };
}

/** The token of a program (Authorization: Bearer …), and that of a browser that signed in. */
function tokensOf(context: Context): string[] {
  const bearer = /^Bearer +([\w-]{1,200})$/i.exec(context.req.header('authorization') ?? '')?.[1];
  return [bearer, getCookie(context, cookieName)].filter((token) => token !== undefined);
}

/** Takes the same time whatever the difference; the digests have one length whatever was given. */
export function comparing(token: string): (given: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(token);
  return (given) => timingSafeEqual(digest(given), wanted);
}

export const unauthorized = new Refusal(
  401,
  {
    code: 'token-missing',
    what: 'This needs the token of this Livepen.',
    remedy:
      'Open the sign-in link that `livepen status --token` shows, or send the token as "Authorization: Bearer …".',
  },
  { headers: { 'www-authenticate': 'Bearer realm="livepen"' } },
);
const forbidden = new Refusal(403, {
  code: 'board-only',
  what: "The board's token opens the board only.",
  remedy: 'Sign in with the link that `livepen status --token` shows.',
});

function tooMany(retryAfterS: number): Refusal {
  return new Refusal(
    429,
    { code: 'too-many-wrong-tokens', what: 'Too many wrong tokens.', remedy: `Wait ${retryAfterS} seconds.` },
    { headers: { 'retry-after': String(retryAfterS) } },
  );
}
