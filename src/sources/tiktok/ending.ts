import type { Fault } from '../../domain/fault.ts';
import type { LiveSilence } from '../../domain/live-source.ts';
import { type ConnectionEnding, connectionFaults, type WhySilent, waitingForTheClock } from '../connection/ending.ts';

/** How an attempt to listen came to its end, and so what to do next. */
export type Ending =
  | ConnectionEnding
  /** Nobody is on air: no error. */
  | { readonly kind: 'not-live' }
  /**
   * All sources say that there is no such user. They do so at times about users who are live, so it is tried again as
   * for one who is not.
   */
  | { readonly kind: 'unknown-user'; readonly user: string }
  /** The platform ended the stream. */
  | { readonly kind: 'stream-end'; readonly reason: 'ended' | 'suspended' }
  /** There was a connection, and nothing ever showed that it was admitted to the room. */
  | { readonly kind: 'not-entered' };

/** Nothing can be tried: no attempt was made. */
export type LackingEnding = Extract<Ending, { kind: 'mend' }>;

/** What a person reads while listening is impossible; null while nothing needs a person. */
export function faultOfEnding(ending: Ending): Fault | null {
  if (ending.kind === 'mend') return ending.fault;
  if (ending.kind === 'unknown-user') return liveFaults.noSuchUser(ending.user);
  if (ending.kind === 'no-clock') return waitingForTheClock;
  if (ending.kind === 'lost') return ending.fault ?? null;
  return null;
}

/** Why no live of this user is received after such an ending. */
export function silenceOf(ending: Ending, user: string): WhySilent {
  const problem = faultOfEnding(ending);
  if (problem !== null) return { code: codeOf(ending, problem), what: problem.what, todo: problem.remedy };
  const name = /^\d+$/.test(user) ? `Room ${user}` : `@${user}`;
  if (ending.kind === 'not-live') return { code: 'off-air', what: `${name} is not live.`, todo: null };
  if (ending.kind === 'stream-end') {
    const what = ending.reason === 'ended' ? 'The live has ended.' : 'TikTok has suspended the live.';
    return { code: 'off-air', what, todo: null };
  }
  if (ending.kind === 'rate-limited') {
    return { code: 'rate-limited', what: 'The sign service asks to wait: it was asked too often.', todo: null };
  }
  return { code: 'lost', what: `Not connected to the live: ${reasonOf(ending).replace(/\.$/, '')}.`, todo: null };
}

function codeOf({ kind }: Ending, { code }: Fault): LiveSilence['code'] {
  if (kind === 'no-clock') return 'no-clock';
  if (code === liveFaults.portal.code) return 'portal';
  return code === liveFaults.offline.code ? 'offline' : 'refused';
}

/** What is said where nobody is to be listened to. */
export const nobodySet: WhySilent = {
  code: 'no-user',
  what: 'No TikTok user is set, so there is no live to connect to.',
  todo: 'Write the name into the config: [live] user = "yourname".',
};

/** What is said until the first attempt has ended. */
export const firstLook: WhySilent = {
  code: 'trying',
  what: 'Looking for the live.',
  todo: null,
};

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
      return 'connected, but not admitted to the room';
    case 'rate-limited':
      return 'the sign service asks to wait';
    case 'mend':
      return ending.fault.what;
    case 'unknown-user':
      return liveFaults.noSuchUser(ending.user).what;
    case 'no-clock':
      return waitingForTheClock.what;
  }
}

/** The ending, with secrets removed from its literal error. */
export function withoutSecrets(ending: Ending, secrets: readonly (string | null)[]): Ending {
  if (!('original' in ending) || ending.original === undefined) return ending;
  const hidden = secrets.filter((secret) => secret !== null && secret !== '');
  const original = hidden.reduce<string>((text, secret) => text.replaceAll(secret ?? '', '…'), ending.original);
  return { ...ending, original };
}

export const liveFaults = {
  noSuchUser: (user: string): Fault => ({
    code: 'live-no-such-user',
    what: `There is no TikTok user "${user}".`,
    remedy: 'Check live.user in the config: it is the name after the @ in the address of the profile.',
  }),
  noSecretsFile: (file: string, why: string): Fault => ({
    code: 'live-no-secrets-file',
    what: `The secrets file ${file} cannot be read: ${why}.`,
    remedy: 'Check live.secretsFile in the config, and that the service may read the file.',
  }),
  ageRestricted: {
    code: 'live-age-restricted',
    what: 'This live is restricted by age and is only open to viewers who are logged in.',
    remedy: 'Lift the restriction in the settings of the live, or put a session id into the secrets file.',
  },
  keyRefused: {
    code: 'live-key-refused',
    what: 'The sign service refuses the API key.',
    remedy: 'Check the API key in the secrets file or in LIVEPEN_SIGN_API_KEY.',
  },
  keyWanted: {
    code: 'live-key-wanted',
    what: 'The sign service refuses to serve us without an API key.',
    remedy: 'Get a key from it and put it into the secrets file or into LIVEPEN_SIGN_API_KEY, or try another network.',
  },
  portal: connectionFaults.portal('TikTok'),
  offline: connectionFaults.offline('TikTok'),
  noKey: {
    code: 'live-no-key',
    what: 'The sign service needs an API key for this connection, and there is none.',
    remedy:
      'Put the key of Euler Stream into the secrets file or into LIVEPEN_SIGN_API_KEY, or set live.provider = "direct".',
  },
  plan: {
    code: 'live-plan',
    what: 'The plan of this API key does not include what was asked of the sign service.',
    remedy: 'Use a key of another plan, or none.',
  },
  optionsRefused: {
    code: 'live-options-refused',
    what: 'The sign service refuses the user name or the key as malformed.',
    remedy: 'Check live.user in the config and the API key.',
  },
} as const;
