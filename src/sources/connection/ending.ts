import { causeCode, causeInWords, hideSecrets, originalOf } from '../../domain/cause.ts';
import type { Fault } from '../../domain/fault.ts';
import type { LiveSilence } from '../../domain/live-source.ts';
import { counted, plainText } from '../../domain/plain-text.ts';
import type { HttpAnswer } from './ports.ts';

/** How an attempt to listen came to its end, and so what to do next; all platforms have these. */
export type ConnectionEnding =
  /**
   * The connection was lost, or could not be made. `why` is in words for people, `original` the literal error, for the
   * log; `fault` is set where a person can do something about it.
   */
  | { readonly kind: 'lost'; readonly why: string; readonly original?: string; readonly fault?: Fault }
  /** The service asks to wait at least so long. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number; readonly original?: string }
  /** It cannot work before a person does something. */
  | { readonly kind: 'mend'; readonly fault: Fault; readonly original?: string }
  /** TLS does not work before the clock is set. */
  | { readonly kind: 'no-clock'; readonly original?: string };

/** What a person reads until the clock is set. */
export const waitingForTheClock: Fault = {
  code: 'live-no-clock',
  what: 'Waiting for the clock: it is not set yet, so no certificate can be checked.',
  remedy: 'Wait until the network has set the time; check the network when this takes longer than a few minutes.',
};

/** What a person can do something about; `name` is what the platform is called, `platform` how commands name it. */
export const connectionFaults = {
  portal: (name: string): Fault => ({
    code: 'live-portal',
    what: `The network answers in place of ${name}; it may want a sign-in.`,
    remedy: 'Sign in to this Wi-Fi with a browser, or use another network.',
  }),
  offline: (name: string): Fault => ({
    code: 'live-offline',
    what: `${name} cannot be reached: the network is down, or has no internet.`,
    remedy: 'Look at the Wi-Fi and the router.',
  }),
  notSignedIn: (name: string, platform: string): Fault => ({
    code: 'live-not-signed-in',
    what: `Nobody has signed in to ${name} yet.`,
    remedy: `Sign in once: \`livepen connect ${platform}\`.`,
  }),
  signInRefused: (name: string, platform: string): Fault => ({
    code: 'live-sign-in-refused',
    what: `${name} does not accept the sign-in any more.`,
    remedy: `Sign in anew: \`livepen connect ${platform}\`.`,
  }),
  signInUnreadable: (file: string, platform: string, why: string): Fault => ({
    code: 'live-sign-in-unreadable',
    what: `The sign-in in ${file} cannot be read: ${why}.`,
    remedy: `Check that the service may read it, or sign in anew: \`livepen connect ${platform}\`.`,
  }),
  secretsUnreadable: (name: string, why: string): Fault => ({
    code: 'live-no-secrets-file',
    what: `The secrets file for ${name} cannot be read: ${why}.`,
    remedy: 'Check live.secretsFile in the config, and that the service may read the file.',
  }),
  signInUnwritable: (file: string, why: string): Fault => ({
    code: 'live-sign-in-unwritable',
    what: `The new sign-in cannot be written to ${file}: ${why}.`,
    remedy: 'Make room on the disk, and see that the service may write there.',
  }),
  notWanted: (name: string, why: string): Fault => ({
    code: 'live-not-wanted',
    what: `${why}, and does not want it again.`,
    remedy: `Look whether the application is still allowed there, then sign in to ${name} anew.`,
  }),
  gaveUp: (name: string, attempts: number): Fault => ({
    code: 'live-gave-up',
    what: `${name} was tried ${counted(attempts, 'time')} in a row in vain, and is left alone (reconnectMaxAttempts).`,
    remedy: 'Check the network, then press "Look again" on the page.',
  }),
} as const;

/** What a person reads while listening is impossible; null while nothing needs a person. */
export function faultOfConnection(ending: ConnectionEnding): Fault | null {
  if (ending.kind === 'mend') return ending.fault;
  if (ending.kind === 'no-clock') return waitingForTheClock;
  return ending.kind === 'lost' ? (ending.fault ?? null) : null;
}

/** Why a connection ended, in a few words. */
export function whyEnded(ending: ConnectionEnding, name: string): string {
  if (ending.kind === 'lost') return ending.why;
  if (ending.kind === 'rate-limited') return `${name} asks to wait`;
  return faultOfConnection(ending)?.what ?? '';
}

