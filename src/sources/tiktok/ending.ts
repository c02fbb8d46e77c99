import type { Fault } from '../../domain/fault.ts';

/** How an attempt to listen came to its end, and so what to do next. */
export type Ending =
  /** Nobody is on air: no error. */
  | { readonly kind: 'not-live' }
  /** The platform ended the stream. */
  | { readonly kind: 'stream-end'; readonly reason: 'ended' | 'suspended' }
  /** The connection went, or never came; `why` is for the log and `status`. */
  | { readonly kind: 'lost'; readonly why: string }
  /** The connection stood, and nothing ever told that it is in the room. */
  | { readonly kind: 'not-entered' }
  /** The sign service asks to wait at least so long. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number }
  /** Nothing will change until a person does something. */
  | { readonly kind: 'mend'; readonly fault: Fault }
  /** TLS does not work before the clock is set. */
  | { readonly kind: 'no-clock' };

/** What a person reads while listening is impossible; null while nothing needs a person. */
export function problemOf(ending: Ending): Fault | null {
  if (ending.kind === 'mend') return ending.fault;
  if (ending.kind === 'no-clock') return waitingForTheClock;
  return null;
}

/** Why the connection ended, in a few words. */
export function reasonOf(ending: Ending): string {
  switch (ending.kind) {
    case 'not-live':
      return 'not live';
    case 'stream-end':
      return `stream ${ending.reason}`;
    case 'lost':
      return ending.why;
    case 'not-entered':
      return 'the connection stands, but was not let into the room';
    case 'rate-limited':
      return `asked to wait ${Math.ceil(ending.retryAfterMs / 1000)} s`;
    case 'mend':
      return ending.fault.what;
    case 'no-clock':
      return waitingForTheClock.what;
  }
}

const waitingForTheClock: Fault = {
  code: 'live-no-clock',
  what: 'Waiting for the clock: it is not set yet, so no certificate can be checked.',
  remedy: 'Wait until the network has set the time; check the network when this takes longer than a few minutes.',
};

export const faults = {
  noSuchUser: (user: string): Fault => ({
    code: 'live-no-such-user',
    what: `TikTok knows no user "${user}".`,
    remedy: 'Check live.user in the config: it is the name after the @ in the address of the profile.',
  }),
  noSecretsFile: (file: string, code: string): Fault => ({
    code: 'live-no-secrets-file',
    what: `The secrets file ${file} cannot be read (${code}).`,
    remedy: 'Check live.secretsFile in the config, and that the service may read the file.',
  }),
  ageRestricted: {
    code: 'live-age-restricted',
    what: 'This live is restricted by age and is only told to a viewer who is logged in.',
    remedy: 'Lift the restriction in the settings of the live, or put a session id into the secrets file.',
  },
  keyRefused: {
    code: 'live-key-refused',
    what: 'The sign service refuses the API key.',
    remedy: 'Check the API key in the secrets file or in LIVEPEN_SIGN_API_KEY.',
  },
  noKey: {
    code: 'live-no-key',
    what: 'The managed WebSocket needs an API key and there is none.',
    remedy: 'Put the key into the secrets file or into LIVEPEN_SIGN_API_KEY, or set live.provider = "direct".',
  },
  plan: {
    code: 'live-plan',
    what: 'The plan of this API key does not include what was asked of the sign service.',
    remedy: 'Use a key of another plan, or none.',
  },
  optionsRefused: {
    code: 'live-options-refused',
    what: 'The managed WebSocket refuses the user name or the key as malformed.',
    remedy: 'Check live.user in the config and the API key.',
  },
} as const;
