import { UserFacingError } from '../../domain/cause.ts';
import { answerBytesMax, InBetweenError, isPage, redirectTrouble, type SignAnswer } from './classify.ts';
import type { Library } from './provider.ts';
import { takeApart } from './wire.ts';

/**
 * Looks at what the sign service answers to one attempt. The library's own client is cached with the first key that
 * it saw, never gives up on a stalled service, and throws a RangeError over short refusals.
 */
export class SignWatch {
  readonly #signal: AbortSignal;
  #answer: SignAnswer | null = null;
  #initial: Uint8Array | null = null;
  #url = 'https:';
  #trouble: unknown = null;

  /** Requests end when the signal aborts. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** What was answered, null before. */
  get answer(): SignAnswer | null {
    return this.#answer;
  }

  /** The initial batch that came with a good answer. */
  get initial(): Uint8Array | null {
    return this.#initial;
  }

  /** What is wrong with an answer that seemed good; the library puts words of its own in its place. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** A client of the sign service for one attempt alone; without a URL it is the library's. */
  client(library: Library, url: string | null, apiKey: string | null) {
    const { SignConfig, createEulerClient } = library;
    const before = { ...SignConfig };
    try {
      delete SignConfig.cachedInstance;
      if (url !== null) SignConfig.basePath = url.replace(/\/$/, '');
      this.#url = SignConfig.basePath ?? this.#url;
      // Without one the library would take what stands in the environment.
      if (apiKey === null) delete SignConfig.apiKey;
      else SignConfig.apiKey = apiKey;
      SignConfig.baseOptions = {
        ...before.baseOptions,
        signal: this.#signal,
        maxContentLength: answerBytesMax,
        beforeRedirect: ({ href }: { readonly href?: unknown }) => this.#sentOn(String(href)),
        transformResponse: [(data: unknown, headers: unknown, status: unknown) => this.#look(data, headers, status)],
      };
      return createEulerClient();
    } finally {
      Object.assign(SignConfig, before);
      delete SignConfig.cachedInstance;
    }
  }

  /** Nothing of ours goes to another owner's address, the key least of all. */
  #sentOn(to: string): void {
    const isKnown = URL.canParse(this.#url) && URL.canParse(to);
    const trouble = isKnown ? redirectTrouble(new URL(this.#url), new URL(to)) : null;
    if (trouble === null) return;
    this.#trouble = trouble;
    throw trouble;
  }

  /** Only the request to connect is answered with bytes; the others with JSON. */
  #look(data: unknown, headers: unknown, status: unknown): unknown {
    if (!Buffer.isBuffer(data)) return parseJson(data);
    this.#answer = {
      status: Number(status),
      retryAfter: headerAt(headers, 'retry-after'),
      rateLimitReset: headerAt(headers, 'x-ratelimit-reset'),
      body: data.subarray(0, 4096).toString(),
    };
    if (status !== 200) throw new Error(`status ${String(status)}`);
    if (isPage(this.#answer.body)) {
      this.#trouble = pageInstead(this.#url);
      throw this.#trouble;
    }
    this.#initial = data;
    // The library would unfold the messages, which are none of its business: it gets what opens the connection.
    try {
      return Buffer.from(takeApart(data).rest);
    } catch (error) {
      this.#trouble = error;
      throw error;
    }
  }
}

/** Over plain HTTP anybody may have answered. */
function pageInstead(url: string): Error {
  return url.startsWith('http:')
    ? new InBetweenError('the sign service was asked and a page answered')
    : new UserFacingError('the sign service answers with a web page instead of a connection');
}

function headerAt(headers: unknown, name: string): string | null {
  if (typeof headers !== 'object' || headers === null) return null;
  const value: unknown = Reflect.get(headers, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function parseJson(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
