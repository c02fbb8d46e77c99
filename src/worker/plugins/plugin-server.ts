import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { causeCode, causeInWords } from '../../domain/cause.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import { Allowance } from './plugin-process.ts';
import type { Plugins } from './plugins.ts';

const bodyBytesMax = 65_536;
const addressCharsMax = 2_000;
const connectionsMax = 32;
const requestsAllowed = { burst: 200, perSecond: 50 };
const slowMs = 10_000;
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** The media types in which plugins may answer; all others are sent as plain text. */
const types: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['json', 'application/json'],
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['svg', 'image/svg+xml'],
]);

/**
 * The headers of every answer, which plugins cannot change: pages load nothing from other sites, and send nothing
 * there.
 */
const headers = {
  'content-security-policy':
    "default-src 'self' 'unsafe-inline' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  connection: 'close',
};

/** The address at which plugins are reached. */
export interface PluginAddress {
  readonly host: string;
  readonly port: number;
  /** Names, without a port, by which it may be called beside those of this machine. */
  readonly names: readonly string[];
}

interface ServerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly plugins: Pick<Plugins, 'find'>;
}

/** Answers `/plugins/ID/…` with what the plugin of that name says. @returns ends it */
export function servePlugins({ host, port, names }: PluginAddress, { clock, log, plugins }: ServerDeps): () => void {
  const allowed = new Allowance(clock, requestsAllowed);
  const isOurs = (name: string) => loopback.has(name) || names.some((each) => each.toLowerCase() === name);
  const server: Server = createServer({ headersTimeout: slowMs, requestTimeout: slowMs }, (incoming, outgoing) => {
    const refuse = (status: number, why: string) => reply(outgoing, status, 'text', why);
    if (!allowed.take(1)) return refuse(429, 'Too many requests: try again in a moment.');
    if (!isForUs(incoming, isOurs))
      return refuse(403, 'The worker does not answer to this name. Name it in its config: [plugins] names.');
    if (isFromElsewhere(incoming)) return refuse(403, 'Requests from pages of other sites are refused.');
    answer(plugins, incoming, outgoing).catch((error: unknown) => {
      log.debug(`A request to a plugin was not answered: ${causeInWords(error)}`);
      outgoing.destroy();
    });
    return undefined;
  });
  server.maxConnections = connectionsMax;
  server.maxHeadersCount = 50;
  // A client that reads too slowly is disconnected.
  server.setTimeout(slowMs);
  server.on('error', (error) => {
    const why = causeCode(error) === 'EADDRINUSE' ? 'another program uses that port' : causeInWords(error);
    log.error(`Routes of plugins are not reached at ${host}:${port}: ${why}. Give [plugins] port another number.`);
  });
  server.listen(port, host);
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

/**
 * Whether a request names this machine as its host: a page of another site whose name was rebound to this machine does
 * not.
 */
function isForUs({ headers, socket }: IncomingMessage, isOurs: (name: string) => boolean): boolean {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i.exec(headers.host ?? '');
  const name = (found?.[1] ?? found?.[2] ?? '').toLowerCase().replace(/\.$/, '');
  return name !== '' && (isOurs(name) || name === socket.localAddress?.replace(/^::ffff:/, ''));
}

/** Whether a browser sends this for a page of another site. To follow a link, or show it in a frame of OBS, is no harm. */
function isFromElsewhere({ headers, method }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  const site = headers['sec-fetch-site'];
  const isLink = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
  return (site === 'cross-site' || site === 'same-site') && !isLink;
}

async function answer(
  plugins: Pick<Plugins, 'find'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const [address = '', search = ''] = (incoming.url ?? '').slice(0, addressCharsMax).split('?');
  const [, id = '', rest = ''] = /^\/plugins\/([a-z0-9-]{1,40})\/(.*)$/.exec(address) ?? [];
  const path = `/${rest}`;
  const plugin = plugins.find(id);
  const methods = plugin?.methodsOf(path) ?? null;
  if (plugin === null || methods === null) return reply(outgoing, 404, 'text', 'No running plugin has this route.');
  const method = incoming.method ?? '';
  if (!methods.has(method)) {
    outgoing.setHeader('allow', [...methods].join(', '));
    return reply(outgoing, 405, 'text', 'This route takes another method.');
  }
  const body = await bodyOf(incoming);
  if (body === null) return reply(outgoing, 413, 'text', `A body has at most ${bodyBytesMax} bytes.`);
  // Headers are not passed on: a plugin must not get the cookies and tokens that a browser has for this machine.
  const query = Object.fromEntries(new URLSearchParams(search));
  const said = await plugin.ask(method, path, { method, path, query, body });
  if (said === null) return reply(outgoing, 503, 'text', 'The plugin does not answer.');
  reply(outgoing, said.status, said.type, said.body);
}

/** Reads a body; null when it is too long. */
async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming) {
    const bytes: Buffer = part;
    length += bytes.length;
    if (length > bodyBytesMax) return null;
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function reply(outgoing: ServerResponse, status: number, type: string, body: string): void {
  const isEmpty = status === 204 || status === 304;
  outgoing.writeHead(status, { ...headers, 'content-type': types.get(type) ?? 'text/plain; charset=utf-8' });
  outgoing.end(isEmpty ? undefined : body);
}
