import { createHash, randomBytes } from 'node:crypto';
import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Fault } from '../../domain/fault.ts';
import type { SignInUnderWay } from '../../domain/live-source.ts';
import { connectionFaults, faultOfConnection, whyEnded } from './ending.ts';
import type { TokenFile } from './token-file.ts';
import { type TokenIssuer, takeSignIn } from './tokens.ts';

/** More is no address that a browser was sent to. */
const answerCharsMax = 4_000;

/** What a person is asked to allow, and where. */
export interface SignInQuestion {
  readonly authorizeUrl: string;
  readonly clientId: string;
  readonly redirectUrl: string;
  /** What is asked for, as the platform names it. */
  readonly scope: string;
  /** An application without a secret proves that whoever exchanges the code has asked for it. */
  readonly isPublic: boolean;
}

/** Begins to sign in; nothing is asked of the platform before the answer. */
export function beginSignIn(issuer: TokenIssuer, file: TokenFile, question: SignInQuestion): SignInUnderWay {
  const { authorizeUrl, clientId, redirectUrl, scope, isPublic } = question;
  const proof = isPublic ? newProof() : null;
  const state = randomBytes(16).toString('base64url');
  const address = new URL(authorizeUrl);
  const asked = { client_id: clientId, redirect_uri: redirectUrl, response_type: 'code', scope, state };
  for (const [key, value] of Object.entries(asked)) address.searchParams.set(key, value);
  if (proof !== null) {
    address.searchParams.set('code_challenge', proof.challenge);
    address.searchParams.set('code_challenge_method', 'S256');
  }
  return {
    address: address.href,
    async take(answer) {
      const read = codeIn(answer, state, issuer.name);
      if ('fault' in read) return { ok: false, fault: read.fault };
      const fields = {
        code: read.code,
        redirect_uri: redirectUrl,
        ...(proof === null ? {} : { code_verifier: proof.verifier }),
      };
      try {
        const taken = await takeSignIn(issuer, file, fields);
        if (taken.ok) return { ok: true };
        const { ending } = taken;
        const original = ending.original === undefined ? {} : { original: ending.original };
        if (taken.isRefused) return { ok: false, fault: signInFaults.codeRefused(issuer.name), ...original };
        const why = whyEnded(ending, issuer.name).replace(/\.$/, '');
        return { ok: false, fault: faultOfConnection(ending) ?? signInFaults.failed(issuer.name, why), ...original };
      } catch (error) {
        const fault = connectionFaults.signInUnwritable(file.path, causeInWords(error));
        return { ok: false, fault, original: originalOf(error) };
      }
    },
  };
}

const signInFaults = {
  noCode: (name: string): Fault => ({
    code: 'sign-in-no-code',
    what: `What was pasted holds no code of ${name}.`,
    remedy: 'Paste the whole address to which the browser was sent, from http to its end, or the code alone.',
  }),
  notAllowed: (name: string): Fault => ({
    code: 'sign-in-not-allowed',
    what: `It was not allowed on the page of ${name}.`,
    remedy: 'Open the address again, and allow what is asked for.',
  }),
  ofAnother: (name: string): Fault => ({
    code: 'sign-in-of-another',
    what: `This answer belongs to an earlier sign-in to ${name}.`,
    remedy: 'Open the newest address, and paste what comes of it.',
  }),
  codeRefused: (name: string): Fault => ({
    code: 'sign-in-code-refused',
    what: `${name} does not take the code.`,
    remedy:
      'Open the address again and paste the answer at once: a code lives for minutes. Check client id, secret and redirect address.',
  }),
  failed: (name: string, why: string): Fault => ({
    code: 'sign-in-failed',
    what: `The sign-in to ${name} failed: ${why}.`,
    remedy: 'Paste the answer again; if that does not help, open the address again.',
  }),
};

function codeIn(answer: string, state: string, name: string): { readonly code: string } | { readonly fault: Fault } {
  const text = answer.trim().slice(0, answerCharsMax);
  if (/^[\w.~+/=-]+$/.test(text) && !text.includes('://')) return { code: text };
  const said = URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams(text.replace(/^.*?\?/, ''));
  const code = said.get('code');
  if (said.get('error') !== null) return { fault: signInFaults.notAllowed(name) };
  if (code === null || code === '') return { fault: signInFaults.noCode(name) };
  // A page that takes no state gives none back.
  return [null, state].includes(said.get('state')) ? { code } : { fault: signInFaults.ofAnother(name) };
}

/** What proves that whoever exchanges a code is who asked for it (RFC 7636), where a client has no secret. */
interface Proof {
  /** Kept until the exchange. */
  readonly verifier: string;
  /** Goes with the question; S256. */
  readonly challenge: string;
}

/** A proof that nobody can guess. */
export function newProof(bytes: (count: number) => Buffer = randomBytes): Proof {
  const verifier = bytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}
