import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Config, formatProblems, loadAddress } from '../config/load.ts';
import { type Arguments, type Console, exit } from './command.ts';
import { defaultConfig, isConfigNamed } from './settings.ts';
import { isLoopback, isWildcard, readTokens } from './tokens.ts';

/** Where the service answers when nobody says so. */
export const defaultUrl = 'http://127.0.0.1:8420';

type Whereabouts =
  /** `token` is the owner's, null where none is known; `isLocal`: by the config only this machine reaches it, without one. */
  | { readonly ok: true; readonly url: URL; readonly token: string | null; readonly isLocal: boolean }
  /** It cannot be told; `code` is the exit code. */
  | { readonly ok: false; readonly code: number; readonly why: string };

/** Where the service is that a command asks: by its options, by the environment, or by the config. */
export function whereIsService({ options }: Arguments, console: Console): Whereabouts {
  const file = typeof options.config === 'string' ? options.config : null;
  const own = ownAddress(file ?? defaultConfig, console);
  // A config that somebody named must be readable; in its place no other service is asked.
  if (file !== null && !own.ok) return { ok: false, code: exit.config, why: own.why };
  const named = typeof options.url === 'string' ? options.url : file === null ? console.env.LIVEPEN_URL : undefined;
  if (named === undefined && !own.ok && (isConfigNamed || !own.isAbsent)) {
    return { ok: false, code: exit.config, why: own.why };
  }
  if (named === undefined && own.ok && own.config.api.port === 0) {
    const why =
      'By the config the service takes any free port ([api] port = 0): nothing says which.\n' +
      'Give its address with --url, as the log of the service tells it.';
    return { ok: false, code: exit.usage, why };
  }
  const base = named ?? (own.ok ? urlOf(own.config.api) : defaultUrl);
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { ok: false, code: exit.usage, why: `"${base}" is not an address. Give one such as ${defaultUrl}.` };
  }
  const config = own.ok ? own.config : null;
  const told = console.env.LIVEPEN_TOKEN ?? '';
  const isLocal = told === '' && config !== null && isLoopback(config.api.host);
  return { ok: true, url, token: told === '' ? tokenFor(url, config) : told, isLocal };
}

/** Where the service of a config answers. */
function urlOf({ host, port }: Pick<Config['api'], 'host' | 'port'>): string {
  const name = isWildcard(host) ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

type OwnAddress =
  | { readonly ok: true; readonly config: Pick<Config, 'api' | 'ledger'> }
  | { readonly ok: false; readonly why: string; readonly isAbsent: boolean };

/** What a config says of the service's address; mistakes elsewhere in it keep no command from the service. */
function ownAddress(file: string, console: Console): OwnAddress {
  const loaded = loadAddress(file, {
    readFile: (path) => readFileSync(path),
    stateDirectory: console.env.STATE_DIRECTORY,
  });
  if (loaded.ok) return loaded;
  return { ok: false, why: formatProblems(loaded.problems), isAbsent: loaded.isAbsent };
}

/** The token of this machine's own service, read from where that keeps it: for the port that the config names, and no other. */
function tokenFor(url: URL, config: Pick<Config, 'api' | 'ledger'> | null): string | null {
  if (config === null) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = isLoopback(host) || host === config.api.host || host === hostname() || host === `${hostname()}.local`;
  if (!isHere || config.api.port === 0 || Number(url.port || 80) !== config.api.port) return null;
  try {
    return readTokens(config)?.owner ?? null;
  } catch {
    // It may be read by the service's group only; then the service's refusal says what to do.
    return null;
  }
}
