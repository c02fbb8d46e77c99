import { causeCode, causeInWords, originalOf } from '../../domain/cause.ts';
import { plainText } from '../../domain/plain-text.ts';
import { type Ending, liveFaults } from './ending.ts';
import { InBetweenError } from './in-between.ts';

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

/** Causes by which a certificate is not believed. */
const tlsCode = /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/;
/** Another server than the platform shows its certificate: by the code, or by words of the sign service's client. */
const otherServer = /^(ERR_TLS_CERT_ALTNAME|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/;
const noWay = /^(ENOTFOUND|EAI_|ENETUNREACH|ENETDOWN|EHOSTUNREACH|EHOSTDOWN|EADDRNOTAVAIL)/;

/** What an error of the network or of the library means; `otherwise` is said of what has no words here. */
export function endingOfError(
  error: unknown,
  clockIsSet: boolean,
  otherwise = 'TikTok answers in a form that is not known',
): Ending {
  const code = causeCode(error);
  const original = originalOf(error);
  if (code === 'CERT_NOT_YET_VALID') return { kind: 'no-clock', original };
  if (!clockIsSet && (tlsCode.test(code) || /certificate|self.signed/i.test(original)))
    return { kind: 'no-clock', original };
  if (isInBetween(error) || otherServer.test(code)) return endingOfPortal(original);
  const why = causeInWords(error, otherwise);
  return { kind: 'lost', why, original, ...(noWay.test(code) ? { fault: liveFaults.offline } : {}) };
}

function isInBetween(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  return error instanceof InBetweenError || isInBetween(error.cause, depth + 1);
}
