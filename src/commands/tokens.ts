import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tokens } from '../api/app.ts';
import type { Config } from '../config/load.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Log } from '../domain/log.ts';
import { putFile } from './card/files.ts';

/** For the service and its group; whoever else is on the machine has no business with it. */
const mode = 0o640;
const bytesOfToken = 32;
const form = /^[\w-]{32,200}$/;

const files = { owner: 'api-token', board: 'board-token', link: 'sign-in-link', worker: 'worker-token' } as const;
/** The worker's unit gets it from systemd, and nobody else needs it. */
const workerMode = 0o600;

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The names under which others in the network reach this machine, and the address that was configured. */
export function hostsOf({ host, names }: Config['api']): string[] {
  if (isLoopback(host)) return [...names];
  const own = hostname();
  return [...(isWildcard(host) ? [] : [host]), own, `${own}.local`, ...names];
}

/** Whether it means all addresses of this machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Where the page is, for somebody in the network. */
export function addressOf({ host, port }: Pick<Config['api'], 'host' | 'port'>): string {
  const name = isWildcard(host) ? `${hostname()}.local` : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** The addresses of this machine in its networks, as others dial them. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
  );
}

/** The links that let somebody in. */
interface Links {
  readonly signIn: string;
  readonly board: string;
}

/** The links of an API at this address. */
export function linksOf(api: Pick<Config['api'], 'host' | 'port'>, tokens: Tokens): Links {
  return linksAt(addressOf(api), tokens);
}

/** The same by numbers, for those whose router knows no names; none where the config names one address. */
export function linksByNumber(api: Pick<Config['api'], 'host' | 'port'>, tokens: Tokens): readonly Links[] {
  return isWildcard(api.host) ? ownAddresses().map((own) => linksAt(`http://${own}:${api.port}`, tokens)) : [];
}

function linksAt(address: string, { owner, board }: Tokens): Links {
  return { signIn: `${address}/sign-in?token=${owner}`, board: `${address}/board?token=${board}` };
}

/**
 * The tokens beside the ledger, made at the first start; none where only this machine reaches the API. Throws what the
 * disk says when they can be neither read nor written.
 */
export function openTokens({ api, ledger }: Pick<Config, 'api' | 'ledger'>): Tokens | null {
  const folder = dirname(ledger.file);
  if (isLoopback(api.host)) {
    rmSync(join(folder, files.link), { force: true });
    return null;
  }
  const tokens = { owner: openToken(join(folder, files.owner)), board: openToken(join(folder, files.board)) };
  putFile(join(folder, files.link), `${linksOf(api, tokens).signIn}\n`, mode);
  return tokens;
}

function openToken(file: string, rights = mode): string {
  const known = readToken(file);
  if (known !== null) return known;
  const token = randomBytes(bytesOfToken).toString('base64url');
  putFile(file, `${token}\n`, rights);
  return token;
}

/** The worker's token, beside the ledger, made at the first start; null where the disk has neither it nor room for it. */
export function openWorkerToken({ ledger }: Pick<Config, 'ledger'>, log: Log): string | null {
  try {
    return openToken(join(dirname(ledger.file), files.worker), workerMode);
  } catch (error) {
    log.warn(`The worker's token cannot be made: ${causeInWords(error)}. A worker is not let in.`);
    log.debug(`The worker's token: ${originalOf(error)}`);
    return null;
  }
}

/** The token in a file that a person names; null where it holds none. Throws when it cannot be read. */
export function tokenIn(file: string): string | null {
  const token = readFileSync(file, 'utf8').trim();
  return form.test(token) ? token : null;
}

/** The tokens that a service made; null when it has made none. Throws when they may not be read. */
export function readTokens({ ledger }: Pick<Config, 'ledger'>): Tokens | null {
  const folder = dirname(ledger.file);
  const owner = readToken(join(folder, files.owner));
  const board = readToken(join(folder, files.board));
  return owner === null || board === null ? null : { owner, board };
}

function readToken(file: string): string | null {
  try {
    const token = readFileSync(file, 'utf8').trim();
    return form.test(token) ? token : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
