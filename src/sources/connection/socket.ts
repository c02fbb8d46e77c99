import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { SocketEnd, SocketListener, SocketPort, SocketTarget, StatusAnswer } from './ports.ts';

/** No honest message is longer: what is, ends the connection with 1009. */
const messageBytesMax = 1 << 20;

/**
 * WebSockets of the machine. The library is loaded with the first one; it gives the status of a refused upgrade, which
 * Node's own does not.
 */
export const socketPort: SocketPort = {
  open: (target, listener) => new RealSocket(target, listener),
};

class RealSocket implements SocketEnd {
  readonly #listener: SocketListener;
  #socket: WebSocket | null = null;
  #isOver = false;

  constructor(target: SocketTarget, listener: SocketListener) {
    this.#listener = listener;
    void this.#open(target);
  }

  send(text: string): void {
    if (!this.#isOver) this.#socket?.send(text);
  }

  ping(): void {
    if (!this.#isOver) this.#socket?.ping();
  }

  letFlow(isReading: boolean): void {
    if (isReading) this.#socket?.resume();
    else this.#socket?.pause();
  }

  close(): void {
    // A goodbye is not heard by whoever does not read.
    this.#socket?.resume();
    this.#socket?.close();
    if (this.#socket === null) this.#close(1006, '', null);
  }

  terminate(): void {
    this.#socket?.terminate();
    if (this.#socket === null) this.#close(1006, '', null);
  }

  async #open({ url, protocols = [], headers = {} }: SocketTarget): Promise<void> {
    try {
      const { WebSocket } = await import('ws');
      if (this.#isOver) return;
      const options = { maxPayload: messageBytesMax, perMessageDeflate: false, headers };
      this.#listenTo(new WebSocket(new URL(url), protocols, options));
    } catch (error) {
      this.#close(1006, '', error);
    }
  }

  #listenTo(socket: WebSocket): void {
    this.#socket = socket;
    let trouble: unknown = null;
    socket.on('open', () => this.#listener.opened());
    socket.on('pong', () => this.#listener.pong());
    socket.on('message', (data) => this.#listener.message(data.toString(), data.length));
    socket.on('error', (error) => {
      trouble ??= error;
    });
    socket.on('unexpected-response', (_request, response) => {
      socket.terminate();
      if (this.#isOver) return;
      this.#isOver = true;
      this.#listener.refused(statusAnswerOf(response));
    });
    socket.on('close', (code, reason) => this.#close(code, reason.toString(), trouble));
  }

  #close(code: number, reason: string, error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.closed(code, reason, error);
  }
}

/** What a response says beside its body. */
export function statusAnswerOf({ statusCode = 0, headers }: IncomingMessage): StatusAnswer {
  const entries = Object.entries(headers).map(([name, value = '']): [string, string] => [name, [value].flat().join()]);
  return { status: statusCode, headers: Object.fromEntries(entries) };
}
