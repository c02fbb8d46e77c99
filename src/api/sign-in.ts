import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { setCookie } from 'hono/cookie';
import * as v from 'valibot';
import { cookieName, type Doorkeeper } from './access.ts';
import { type Refusal, type Route, route } from './route.ts';

const oneYearS = 31_536_000;

const style = `
:root{color-scheme:light dark;font:1.05rem/1.5 system-ui,sans-serif}
body{display:grid;min-height:90vh;place-content:center;margin:0;padding:1rem;background:light-dark(#f1ece1,#191714);color:light-dark(#2b251d,#ece5d8)}
h1{font:italic 2rem Palatino,P052,Georgia,serif;margin:0}
p{max-width:32em;margin:.6em 0 1.2em}
input,button{font:inherit;padding:.6em .8em;border-radius:.5em;border:1px solid #8a7f6c;background:light-dark(#fffdf9,#24211d);color:inherit}
button{background:light-dark(#2b251d,#ece5d8);color:light-dark(#fffdf9,#191714)}
label{display:block;margin-bottom:.3em}
`;

/** What a browser shows that has not signed in; it can load nothing else yet, so it brings its own style. */
const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Livepen: sign in</title><style>${style}</style></head><body><main><h1>Livepen</h1>
<p>This page is for the people of this Livepen. Open the sign-in link that <code>livepen status --token</code> shows, or type its token.</p>
<form action="/sign-in" method="get"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required> <button>Sign in</button></form></main></body></html>`;

const styleHash = createHash('sha256').update(style).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** A browser that comes without a token is asked for it; everybody else gets the problem document. */
export function askToSignIn(context: Context, refusal: Refusal): Response {
  const accepts = context.req.header('accept') ?? '';
  if (context.req.method !== 'GET' || !accepts.includes('text/html')) return refusal.answer(context);
  return context.body(page, refusal.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    ...refusal.headers,
  });
}

/**
 * The sign-in link. The cookie goes to no other site and no script can read it; since it is strict, the way on to the
 * page must begin on a page of ours, not with a redirect from wherever the link was.
 */
export function signInRoute(door: Doorkeeper): Route {
  return route({
    method: 'get',
    path: '/sign-in',
    summary: 'The sign-in link: keeps the token in a cookie and goes on to the page',
    admits: 'anybody',
    query: v.object({ token: v.optional(v.string(), '') }),
    answer: 'text/html; charset=utf-8',
    refuses: { 401: 'It is not the token.' },
    handle({ query: { token } }, context) {
      const refusal = door.signIn(context, token);
      if (refusal !== null) return askToSignIn(context, refusal);
      setCookie(context, cookieName, token, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: oneYearS });
      return '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Livepen</title>';
    },
  });
}
