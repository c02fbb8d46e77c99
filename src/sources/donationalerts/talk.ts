import type { Line, Talk } from '../connection/attempt.ts';
import { type ConnectionEnding, connectionFaults } from '../connection/ending.ts';
import { hasFields, type JsonFields, jsonOrNull } from '../connection/json.ts';
import type { SocketTarget } from '../connection/ports.ts';
import type { Account, DonationApi } from './api.ts';
import { donationPlaces as places } from './platform.ts';

/** Centrifugo of the second version: what is asked for is a number. */
const methods = { subscribe: 1, ping: 7 } as const;
const pushes = { publication: 0, unsubscribe: 3 } as const;
const ids = { connect: 1, subscribe: 2, firstPing: 3 } as const;
/** How often the server is pinged, ms: it sends nothing by itself. */
const pingMs = 20_000;
/** Silence for longer, ms, is a dead connection: two missing answers and a margin. */
export const silenceLimitMs = 45_000;
/** Two answers of the socket and one to a question, which may have to wait for its turn. */
export const confirmLimitMs = 20_000;
/** After so many unreadable frames in one message the connection is ended. */
const unreadableMax = 20;
/** An unknown answer is logged so far. */
const shownChars = 500;

interface TalkDeps {
  readonly api: DonationApi;
  readonly socketUrl: string;
  /** Called on each connection with the account whose donations it brings. */
  readonly known: (account: Account) => void;
  /** A donation came, as it was sent. */
  readonly donation: (given: unknown, line: Line) => void;
  /** The socket was closed for good; returns whether it was so the last time, too. */
  readonly closedForGood: () => boolean;
  /** Called when the channel of donations is joined. */
  readonly joined: () => void;
}

/** The protocol of the platform's socket. */
export function donationTalk(deps: TalkDeps, line: Line): Talk {
  return new DonationTalk(deps, line);
}

class DonationTalk implements Talk {
  readonly #deps: TalkDeps;
  readonly #line: Line;
  #account: Account | null = null;
  #pings = 0;
  /** In the message of now. */
  #unreadables = 0;

  constructor(deps: TalkDeps, line: Line) {
    this.#deps = deps;
    this.#line = line;
  }

  async target(): Promise<SocketTarget | ConnectionEnding> {
    const { api, known, socketUrl } = this.#deps;
    const answer = await api.account(this.#line.signal);
    if (!answer.ok) return answer.ending;
    this.#account = answer.value;
    known(answer.value);
    return { url: socketUrl };
  }

  opened(): void {
    this.#send({ params: { token: this.#account?.socketToken }, id: ids.connect });
  }

  /** One message may hold several, one a line. */
  message(text: string): number {
    const lines = text.split('\n').filter((each) => each.trim() !== '');
    this.#unreadables = 0;
    for (const each of lines) {
      if (this.#line.signal.aborted) break;
      this.#frame(each);
    }
    return lines.length;
  }

  closed(_code: number, reason: string): ConnectionEnding | null {
    const said = jsonOrNull(reason);
    if (!hasFields(said) || said.reconnect !== false) return null;
    const why = `${places.name} closed the connection`;
    const original = reason.slice(0, shownChars);
    // The next attempt comes with another token; where that does not help, nothing does that we could do.
    if (!this.#deps.closedForGood()) return { kind: 'lost', why, original };
    const fault = connectionFaults.notWanted(places.name, why);
    return { kind: 'mend', fault, original };
  }

  #frame(text: string): void {
    const frame = jsonOrNull(text);
    if (!hasFields(frame)) this.#unreadable(text);
    else if (hasFields(frame.error)) this.#refused(frame.error, text);
    else if (frame.id === ids.connect) this.#connected(frame.result, text);
    else if (frame.id === ids.subscribe) this.#subscribed();
    else if (frame.id === undefined && hasFields(frame.result)) this.#push(frame.result, text);
    // All else with an id answers a ping.
    else if (frame.id === undefined) this.#unreadable(text);
  }

  #connected(result: unknown, text: string): void {
    const client = hasFields(result) ? result.client : null;
    if (typeof client === 'string' && this.#account !== null) void this.#subscribe(client, channelOf(this.#account));
    else this.#line.end({ kind: 'lost', why: unknownForm, original: text.slice(0, shownChars) });
  }

  async #subscribe(client: string, channel: string): Promise<void> {
    const answer = await this.#deps.api.channelToken(client, channel, this.#line.signal);
    if (!answer.ok) this.#line.end(answer.ending);
    else this.#send({ method: methods.subscribe, params: { channel, token: answer.value }, id: ids.subscribe });
  }

  #subscribed(): void {
    if (this.#account === null) return;
    this.#line.heard({ room: this.#account.id, channel: this.#account.name });
    this.#ping();
    this.#deps.joined();
  }

  #ping(): void {
    this.#line.after(pingMs, () => {
      this.#send({ method: methods.ping, id: ids.firstPing + this.#pings });
      this.#pings += 1;
      this.#ping();
    });
  }

  #push({ type = pushes.publication, channel, data }: JsonFields, text: string): void {
    if (this.#account === null || channel !== channelOf(this.#account)) return;
    if (type === pushes.unsubscribe) this.#line.end({ kind: 'lost', why: `${places.name} ended the subscription` });
    else if (type === pushes.publication && hasFields(data)) this.#deps.donation(data.data, this.#line);
    else if (type === pushes.publication) this.#unreadable(text);
  }

  /** A token that has ended is asked for anew with the next attempt, as all are. */
  #refused(error: JsonFields, text: string): void {
    const why = `${places.name} does not let us in`;
    this.#line.end({ kind: 'lost', why, original: `error ${String(error.code)}: ${text.slice(0, shownChars)}` });
  }

  #unreadable(text: string): void {
    this.#line.undecodable('frame', 'it is in a form that is not known', text);
    this.#unreadables += 1;
    // With the next connection the list is read, and what else was in the message is in it.
    if (this.#unreadables >= unreadableMax) this.#line.end({ kind: 'lost', why: unknownForm });
  }

  #send(frame: object): void {
    this.#line.send(JSON.stringify(frame));
  }
}

const unknownForm = `${places.name} answers in a form that is not known`;

function channelOf({ id }: Account): string {
  return `$alerts:donation_${id}`;
}
