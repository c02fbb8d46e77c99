/**
 * How a source reaches its platform: sockets and requests come in as arguments, as clocks do. Real ones are `socketPort`
 * and `httpPort`; the platforms in software are mounted on the same.
 */

/** Where a WebSocket leads. */
export interface SocketTarget {
  readonly url: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with a status in place of what was asked for. */
export interface StatusAnswer {
  readonly status: number;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Is notified of what happens on a WebSocket. Either `refused` or `closed` comes last, and only once. */
export interface SocketListener {
  opened(): void;
  /** A message; what is binary is read as text. `bytes` is its length. */
  message(text: string, bytes: number): void;
  /** The peer answered a ping. */
  pong(): void;
  /** The upgrade was answered with a status. */
  refused(refusal: StatusAnswer): void;
  /** It is closed, or never opened; `error` says why where that is known. */
  closed(code: number, reason: string, error: unknown): void;
}

/** Our end of one WebSocket. */
export interface SocketEnd {
  /** Nothing is sent once it is closed. */
  send(text: string): void;
  ping(): void;
  /** Reads, or stops reading, so that the server waits. */
  letFlow(isReading: boolean): void;
  /** Closes it in order. */
  close(): void;
  /** Cuts it at once. */
  terminate(): void;
}

export interface SocketPort {
  /** Begins to open a WebSocket; throws nothing. */
  open(target: SocketTarget, listener: SocketListener): SocketEnd;
}

/** A request that is asked over HTTP. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

export interface HttpAnswer extends StatusAnswer {
  readonly body: string;
}

export interface HttpPort {
  /** Asks once and follows no redirect; throws when no whole answer comes, or one that is too long. */
  ask(request: HttpRequest): Promise<HttpAnswer>;
}
