import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';

export type Listening =
  | { readonly ok: true; readonly url: string; close(): Promise<void> }
  | { readonly ok: false; readonly what: string };

/** Whoever sends slowly, or nothing, does not hold a connection for long; streams of events are answers, and go on. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
};
/**
 * Whoever sends requests on and on and reads no answer has so many of them waiting here at most; then the connection is
 * closed, as whoever keeps to the protocol is told in time.
 */
const requestsPerConnectionMax = 200;
/** Far above what pages and readers of events need. */
const connectionsMax = 256;

/** Serves the API; resolves when it listens, or with the reason why it does not. */
export function listen(app: Hono, host: string, port: number): Promise<Listening> {
  return new Promise((resolve) => {
    const options = { fetch: app.fetch, hostname: host, port, serverOptions: timeouts };
    const server = serve(options, ({ port: bound }: AddressInfo) => {
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
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.maxConnections = connectionsMax;
    if ('maxRequestsPerSocket' in server) server.maxRequestsPerSocket = requestsPerConnectionMax;
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why: Readonly<Record<string, string>> = {
        EADDRINUSE: 'another program uses that port',
        EACCES: 'ports below 1024 are for root only',
        EADDRNOTAVAIL: 'this machine does not have that address',
      };
      const what = why[error.code ?? ''] ?? error.message;
      resolve({ ok: false, what: `The API cannot listen on ${host}:${port}: ${what}.` });
    });
  });
}
