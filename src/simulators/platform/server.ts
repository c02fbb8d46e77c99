import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { StatusAnswer } from '../../sources/connection/ports.ts';
import { acceptWebSocket, type Peer } from '../live/websocket-server.ts';
import type { PlatformTalk, VirtualPlatform } from './platform.ts';

/** A platform in software on a port of this machine. */
interface PlatformServer {
  readonly port: number;
  readonly url: string;
  /** Cuts all connections, and listens no more. */
  close(): Promise<void>;
}

/** Serves a platform on 127.0.0.1; port 0 takes any that is free. */
export async function servePlatform(platform: VirtualPlatform, port = 0): Promise<PlatformServer> {
  const sockets = new Set<Duplex>();
  const server = createServer((request, response) => void answer(platform, request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => upgrade(platform, request, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the platform has no port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function answer(platform: VirtualPlatform, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers } = request;
  const asked = { method, url: addressOf(request), headers: headersOf(headers), body: await text(request) };
  const given = platform.answer(asked);
  if (given === null) return;
  response.writeHead(given.status, given.headers);
  response.end(given.body);
}

function upgrade(platform: VirtualPlatform, request: IncomingMessage, socket: Duplex): void {
  const headers = headersOf(request.headers);
  const protocols = (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  let peer: Peer | null = null;
  const end = {
    send: (said: string) => peer?.send(said),
    close: (code: number, reason: string) => peer?.close(code, reason),
    cut: () => peer?.destroy(),
  };
  const talk: PlatformTalk | StatusAnswer = platform.connect({ url: addressOf(request).href, protocols, headers }, end);
  if ('status' in talk) {
    const lines = Object.entries(talk.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${talk.status} Refused\r\n${lines.join('')}Content-Length: 0\r\nConnection: close\r\n\r\n`);
    return;
  }
  peer = acceptWebSocket(
    request,
    socket,
    { message: (data) => talk.message(data.toString()), closed: () => talk.closed() },
    protocols[0] ?? null,
  );
  talk.opened();
}

function addressOf({ url = '/' }: IncomingMessage): URL {
  return new URL(url, 'http://127.0.0.1');
}

function headersOf(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join()]));
}
