import * as v from 'valibot';
import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Fault } from '../../domain/fault.ts';
import type { Log } from '../../domain/log.ts';
import { type ConnectionEnding, connectionFaults } from './ending.ts';
import { type Asking, askJson, formBody } from './json.ts';
import type { SignIn, TokenFile } from './token-file.ts';

/** A token that expires within this, ms, is renewed before it is used. */
const freshMs = 60_000;
/** After a refusal the platform is asked again after so long, ms. */
const askAgainMs = 10 * 60_000;
/** A larger `expires_in` is taken for a moment in seconds since 1970. */
const secondsAreAMoment = 1_000_000_000;
/** No token holds so long, nor until then. */
const secondsMax = 1e12;

/** Where a platform issues tokens, and as which application it is asked. */
export interface TokenIssuer extends Asking {
  readonly log: Log;
  /** How commands call the platform. */
  readonly platform: string;
  readonly tokenUrl: string;
  /** Fields of every request, which name the application. */
  readonly fields: () => Readonly<Record<string, string>>;
  /** Headers of every request, for platforms that want the application named there. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

type AccessResult =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly ending: ConnectionEnding };

/** Gives the access token of a sign-in, and renews it in time. */
export interface TokenKeeper {
  /** A token that holds for a minute at least; one refresh serves all who ask meanwhile. */
  access(): Promise<AccessResult>;
  /** The platform has refused this token: it is renewed before the next use. */
  refuse(token: string): void;
  /** The sign-in as it is; null where there is none, or none that can be read. */
  signIn(): SignIn | null;
  /** Whether another sign-in was written than the one that was used last. */
  isMended(): boolean;
  /**
   * Resolves when no renewal is under way: if one were cut off, its new token would be lost, and the sign-in with it.
   */
  rest(): Promise<void>;
}

/** Keeps the tokens of one sign-in. */
export function keepTokens(issuer: TokenIssuer, file: TokenFile): TokenKeeper {
  return new FreshTokens(issuer, file);
}

class FreshTokens implements TokenKeeper {
  readonly #issuer: TokenIssuer;
  readonly #file: TokenFile;
  #mark = '';
  #signIn: SignIn | null = null;
  #refused = '';
  /** Since when only a person can mend it. */
  #badSinceMs: number | null = null;
  /** The file as it was when it was last asked for. */
  #usedMark = '';
  #refreshing: Promise<AccessResult> | null = null;
  /**
   * A renewed sign-in that the disk has not taken yet. It is not used before that, and the old one is no longer valid.
   */
  #unwritten: SignIn | null = null;

  constructor(issuer: TokenIssuer, file: TokenFile) {
    this.#issuer = issuer;
    this.#file = file;
  }

