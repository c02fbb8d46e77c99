import type { Clock } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { endingOfError } from './classify.ts';
import type { Ear, EarAttempt, EarListener } from './ear.ts';
import { type Ending, faults } from './ending.ts';
import { decodeEuler, endingOfClose } from './euler.ts';
import { RawSocket } from './raw-socket.ts';
import { firstLine } from './webcast.ts';

export const eulerUrl = 'wss://ws.eulerstream.com';

/** No honest message is longer. */
const mostMessageBytes = 8 << 20;
/** A peer that is gone does not answer a goodbye. */
const goodbyeLimitMs = 2_000;

export interface EulerSettings {
  readonly clock: Clock;
  /** Base URL of the managed WebSocket. */
  readonly url: string;
  /** Which query parameter carries the key, and the key; null when there is none. */
  readonly key: { readonly parameter: 'apiKey' | 'jwtKey'; readonly value: string } | null;
  readonly wanted: ReadonlySet<LiveEventKind>;
  readonly clockIsSet: () => boolean;
}

/** Hears a live through the managed WebSocket. */
export function eulerEar(settings: EulerSettings): Ear {
  return { attempt: (user, listener) => new EulerAttempt(settings, user, listener) };
}

class EulerAttempt implements EarAttempt {
  readonly #settings: EulerSettings;
  readonly #socket: WebSocket | null = null;
  readonly #raw: RawSocket | null = null;
  readonly #closed: Promise<void>;
  #listener: EarListener | null;
  #opened = false;
  #trouble: Ending | null = null;

  constructor(settings: EulerSettings, user: string, listener: EarListener) {
    this.#settings = settings;
    this.#listener = listener;
    if (settings.key === null) {
      this.#closed = Promise.resolve().then(() => this.#end({ kind: 'mend', fault: faults.noKey }));
      return;
    }
    const url = new URL(settings.url);
    url.searchParams.set('uniqueId', user);
    url.searchParams.set(settings.key.parameter, settings.key.value);
    const raw = new RawSocket(url);
    const socket = new WebSocket(url);
    this.#raw = raw;
    this.#socket = socket;
    socket.addEventListener('open', () => {
      raw.found();
      raw.bound(mostMessageBytes);
    });
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      raw.heard();
      this.#frame(data);
    });
    // The event carries the address with the key in it: only what kind of error it was is looked at.
    socket.addEventListener('error', (event) => {
      const error: unknown = 'error' in event ? event.error : null;
      const ending = endingOfError(error, settings.clockIsSet());
      this.#trouble = ending.kind === 'no-clock' ? ending : null;
    });
    this.#closed = new Promise((resolve) => {
      socket.addEventListener('close', ({ code }) => {
        raw.found();
        this.#end(this.#trouble ?? endingOfClose(code));
        resolve();
      });
    });
  }

  drain(): void {
    // Every frame is told as it comes.
  }

  async close(politely: boolean): Promise<void> {
    this.#listener = null;
    this.#socket?.close();
    const cancel = this.#settings.clock.after(politely ? goodbyeLimitMs : 0, () => this.#raw?.destroy());
    await this.#closed;
    cancel();
  }

  #frame(data: unknown): void {
    const text = typeof data === 'string' ? data : data instanceof ArrayBuffer ? new TextDecoder().decode(data) : '';
    try {
      const { room, messages } = decodeEuler(text, this.#settings.wanted);
      // A refusal comes as a close right after the connection opened, perhaps after words of the provider's own:
      // only something of a room proves that a live is heard.
      if (!this.#opened) {
        if (room === '' && !messages.some(({ method }) => method.startsWith('Webcast'))) return;
        this.#opened = true;
        this.#listener?.entered(room);
      }
      this.#listener?.alive();
      this.#listener?.raw('euler', text);
      this.#listener?.messages(messages);
    } catch (error) {
      this.#listener?.undecodable(firstLine(error), new TextEncoder().encode(text));
    }
  }

  #end(ending: Ending): void {
    const listener = this.#listener;
    this.#listener = null;
    listener?.ended(ending);
  }
}
