import { parseSecrets } from '../connection/secrets.ts';

/** What must never be in a log, an error, a recording or a status. */
export interface Secrets {
  readonly signApiKey: string | null;
  /** The key for the managed WebSocket. */
  readonly eulerKey: { readonly parameter: 'apiKey' | 'jwtKey'; readonly value: string } | null;
  /**
   * Cookies of a logged-in viewer. They go to the platform; to the sign service too only when its host is named in
   * WHITELIST_AUTHENTICATED_SESSION_ID_HOST, as the connector demands.
   */
  readonly session: { readonly id: string; readonly targetIdc: string; readonly toSignService: boolean } | null;
}

const names = {
  signApiKey: ['LIVEPEN_SIGN_API_KEY', 'SIGN_API_KEY', 'EULER_API_KEY'],
  jwtKey: ['LIVEPEN_EULER_JWT'],
  sessionId: ['LIVEPEN_TIKTOK_SESSION_ID'],
  targetIdc: ['LIVEPEN_TIKTOK_TARGET_IDC'],
} as const;

/**
 * Reads secrets from the environment and, for those that it lacks, from a file of `NAME=value` lines with the same
 * names. Throws when the file is named and cannot be read; the error names its path and nothing of what is in it.
 */
export function readSecrets(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => string,
): Secrets {
  const written = file === null || file === '' ? {} : parseSecrets(readText(file));
  const find = (keys: readonly string[]) => {
    for (const from of [environment, written]) {
      for (const key of keys) {
        const value = from[key]?.trim();
        if (value !== undefined && value !== '') return value;
      }
    }
    return null;
  };
  const id = find(names.sessionId);
  const signApiKey = find(names.signApiKey);
  const toSignService = (environment.WHITELIST_AUTHENTICATED_SESSION_ID_HOST ?? '') !== '';
  const jwtKey = find(names.jwtKey);
  return {
    signApiKey,
    eulerKey: jwtKey !== null ? { parameter: 'jwtKey', value: jwtKey } : keyOf(signApiKey),
    session: id === null ? null : { id, targetIdc: find(names.targetIdc) ?? 'useast1a', toSignService },
  };
}

function keyOf(value: string | null): Secrets['eulerKey'] {
  return value === null ? null : { parameter: 'apiKey', value };
}
