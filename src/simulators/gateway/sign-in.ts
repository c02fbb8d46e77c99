import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import type { HttpAnswer } from '../../sources/connection/ports.ts';
import { type AskedOfPlatform, jsonAnswer } from '../platform/platform.ts';

const codeMs = 10 * 60_000;
/** Of an application without a secret. */
const accessMs = 4 * 60 * 60_000;
const refreshMs = 30 * 24 * 60 * 60_000;

/** What a streamer has agreed to. */
interface Grant {
  readonly client: string;
  readonly scopes: ReadonlySet<string>;
}

interface Consent extends Grant {
  readonly challenge: string;
  readonly redirect: string;
  readonly untilMs: number;
}

interface Installation extends Grant {
  /** Access tokens that hold, by their ends. */
  readonly access: Map<string, number>;
  refresh: string;
  refreshUntilMs: number;
  isRevoked: boolean;
}

/** Consents and tokens: each refresh token works once, and one that comes again takes all tokens away. */
export interface Installations {
  /** The streamer agrees in a browser; returns where the browser is sent. Throws where the address asks for no consent. */
  consent(address: string): string;
  /** The endpoint for tokens. */
  token(request: AskedOfPlatform): HttpAnswer;
  /** What an access token may do; null where it does not hold. */
  grantOf(access: string): Grant | null;
  /** Signs in without a browser; for those who test something else. */
  install(client: string, scopes: readonly string[]): { readonly access: string; readonly refresh: string };
  /** Access tokens that were given out hold no longer; refresh tokens do. */
  expire(): void;
  /** The streamer throws the application out. */
  revoke(): void;
  counts(): { readonly refreshes: number; readonly reused: number };
}

/** The sign-in of a service on which nobody has agreed to anything yet. */
export function openInstallations(clock: Clock, seed: number, expiry: 'seconds' | 'time'): Installations {
  return new Office(clock, seed, expiry);
}

class Office implements Installations {
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #expiry: 'seconds' | 'time';
  readonly #consents = new Map<string, Consent>();
  readonly #byRefresh = new Map<string, Installation>();
  readonly #installations: Installation[] = [];
  #made = 0;
  #refreshes = 0;
  #reused = 0;

  constructor(clock: Clock, seed: number, expiry: 'seconds' | 'time') {
    this.#clock = clock;
    this.#seed = seed;
    this.#expiry = expiry;
  }

  consent(address: string): string {
    const { searchParams: asked } = new URL(address);
    const of = (name: string) => asked.get(name) ?? '';
    if (of('response_type') !== 'code' || of('client_id') === '' || of('code_challenge_method') !== 'S256') {
      throw new Error(`no consent is asked for by ${address}`);
    }
    const code = this.#secret('code');
    this.#consents.set(code, {
      client: of('client_id'),
      scopes: new Set(of('scope').split(' ')),
      challenge: of('code_challenge'),
      redirect: of('redirect_uri'),
      untilMs: this.#clock.wallMs() + codeMs,
    });
    const back = new URL(of('redirect_uri'));
    back.searchParams.set('code', code);
    if (asked.has('state')) back.searchParams.set('state', of('state'));
    return back.href;
  }

  token({ url, body }: AskedOfPlatform): HttpAnswer {
    const form = new URLSearchParams(body);
    const of = (name: string) => form.get(name) ?? url.searchParams.get(name) ?? '';
    const grant = of('grant_type');
    if (grant === 'authorization_code') return this.#redeem(of);
    if (grant === 'refresh_token') return this.#refresh(of('refresh_token'), of('client_id'));
    return refused('unsupported_grant_type');
  }

  #redeem(of: (name: string) => string): HttpAnswer {
    const consent = this.#consents.get(of('code'));
    this.#consents.delete(of('code'));
    const challenge = createHash('sha256').update(of('code_verifier')).digest('base64url');
    const isSound =
      consent !== undefined &&
      consent.untilMs > this.#clock.wallMs() &&
      consent.client === of('client_id') &&
      consent.redirect === of('redirect_uri') &&
      consent.challenge === challenge;
    return isSound ? this.#answer(this.#newInstallation(consent)) : refused('invalid_grant');
  }

  #refresh(refresh: string, client: string): HttpAnswer {
    const installation = this.#byRefresh.get(refresh);
    if (installation === undefined || installation.client !== client) return refused('invalid_grant');
    if (installation.refresh !== refresh) {
      this.#reused += 1;
      installation.isRevoked = true;
    }
    if (installation.isRevoked || installation.refreshUntilMs <= this.#clock.wallMs()) return refused('invalid_grant');
    this.#refreshes += 1;
    return this.#answer(installation);
  }

  #newInstallation({ client, scopes }: Grant): Installation {
    const installation = { client, scopes, access: new Map(), refresh: '', refreshUntilMs: 0, isRevoked: false };
    this.#installations.push(installation);
    return installation;
  }

  #answer(installation: Installation): HttpAnswer {
    const { access, refresh } = this.#tokens(installation);
    const seconds = accessMs / 1_000;
    const expires_in = this.#expiry === 'seconds' ? seconds : Math.floor(this.#clock.wallMs() / 1_000) + seconds;
    return jsonAnswer(200, { access_token: access, token_type: 'Bearer', expires_in, refresh_token: refresh });
  }

  #tokens(installation: Installation): { readonly access: string; readonly refresh: string } {
    const wallMs = this.#clock.wallMs();
    const claims = { exp: Math.floor((wallMs + accessMs) / 1_000), jti: this.#secret('access') };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const access = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${this.#secret('signature')}`;
    installation.access.set(access, wallMs + accessMs);
    installation.refresh = this.#secret('refresh');
    installation.refreshUntilMs = wallMs + refreshMs;
    this.#byRefresh.set(installation.refresh, installation);
    return { access, refresh: installation.refresh };
  }

  grantOf(access: string): Grant | null {
    const holds = (each: Installation) => !each.isRevoked && (each.access.get(access) ?? 0) > this.#clock.wallMs();
    return this.#installations.find(holds) ?? null;
  }

  install(client: string, scopes: readonly string[]): { readonly access: string; readonly refresh: string } {
    return this.#tokens(this.#newInstallation({ client, scopes: new Set(scopes) }));
  }

  expire(): void {
    for (const { access } of this.#installations) access.clear();
  }

  revoke(): void {
    for (const installation of this.#installations) installation.isRevoked = true;
  }

  counts() {
    return { refreshes: this.#refreshes, reused: this.#reused };
  }

  /** Nobody guesses the tokens of a simulator: they need only differ. */
  #secret(what: string): string {
    this.#made += 1;
    return `${what}-${this.#seed}-${this.#made}`;
  }
}

function refused(error: string): HttpAnswer {
  return jsonAnswer(400, { error });
}
