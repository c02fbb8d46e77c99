import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Hono } from 'hono';
import { isTrusted } from '../api/caller.ts';
import { problemDocumentOf, securityHeaders } from '../api/problem.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Fault } from '../domain/fault.ts';
import { plainJson } from '../domain/plain-text.ts';

export type Listening =
  | { readonly ok: true; readonly url: string; close(): Promise<void> }
  /** `original` is what the system said, word for word, for the log. */
  | { readonly ok: false; readonly what: string; readonly original: string };

/** Whoever sends slowly, or nothing, does not hold a connection for long; streams of events are answers, and go on. */
const timeouts = {
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  // Each look wakes the processor, all through the night.
  connectionsCheckingInterval: 2_500,
  // A request without a host is refused where all others are.
  requireHostHeader: false,
};
/**
 * Whoever sends requests on and on and reads no answer has so many of them waiting here at most; then the connection is
 * closed, as whoever keeps to the protocol is notified in time.
 */
const requestsPerConnectionMax = 200;
/** Far above what pages and readers of events need. */
const connectionsMax = 256;
/** Of one address at most so many that have shown no token. */
const untrustedPerAddressMax = 32;

/**
 * Takes connections, within bounds for one address and for all. Where there are too many, the oldest that has shown no
 * token gives way to the new one: half-open connections, however many, keep nobody out.
 */
function admitConnections(): (socket: Socket) => void {
  const open = new Map<Socket, string>();
  const oldestUntrusted = (address: string | null) => {
    for (const [socket, its] of open) if (!isTrusted(socket) && (address === null || its === address)) return socket;
    return null;
  };
  return (socket) => {
    const address = networkOf(socket.remoteAddress ?? '');
    let untrusted = 0;
    for (const [each, its] of open) if (its === address && !isTrusted(each)) untrusted += 1;
    if (untrusted >= untrustedPerAddressMax) oldestUntrusted(address)?.destroy();
    if (open.size >= connectionsMax) {
      const oldest = oldestUntrusted(null);
      if (oldest === null) {
        socket.destroy();
        return;
      }
      oldest.destroy();
    }
    open.set(socket, address);
    socket.once('close', () => open.delete(socket));
  };
}

/** Whoever has one IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  return address.includes(':') && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;
}

/** How the HTTP server names what it cannot read, and the status that says so. */
const unreadableCodes: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what is no request, unless an answer to something before it is under way on its connection. */
function refuseNonsense(): {
  readonly asked: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  readonly nonsense: (error: NodeJS.ErrnoException, socket: Duplex) => void;
} {
  const answering = new WeakSet<Duplex>();
  return {
    asked({ socket }, outgoing) {
      answering.add(socket);
      outgoing.once('close', () => answering.delete(socket));
    },
    nonsense(error, socket) {
      if (!socket.writable || answering.has(socket) || error.code === 'ECONNRESET') socket.destroy();
      else socket.end(unreadableBytes(unreadableCodes[error.code ?? ''] ?? 400), () => socket.destroy());
    },
  };
}

function refuseWith(status: number, outgoing: ServerResponse): void {
  const refusal = unreadable(status);
  outgoing.writeHead(refusal.status, refusal.headers).end(refusal.body);
}

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

async function answerWith(app: Pick<Hono, 'fetch'>, host: string): Promise<Answer> {
  const { getRequestListener } = await import('@hono/node-server');
  return getRequestListener(app.fetch, {
    hostname: host,
    errorHandler() {
      const { status, headers, body } = unreadable(400);
      return new Response(body, { status, headers });
    },
  });
}

/**
 * Serves the API; resolves when it listens, or with the reason why it does not. An API that is still on its way is
 * waited for by whoever asks.
 */
export function listen(app: Hono | Promise<Hono>, host: string, port: number): Promise<Listening> {
  const ready = Promise.resolve(app).then((api) => answerWith(api, host));
  let answer: Answer = (incoming, outgoing) => void ready.then((then) => then(incoming, outgoing));
  void ready.then((then) => {
    answer = then;
  });
  return new Promise((resolve) => {
    const { asked, nonsense } = refuseNonsense();
    const server = createServer(timeouts, (incoming, outgoing) => answer(incoming, outgoing));
    server.on('request', asked);
    server.on('clientError', nonsense);
    server.on('checkExpectation', (_asked, outgoing) => refuseWith(417, outgoing));
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.removeAllListeners('error');
      server.on('error', () => {
        // A connection could not be taken, for want of memory or the like; whoever called tries again.
      });
      const shownHost = host.includes(':') ? `[${host}]` : host;
      resolve({
        ok: true,
        url: `http://${shownHost}:${bound}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
    server.on('connection', admitConnections());
    server.maxRequestsPerSocket = requestsPerConnectionMax;
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why: Readonly<Record<string, string>> = {
        EADDRINUSE: 'another program uses that port',
        EACCES: 'ports below 1024 are for root only',
        EADDRNOTAVAIL: 'this machine does not have that address',
      };
      const what = why[error.code ?? ''] ?? causeInWords(error);
      resolve({ ok: false, what: `The API cannot listen on ${host}:${port}: ${what}.`, original: originalOf(error) });
    });
  });
}

/** What cannot be read as a request at all, by the status that it is refused with. */
const faults: ReadonlyMap<number, Fault> = new Map([
  [
    400,
    fault('request-unreadable', 'This cannot be read as a request, or its host or address has no form that is known.'),
  ],
  [408, fault('request-late', 'The request did not come in time.')],
  [413, fault('request-too-large', 'The request is too large.')],
  [417, fault('expectation-unknown', 'What the request expects is not known here.')],
  [431, fault('headers-too-large', 'The address or the headers of the request are too long.')],
]);

function fault(code: string, what: string): Fault {
  return { code, what, remedy: 'Ask as `livepen` or a browser does: with the address of this service, in HTTP/1.1.' };
}

/** How requests are refused that no route sees, since they cannot be read. */
interface Unreadable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The refusal with a status. */
function unreadable(wanted: number): Unreadable {
  const status = faults.has(wanted) ? wanted : 400;
  const found = faults.get(status) ?? fault('request-unreadable', 'This cannot be read as a request.');
  const body = plainJson(problemDocumentOf(found, status));
  return { status, body, headers: { ...securityHeaders, 'content-type': 'application/problem+json' } };
}

/** The refusal as it goes over the wire where nothing else writes it. */
function unreadableBytes(wanted: number): string {
  const { status, headers, body } = unreadable(wanted);
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
