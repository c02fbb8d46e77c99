import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { placeOf } from '../api/caller.ts';
import { causeCode } from '../domain/cause.ts';

/** Far above any answer of a service. */
const answerBytesMax = 32_000_000;

/** Why no answer came. */
export interface Trouble {
  /**
   * Nothing listens there; nothing is reached there; something listens and says nothing in time; or it ends the
   * connection without a whole answer.
   */
  readonly kind: 'nobody' | 'unreachable' | 'silent' | 'cut';
  readonly error: unknown;
}

/** What was answered. */
export interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One connection: whoever has proven something on it is who is asked next. */
export interface Connection {
  readonly kind: 'connected';
  /** Where it ends: the address and port there. */
  readonly place: string;
  ask(question: Question): Promise<Reply | Trouble>;
  close(): void;
}

/** Connects to what listens at an address; once `late` is over, nothing is waited for any more. */
export async function connectTo(url: URL, late: AbortSignal): Promise<Connection | Trouble> {
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (isSecure ? 443 : 80));
  const socket = isSecure ? connectTls({ host, port, servername: host }) : connect({ host, port });
  const close = () => void socket.destroy();
  // Whoever asks hears of it; while nobody asks it does not matter.
  socket.on('error', () => {});
  late.addEventListener('abort', close, { once: true });
  try {
    await once(socket, isSecure ? 'secureConnect' : 'connect', { signal: late });
  } catch (error) {
    close();
    if (late.aborted) return { kind: 'unreachable', error: late.reason };
    return { kind: causeCode(error) === 'ECONNREFUSED' ? 'nobody' : 'unreachable', error };
  }
  const agent = onlyOn(socket);
  return {
    kind: 'connected',
    place: placeOf(socket.remoteAddress, socket.remotePort),
    close,
    ask: ({ method, path, headers = {}, body = '' }) =>
      new Promise((resolve) => {
        const failed = (error: unknown) => resolve({ kind: late.aborted ? 'silent' : 'cut', error });
        const asked = request({ agent, method, path, headers: { host: url.host, ...headers } }, (reply) => {
          textOf(reply).then(
            (text) => resolve({ kind: 'reply', status: reply.statusCode ?? 0, headers: reply.headers, text }),
            failed,
          );
        });
        asked.once('error', failed);
        asked.end(body);
      }),
  };
}

/** Sends all requests over one connection; where that has ended, there is no other. */
function onlyOn(socket: Socket): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  return agent;
}

async function textOf(reply: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of reply) {
    parts.push(part);
    bytes += part.length;
    if (bytes > answerBytesMax) throw new Error('the answer is too long');
  }
  return Buffer.concat(parts).toString('utf8');
}
