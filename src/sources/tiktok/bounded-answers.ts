import type { ClientRequest, IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** What the HTTP client `got` lends to whoever stands between it and a request. */
interface Asked extends Promise<unknown> {
  on(event: 'request', listener: (request: ClientRequest) => void): unknown;
}
interface Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly rawBody: Uint8Array;
  readonly request: { readonly options: { readonly responseType: string } };
  body: unknown;
}

/** The library's HTTP client takes and inflates whatever comes; from now on an answer above a bound ends its request. */
export function boundAnswers(webClient: object, mostBytes: number): void {
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
    asked.on('request', (request) => request.once('response', (response) => boundBody(response, mostBytes, end)));
    return asked.catch((error: unknown) => {
      throw isTooLong ? new Error('an answer is too long') : error;
    });
  };
  const inflate = (answer: Answer) => inflated(answer, mostBytes);
  // It would hold the length against bytes that it does not count; Node itself tells a body that was cut short.
  const lengths = { decompress: false, strictContentLength: false };
  const extension = { ...lengths, handlers: [handler], hooks: { afterResponse: [inflate] } };
  Reflect.set(webClient, '_gotInstance', got.extend(extension));
}

/** Counts what the network hands over; a listener of its own would take it away from the client. */
function boundBody(response: IncomingMessage, mostBytes: number, end: (response: IncomingMessage) => void): void {
  let bytes = 0;
  const push = response.push.bind(response);
  response.push = (chunk: Uint8Array | null) => {
    bytes += chunk?.length ?? 0;
    if (bytes <= mostBytes) return push(chunk);
    end(response);
    return false;
  };
}

const inflaters = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/** Compressed answers come as they are, and are inflated here; throws on what inflates to too much. */
function inflated(answer: Answer, mostBytes: number): Answer {
  const encoding = String(answer.headers['content-encoding'] ?? '').toLowerCase();
  const inflate = inflaters.get(encoding);
  if (inflate === undefined) return answer;
  const text = inflate(answer.rawBody, { maxOutputLength: mostBytes }).toString();
  answer.body = answer.request.options.responseType === 'json' ? JSON.parse(text) : text;
  return answer;
}
