import { type Ending, faults } from './ending.ts';
import { firstLine } from './webcast.ts';

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

/** What an answer of the sign service other than 200 means. */
export function endingOfAnswer(answer: SignAnswer, wallMs: number): Ending {
  const { status, body } = answer;
  if (status === 429) return { kind: 'rate-limited', retryAfterMs: retryAfterMs(answer, wallMs) };
  if (status === 402) return { kind: 'mend', fault: faults.plan };
  if (status === 401 || status === 403) return { kind: 'mend', fault: faults.keyRefused };
  if (status === 400 && /api.?key/i.test(body)) return { kind: 'mend', fault: faults.keyRefused };
  if (/age.?restrict/i.test(body)) return { kind: 'mend', fault: faults.ageRestricted };
  return { kind: 'lost', why: `the sign service answered with status ${status}` };
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

/** The library puts the words of an error of the sign service into one of its own, and loses the code. */
const tlsCode = /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/;

/** What an error of the network or of the library means. */
export function endingOfError(error: unknown, clockIsSet: boolean): Ending {
  const code = codeOf(error);
  const words = firstLine(error);
  if (code === 'CERT_NOT_YET_VALID' || /certificate is not yet valid/i.test(words)) return { kind: 'no-clock' };
  if (!clockIsSet && (tlsCode.test(code) || /certificate|self.signed/i.test(words))) return { kind: 'no-clock' };
  return { kind: 'lost', why: code === '' ? words : (networkWords[code] ?? code) };
}

const networkWords: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no network, or it knows no TikTok',
  EAI_AGAIN: 'the name cannot be looked up: no network?',
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'no answer in time',
  ENETUNREACH: 'there is no network',
  ERR_BUFFER_TOO_LARGE: 'an answer is too long',
};

/** The code of an error or of the error that caused it; '' when there is none. */
function codeOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return '';
  if ('code' in error && typeof error.code === 'string' && /^[A-Z]/.test(error.code)) {
    const inner = codeOf(error.cause, depth + 1);
    return inner === '' ? error.code : inner;
  }
  return codeOf(error.cause, depth + 1);
}
