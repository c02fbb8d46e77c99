import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { callerOf, connectionOf } from './caller.ts';
import type { ApiOptions } from './route.ts';

/**
 * How a command asks without showing the token to anybody: it lets the service prove that it knows the token, and signs
 * its request with it. Both are of the address and port at which the connection ends, as both ends see it: a program
 * that hands on what it is asked has another one, and neither its proof nor what it hands on holds.
 */

/** What a caller wants proven: any text that it has never used before. */
export const challengeHeader = 'x-livepen-challenge';
/** The service's answer to it. */
export const proofHeader = 'x-livepen-proof';
/** What the next request on this connection must be signed with. */
export const nonceHeader = 'x-livepen-nonce';
/** With which token it is to be proven: the owner's, unless it says `worker`. */
export const whoseHeader = 'x-livepen-as';
/** `Authorization: Livepen SIGNATURE`. */
export const signedScheme = 'Livepen';

const challengeForm = /^[\w-]{16,100}$/;
const signatureForm = new RegExp(`^${signedScheme} +([\\w-]{43})$`, 'i');

/** What only who has the token can answer to a challenge. `place` is where the connection ends: address and port. */
export function proofOf(token: string, challenge: string, nonce: string, place: string): string {
  return mac(token, ['service', challenge, nonce, place]);
}

/** A request as it is signed; `path` with its query. */
interface Signable {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** The signature of a request: of this one, once, on this connection. */
export function signatureOf(token: string, nonce: string, place: string, { method, path, body }: Signable): string {
  return mac(token, ['request', nonce, place, method, path, body]);
}

function mac(token: string, parts: readonly string[]): string {
  return createHmac('sha256', token).update(JSON.stringify(parts)).digest('base64url');
}

/** The nonces that were handed out and not used yet: one a connection. */
const nonces = new WeakMap<object, string>();
/** Whose token a request is signed with. */
type Signer = 'owner' | 'worker' | 'nobody';
/** Nothing where it is not signed. */
const signed = new WeakMap<Context, Signer>();

/** Whose token a request is signed with; null where it is not signed at all. */
export function signatureIn(context: Context): Signer | null {
  return signed.get(context) ?? null;
}

/** Proves to whoever asks that this service knows the token of the owner, or of the worker. */
export function proveToken({ tokens, workerToken }: ApiOptions): MiddlewareHandler {
  return createMiddleware(async (context, next) => {
    await next();
    const challenge = context.req.header(challengeHeader) ?? '';
    const connection = connectionOf(context);
    const { place } = callerOf(context);
    const token = context.req.header(whoseHeader) === 'worker' ? workerToken : (tokens?.owner ?? null);
    if (token === null || connection === null || place === '' || !challengeForm.test(challenge)) return;
    const nonce = randomBytes(24).toString('base64url');
    nonces.set(connection, nonce);
    context.header(nonceHeader, nonce);
    context.header(proofHeader, proofOf(token, challenge, nonce, place));
  });
}

/** Looks at the signature of a request that has one; who is let in by it, the door decides. */
export function checkSignature({ tokens, workerToken }: ApiOptions): MiddlewareHandler {
  return createMiddleware(async (context, next) => {
    const given = signatureForm.exec(context.req.header('authorization') ?? '')?.[1];
    const all = { owner: tokens?.owner ?? null, worker: workerToken };
    if (given !== undefined && (all.owner ?? all.worker) !== null)
      signed.set(context, await signerOf(context, all, given));
    await next();
  });
}

async function signerOf(
  context: Context,
  all: Readonly<Record<'owner' | 'worker', string | null>>,
  given: string,
): Promise<Signer> {
  const connection = connectionOf(context);
  const nonce = connection === null ? undefined : nonces.get(connection);
  if (connection === null || nonce === undefined) return 'nobody';
  nonces.delete(connection);
  const path = context.req.url.replace(/^[a-z]+:\/\/[^/]*/, '');
  const body = await context.req.text();
  const isSignedWith = (token: string | null) => {
    if (token === null) return false;
    const wanted = signatureOf(token, nonce, callerOf(context).place, { method: context.req.method, path, body });
    return timingSafeEqual(Buffer.from(wanted), Buffer.from(given));
  };
  if (isSignedWith(all.owner)) return 'owner';
  return isSignedWith(all.worker) ? 'worker' : 'nobody';
}
