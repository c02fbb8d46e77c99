/** What is used of `ws`, which brings no types. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { ClientRequest, IncomingMessage } from 'node:http';

  interface Options {
    /** Bytes of the largest message, inflated. */
    readonly maxPayload: number;
    readonly perMessageDeflate: boolean;
    readonly headers?: Readonly<Record<string, string>>;
  }
  interface Events {
    open: [];
    pong: [];
    message: [data: Buffer, isBinary: boolean];
    error: [error: Error];
    close: [code: number, reason: Buffer];
    'unexpected-response': [request: ClientRequest, response: IncomingMessage];
  }
  export class WebSocket extends EventEmitter<Events> {
    constructor(url: URL, options: Options);
    constructor(url: URL, protocols: readonly string[], options: Options);
    readonly isPaused: boolean;
    /** The subprotocol that the server chose, '' for none. */
    readonly protocol: string;
    send(text: string): void;
    ping(): void;
    pause(): void;
    resume(): void;
    close(): void;
    /** Cuts the connection. */
    terminate(): void;
  }
}
