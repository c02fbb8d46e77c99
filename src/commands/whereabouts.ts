import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Config, loadConfig } from '../config/load.ts';
import type { Console } from './command.ts';
import { isLoopback, isWildcard, readTokens } from './tokens.ts';

/** Where the service answers when nobody says so. */
export const defaultUrl = 'http://127.0.0.1:8420';

/** Where this machine's own service answers, by its config `file`; the usual place when that cannot be read. */
export function ownUrl(console: Console, file: string): string {
  const api = ownConfig(console, file)?.api;
  if (api === undefined || api.port === 0) return defaultUrl;
  const host = isWildcard(api.host) ? '127.0.0.1' : api.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${api.port}`;
}

/** The token for a service: told by the environment, or, of this machine's own one only, read from where that keeps it. */
export function tokenFor(url: URL, console: Console, file: string): string | null {
  const told = console.env.LIVEPEN_TOKEN;
  if (told !== undefined && told !== '') return told;
  const config = ownConfig(console, file);
  if (config === null) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isOwn = isLoopback(host) || host === config.api.host || host === hostname() || host === `${hostname()}.local`;
  if (!isOwn) return null;
  try {
    return readTokens(config)?.owner ?? null;
  } catch {
    // It may be read by the service's group only; then the service's refusal says what to do.
    return null;
  }
}

function ownConfig(console: Console, file: string): Config | null {
  const options = { readFile: (path: string) => readFileSync(path), stateDirectory: console.env.STATE_DIRECTORY };
  const loaded = loadConfig(file, options);
  return loaded.ok ? loaded.config : null;
}
