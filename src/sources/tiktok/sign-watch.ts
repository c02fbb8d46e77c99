import type { SignAnswer } from './classify.ts';
import { mostAnswerBytes } from './connection.ts';
import type { Library } from './library.ts';
import { checkFields } from './wire.ts';

/**
 * Looks at what the sign service answers to one attempt. The library's own client is cached with the first key that
 * it saw, never gives up on a stalled service, and throws a RangeError over short refusals.
 */
export class SignWatch {
  readonly #signal: AbortSignal;
  #answer: SignAnswer | null = null;
  #initial: Uint8Array | null = null;

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

  /** A client of the sign service for one attempt alone; null leaves what the library would take. */
  client(library: Library, url: string | null, apiKey: string | null) {
    const { SignConfig, createEulerClient } = library;
    const before = { ...SignConfig };
    try {
      delete SignConfig.cachedInstance;
      if (url !== null) SignConfig.basePath = url.replace(/\/$/, '');
      if (apiKey !== null) SignConfig.apiKey = apiKey;
      SignConfig.baseOptions = {
        ...before.baseOptions,
        signal: this.#signal,
        maxContentLength: mostAnswerBytes,
        transformResponse: [(data: unknown, headers: unknown, status: unknown) => this.#look(data, headers, status)],
      };
      return createEulerClient();
    } finally {
      Object.assign(SignConfig, before);
      delete SignConfig.cachedInstance;
    }
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
    checkFields(data);
    this.#initial = data;
    return data;
  }
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
