import { createServer, type Server, type Socket } from 'node:net';
import type { Mood } from './outlet-contract.ts';

/** A broker of MQTT 3.1.1 that nobody subscribes to: what is published is kept. */
export class BrokerInSoftware {
  readonly published: { readonly topic: string; readonly message: string; readonly isKept: boolean }[] = [];
  /** The bodies of CONNECT. */
  readonly logins: Buffer[] = [];
  #mood: Mood = 'takes';
  #server: Server | null = null;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  get port(): number {
    return this.#port;
  }

  async become(mood: Mood): Promise<void> {
    this.#mood = mood;
    if (mood === 'gone') {
      for (const socket of this.#sockets) socket.destroy();
      const server = this.#server;
      this.#server = null;
      await new Promise((closed) => (server === null ? closed(null) : server.close(closed)));
    } else if (this.#server === null) await this.#listen();
  }

  async #listen(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      let rest = Buffer.alloc(0);
      socket.on('data', (bytes) => {
        rest = Buffer.concat([rest, bytes]);
        for (;;) {
          let [length, shift, at] = [0, 0, 1];
          let byte = rest[at];
          while (byte !== undefined) {
            length += (byte & 127) << shift;
            [shift, at] = [shift + 7, at + 1];
            if (byte < 128) break;
            byte = rest[at];
          }
          if (byte === undefined || rest.length < at + length) return;
          this.#take(socket, rest[0] ?? 0, rest.subarray(at, at + length));
          rest = rest.subarray(at + length);
        }
      });
    });
    await new Promise<void>((listening) => server.listen(this.#port, '127.0.0.1', listening));
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
  }

  #take(socket: Socket, head: number, body: Buffer): void {
    const kind = head >> 4;
    if (kind === 1) {
      this.logins.push(Buffer.from(body));
      socket.write(Buffer.from([0x20, 2, 0, this.#mood === 'forbids' ? 5 : 0]));
    }
    if (kind !== 3 || this.#mood === 'hangs') return;
    const topicEnd = 2 + body.readUInt16BE(0);
    const topic = body.toString('utf8', 2, topicEnd);
    const message = body.toString('utf8', topicEnd + 2);
    this.published.push({ topic, message, isKept: (head & 1) === 1 });
    const answer = Buffer.from([0x40, 2, body[topicEnd] ?? 0, body[topicEnd + 1] ?? 0]);
    if (this.#mood === 'slow') setTimeout(() => socket.write(answer), 20);
    else socket.write(answer);
  }
}
