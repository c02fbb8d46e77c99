import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { isFields, objectAt, textAt } from './fields.ts';

/** What undici, which is Node's WebSocket, publishes when a connection is made. */
const channel = 'undici:client:connected';

/**
 * The network connection under a WebSocket. The global WebSocket can only close politely, and waits for the answer
 * of a peer that is gone without end; this can cut the connection.
 */
export class RawSocket {
  readonly #host: string;
  #socket: Socket | null = null;
  #unheardBytes = 0;
  readonly #connected = (message: unknown) => this.#take(message);

  /** Watches for the connection to this address, from before the WebSocket is made. */
  constructor(url: URL) {
    this.#host = url.hostname;
    subscribe(channel, this.#connected);
  }

  /** Stops watching; what was found stays. */
  found(): void {
    unsubscribe(channel, this.#connected);
  }

  /** From now on the connection is cut when more comes than one message may have; a WebSocket takes 128 MB. */
  bound(mostBytes: number): void {
    this.#socket?.on('data', (chunk: Uint8Array) => {
      this.#unheardBytes += chunk.length;
      if (this.#unheardBytes > mostBytes) this.destroy();
    });
  }

  /** A message was heard. */
  heard(): void {
    this.#unheardBytes = 0;
  }

  /** Cuts the connection, if there is one. */
  destroy(): void {
    this.found();
    this.#socket?.destroy();
  }

  #take(message: unknown): void {
    if (!isFields(message) || textAt(objectAt(message, 'connectParams'), 'hostname') !== this.#host) return;
    const { socket } = message;
    if (socket instanceof Socket) this.#socket = socket;
  }
}
