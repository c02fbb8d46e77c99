import { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import type { TikTokLiveConnection } from 'tiktok-live-connector';
import type { Clock } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { Acks, FrameQueue } from '../connection/frame-queue.ts';
import { endingOfAnswer, endingOfError } from './classify.ts';
import { type ConnectionSettings, letFlow, openConnection, terminate } from './connection.ts';
import { type Ending, withoutSecrets } from './ending.ts';
import {
  type Library,
  loadLibrary,
  type Message,
  type Provider,
  type ProviderAttempt,
  type ProviderListener,
} from './provider.ts';
import { checkRoom, isOnAir } from './room-check.ts';
import { SignWatch } from './sign-watch.ts';
import { decodeFrame, decodeInitial, type Frame, withoutTokens } from './webcast.ts';

type WebSocketClient = NonNullable<TikTokLiveConnection['wsClient']>;

interface DirectSettings extends ConnectionSettings {
  readonly clock: Clock;
  /** Numeric id of a room to listen to without asking the pages; null asks them. */
  readonly room: string | null;
  readonly wanted: ReadonlySet<LiveEventKind>;
  readonly clockIsSet: () => boolean;
  /** Resolves when all that was sent is on disk; acknowledgements wait for it. Null: they do not wait. */
  readonly settled: (() => Promise<void>) | null;
}

/** Listens to a live through the connector. Every attempt has a connection object of its own. */
export function directProvider(settings: DirectSettings): Provider {
  return { attempt: (user, listener, afterLive) => new DirectAttempt(settings, user, listener, afterLive) };
}

/** Codes that need no number to be understood. */
const closeWords: Readonly<Record<number, string>> = {
  1000: 'TikTok closed the connection',
  1006: 'the connection to TikTok broke',
};

class DirectAttempt implements ProviderAttempt {
  readonly #settings: DirectSettings;
  readonly #user: string;
  readonly #afterLive: boolean;
  readonly #abort = new AbortController();
  readonly #finished: Promise<void>;
  readonly #acks: Acks;
  readonly #sign: SignWatch;
  #listener: ProviderListener | null;
  #connection: TikTokLiveConnection | null = null;
  #queue: FrameQueue<Uint8Array> | null = null;
  #socket: Writable | null = null;
  /** The pages have named the room; what comes now is between us, the sign service and the live's own server. */
  #isAtSign = false;
  #inRoom = false;
  #room = '';
  #host = '';

  constructor(settings: DirectSettings, user: string, listener: ProviderListener, afterLive: boolean) {
    this.#settings = settings;
    this.#user = user;
    this.#afterLive = afterLive;
    this.#listener = listener;
    this.#acks = new Acks(settings.settled, (send) => this.#inOneWrite(send));
    this.#sign = new SignWatch(this.#abort.signal);
    this.#finished = this.#run();
  }

  drain(): void {
    this.#queue?.flush();
  }

  isHeld(): boolean {
    return this.#queue?.isHeld === true;
  }

  async close(politely: boolean): Promise<void> {
    this.#listener = null;
    this.#queue?.close();
    this.#abort.abort();
    if (politely && this.#connection?.isConnected === true) await this.#connection.disconnect();
    this.#cut();
    await this.#finished;
    this.#cut();
  }

  async #run(): Promise<void> {
    try {
      const library = await loadLibrary();
      if (this.#listener === null) return;
      const connection = openConnection(library, this.#user, this.#settings, this.#sign, (socket) => {
        this.#socket = socket;
        this.#takeOver(library);
      });
      this.#connection = connection;
      const room = await this.#findRoom(library, connection);
      if (room === null || this.#listener === null) return;
      this.#room = room;
      this.#watchEnd(library, connection);
      this.#isAtSign = true;
      await connection.connect(room);
      if (!connection.isConnected) this.#end({ kind: 'lost', why: 'the connection closed at once' });
    } catch (error) {
      this.#end(this.#endingOf(error));
    }
    if (this.#listener === null) this.#cut();
  }

  async #findRoom(library: Library, connection: TikTokLiveConnection): Promise<string | null> {
    const { clockIsSet, room } = this.#settings;
    if (room !== null) {
      if (!this.#afterLive || (await isOnAir(connection, room, this.#abort.signal))) return room;
      this.#end({ kind: 'not-live' });
      return null;
    }
    const check = await checkRoom(library, connection, this.#user, clockIsSet(), this.#abort.signal);
    if (check.live) {
      this.#host = check.host;
      return check.room;
    }
    this.#end(check.ending);
    return null;
  }

  #watchEnd(library: Library, connection: TikTokLiveConnection): void {
    connection.on(library.ControlEvent.ERROR, () => {
      // Errors come out of connect() or as a closed connection; without a listener the library hides its own.
    });
    connection.on(library.ControlEvent.DISCONNECTED, ({ code }: { code: number }) => {
      this.#queue?.flush();
      this.#end({
        kind: 'lost',
        why: closeWords[code] ?? 'TikTok closed the connection',
        original: `close code ${code}`,
      });
    });
  }

  /**
   * The WebSocket is open, and its frames come to us alone: the library would inflate each a second time, side by side
   * and without a bound, which takes most of the time that a frame takes, and acknowledge it whether it was handled or
   * not.
   */
  #takeOver(library: Library): void {
    const client = this.#connection?.wsClient ?? null;
    if (!(client instanceof EventEmitter)) return;
    this.#stand(library);
    const queue = new FrameQueue<Uint8Array>({
      clock: this.#settings.clock,
      handle: (bytes) => this.#handle(library, client, bytes),
      bytesOf: ({ length }) => length,
      flow: (reading) => letFlow(client, reading),
      settled: this.#settings.settled,
    });
    this.#queue = queue;
    client.removeAllListeners('message');
    client.on('message', (bytes: Uint8Array) => {
      this.#listener?.alive();
      queue.push(bytes);
    });
  }

  /** Handles a frame, which the library does not get, and acknowledges it; returns how many messages it had. */
  #handle(library: Library, client: WebSocketClient, bytes: Uint8Array): number {
    const { messages, ack } = this.#frame(library, bytes);
    if (ack !== null) {
      const frame = { logId: ack.logId, payloadEncoding: 'pb', payloadType: 'ack', payload: Buffer.from(ack.ext) };
      this.#acks.add(() => client.sendBytes(library.createBaseWebcastPushFrame(frame).finish()));
    }
    return messages.length;
  }

  #inOneWrite(send: () => void): void {
    this.#socket?.cork();
    send();
    this.#socket?.uncork();
  }

  #frame(library: Library, bytes: Uint8Array): Frame {
    this.#listener?.alive();
    this.#listener?.raw('frame', bytes);
    try {
      const frame = decodeFrame(library, bytes, this.#settings.wanted);
      if (frame.ofRoom) this.#enter();
      this.#deliver(frame.messages);
      return frame;
    } catch (error) {
      // It may be an answer to a heartbeat that got garbled: it proves nothing of the room.
      this.#listener?.undecodable(error, bytes);
      return { ofRoom: false, messages: [], ack: null };
    }
  }

  #enter(): void {
    if (this.#inRoom) return;
    this.#inRoom = true;
    this.#listener?.entered(this.#room);
  }

  /** The connection is open. The batch that came with the sign service's answer is delivered before the first frame. */
  #stand(library: Library): void {
    this.#listener?.reached(this.#room, this.#host);
    const bytes = this.#sign.initial;
    if (bytes === null) return;
    this.#listener?.raw('initial', withoutTokens(bytes));
    try {
      this.#deliver(decodeInitial(library, bytes, this.#settings.wanted));
    } catch (error) {
      this.#listener?.undecodable(error, bytes);
    }
  }

  #deliver(messages: readonly Message[]): void {
    if (messages.length > 0) this.#listener?.messages(messages);
  }

  #endingOf(error: unknown): Ending {
    const { answer, trouble } = this.#sign;
    const { clock, clockIsSet, signApiKey } = this.#settings;
    if (answer !== null && answer.status !== 200) return endingOfAnswer(answer, clock.wallMs(), signApiKey !== null);
    if (!this.#isAtSign) return endingOfError(error, clockIsSet());
    return endingOfError(trouble ?? error, clockIsSet(), 'the sign service answers in a form that opens no connection');
  }

  #end(ending: Ending): void {
    const listener = this.#listener;
    this.#listener = null;
    this.#cut();
    const { signApiKey, session } = this.#settings;
    listener?.ended(withoutSecrets(ending, [signApiKey, session?.id ?? null]));
  }

  /** Ends the WebSocket at once, also one whose upgrade was refused: the library leaves that one open. */
  #cut(): void {
    terminate(this.#connection?.wsClient ?? null);
  }
}
