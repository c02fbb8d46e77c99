import type { Clock } from '../../domain/clock.ts';
import type { HttpAnswer, SocketTarget, StatusAnswer } from '../../sources/connection/ports.ts';
import {
  type AskedOfPlatform,
  jsonAnswer,
  type PlatformEnd,
  type PlatformTalk,
  type VirtualPlatform,
} from '../platform/platform.ts';
import { type GatewayDoor, GatewayFaults } from './faults.ts';
import { type Installations, openInstallations } from './sign-in.ts';

/** As Rails sends them. */
const pingMs = 3_000;
const channelName = 'GatewayChannel';

interface GatewayOptions {
  readonly clock: Clock;
  /** Makes ids and tokens of one gateway differ from those of another. */
  readonly seed?: number;
  /** The streamer's channel, and name. */
  readonly channel?: string;
  readonly username?: string;
  /** The form in which events are sent, whatever is asked for; that which is asked for by default. */
  readonly form?: 1 | 2;
  /** How a token that is not accepted is said: by the code 4401 of the newer service, or by a frame of the older one. */
  readonly refusal?: 'code' | 'frame';
  /** How it says when a token ends: in seconds, as the newer one, or as a time, as the older one. */
  readonly expiry?: 'seconds' | 'time';
}

/** An event as it was said; `data` belongs to its type. */
interface SaidEvent {
  /** In the words of version 2; `version1Types` has those of version 1. */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly atMs: number;
  readonly channel: string;
}

/** A chat of a streamer in software, as it speaks to an application that the streamer let in. */
export interface VirtualGateway extends VirtualPlatform {
  readonly channel: string;
  readonly username: string;
  readonly faults: GatewayFaults;
  /** Tokens and consents. */
  readonly installations: Installations;
  /** Something happens on our channel, or on another one that the same application is let into; returns its id. */
  say(type: string, data: Readonly<Record<string, unknown>>, channel?: string): string;
  /** The same again, with the same id. */
  sayAgain(id: string): void;
  /** The stream begins, or ends. */
  stream(isLive: boolean): void;
  /** Sends a text as it is to whoever listens. */
  sayRaw(text: string): void;
  /** The server begins anew: it says so, and closes. `reconnect` false: nobody is to come again. */
  restart(reason?: string, reconnect?: boolean): void;
  /** Closes all connections. */
  closeAll(code: number): void;
  /** Cuts all connections. */
  drop(): void;
  /** Ids of what was sent to somebody who listened, in order, each as often as it was sent. */
  sent(): readonly string[];
  /** What was written to the chat. */
  chat(): readonly string[];
  /** Whispers, and what was done to people: `whisper rosa: hi`, `mute rosa`. */
  orders(): readonly string[];
  counts(): {
    readonly connections: number;
    readonly open: number;
    readonly subscribed: number;
    /** Events so far, be they heard or not. */
    readonly said: number;
    /** The subprotocols that were asked for last. */
    readonly protocols: readonly string[];
  };
}

interface Listener {
  readonly peer: PlatformEnd;
  /** What it may do, by the token with which it came. */
  readonly scopes: ReadonlySet<string>;
  /** The identifier with which it subscribed; null: not yet. */
  identifier: string | null;
  isOpen: boolean;
}

/** The first letters of version 1's words, where they are not those of version 2 in capitals. */
const version1Types: Readonly<Record<string, string>> = { stream_started: 'Started', stream_ended: 'Ended' };
const chatTypes: ReadonlySet<string> = new Set(['new_message']);
/** What can be asked over the connection, by the names of the service. */
const acts: Readonly<Record<string, 'write' | 'whisper' | 'mute' | 'unmute' | 'block'>> = {
  send_message: 'write',
  send_whisper: 'whisper',
  mute_user: 'mute',
  unmute_user: 'unmute',
  block_user: 'block',
};
const presenceTypes: ReadonlySet<string> = new Set(['enter_stream', 'leave_stream']);

/** Makes a gateway; nobody listens yet. */
export function createGateway(options: GatewayOptions): VirtualGateway {
  return new Gateway(options);
}

class Gateway implements VirtualGateway {
  readonly channel: string;
  readonly username: string;
  readonly faults: GatewayFaults;
  readonly installations: Installations;
  readonly #options: GatewayOptions;
  readonly #listeners = new Set<Listener>();
  readonly #said = new Map<string, SaidEvent>();
  readonly #sent: string[] = [];
  readonly #chat: string[] = [];
  readonly #orders: string[] = [];
  #connections = 0;
  #protocols: readonly string[] = [];
  #isLive = true;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.channel = options.channel ?? 'c0ffee';
    this.username = options.username ?? 'ink_host';
    this.installations = openInstallations(options.clock, options.seed ?? 1, options.expiry ?? 'seconds');
    this.faults = new GatewayFaults(options.clock, (id) => this.#sendNow(id));
  }

