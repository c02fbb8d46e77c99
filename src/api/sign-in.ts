import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { setCookie } from 'hono/cookie';
import * as v from 'valibot';
import { type AccessCheck, cookieName } from './access.ts';
import { type Refusal, type Route, route } from './route.ts';

const oneYearS = 31_536_000;

const style = `
:root{color-scheme:light dark;font:1.05rem/1.5 system-ui,sans-serif}
body{display:grid;min-height:90vh;place-content:center;margin:0;padding:1rem;background:light-dark(#f1ece1,#191714);color:light-dark(#2b251d,#ece5d8)}
h1{font:italic 2rem Palatino,P052,Georgia,serif;margin:0}
p{max-width:32em;margin:.6em 0 1.2em}
input,button{font:inherit;padding:.6em .8em;border-radius:.5em;border:1px solid #8a7f6c;background:light-dark(#fffdf9,#24211d);color:inherit}
button{background:light-dark(#2b251d,#ece5d8);color:light-dark(#fffdf9,#191714)}
[role=alert]{font-weight:600;color:light-dark(#a12a12,#ff9b83)}
label{display:block;margin-bottom:.3em}
`;

interface Words {
  readonly title: string;
  /** The sentence that names the command which shows the link. */
  readonly lead: string;
  readonly token: string;
  readonly enter: string;
  /** Why a sign-in was refused, by the code of the refusal. */
  readonly why: Readonly<Record<string, string>>;
}

const command = '<code>livepen status --token</code>';
const words: Readonly<Record<string, Words>> = {
  en: {
    title: 'Livepen: sign in',
    lead: `This page is for the people of this Livepen. Open the sign-in link that ${command} shows, or type its token.`,
    token: 'Token',
    enter: 'Sign in',
    why: {
      'no-token-given': 'No token was given.',
      'token-wrong': 'That is not the token of this Livepen.',
      'board-only': "That is the board's token: it opens the board only.",
      'too-many-wrong-tokens': 'Too many wrong tokens. Wait a minute, then try again.',
    },
  },
  de: {
    title: 'Livepen: anmelden',
    lead: `Diese Seite ist für die Leute dieses Livepen. Öffne den Anmelde-Link, den ${command} zeigt, oder gib das Token daraus ein.`,
    token: 'Token',
    enter: 'Anmelden',
    why: {
      'no-token-given': 'Es wurde kein Token angegeben.',
      'token-wrong': 'Das ist nicht das Token dieses Livepen.',
      'board-only': 'Das ist das Token der Tafel: Es öffnet nur die Tafel.',
      'too-many-wrong-tokens': 'Zu viele falsche Token. Warte eine Minute und versuche es dann noch einmal.',
    },
  },
};

/** The sign-in page. A browser without a token can load nothing else, so it contains its style. */
function pageIn(language: string, code: string): string {
  const { title, lead, token, enter, why } = words[language] ?? words.en ?? unspoken();
  const refused = why[code] === undefined ? '' : `<p role="alert">${why[code]}</p>`;
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${style}</style></head><body><main><h1>Livepen</h1>
${refused}<p>${lead}</p>
<form action="/sign-in" method="post"><label for="token">${token}</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus> <button>${enter}</button></form></main></body></html>`;
}

function unspoken(): never {
  throw new Error('the page to sign in has no English');
}

/** The first of the browser's languages in which there is a page. */
function languageOf(context: Context): string {
  const wanted = (context.req.header('accept-language') ?? '').split(',').map((each) => each.trim().slice(0, 2));
  return wanted.find((each) => each.toLowerCase() in words)?.toLowerCase() ?? 'en';
}

const styleHash = createHash('sha256').update(style).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Answers a request that is not admitted: a browser gets the sign-in page, everybody else the problem document. */
export function askToSignIn(context: Context, refusal: Refusal): Response {
  const accepts = context.req.header('accept') ?? '';
  const isForm = context.req.method === 'POST' && context.req.path === '/sign-in';
  if (!(context.req.method === 'GET' || isForm) || !accepts.includes('text/html')) return refusal.answer(context);
  return context.body(pageIn(languageOf(context), refusal.fault.code), refusal.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    // With no referrer at all a browser would also send no origin with the form, and it would be refused.
    'referrer-policy': 'same-origin',
    ...refusal.headers,
  });
}

const goOn = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Livepen</title>';

/**
 * The sign-in link, and the form in which the token is typed, which sends it in the body, so that it stands in no
 * address. No script can read the cookie, and it is SameSite=Strict: after the link a page of this server leads on,
 * since with a redirect the browser would not send the cookie.
 */
export function signInRoutes(access: AccessCheck): readonly Route[] {
  function enter(context: Context, token: string): Response | string {
    const refusal = access.signIn(context, token);
    if (refusal !== null) return askToSignIn(context, refusal);
    setCookie(context, cookieName, token, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: oneYearS });
    return goOn;
  }
  const common = {
    path: '/sign-in',
    admits: 'anybody',
    answer: 'text/html; charset=utf-8',
    refuses: { 401: 'It is not the token, or none.' },
  } as const;
  return [
    route({
      ...common,
      method: 'get',
      summary: 'The sign-in link: keeps the token in a cookie and goes on to the page',
      query: v.object({ token: v.optional(v.string(), '') }),
      handle: ({ query: { token } }, context) => enter(context, token.trim()),
    }),
    route({
      ...common,
      method: 'post',
      summary: 'The same for the form in which the token is typed',
      isPage: true,
      async handle(_, context) {
        const { token } = await context.req.parseBody();
        return enter(context, typeof token === 'string' ? token.trim() : '');
      },
    }),
  ];
}
