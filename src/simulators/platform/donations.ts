import type { Clock } from '../../domain/clock.ts';
import type { HttpAnswer, SocketTarget } from '../../sources/connection/ports.ts';
import { type AskedOfPlatform, jsonAnswer, type PlatformEnd, type VirtualPlatform } from './platform.ts';

/** A donation as the platform keeps it. */
interface KeptDonation extends Readonly<Record<string, unknown>> {
  readonly id: number;
}

/** What a giver says. */
interface GivenDonation {
  readonly amount: unknown;
  readonly currency: string;
  readonly username?: string | null;
  readonly message?: string | null;
  readonly message_type?: 'text' | 'audio';
  readonly amount_in_user_currency?: number;
}

/** What the platform does wrong, each until it is switched off. */
interface DonationFaults {
  /** The socket says nothing of a donation. */
  isSocketMute: boolean;
  /** So many times more each donation comes by the socket. */
  repeats: number;
  /** So long a donation takes to reach the socket, ms; another one each time reorders them. */
  lateMs: (() => number) | null;
  /** So many requests more get a 401, whatever their token. */
  unauthorized: number;
  /** Every request gets this in place of an answer. */
  instead: (() => HttpAnswer | null) | null;
  /** Only requests of the list do; undefined answers this one as ever. */
  listInstead: (() => HttpAnswer | null | undefined) | null;
  /** What a page of the list leaves out. */
  listLacks: readonly ('links' | 'meta')[];
  /** Every socket is closed for good as soon as it is open. */
  isClosed: boolean;
  /** The next socket token is taken for one that has ended. */
  tokensEnded: number;
}

const site = { clientId: '1204', secret: 'a-secret', redirectUrl: 'http://127.0.0.1:8421/' } as const;
const donationsOfPage = 30;
const tokenSeconds = 3_600;
const firstId = 171_900_000;

interface Joined {
  readonly end: PlatformEnd;
  readonly client: string;
  isSubscribed: boolean;
}

/**
 * A platform that collects donations, as much of it as a listener needs: tokens that are used once, a list of donations
 * with pages, and a socket as Centrifugo of the second version speaks on it.
 */