  async access(): Promise<AccessResult> {
    if (this.#refreshing !== null) return this.#refreshing;
    const { name, platform } = this.#issuer;
    this.#usedMark = this.#file.mark();
    try {
      this.#look();
    } catch (error) {
      const fault = connectionFaults.signInUnreadable(this.#file.path, platform, causeInWords(error));
      return this.#mend(fault, originalOf(error));
    }
    if (this.#signIn === null) return this.#mend(connectionFaults.notSignedIn(name, platform));
    if (this.#isLeftAlone()) return this.#mend(connectionFaults.signInRefused(name, platform));
    if (this.#unwritten === null && this.#isFresh(this.#signIn)) return { ok: true, token: this.#signIn.accessToken };
    this.#refreshing = this.#renew(this.#signIn).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  refuse(token: string): void {
    this.#refused = token;
  }

  signIn(): SignIn | null {
    try {
      this.#look();
    } catch {
      return null;
    }
    return this.#signIn;
  }

  isMended(): boolean {
    return this.#file.mark() !== this.#usedMark;
  }

  async rest(): Promise<void> {
    await this.#refreshing;
  }

  /**
   * Whether a refusal is so recent that the platform is not asked again; later a secret in the config may have been
   * corrected.
   */
  #isLeftAlone(): boolean {
    return this.#badSinceMs !== null && this.#issuer.clock.nowMs() - this.#badSinceMs < askAgainMs;
  }

  /** Reads the file again if it was changed: somebody may have signed in again, here or in another process. */
  #look(): void {
    const mark = this.#file.mark();
    if (mark === this.#mark) return;
    this.#signIn = this.#file.read();
    this.#unwritten = null;
    this.#badSinceMs = null;
    this.#mark = mark;
  }

  #isFresh({ accessToken, endsAtMs }: SignIn): boolean {
    const { clock, clockIsSet } = this.#issuer;
    if (accessToken === this.#refused) return false;
    return endsAtMs === null || !clockIsSet() || endsAtMs - clock.wallMs() > freshMs;
  }

  #mend(fault: Fault, original = ''): AccessResult {
    if (!this.#isLeftAlone()) this.#badSinceMs = this.#issuer.clock.nowMs();
    return { ok: false, ending: { kind: 'mend', fault, ...(original === '' ? {} : { original }) } };
  }

  async #renew(from: SignIn): Promise<AccessResult> {
    const { clock, name, platform } = this.#issuer;
    if (this.#unwritten === null) {
      const fields = { grant_type: 'refresh_token', refresh_token: from.refreshToken };
      const answer = await askForTokens(this.#issuer, fields);
      // Somebody has signed in meanwhile: the result for the old sign-in does not count any more.
      if (this.#file.mark() !== this.#mark) return this.#lookAnew();
      if (!answer.ok) {
        return answer.isRefused
          ? this.#mend(connectionFaults.signInRefused(name, platform), answer.ending.original)
          : { ok: false, ending: answer.ending };
      }
      this.#unwritten = signInOf(answer.grant, from, clock.wallMs());
    }
    try {
      this.#file.write(this.#unwritten);
    } catch (error) {
      const fault = connectionFaults.signInUnwritable(this.#file.path, causeInWords(error));
      this.#issuer.log.debug(`The new sign-in was not written: ${originalOf(error)}`);
      return { ok: false, ending: { kind: 'lost', why: fault.what, fault, original: originalOf(error) } };
    }
    this.#signIn = this.#unwritten;
    this.#unwritten = null;
    this.#mark = this.#file.mark();
    this.#usedMark = this.#mark;
    return { ok: true, token: this.#signIn.accessToken };
  }

  #lookAnew(): AccessResult {
    const { name, platform } = this.#issuer;
    const signIn = this.signIn();
    return signIn === null
      ? this.#mend(connectionFaults.notSignedIn(name, platform))
      : { ok: true, token: signIn.accessToken };
  }
}

const grantForm = v.object({
  access_token: v.pipe(v.string(), v.minLength(1)),
  refresh_token: v.nullish(v.string()),
  // Whatever stands there: the old sign-in is used up, and so the new one is not refused for it.
  expires_in: v.optional(v.unknown()),
});

type Grant = v.InferOutput<typeof grantForm>;

type GrantResult =
  | { readonly ok: true; readonly grant: Grant }
  /** `isRefused`: the platform does not take the sign-in; all else may pass by itself. */
  | {
      readonly ok: false;
      readonly isRefused: boolean;
      readonly ending: ConnectionEnding & { readonly original?: string };
    };

/** Asks the platform for tokens; what only a file of secrets says may not be there to be read. */
async function askForTokens(issuer: TokenIssuer, fields: Readonly<Record<string, string>>): Promise<GrantResult> {
  let request: Parameters<typeof askJson>[1];
  try {
    const { headers, body } = formBody({ ...fields, ...issuer.fields() });
    request = { method: 'POST', url: issuer.tokenUrl, headers: { ...headers, ...issuer.headers?.() }, body };
  } catch (error) {
    const fault = connectionFaults.secretsUnreadable(issuer.name, causeInWords(error));
    return {
      ok: false,
      isRefused: false,
      ending: { kind: 'lost', why: fault.what, fault, original: originalOf(error) },
    };
  }
  const answer = await askJson(issuer, request, new AbortController().signal);
  if (!answer.ok) {
    const isRefused = answer.status === 400 || answer.status === 401;
    return { ok: false, isRefused, ending: answer.ending };
  }
  const read = v.safeParse(grantForm, answer.value);
  if (read.success) return { ok: true, grant: read.output };
  const why = `${issuer.name} answers in a form that is not known`;
  return { ok: false, isRefused: false, ending: { kind: 'lost', why } };
}

/** A platform may give no other refresh token: then the one of before goes on. */
function signInOf(grant: Grant, before: Pick<SignIn, 'refreshToken' | 'since' | 'firstSince'>, wallMs: number): SignIn {
  const seconds = secondsIn(grant.expires_in);
  const endsAtMs =
    seconds === null ? null : Math.round(seconds * 1_000) + (seconds > secondsAreAMoment ? 0 : Math.round(wallMs));
  return {
    accessToken: grant.access_token,
    refreshToken: grant.refresh_token || before.refreshToken,
    endsAtMs,
    since: before.since,
    ...(before.firstSince === undefined ? {} : { firstSince: before.firstSince }),
  };
}

/** Null where it says nothing of use: then a token is taken to hold until it is refused. */
function secondsIn(said: unknown): number | null {
  const seconds = typeof said === 'string' && /^\d{1,12}$/.test(said) ? Number(said) : said;
  return typeof seconds === 'number' && seconds > 0 && seconds < secondsMax ? seconds : null;
}

type SignInResult =
  | { readonly ok: true; readonly signIn: SignIn }
  /** `isRefused`: the platform does not take the code; all else may pass by itself. */
  | {
      readonly ok: false;
      readonly isRefused: boolean;
      readonly ending: ConnectionEnding & { readonly original?: string };
    };

/** Exchanges what a person brought back from the platform for a sign-in, and writes it down; throws what the disk says. */
export async function takeSignIn(
  issuer: TokenIssuer,
  file: TokenFile,
  fields: Readonly<Record<string, string>>,
): Promise<SignInResult> {
  const answer = await askForTokens(issuer, { grant_type: 'authorization_code', ...fields });
  if (!answer.ok) return answer;
  const wallMs = Math.round(issuer.clock.wallMs());
  const before = { refreshToken: '', since: wallMs, firstSince: firstSignIn(file) ?? wallMs };
  const signIn = signInOf(answer.grant, before, wallMs);
  if (signIn.refreshToken === '')
    return { ok: false, isRefused: false, ending: { kind: 'lost', why: 'no refresh token came with it' } };
  file.write(signIn);
  return { ok: true, signIn };
}

/** When the first sign-in was that is known of this file; one that cannot be read says nothing. */
export function firstSignIn(file: TokenFile): number | null {
  try {
    const before = file.read();
    return before === null ? null : (before.firstSince ?? before.since);
  } catch {
    return null;
  }
}
