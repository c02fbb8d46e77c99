import type { ClientRequest, IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { causeInWords, originalOf, UserFacingError } from '../../domain/cause.ts';
import { plainText } from '../../domain/plain-text.ts';
import { networkTrouble } from '../connection/ending.ts';
import { type Ending, liveFaults } from './ending.ts';

/**
 * A server between here and the platform has answered in its place: most often a network that wants a sign-in first.
 */
export class InBetweenError extends Error {}

const networkWantsSignIn = 511;

/** What is looked at of an answer to tell who gave it. */
interface AnswerFacts {
  readonly askedOf: URL;
  /** Where the answer came from, after all redirects. */
  readonly cameFrom: URL;
  readonly status: number;
  /** The beginning is enough. */
  readonly body: string;
  /** Whether data was asked for, and not a page. */
  readonly wantsData: boolean;
}

/**
 * Why an answer is not the platform's, null when it may be. By TLS the platform proves itself, so that a page in place
 * of data is its own; over plain HTTP, and from another place than was asked, anybody answers.
 */
export function inBetween({ askedOf, cameFrom, status, body, wantsData }: AnswerFacts): string | null {
  if (status === networkWantsSignIn) return 'the network says that it wants a sign-in';
  if (ownerOf(cameFrom) !== ownerOf(askedOf) && !/tiktok/.test(ownerOf(cameFrom)))
    return `${askedOf.host} was asked and ${cameFrom.host} answered`;
  if (wantsData && cameFrom.protocol === 'http:' && isPage(body)) return `${cameFrom.host} answered with a page`;
  return null;
}

/** Whether a text is a page for people where data was asked for. */
export function isPage(text: string): boolean {
  return /^\s*<[!?a-z]/i.test(text);
}

/** Two names below one domain have one owner; an address stands for itself. */
function ownerOf({ hostname }: URL): string {
  return /^[\d.]+$|^\[/.test(hostname) ? hostname : hostname.split('.').slice(-2).join('.');
}

/** No honest answer of the pages or the sign service is longer, inflated. */
export const answerBytesMax = 8 << 20;

/** What the HTTP client `got` gives its handlers. */
interface Asked extends Promise<unknown> {
  on(event: 'request', listener: (request: ClientRequest) => void): unknown;
}
interface Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly rawBody: Uint8Array;
  readonly statusCode: number;
  /** Where it came from, after all redirects. */
  readonly url: string;
  readonly requestUrl: URL;
  readonly request: { readonly options: { readonly responseType: string } };
  body: unknown;
}

/**
 * The library's HTTP client takes and inflates whatever comes, from wherever it is sent on to; from now on an answer
 * above a bound ends its request, and one that is not of the place that was asked is reported as such.
 */
export function boundAnswers(webClient: object, bytesMax: number): void {
  const got: unknown = Reflect.get(webClient, '_gotInstance');
  if (typeof got !== 'function' || !('extend' in got) || typeof got.extend !== 'function') {
    throw new Error('the library has changed: its web client has no _gotInstance');
  }
  const handler = (options: object, next: (options: object) => Asked) => {
    let isTooLong = false;
    const end = (response: IncomingMessage) => {
      isTooLong = true;
      response.destroy();
    };
    const asked = next(options);
    asked.on('request', (request) => request.once('response', (response) => boundBody(response, bytesMax, end)));
    return asked.catch((error: unknown) => {
      if (isTooLong) throw new UserFacingError('an answer is too long');
      // A refusal and a body that is no JSON are judged too: they carry what was answered.
      if (error instanceof Error && 'response' in error && isAnswer(error.response)) ofPlatform(error.response, error);
      throw errorOfRedirect(error) ?? error;
    });
  };
  const inflate = (answer: Answer) => ofPlatform(inflated(answer, bytesMax));
  // It would hold the length against bytes that it does not count; Node itself tells a body that was cut short.
  const lengths = { decompress: false, strictContentLength: false };
  const extension = { ...lengths, handlers: [handler], hooks: { afterResponse: [inflate] } };
  Reflect.set(webClient, '_gotInstance', got.extend(extension));
}

/** Counts what the network hands over; a listener of its own would take it away from the client. */
function boundBody(response: IncomingMessage, bytesMax: number, end: (response: IncomingMessage) => void): void {
  let bytes = 0;
  const push = response.push.bind(response);
  response.push = (chunk: Uint8Array | null) => {
    bytes += chunk?.length ?? 0;
    if (bytes <= bytesMax) return push(chunk);
    end(response);
    return false;
  };
}

/**
 * The error of a redirect to another owner's address: the server that sent it is in between, also where nothing answers
 * there. Null for a redirect within one owner's addresses.
 */
export function redirectTrouble(askedOf: URL, sentOnTo: URL, cause?: unknown): InBetweenError | null {
  const why = inBetween({ askedOf, cameFrom: sentOnTo, status: 0, body: '', wantsData: false });
  return why === null
    ? null
    : new InBetweenError(`${askedOf.host} was asked and sent us on to ${sentOnTo.host}`, { cause });
}

/** What the HTTP client keeps of a request that failed before it was answered. */
function errorOfRedirect(error: unknown): InBetweenError | null {
  const request: unknown = error instanceof Error && 'request' in error ? error.request : null;
  if (typeof request !== 'object' || request === null || !('redirectUrls' in request)) return null;
  const { redirectUrls } = request;
  const askedOf = 'requestUrl' in request ? request.requestUrl : null;
  const last: unknown = Array.isArray(redirectUrls) ? redirectUrls.at(-1) : null;
  return askedOf instanceof URL && last instanceof URL ? redirectTrouble(askedOf, last, error) : null;
}

function isAnswer(response: unknown): response is Answer {
  if (typeof response !== 'object' || response === null || !('rawBody' in response)) return false;
  return response.rawBody instanceof Uint8Array && 'requestUrl' in response && response.requestUrl instanceof URL;
}

/** The answer as it is, or the reason why it is none of the platform's. */
function ofPlatform(answer: Answer, cause?: Error): Answer {
  const { url, requestUrl: askedOf, statusCode: status, request } = answer;
  const wantsData = request.options.responseType === 'json';
  const body = Buffer.from(answer.rawBody.subarray(0, lookedAtBytes)).toString();
  const why = inBetween({ askedOf, cameFrom: new URL(url), status, body, wantsData });
  if (why !== null) throw new InBetweenError(why, { cause });
  if (wantsData && isPage(body))
    throw new UserFacingError('TikTok answers with a web page instead of the live', { cause });
  return answer;
}

const lookedAtBytes = 4_096;

const inflaters = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/** Compressed answers come as they are, and are inflated here; throws on what inflates to too much. */
function inflated(answer: Answer, bytesMax: number): Answer {
  const encoding = String(answer.headers['content-encoding'] ?? '').toLowerCase();
  const inflate = inflaters.get(encoding);
  if (inflate === undefined) return answer;
  const text = inflate(answer.rawBody, { maxOutputLength: bytesMax }).toString();
  if (answer.request.options.responseType !== 'json') answer.body = text;
  else if (!isPage(text)) answer.body = JSON.parse(text);
  else throw new UserFacingError('TikTok answers with a web page instead of the live');
  return answer;
}

/** What the sign service answered, as far as it decides what to do next. */
export interface SignAnswer {
  readonly status: number;
  /** The header `retry-after`: seconds or a date. */
  readonly retryAfter: string | null;
  /** The header `x-ratelimit-reset`: seconds since 1970. */
  readonly rateLimitReset: string | null;
  readonly body: string;
}

/** A rate limit that does not say how long is waited for so long. */
const unknownLimitMs = 60_000;

/** What an answer of the sign service other than 200 means. `hasKey`: we sent an API key. */
export function endingOfAnswer(answer: SignAnswer, wallMs: number, hasKey = true): Ending {
  const { status, body } = answer;
  const original = `The sign service answered with status ${status}: ${plainText(body).slice(0, originalCharsMax)}`;
  const refusal = hasKey ? liveFaults.keyRefused : liveFaults.keyWanted;
  if (status === 429) return { kind: 'rate-limited', retryAfterMs: retryAfterMs(answer, wallMs), original };
  if (status === 402) return { kind: 'mend', fault: liveFaults.plan, original };
  if (status === 401 || status === 403) return { kind: 'mend', fault: refusal, original };
  if (status === 400 && /api.?key/i.test(body)) return { kind: 'mend', fault: refusal, original };
  if (/age.?restrict/i.test(body)) return { kind: 'mend', fault: liveFaults.ageRestricted, original };
  if (status === 511) return endingOfPortal(original);
  return { kind: 'lost', why: signWords(status), original };
}

/** The network answers in place of whom was asked. */
export function endingOfPortal(original: string): Ending {
  return { kind: 'lost', why: 'the network answers in place of TikTok', fault: liveFaults.portal, original };
}

const originalCharsMax = 300;

function signWords(status: number): string {
  if (status >= 500) return 'the sign service has trouble of its own';
  if (status === 404) return 'the sign service does not know what it was asked for';
  return 'the sign service does not serve us';
}

function retryAfterMs({ retryAfter, rateLimitReset }: SignAnswer, wallMs: number): number {
  const seconds = Number(retryAfter ?? Number.NaN);
  if (retryAfter !== null && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = retryAfter === null ? Number.NaN : Date.parse(retryAfter);
  if (Number.isFinite(date)) return Math.max(0, date - wallMs);
  const reset = Number(rateLimitReset ?? Number.NaN);
  if (rateLimitReset !== null && Number.isFinite(reset)) return Math.max(0, reset * 1000 - wallMs);
  return unknownLimitMs;
}

/** What an error of the network or of the library means; `otherwise` is said of what has no words here. */
export function endingOfError(
  error: unknown,
  clockIsSet: boolean,
  otherwise = 'TikTok answers in a form that is not known',
): Ending {
  const original = originalOf(error);
  const trouble = networkTrouble(error, clockIsSet);
  if (trouble === 'no-clock') return { kind: 'no-clock', original };
  if (isInBetween(error) || trouble === 'other-server') return endingOfPortal(original);
  const why = causeInWords(error, otherwise);
  return { kind: 'lost', why, original, ...(trouble === 'offline' ? { fault: liveFaults.offline } : {}) };
}

function isInBetween(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  return error instanceof InBetweenError || isInBetween(error.cause, depth + 1);
}