  answer(request: AskedOfPlatform): HttpAnswer | null {
    const { pathname } = request.url;
    const door = doors.get(pathname);
    const isPost = door === 'token' || door === 'chat';
    if (door === undefined || request.method !== (isPost ? 'POST' : 'GET'))
      return jsonAnswer(404, { error: 'not found' });
    const refusal = this.faults.takeRefusal(door);
    if (refusal !== null) return refusal === 'never' ? null : refusal;
    if (door === 'token') return this.installations.token(request);
    const grant = this.installations.grantOf(bearer(request));
    if (grant === null) return jsonAnswer(401, { error: 'unauthorized' });
    const { channel, username } = this;
    if (door === 'identity') return jsonAnswer(200, { username, channel_id: channel });
    if (door === 'settings') {
      return jsonAnswer(200, { username, channel_id: channel, live: this.#isLive, stream_title: null });
    }
    if (!grant.scopes.has('chat:write')) return jsonAnswer(403, { error: 'insufficient_scope' });
    const text = textIn(request.body);
    if (text === null) return jsonAnswer(422, { error: 'text is missing' });
    this.#written(text);
    return jsonAnswer(201, { id: `chat-${this.#chat.length}` });
  }

  connect({ url, protocols = [] }: SocketTarget, peer: PlatformEnd): PlatformTalk | StatusAnswer {
    const address = new URL(url);
    const refusal = address.pathname === '/cable' ? this.faults.takeRefusal('socket') : jsonAnswer(404, {});
    if (refusal !== null && refusal !== 'never') return refusal;
    this.#connections += 1;
    this.#protocols = protocols;
    const grant = this.installations.grantOf(address.searchParams.get('token') ?? '');
    const listener: Listener = { peer, scopes: grant?.scopes ?? new Set(), identifier: null, isOpen: false };
    const isAdmitted = grant !== null;
    return {
      opened: () => this.#opened(listener, isAdmitted),
      message: (text) => this.#message(listener, text),
      closed: () => {
        listener.isOpen = false;
        this.#listeners.delete(listener);
      },
    };
  }

  #opened(listener: Listener, isAdmitted: boolean): void {
    const { peer } = listener;
    const code = this.faults.takeClose();
    if (code !== null) peer.close(code, '');
    else if (isAdmitted) {
      listener.isOpen = true;
      this.#listeners.add(listener);
      peer.send(JSON.stringify({ type: 'welcome' }));
      this.#ping(listener);
    } else if (this.#options.refusal === 'frame') {
      peer.send(JSON.stringify({ type: 'disconnect', reason: 'unauthorized', reconnect: false }));
      peer.close(1000, '');
    } else peer.close(4401, 'unauthorized');
  }

  #ping(listener: Listener): void {
    const { clock } = this.#options;
    clock.after(pingMs, () => {
      if (!listener.isOpen) return;
      listener.peer.send(JSON.stringify({ type: 'ping', message: Math.floor(clock.wallMs() / 1_000) }));
      this.#ping(listener);
    });
  }

