import { UserFacingError } from '../../domain/cause.ts';
import type { Clock } from '../../domain/clock.ts';
import { type ConnectionEnding, endingOfNetwork, endingOfStatus } from './ending.ts';
import type { HttpPort, HttpRequest } from './ports.ts';

/** What came from outside, before it is known what it is. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields. */
export function hasFields(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): JsonFields {
  return hasFields(value) ? value : {};
}

/** What a text says as JSON; null where it is none. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A request whose answer takes longer, ms, is given up. */
const answerLimitMs = 20_000;

/** What all requests to a platform need. */
export interface Asking {
  readonly clock: Clock;
  readonly http: HttpPort;
  readonly clockIsSet: () => boolean;
  /** What the platform is called. */
  readonly name: string;
}

/** What came of a request for JSON; `status` is null where none was answered. */
type JsonAnswer =
  | { readonly ok: true; readonly value: unknown; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly status: number | null; readonly ending: ConnectionEnding };

/** Asks for JSON, within twenty seconds, or until `signal` gives it up. */
export async function askJson(
  { clock, http, clockIsSet, name }: Asking,
  request: Omit<HttpRequest, 'signal'>,
  signal: AbortSignal,
): Promise<JsonAnswer> {
  const abort = new AbortController();
  let isLate = false;
  const give = () => abort.abort();
  if (signal.aborted) give();
  signal.addEventListener('abort', give);
  const cancel = clock.after(answerLimitMs, () => {
    isLate = true;
    give();
  });
  try {
    const answer = await http.ask({ ...request, signal: abort.signal });
    if (answer.status < 200 || answer.status >= 300)
      return { ok: false, status: answer.status, ending: endingOfStatus(answer, name, clock.wallMs()) };
    return { ok: true, value: jsonOrThrow(answer.body, name), headers: answer.headers };
  } catch (error) {
    const cause = isLate ? new UserFacingError(`${name} did not answer in ${answerLimitMs / 1_000} s`) : error;
    return { ok: false, status: null, ending: endingOfNetwork(cause, clockIsSet(), name) };
  } finally {
    cancel();
    signal.removeEventListener('abort', give);
  }
}

function jsonOrThrow(body: string, name: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new UserFacingError(`${name} answers in a form that is not known`, { cause: error });
  }
}

/** Fields as a form sends them. */
export function formBody(fields: Readonly<Record<string, string>>): Pick<HttpRequest, 'headers' | 'body'> {
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  };
}
