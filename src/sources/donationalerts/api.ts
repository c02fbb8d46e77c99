import type { Clock } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import { type ConnectionEnding, connectionFaults, faultOfConnection } from '../connection/ending.ts';
import { type Asking, askJson, hasFields } from '../connection/json.ts';
import type { TokenKeeper } from '../connection/tokens.ts';
import { idOf } from './donation.ts';
import { donationPlaces as places, donationPlatform as platform } from './platform.ts';

/** The platform takes sixty requests a minute, of an application and not of a person. */
const paceMs = 1_000;

const rightsLacking: Fault = {
  code: 'live-rights-lacking',
  what: `${places.name} does not show the donations to this sign-in.`,
  remedy: 'Sign in anew, and allow all that is asked for.',
};

/** The answer to a request, or why there is none. */
type Answered<T> =
  | { readonly ok: true; readonly value: T; readonly atMs: number }
  | { readonly ok: false; readonly ending: ConnectionEnding };

/** Whom the sign-in is of. */
export interface Account {
  readonly id: string;
  readonly name: string;
  /** When that person signed in: another sign-in may be another person's. */
  readonly since: number;
  /** When somebody signed in first: donations since then are wanted, until the list was read once. */
  readonly firstSince: number;
  /** Opens one socket. */
  readonly socketToken: string;
}

/** One page of the list of donations, the newest first. */
interface DonationPage {
  readonly donations: readonly unknown[];
  readonly isLast: boolean;
  /** How many there are in all; null where it is not said. */
  readonly total: number | null;
}

/** Asks the platform, one request a second, with a valid token. */
export class DonationApi {
  readonly #asking: Asking;
  readonly #tokens: TokenKeeper;
  readonly #url: string;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(asking: Asking, tokens: TokenKeeper, site: string) {
    this.#asking = asking;
    this.#tokens = tokens;
    this.#url = `${site}/api/v1`;
  }

  async account(signal: AbortSignal): Promise<Answered<Account>> {
    const answer = await this.#ask('GET', '/user/oauth', null, signal);
    if (!answer.ok) return answer;
    const data = hasFields(answer.value) && hasFields(answer.value.data) ? answer.value.data : {};
    const id = idOf(data.id);
    const token = data.socket_connection_token;
    if (id === null || typeof token !== 'string') return unreadable;
    const name = typeof data.code === 'string' && data.code !== '' ? data.code : id;
    const { since = 0, firstSince = since } = this.#tokens.signIn() ?? {};
    return { ...answer, value: { id, name, since, firstSince, socketToken: token } };
  }

  /** What opens a channel on the socket that bears this name. */
  async channelToken(client: string, channel: string, signal: AbortSignal): Promise<Answered<string>> {
    const answer = await this.#ask('POST', '/centrifuge/subscribe', { client, channels: [channel] }, signal);
    if (!answer.ok) return answer;
    const channels = hasFields(answer.value) && Array.isArray(answer.value.channels) ? answer.value.channels : [];
    const ours: unknown = channels.find((each: unknown) => hasFields(each) && each.channel === channel);
    return hasFields(ours) && typeof ours.token === 'string' ? { ...answer, value: ours.token } : unreadable;
  }

  async page(number: number, signal: AbortSignal): Promise<Answered<DonationPage>> {
    const answer = await this.#ask('GET', `/alerts/donations?page=${number}`, null, signal);
    if (!answer.ok) return answer;
    if (!hasFields(answer.value) || !Array.isArray(answer.value.data)) return unreadable;
    const { data, links, meta } = answer.value;
    const last = hasFields(meta) && typeof meta.last_page === 'number' ? meta.last_page : null;
    const next = hasFields(links) ? links.next : undefined;
    const total = hasFields(meta) && typeof meta.total === 'number' ? meta.total : null;
    // A wrongly assumed end would lose the pages after it: where nothing marks the last page, an empty one is the end.
    const goesOn = typeof next === 'string' || (last !== null && number < last);
    const saysEnd = next === null || (last !== null && number >= last);
    const isLast = data.length === 0 || (saysEnd && !goesOn);
    return { ...answer, value: { donations: data, isLast, total } };
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    body: object | null,
    signal: AbortSignal,
  ): Promise<Answered<unknown>> {
    for (let time = 1; ; time += 1) {
      const access = await this.#tokens.access();
      if (!access.ok) return access;
      await this.#turn(signal);
      if (signal.aborted) return { ok: false, ending: { kind: 'lost', why: 'it was given up' } };
      const headers = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
      const text = body === null ? null : JSON.stringify(body);
      const answer = await askJson(this.#asking, { method, url: `${this.#url}${path}`, headers, body: text }, signal);
      if (answer.ok) return { ok: true, value: answer.value, atMs: dateOf(answer.headers, this.#asking.clock) };
      // A web page in place of JSON comes from a server in between.
      const isPage = faultOfConnection(answer.ending) !== null;
      if (answer.status === 403 && !isPage) return { ok: false, ending: { kind: 'mend', fault: rightsLacking } };
      if (answer.status !== 401) return answer;
      this.#tokens.refuse(access.token);
      if (time > 1) {
        const fault = connectionFaults.signInRefused(places.name, platform);
        return { ok: false, ending: { kind: 'mend', fault } };
      }
    }
  }

  /** Waits until the next question may be asked. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#asking;
    const atMs = Math.max(clock.nowMs(), this.#nextMs);
    this.#nextMs = atMs + paceMs;
    if (atMs <= clock.nowMs()) return;
    await new Promise<void>((resolve) => {
      const over = () => {
        cancel();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const cancel = clock.after(atMs - clock.nowMs(), over);
      signal.addEventListener('abort', over);
    });
  }
}

const unreadable = {
  ok: false,
  ending: { kind: 'lost', why: `${places.name} answers in a form that is not known` },
} as const;

/** When it was answered by the platform's clock, which need not be set by anybody. */
function dateOf(headers: Readonly<Record<string, string>>, clock: Clock): number {
  const date = Date.parse(headers.date ?? '');
  return Number.isNaN(date) ? clock.wallMs() : date;
}
