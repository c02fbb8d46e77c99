import { readFileSync } from 'node:fs';
import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Clock, Random } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';
import type { KeptFrames } from '../kept-frames.ts';
import { directProvider } from './direct-provider.ts';
import { type LackingEnding, liveFaults } from './ending.ts';
import { eulerProvider, eulerUrl } from './euler-provider.ts';
import { type FallbackDeps, fallbackProvider } from './fallback-provider.ts';
import { createListener, type Listener } from './listener.ts';
import { hostVariable } from './platform.ts';
import type { Provider, RawKind } from './provider.ts';
import { readSecrets, type Secrets } from './secrets.ts';

export type { Listener } from './listener.ts';

/** The `[live]` section of the config. Empty text and null mean "as the provider has it". */
interface LiveSettings {
  readonly user: string | null;
  readonly provider: 'direct' | 'euler';
  /** Base URL of the sign service or, for the provider euler, of the managed WebSocket. */
  readonly signUrl: string | null;
  /** Numeric id of a room to listen to without asking the platform's pages. */
  readonly room: string | null;
  readonly secretsFile: string | null;
  /** 0 never gives up. */
  readonly reconnectMaxAttempts?: number;
}

export interface TikTokDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: LiveSettings;
  /** The environment; secrets in it win over those of the file. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** Kinds beside gifts and the end of the stream; what nobody wants is not decoded. */
  readonly wanted?: ReadonlySet<LiveEventKind>;
  /** Resolves when all events handed over are on disk: frames are acknowledged only then. */
  readonly settled?: () => Promise<void>;
  /** What an earlier run wrote down of streaks without a group. */
  readonly recall?: RecallStreaks;
  readonly raw?: (kind: RawKind, room: string, bytes: Uint8Array | string) => void;
  /** Where frames that do not decode are kept. */
  readonly kept?: KeptFrames;
  /** Whether the wall time is known; a time before this program was written is not. */
  readonly clockIsSet?: () => boolean;
  /** Real milliseconds between heartbeats; shorter only where a clock runs faster than real time. */
  readonly heartbeatMs?: number;
}

const writtenMs = Date.UTC(2025, 9, 1);

/** A source that listens to a TikTok LIVE. Nothing is loaded before it starts. */
export function createTikTokSource(deps: TikTokDeps): Listener {
  const { clock, random, log, settings, kept } = deps;
  const wanted = deps.wanted ?? new Set<LiveEventKind>();
  const nothing = () => {};
  return createListener({
    clock,
    random,
    log,
    provider: fallbackProvider({ clock, log, ...providersOf(deps, wanted) }),
    // A room alone can be listened to without knowing whose it is.
    user: orNull(settings.user) ?? orNull(settings.room),
    ...(settings.reconnectMaxAttempts === undefined ? {} : { reconnectMaxAttempts: settings.reconnectMaxAttempts }),
    wanted,
    raw: deps.raw ?? nothing,
    undecodable: (frame) => kept?.keep(frame),
    ...(deps.recall === undefined ? {} : { recall: deps.recall }),
    ...(kept === undefined ? {} : { kept: () => kept.facts() }),
  });
}

type ProviderName = LiveSettings['provider'];

/** The provider that is configured, and the other one where it is set up as well. */
function providersOf(deps: TikTokDeps, wanted: ReadonlySet<LiveEventKind>): Pick<FallbackDeps, 'first' | 'other'> {
  const { provider } = deps.settings;
  return {
    first: { name: provider, provider: lateProvider(deps, wanted, provider, (secrets) => secrets) },
    other(failure) {
      const name = provider === 'direct' ? 'euler' : 'direct';
      if (!isSetUp(deps, name)) return null;
      const isKeyRefused = failure.kind === 'mend' && failure.fault.code === 'live-key-refused';
      const usable = (secrets: Secrets): Secrets =>
        isKeyRefused && secrets.signApiKey === secrets.eulerKey?.value ? { ...secrets, signApiKey: null } : secrets;
      return { name, provider: lateProvider(deps, wanted, name, usable) };
    },
  };
}

/** The connector needs nothing; the managed WebSocket needs a key, and knows a live by its user alone. */
function isSetUp(deps: TikTokDeps, provider: ProviderName): boolean {
  if (provider === 'direct') return true;
  try {
    return orNull(deps.settings.user) !== null && secretsOf(deps).eulerKey !== null;
  } catch {
    return false;
  }
}

function secretsOf({ settings, secrets }: TikTokDeps): Secrets {
  return readSecrets(orNull(settings.secretsFile), secrets, readText);
}

function secretsOrWhy(deps: TikTokDeps): Secrets | LackingEnding {
  try {
    return secretsOf(deps);
  } catch (error) {
    const fault = liveFaults.noSecretsFile(orNull(deps.settings.secretsFile) ?? '', causeInWords(error));
    return { kind: 'mend', fault, original: originalOf(error) };
  }
}

/** Secrets are read for every attempt, so that a corrected key is used by the next one. */
function lateProvider(
  deps: TikTokDeps,
  wanted: ReadonlySet<LiveEventKind>,
  provider: ProviderName,
  usable: (secrets: Secrets) => Secrets,
): Provider {
  return {
    lacks: () => {
      const secrets = secretsOrWhy(deps);
      if ('kind' in secrets) return secrets;
      const lacksKey = provider === 'euler' && usable(secrets).eulerKey === null;
      return lacksKey ? { kind: 'mend', fault: liveFaults.noKey } : null;
    },
    attempt: (user, listener, afterLive) => {
      const secrets = secretsOrWhy(deps);
      if (!('kind' in secrets)) {
        return providerOf(deps, provider, usable(secrets), wanted).attempt(user, listener, afterLive);
      }
      queueMicrotask(() => listener.ended(secrets));
      return { drain: () => {}, close: () => Promise.resolve() };
    },
  };
}

function providerOf(
  deps: TikTokDeps,
  provider: ProviderName,
  secrets: Secrets,
  wanted: ReadonlySet<LiveEventKind>,
): Provider {
  const { clock, settings } = deps;
  const clockIsSet = deps.clockIsSet ?? (() => clock.wallMs() >= writtenMs);
  // Another service than the usual one is named for the provider that is configured.
  const signUrl = provider === settings.provider ? orNull(settings.signUrl) : null;
  if (provider === 'euler') {
    const url = signUrl ?? orNull(deps.secrets.EULER_WS_URL) ?? eulerUrl;
    const settled = deps.settled ?? null;
    return eulerProvider({
      clock,
      url: url.replace(/^http/, 'ws'),
      key: secrets.eulerKey,
      wanted,
      clockIsSet,
      settled,
    });
  }
  return directProvider({
    clock,
    signUrl: signUrl ?? orNull(deps.secrets.SIGN_API_URL),
    signApiKey: secrets.signApiKey,
    session: secrets.session,
    pagesHost: urlOf(orNull(deps.secrets[hostVariable])),
    room: orNull(settings.room),
    heartbeatMs: deps.heartbeatMs ?? 10_000,
    wanted,
    clockIsSet,
    settled: deps.settled ?? null,
  });
}

/** A host without a scheme is a local stand-in for tests, which speaks plain HTTP. */
function urlOf(host: string | null): string | null {
  return host === null || host.includes('://') ? host : `http://${host}`;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function orNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