  /** What cannot be read, is not known or comes twice is passed over without a word, as Rails does. */
  #message(listener: Listener, text: string): void {
    const { command, identifier, data } = fieldsIn(text);
    if (typeof identifier !== 'string' || fieldsIn(identifier).channel !== channelName) return;
    if (command === 'subscribe' && listener.identifier === null) this.#subscribe(listener, identifier);
    if (command === 'unsubscribe' && listener.identifier === identifier) listener.identifier = null;
    if (command === 'message' && listener.identifier === identifier && typeof data === 'string') {
      this.#perform(listener, fieldsIn(data));
    }
  }

  #subscribe(listener: Listener, identifier: string): void {
    const how = this.faults.takeSubscription();
    if (how === 'unanswered') return;
    if (how === 'confirmed') listener.identifier = identifier;
    const type = how === 'confirmed' ? 'confirm_subscription' : 'reject_subscription';
    listener.peer.send(JSON.stringify({ identifier, type }));
  }

  /** Says nothing when all is well; a mute names a person by something that they said. */
  #perform(listener: Listener, data: Readonly<Record<string, unknown>>): void {
    const act = acts[String(data.action)];
    const fault = act === undefined ? null : this.faults.takeOrder();
    if (act === undefined || fault === 'unanswered') return;
    const isNamedByMessage = act === 'mute' || act === 'block';
    const said = this.#said.get(String(data.message_id ?? data.messageId));
    const named = isNamedByMessage ? authorOf(said) : data.username;
    const error = fault ?? this.#refusalOf(listener, act, named, data);
    if (error !== null) listener.peer.send(JSON.stringify({ error }));
    else if (act === 'write') this.#written(String(data.text));
    else this.#orders.push(act === 'whisper' ? `whisper ${named}: ${data.text}` : `${act} ${named}`);
  }

  #refusalOf(listener: Listener, act: string, named: unknown, data: Readonly<Record<string, unknown>>): string | null {
    if ((data.channel_id ?? data.channelId) !== this.channel) return 'unknown channel';
    if (!listener.scopes.has('chat:write')) return 'insufficient scope';
    if (act !== 'write' && typeof named !== 'string') return 'unknown user';
    const isText = typeof data.text === 'string' && data.text !== '';
    return (act === 'write' || act === 'whisper') && !isText ? 'text is missing' : null;
  }

  /** Whoever reads the chat reads what was written into it, too. */
  #written(text: string): void {
    this.#chat.push(text);
    this.say('new_message', { text, author: { username: this.username, badges: { streamer: true } } });
  }

  say(type: string, data: Readonly<Record<string, unknown>>, channel = this.channel): string {
    const id = `5b0c6a0e-0000-4000-8000-${String(this.#said.size + 1).padStart(12, '0')}`;
    this.#said.set(id, { type, data, id, atMs: this.#options.clock.wallMs(), channel });
    this.faults.pass(id);
    return id;
  }

  sayAgain(id: string): void {
    this.#sendNow(id);
  }

  stream(isLive: boolean): void {
    this.#isLive = isLive;
    this.say(isLive ? 'stream_started' : 'stream_ended', { who: this.username });
  }

  sayRaw(text: string): void {
    for (const { peer } of this.#listeners) peer.send(text);
  }

  restart(reason = 'server_restart', reconnect = true): void {
    for (const { peer } of [...this.#listeners]) {
      peer.send(JSON.stringify({ type: 'disconnect', reason, reconnect }));
      peer.close(1000, '');
    }
  }

  closeAll(code: number): void {
    for (const { peer } of [...this.#listeners]) peer.close(code, '');
  }

  drop(): void {
    for (const { peer } of [...this.#listeners]) peer.cut();
  }

  sent(): readonly string[] {
    return this.#sent;
  }

  chat(): readonly string[] {
    return this.#chat;
  }

  orders(): readonly string[] {
    return this.#orders;
  }

  counts() {
    const subscribed = [...this.#listeners].filter(({ identifier }) => identifier !== null).length;
    return {
      connections: this.#connections,
      open: this.#listeners.size,
      subscribed,
      said: this.#said.size,
      protocols: this.#protocols,
    };
  }

  #sendNow(id: string): void {
    const event = this.#said.get(id);
    if (event === undefined) throw new Error(`nothing of this id was said: ${id}`);
    for (const { peer, identifier } of this.#listeners) {
      if (identifier === null) continue;
      const form = this.#options.form ?? (fieldsIn(identifier).event_version === 'v2' ? 2 : 1);
      const message = form === 2 ? second(event) : first(event);
      this.#sent.push(id);
      peer.send(JSON.stringify({ identifier, message }));
    }
  }
}

function authorOf(said: SaidEvent | undefined): unknown {
  const author = said?.data.author;
  return typeof author === 'object' && author !== null && 'username' in author ? author.username : undefined;
}

function second({ type, data, id, atMs, channel }: SaidEvent): object {
  const occurred_at = new Date(atMs).toISOString();
  return { v: 2, type, id, channel_id: channel, occurred_at, text: sentence(data), data };
}

function first({ type, data, id, atMs, channel }: SaidEvent): object {
  const createdAt = new Date(atMs).toISOString();
  const head = { createdAt, channelId: channel };
  if (chatTypes.has(type)) {
    return { event: 'ChatMessage', ...head, messageId: id, type, visibility: 'public', ...data };
  }
  if (presenceTypes.has(type)) return { id, event: 'UserPresence', type, text: data.username, ...head };
  const camel = type.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const named = version1Types[type] ?? camel;
  const metadata = JSON.stringify(data, null, 2);
  return { id, event: 'StreamEvent', type: named, text: sentence(data), metadata, ...head };
}

/** For people, as the service writes it. */
function sentence({ who, how_much, tip_menu_item }: Readonly<Record<string, unknown>>): string {
  const item = typeof tip_menu_item === 'string' ? ` for <strong class='text-verdigris'>${tip_menu_item}</strong>` : '';
  return `${who ?? 'somebody'} ${how_much ?? ''}${item}`;
}

/** Where requests are answered. */
const doors: ReadonlyMap<string, Exclude<GatewayDoor, 'socket'>> = new Map([
  ['/api/oauth/token', 'token'],
  ['/api/v1/me/identity', 'identity'],
  ['/api/users/stream-settings', 'settings'],
  ['/api/v1/chat/messages', 'chat'],
] as const);

function bearer({ headers }: AskedOfPlatform): string {
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
}

function textIn(body: string): string | null {
  const { text } = fieldsIn(body);
  return typeof text === 'string' && text !== '' ? text : null;
}

/** The fields of an object in JSON; none of anything else. */
function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
