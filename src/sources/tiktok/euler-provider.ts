import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { FrameQueue } from '../connection/frame-queue.ts';
import { endingOfAnswer, endingOfError, endingOfPortal } from './classify.ts';
import { type Ending, liveFaults, withoutSecrets } from './ending.ts';
import { decodeEuler, endingOfClose, endingOfDisconnect } from './euler.ts';
import type { Message, Provider, ProviderAttempt, ProviderListener } from './provider.ts';

export const eulerUrl = 'wss://ws.eulerstream.com';

/** No honest bundle is longer. */
const frameBytesMax = 8 << 20;
/** How long to wait for the other side to close the socket, ms: one that is gone never does. */
const goodbyeLimitMs = 2_000;
/** Silence for longer, ms, is a dead connection; the provider itself closes a room that is silent for 60 s. */
const silenceLimitMs = 65_000;
const pingMs = 10_000;
/** So long messages wait for the name of their room, lest another connection, which knows it, sends the same again. */
const nameWaitMs = 10_000;
/** More frames than this do not wait. */
const unnamedMax = 200;
const connectionBroke = 'the connection to the sign service broke';

interface EulerSettings {
  readonly clock: Clock;
  /** Base URL of the managed WebSocket. */
  readonly url: string;
  /** Which query parameter carries the key, and the key; null when there is none. */
  readonly key: { readonly parameter: 'apiKey' | 'jwtKey'; readonly value: string } | null;
  readonly wanted: ReadonlySet<LiveEventKind>;
  readonly clockIsSet: () => boolean;
  /** Resolves when all that was heard is on disk: nothing is read far ahead of it. Null does not wait. */
  readonly settled: (() => Promise<void>) | null;
}

/** Listens to a live through the managed WebSocket. */
export function eulerProvider(settings: EulerSettings): Provider {
  return { attempt: (user, listener) => new EulerAttempt(settings, user, listener) };
}

class EulerAttempt implements ProviderAttempt {
  readonly silenceLimitMs = silenceLimitMs;
  readonly #settings: EulerSettings;
  readonly #closed: Promise<void>;
  readonly #queue: FrameQueue<Buffer>;
  #socket: WebSocket | null = null;
  #listener: ProviderListener | null;
  #opened = false;
  /** Frames of a room that nothing has named yet. */
  #unnamed: { readonly text: string; readonly messages: readonly Message[] }[] = [];
  #stopWaiting: Cancel = () => {};
  #trouble: Ending | null = null;
  #stopPings: Cancel = () => {};

