import type { ClientRequest, IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { UserFacingError } from '../../domain/cause.ts';
import { InBetweenError, inBetween, isPage } from './in-between.ts';

/** No honest answer of the pages or the sign service is longer, inflated. */
export const answerBytesMax = 8 << 20;

/** What the HTTP client `got` lends to whoever stands between it and a request. */
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
 * The library's HTTP client takes and inflates whatever comes, from wherever it is sent on to; from now on an answer above
 * a bound ends its request, and one that is not of the place that was asked is told as such.
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
      throw error;
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
    throw new UserFacingError('TikTok answers with a page for people, and not with the live', { cause });
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
  else throw new UserFacingError('TikTok answers with a page for people, and not with the live');
  return answer;
}
