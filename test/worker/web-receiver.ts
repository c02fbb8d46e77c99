import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { TestContext } from 'node:test';
import type { WebPorts } from '../../src/worker/outlets/web.ts';
import type { Mood } from './outlet-contract.ts';
import { receiverCertificate } from './receiver-certificate.ts';

/** A name that a test's own name server knows. */
export const receiverHost = 'receiver.example';

/** One request as it came. */
export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
}

/** A name server that knows every name as this machine. */
export const toThisMachine: LookupFunction = (_name, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** A receiver over TLS, with a certificate that its ports believe. */
export class WebReceiver {
  readonly posted: Posted[] = [];
  readonly ports: WebPorts;
  /** How often anybody connected. */
  connections = 0;
  #mood: Mood = 'takes';
  #server: Server | null = null;
  #port = 0;
  /** Answers instead of it. */
  answer: ((incoming: IncomingMessage, outgoing: Parameters<RequestListener>[1]) => void) | null = null;

  private constructor(ports: WebPorts) {
    this.ports = ports;
  }

  static async open(context: TestContext, lookup = toThisMachine): Promise<WebReceiver> {
    const receiver = new WebReceiver({ lookup, ca: receiverCertificate.cert });
    await receiver.#listen();
    context.after(() => receiver.become('gone'));
    return receiver;
  }

  get address(): string {
    return `https://${receiverHost}:${this.#port}/hook`;
  }

  async become(mood: Mood): Promise<void> {
    this.#mood = mood;
    if (mood === 'gone') {
      const server = this.#server;
      this.#server = null;
      server?.closeAllConnections();
      await new Promise((closed) => (server === null ? closed(null) : server.close(closed)));
    } else if (this.#server === null) await this.#listen();
  }

  async #listen(): Promise<void> {
    const server = createServer(receiverCertificate, (incoming, outgoing) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      incoming.on('end', () => this.#take(incoming, outgoing, body));
    });
    server.on('connection', () => {
      this.connections += 1;
    });
    await new Promise<void>((listening) => server.listen(this.#port, '127.0.0.1', listening));
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
  }

  #take(incoming: IncomingMessage, outgoing: Parameters<RequestListener>[1], body: string): void {
    if (this.answer !== null) {
      this.answer(incoming, outgoing);
      return;
    }
    if (this.#mood === 'hangs') return;
    if (this.#mood === 'refuses' || this.#mood === 'forbids') {
      outgoing.writeHead(this.#mood === 'refuses' ? 400 : 401).end('no');
      return;
    }
    this.posted.push({ headers: incoming.headers, body, path: incoming.url ?? '' });
    if (this.#mood === 'slow') setTimeout(() => outgoing.writeHead(204).end(), 100);
    else outgoing.writeHead(204).end();
  }
}