export class VirtualDonations implements VirtualPlatform {
  readonly faults: DonationFaults = {
    isSocketMute: false,
    repeats: 0,
    lateMs: null,
    unauthorized: 0,
    instead: null,
    listInstead: null,
    listLacks: [],
    isClosed: false,
    tokensEnded: 0,
  };
  readonly application = site;
  readonly account = { id: 4711, code: 'penroom' };
  /** All that was given, the oldest first. */
  readonly donations: KeptDonation[] = [];
  /** Requests of the list, and of new tokens. */
  readonly counts = { pages: 0, tokens: 0, requests: 0, sockets: 0, pings: 0 };
  readonly #clock: Clock;
  readonly #joined = new Set<Joined>();
  #given = 0;
  #code = '';
  #access = '';
  #accessEndsAtMs = 0;
  #refresh = '';
  #tokens = 0;
  #clients = 0;
  #seq = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A person allows it in a browser: the address to which the browser is sent. */
  allow(address: string): string {
    const asked = new URL(address).searchParams;
    if (asked.get('client_id') !== site.clientId || asked.get('redirect_uri') !== site.redirectUrl)
      throw new Error(`another application asks: ${address}`);
    this.#tokens += 1;
    this.#code = `code-${this.#tokens}`;
    const back = new URL(site.redirectUrl);
    back.searchParams.set('code', this.#code);
    const state = asked.get('state');
    if (state !== null) back.searchParams.set('state', state);
    return back.href;
  }

  /** The sign-in that a person would have had. */
  grant(): { readonly accessToken: string; readonly refreshToken: string; readonly endsAtMs: number } {
    this.#newTokens();
    return { accessToken: this.#access, refreshToken: this.#refresh, endsAtMs: this.#accessEndsAtMs };
  }

  /** The access token of now. */
  grantedNow(): string {
    return this.#access;
  }

  /** Access tokens end before their time. */
  endTokens(): void {
    this.#accessEndsAtMs = 0;
  }

  /** The person takes back what they allowed. */
  revoke(): void {
    this.#access = '';
    this.#refresh = '';
  }

  /** Somebody gives. */
  give(given: GivenDonation): KeptDonation {
    const donation = {
      id: firstId + this.#given,
      name: 'Donations',
      username: 'inky',
      message: '',
      message_type: 'text',
      payin_system: null,
      is_shown: 0,
      recipient_name: this.account.code,
      recipient: { user_id: this.account.id, code: this.account.code, name: this.account.code, avatar: '' },
      created_at: new Date(this.#clock.wallMs()).toISOString().slice(0, 19).replace('T', ' '),
      shown_at: null,
      reason: 'default',
      ...given,
    };
    this.#given += 1;
    this.donations.push(donation);
    this.publish(donation);
    return donation;
  }

  /** Says something by the socket, as if it were a donation. */
  publish(donation: unknown): void {
    const { isSocketMute, repeats, lateMs } = this.faults;
    if (isSocketMute) return;
    for (let copy = 0; copy <= repeats; copy += 1) {
      const push = () => {
        this.#seq += 1;
        this.say(JSON.stringify({ result: { channel: this.#channel, data: { seq: this.#seq, data: donation } } }));
      };
      if (lateMs === null) push();
      else this.#clock.after(lateMs(), push);
    }
  }

  /** Says something to whoever is subscribed. */
  say(text: string): void {
    for (const { end, isSubscribed } of [...this.#joined]) if (isSubscribed) end.send(text);
  }

  /** Cuts every socket. */
  drop(): void {
    for (const { end } of [...this.#joined]) end.cut();
  }

  /** Closes every socket, with what a client should do. */
  closeAll(isToComeAgain: boolean): void {
    const reason = JSON.stringify({ reason: 'shutdown', reconnect: isToComeAgain });
    for (const { end } of [...this.#joined]) end.close(3_001, reason);
  }

  get isJoined(): boolean {
    return [...this.#joined].some(({ isSubscribed }) => isSubscribed);
  }

  answer(asked: AskedOfPlatform): HttpAnswer | null {
    this.counts.requests += 1;
    const { faults } = this;
    if (faults.instead !== null) return faults.instead();
    const path = asked.url.pathname;
    if (path === '/oauth/token') return this.#token(new URLSearchParams(asked.body));
    const isAllowed = asked.headers.authorization === `Bearer ${this.#access}` && this.#access !== '';
    if (faults.unauthorized > 0 || !isAllowed || this.#clock.wallMs() >= this.#accessEndsAtMs) {
      faults.unauthorized = Math.max(0, faults.unauthorized - 1);
      return jsonAnswer(401, { message: 'Unauthenticated.' });
    }
    return this.#allowed(asked, path);
  }

  connect(_target: SocketTarget, end: PlatformEnd) {
    this.counts.sockets += 1;
    this.#clients += 1;
    const one: Joined = { end, client: `client-${this.#clients}`, isSubscribed: false };
    return {
      opened: () => {
        this.#joined.add(one);
        if (this.faults.isClosed) this.closeAll(false);
      },
      message: (text: string) => {
        for (const line of text.split('\n')) if (line.trim() !== '') this.#frame(one, line);
      },
      closed: () => {
        this.#joined.delete(one);
      },
    };
  }

  get #channel(): string {
    return `$alerts:donation_${this.account.id}`;
  }

  #newTokens(): void {
    this.#tokens += 1;
    this.counts.tokens += 1;
    this.#access = `access-${this.#tokens}`;
    this.#refresh = `refresh-${this.#tokens}`;
    this.#accessEndsAtMs = this.#clock.wallMs() + tokenSeconds * 1_000;
  }

  /** Code and refresh token are taken once. */
  #token(fields: URLSearchParams): HttpAnswer {
    const isOurs = fields.get('client_id') === site.clientId && fields.get('client_secret') === site.secret;
    const kind = fields.get('grant_type');
    const isByCode = kind === 'authorization_code' && fields.get('redirect_uri') === site.redirectUrl;
    const isKnown =
      (isByCode && this.#code !== '' && fields.get('code') === this.#code) ||
      (kind === 'refresh_token' && this.#refresh !== '' && fields.get('refresh_token') === this.#refresh);
    if (!isOurs) return jsonAnswer(401, { error: 'invalid_client' });
    if (!isKnown) return jsonAnswer(400, { error: 'invalid_grant' });
    this.#code = '';
    this.#newTokens();
    return jsonAnswer(200, {
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      access_token: this.#access,
      refresh_token: this.#refresh,
    });
  }

  #allowed({ method, url, body }: AskedOfPlatform, path: string): HttpAnswer | null {
    if (path === '/api/v1/user/oauth') {
      const data = { ...this.account, name: this.account.code, socket_connection_token: `socket-${this.#tokens}` };
      return this.#dated(jsonAnswer(200, { data }));
    }
    if (path === '/api/v1/centrifuge/subscribe' && method === 'POST') {
      const { client, channels }: { client: string; channels: string[] } = JSON.parse(body);
      return this.#dated(
        jsonAnswer(200, { channels: channels.map((channel) => ({ channel, token: `${client} may` })) }),
      );
    }
    if (path !== '/api/v1/alerts/donations') return jsonAnswer(404, {});
    this.counts.pages += 1;
    const instead = this.faults.listInstead?.();
    return instead === undefined ? this.#page(Number(url.searchParams.get('page') ?? 1)) : instead;
  }

  /** The newest first; the list knows less than the socket. */
  #page(number: number): HttpAnswer {
    const total = this.donations.length;
    const last = Math.max(1, Math.ceil(total / donationsOfPage));
    const end = total - (number - 1) * donationsOfPage;
    const data = this.donations
      .slice(Math.max(0, end - donationsOfPage), Math.max(0, end))
      .toReversed()
      .map(({ recipient: _, recipient_name: __, reason: ___, ...donation }) => donation);
    const links = { next: number < last ? `?page=${number + 1}` : null };
    const meta = { current_page: number, last_page: last, per_page: donationsOfPage, total };
    const { listLacks } = this.faults;
    const said = Object.entries({ links, meta }).filter(([key]) => !listLacks.some((lacking) => lacking === key));
    return this.#dated(jsonAnswer(200, { data, ...Object.fromEntries(said) }));
  }

  #dated(answer: HttpAnswer): HttpAnswer {
    return { ...answer, headers: { ...answer.headers, date: new Date(this.#clock.wallMs()).toUTCString() } };
  }

  #frame(one: Joined, line: string): void {
    const {
      id,
      method = 0,
      params = {},
    }: { id: number; method?: number; params?: Record<string, string> } = JSON.parse(line);
    const say = (value: object) => one.end.send(JSON.stringify(value));
    if (method === 0) {
      if (params.token !== `socket-${this.#tokens}` || this.faults.tokensEnded > 0) {
        this.faults.tokensEnded = Math.max(0, this.faults.tokensEnded - 1);
        say({ id, error: { code: 109, message: 'token expired' } });
        return;
      }
      say({ id, result: { client: one.client, version: '2.2.1' } });
    } else if (method === 1) {
      if (params.token !== `${one.client} may`) {
        say({ id, error: { code: 103, message: 'permission denied' } });
        return;
      }
      one.isSubscribed = true;
      const reply = { id, result: { recoverable: true, seq: this.#seq, epoch: 'AbCd' } };
      const join = { result: { type: 1, channel: this.#channel, data: { info: { client: one.client } } } };
      one.end.send(`${JSON.stringify(reply)}\n${JSON.stringify(join)}\n`);
    } else if (method === 7) {
      this.counts.pings += 1;
      say({ id });
    }
  }
}