  constructor(settings: EulerSettings, user: string, listener: ProviderListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#queue = new FrameQueue<Buffer>({
      clock: settings.clock,
      handle: (bytes) => this.#frame(bytes.toString()),
      bytesOf: ({ length }) => length,
      flow: (reading) => (reading ? this.#socket?.resume() : this.#socket?.pause()),
      settled: settings.settled,
    });
    this.#closed = this.#run(user);
  }

  drain(): void {
    this.#queue.flush();
    this.#openUnnamed();
  }

  isHeld(): boolean {
    return this.#queue.isHeld;
  }

  async close(politely: boolean): Promise<void> {
    this.#listener = null;
    this.#stopWaiting();
    this.#queue.close();
    this.#socket?.resume();
    this.#socket?.close();
    const cancel = this.#settings.clock.after(politely ? goodbyeLimitMs : 0, () => this.#socket?.terminate());
    await this.#closed;
    cancel();
  }

  async #run(user: string): Promise<void> {
    const { key, url } = this.#settings;
    const { WebSocket } = await import('ws');
    if (this.#listener === null) return;
    if (key === null) {
      this.#end({ kind: 'mend', fault: liveFaults.noKey });
      return;
    }
    const address = new URL(url);
    address.searchParams.set('uniqueId', user);
    address.searchParams.set(key.parameter, key.value);
    // Its default may change; both of its forms are read, but one is asked for.
    address.searchParams.set('features.schemaVersion', 'v2');
    const socket = new WebSocket(address, { maxPayload: frameBytesMax, perMessageDeflate: false });
    this.#socket = socket;
    await new Promise<void>((resolve) => {
      this.#listenTo(socket, resolve);
    });
  }

  #listenTo(socket: WebSocket, closed: () => void): void {
    let hasOpened = false;
    socket.on('open', () => {
      hasOpened = true;
      this.#ping(socket);
    });
    socket.on('pong', () => this.#alive());
    socket.on('message', (data) => {
      this.#alive();
      this.#queue.push(data);
    });
    socket.on('unexpected-response', (_request, response) => {
      this.#trouble = endingOfRefusal(response, this.#settings.clock.wallMs());
      socket.terminate();
    });
    socket.on('error', (error) => {
      const ending = endingOfError(error, this.#settings.clockIsSet(), connectionBroke);
      // After an open connection, the close that follows says more.
      if (ending.kind === 'no-clock' || (ending.kind === 'lost' && !hasOpened)) this.#trouble ??= ending;
    });
    socket.on('close', (code) => {
      this.#stopPings();
      this.#queue.flush();
      this.#end(this.#trouble ?? endingOfClose(code));
      closed();
    });
  }

  /** Pings, since a room may be quiet for long: the answers show that the other side is there. */
  #ping(socket: WebSocket): void {
    this.#stopPings = this.#settings.clock.after(pingMs, () => {
      socket.ping();
      this.#ping(socket);
    });
  }

  #alive(): void {
    if (this.#opened) this.#listener?.alive();
  }

  /** Handles a frame; gives how many messages it had. */
  #frame(text: string): number {
    try {
      const { room, messages, disconnect } = decodeEuler(text, this.#settings.wanted);
      const isOfRoom = room !== '' || messages.some(({ method }) => method.startsWith('Webcast'));
      // A refusal comes as a close right after the connection opened, perhaps after words of the provider's own:
      // only something of a room proves that a live is heard.
      if (!this.#opened && isOfRoom && room === '') {
        this.#unnamed.push({ text, messages });
        if (this.#unnamed.length === 1)
          this.#stopWaiting = this.#settings.clock.after(nameWaitMs, () => this.#openUnnamed());
        if (this.#unnamed.length > unnamedMax) this.#openUnnamed();
      } else if (this.#opened || isOfRoom) {
        if (!this.#opened) this.#open(room);
        this.#hand(text, messages);
      }
      if (disconnect !== null) this.#end(endingOfDisconnect(disconnect));
      return messages.length;
    } catch (error) {
      this.#listener?.undecodable(error, new TextEncoder().encode(text));
      return 1;
    }
  }

  #hand(text: string, messages: readonly Message[]): void {
    this.#listener?.alive();
    this.#listener?.raw('euler', text);
    this.#listener?.messages(messages);
  }

  #open(room: string): void {
    this.#opened = true;
    this.#stopWaiting();
    this.#listener?.entered(room);
    for (const { text, messages } of this.#unnamed.splice(0)) this.#hand(text, messages);
  }

  /** No message has named the room: what was received counts all the same. */
  #openUnnamed(): void {
    if (!this.#opened && this.#unnamed.length > 0) this.#open('');
  }

  #end(ending: Ending): void {
    this.#openUnnamed();
    this.#stopWaiting();
    const listener = this.#listener;
    this.#listener = null;
    listener?.ended(withoutSecrets(ending, [this.#settings.key?.value ?? null]));
  }
}

/** The upgrade was refused: by a status as the sign service has them, or by whatever stands in between. */
function endingOfRefusal({ statusCode, headers }: IncomingMessage, wallMs: number): Ending {
  const status = statusCode ?? 0;
  const retryAfter = headers['retry-after'] ?? null;
  const type = headers['content-type'] ?? '';
  // The service never answers with a page, nor sends anybody elsewhere; one that breaks down may have a page for that.
  if (status < 400 || (status < 500 && /html/i.test(type))) {
    return endingOfPortal(`the sign service's address answered with status ${status} ${type}`.trim());
  }
  const ending = endingOfAnswer({ status, retryAfter, rateLimitReset: null, body: '' }, wallMs);
  if (ending.kind !== 'lost' || ending.fault !== undefined) return ending;
  const why = `the sign service ${status >= 500 ? 'has trouble of its own' : 'does not let us in'}`;
  return { kind: 'lost', why, original: `the sign service answered with status ${status}` };
}
