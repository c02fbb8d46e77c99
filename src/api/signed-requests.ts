import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { callerOf, connectionOf } from './caller.ts';
import type { ApiOptions } from './route.ts';

/**
 * How a command of this program authenticates without sending the token: the service proves that it knows the token,
 * and the command signs its request with it. Proof and signature cover the address and port at which the connection
 * ends, as both ends see them. A program in between has another address, so neither a proof nor a request that it
 * passes on is valid.
 */

/** A text of the caller that it has never used before, for the service to prove that it knows the token. */
export const challengeHeader = 'x-livepen-challenge';
/** The service's proof for that text. */
export const proofHeader = 'x-livepen-proof';
/** What the next request on this connection must be signed with. */
export const nonceHeader = 'x-livepen-nonce';
/** Of which token the proof is to be: the owner's, unless it is `worker`. */
export const whoseHeader = 'x-livepen-as';
/** `Authorization: Livepen SIGNATURE`. */
export const signedScheme = 'Livepen';

const challengeForm = /^[\w-]{16,100}$/;
const signatureForm = new RegExp(`^${signedScheme} +([\\w-]{43})$`, 'i');

/**
 * The proof for a challenge, which takes the token to compute. `place` is where the connection ends: address and port.
 */
export function proofOf(token: string, challenge: string, nonce: string, place: string): string {
  return mac(token, ['service', challenge, nonce, place]);
}

/** A request as it is signed; `path` with its query. */
interface Signable {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** The signature of a request. It is valid for this request, on this connection, once. */
export function signatureOf(token: string, nonce: string, place: string, { method, path, body }: Signable): string {
  return mac(token, ['request', nonce, place, method, path, body]);
}

function mac(token: string, parts: readonly string[]): string {
  return createHmac('sha256', token).update(JSON.stringify(parts)).digest('base64url');
}

/** The nonces that were sent out and not used yet, one for each connection. */
const nonces = new WeakMap<object, string>();
/** Whose token a request is signed with. */
type Signer = 'owner' | 'worker' | 'nobody';
/** Whose token signed a request; no entry where it is not signed. */
const signed = new WeakMap<Context, Signer>();

/** Whose token a request is signed with; null where it is not signed at all. */
export function signatureIn(context: Context): Signer | null {
  return signed.get(context) ?? null;
}

/** Answers a challenge with the proof that this service knows the owner's token, or the worker's. */
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

/** Verifies the signature of a request that has one; `accessCheck` decides what it opens. */
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
