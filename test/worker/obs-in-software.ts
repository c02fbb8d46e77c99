import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { acceptWebSocket, type Peer } from '../../src/simulators/live/websocket-server.ts';
import type { Mood } from './outlet-contract.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

interface Asked {
  readonly requestType: string;
  readonly requestData: Readonly<Record<string, unknown>>;
}

/** OBS as its WebSocket shows it, by the protocol's own page: hello, identify, requests. */
export class ObsInSoftware {
  readonly asked: Asked[] = [];
  connections = 0;
  /** How often a password was tried. */
  logins = 0;
  #mood: Mood = 'takes';
  #server: Server | null = null;
  #port = 0;
  readonly #password: string;
  readonly #peers = new Set<Peer>();

  constructor(password: string) {
    this.#password = password;
  }

  get address(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  async become(mood: Mood): Promise<void> {
    this.#mood = mood;
    if (mood === 'gone') {
      for (const peer of this.#peers) peer.destroy();
      const server = this.#server;
      this.#server = null;
      server?.closeAllConnections();
      await new Promise((closed) => (server === null ? closed(null) : server.close(closed)));
    } else if (this.#server === null) await this.#listen();
  }

  async #listen(): Promise<void> {
    const server = createServer();
    server.on('upgrade', (request, socket) => {
      this.connections += 1;
      const [salt, challenge] = [randomBytes(8).toString('base64'), randomBytes(8).toString('base64')];
      const peer: Peer = acceptWebSocket(
        request,
        socket,
        {
          message: (bytes) => this.#take(peer, JSON.parse(bytes.toString()), salt, challenge),
          closed: () => this.#peers.delete(peer),
        },
        'obswebsocket.json',
      );
      this.#peers.add(peer);
      peer.send(
        JSON.stringify({
          op: 0,
          d: { obsWebSocketVersion: '5.1.0', rpcVersion: 1, authentication: { salt, challenge } },
        }),
      );
    });
    await new Promise<void>((listening) => server.listen(this.#port, '127.0.0.1', listening));
    const address = server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever a client sends
  #take(peer: Peer, { op, d }: any, salt: string, challenge: string): void {
    if (op === 1) {
      this.logins += 1;
      const isRight =
        this.#mood !== 'forbids' && d.authentication === sha256(sha256(this.#password + salt) + challenge);
      if (isRight) peer.send(JSON.stringify({ op: 2, d: { negotiatedRpcVersion: 1 } }));
      else peer.close(4009, 'Authentication failed.');
    }
    if (op !== 6 || this.#mood === 'hangs') return;
    const { requestId, requestType, requestData } = d;
    const isKnown = this.#mood !== 'refuses';
    if (isKnown) this.asked.push({ requestType, requestData });
    const requestStatus = isKnown ? { result: true, code: 100 } : { result: false, code: 600, comment: 'No source' };
    const responseData = requestType === 'GetSceneItemId' ? { sceneItemId: 7 } : undefined;
    const answer = JSON.stringify({ op: 7, d: { requestType, requestId, requestStatus, responseData } });
    if (this.#mood === 'slow') setTimeout(() => peer.send(answer), 100);
    else peer.send(answer);
  }
}
