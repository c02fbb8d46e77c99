import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { WebSocket } from 'ws';
import { UserFacingError } from '../../domain/cause.ts';
import type {
  HttpAnswer,
  HttpPort,
  SocketEnd,
  SocketListener,
  SocketPort,
  SocketTarget,
  StatusAnswer,
} from './ports.ts';

/** The longest answer that is read, bytes; a page of thirty donations has some 30 kB. */
const answerBytesMax = 4 << 20;

/** HTTP requests over the machine's network. */
export const httpPort: HttpPort = {
  ask: (asked) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const { url, method, headers, body, signal } = asked;
      const bytes = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const send = new URL(url).protocol === 'http:' ? plainRequest : tlsRequest;
      const request = send(url, { method, headers: { accept: 'application/json', ...headers, ...bytes }, signal });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length <= answerBytesMax) chunks.push(chunk);
          else request.destroy(new UserFacingError('an answer is too long'));
        });
        response.on('error', reject);
        response.on('end', () => resolve({ ...statusAnswerOf(response), body: Buffer.concat(chunks).toString() }));
      });
      request.end(body ?? undefined);
    }),
};

/** A longer message, bytes, ends the connection with 1009. */
const messageBytesMax = 1 << 20;

/**
 * WebSockets over the machine's network. The library is loaded with the first one; unlike Node's own, it reports the
 * status of a refused upgrade.
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
    // A paused socket would not read the other side's answer to the close.
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
function statusAnswerOf({ statusCode = 0, headers }: IncomingMessage): StatusAnswer {
  const entries = Object.entries(headers).map(([name, value = '']): [string, string] => [name, [value].flat().join()]);
  return { status: statusCode, headers: Object.fromEntries(entries) };
}