/** Why nothing is received; without the time of the next attempt. */
export type WhySilent = Omit<LiveSilence, 'nextAtMs'>;

/** Why nothing is received after such an ending. */
export function silenceAfter(ending: ConnectionEnding, name: string): WhySilent {
  const fault = faultOfConnection(ending);
  if (fault !== null) return { code: silenceCode(ending, fault), what: fault.what, todo: fault.remedy };
  if (ending.kind === 'rate-limited') {
    return { code: 'rate-limited', what: `${name} asks to wait: it was asked too often.`, todo: null };
  }
  const why = whyEnded(ending, name).replace(/\.$/, '');
  return { code: 'lost', what: `Not connected to ${name}: ${why}.`, todo: null };
}

function silenceCode({ kind }: ConnectionEnding, { code }: Fault): LiveSilence['code'] {
  if (kind === 'no-clock') return 'no-clock';
  if (code === 'live-portal') return 'portal';
  return code === 'live-offline' ? 'offline' : 'refused';
}

/** Error codes by which a certificate is not trusted. */
const tlsCode = /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/;
/** Another server than the platform shows its certificate: by the code, or by words of a client. */
const otherServer = /^(ERR_TLS_CERT_ALTNAME|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/;
const noWay = /^(ENOTFOUND|EAI_|ENETUNREACH|ENETDOWN|EHOSTUNREACH|EHOSTDOWN|EADDRNOTAVAIL)/;

/** What kind of trouble an error of the network is. */
export function networkTrouble(error: unknown, clockIsSet: boolean): 'no-clock' | 'other-server' | 'offline' | 'lost' {
  const code = causeCode(error);
  if (code === 'CERT_NOT_YET_VALID') return 'no-clock';
  if (!clockIsSet && (tlsCode.test(code) || /certificate|self.signed/i.test(originalOf(error)))) return 'no-clock';
  if (otherServer.test(code)) return 'other-server';
  return noWay.test(code) ? 'offline' : 'lost';
}

/** What an error of a socket or a request means; `name` is what the platform is called. */
export function endingOfNetwork(error: unknown, clockIsSet: boolean, name: string): ConnectionEnding {
  const original = originalOf(error);
  const trouble = networkTrouble(error, clockIsSet);
  if (trouble === 'no-clock') return { kind: 'no-clock', original };
  if (trouble === 'other-server') return answeredByOthers(original, name);
  const why = causeInWords(error, `${name} answers in a form that is not known`);
  return { kind: 'lost', why, original, ...(trouble === 'offline' ? { fault: connectionFaults.offline(name) } : {}) };
}

function answeredByOthers(original: string, name: string): ConnectionEnding {
  const why = `the network answers in place of ${name}`;
  return { kind: 'lost', why, original, fault: connectionFaults.portal(name) };
}

/** A rate limit that does not say how long is waited for so long. */
const unknownLimitMs = 60_000;
const shownChars = 300;
const tooMany = 429;
const networkWantsSignIn = 511;

/**
 * What an answer with another status than a good one means, be it to a request or to the upgrade of a socket; what 401 and 403
 * mean the caller knows best.
 */
export function endingOfStatus(
  answer: Partial<HttpAnswer> & Pick<HttpAnswer, 'status' | 'headers'>,
  name: string,
  wallMs: number,
): ConnectionEnding {
  const { status, headers, body = '' } = answer;
  const shown = hideSecrets(plainText(body.slice(0, shownChars)));
  const original = `${name} answered with status ${status}: ${shown}`;
  if (status === tooMany)
    return { kind: 'rate-limited', retryAfterMs: retryAfter(headers['retry-after'], wallMs), original };
  // A service for programs does not redirect, and answers with a page only when it is broken.
  const isPage = status < 500 && /html/i.test(headers['content-type'] ?? '');
  if (status === networkWantsSignIn || (status >= 300 && status < 400) || isPage)
    return answeredByOthers(original, name);
  return {
    kind: 'lost',
    why: status >= 500 ? `${name} has trouble of its own` : `${name} does not let us in`,
    original,
  };
}

/** Seconds or a date. */
function retryAfter(header: string | undefined, wallMs: number): number {
  const seconds = Number(header ?? Number.NaN);
  if (header !== undefined && header.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header ?? '');
  return Number.isFinite(date) ? Math.max(0, date - wallMs) : unknownLimitMs;
}
