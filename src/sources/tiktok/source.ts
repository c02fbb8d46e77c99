import { readFileSync } from 'node:fs';
import type { Clock } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import type { Log } from '../../domain/log.ts';
import type { RecallStreaks } from '../../domain/past-streak.ts';
import type { Random } from '../../domain/random.ts';
import type { KeptFrames } from '../kept-frames.ts';
import { directEar } from './direct-ear.ts';
import type { Ear, RawKind } from './ear.ts';
import { faults } from './ending.ts';
import { eulerEar, eulerUrl } from './euler-ear.ts';
import { createListener, type Listener } from './listener.ts';
import { readSecrets, type Secrets } from './secrets.ts';

export type { Listener } from './listener.ts';

/** The `[live]` section of the config. Empty text and null mean "as the provider has it". */
export interface LiveSettings {
  readonly user: string | null;
  readonly provider: 'direct' | 'euler';
  /** Base URL of the sign service or, for the provider euler, of the managed WebSocket. */
  readonly signUrl: string | null;
  /** Numeric id of a room to listen to without asking the platform's pages. */
  readonly room: string | null;
  readonly secretsFile: string | null;
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
    ear: lateEar(deps, wanted),
    // A room alone can be listened to without knowing whose it is.
    user: orNull(settings.user) ?? orNull(settings.room),
    wanted,
    raw: deps.raw ?? nothing,
    undecodable: (frame) => kept?.keep(frame),
    ...(deps.recall === undefined ? {} : { recall: deps.recall }),
    ...(kept === undefined ? {} : { kept: () => kept.facts() }),
  });
}

/** Secrets are read for every attempt: a key that was mended holds from the next one on. */
function lateEar(deps: TikTokDeps, wanted: ReadonlySet<LiveEventKind>): Ear {
  return {
    attempt: (user, listener, afterLive) => {
      const file = orNull(deps.settings.secretsFile);
      try {
        return earOf(deps, readSecrets(file, deps.secrets, readText), wanted).attempt(user, listener, afterLive);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
        queueMicrotask(() => listener.ended({ kind: 'mend', fault: faults.noSecretsFile(file ?? '', code) }));
        return { drain: () => {}, close: () => Promise.resolve() };
      }
    },
  };
}

function earOf(deps: TikTokDeps, secrets: Secrets, wanted: ReadonlySet<LiveEventKind>): Ear {
  const { clock, settings } = deps;
  const clockIsSet = deps.clockIsSet ?? (() => clock.wallMs() >= writtenMs);
  const signUrl = orNull(settings.signUrl);
  if (settings.provider === 'euler') {
    const url = signUrl ?? orNull(deps.secrets.EULER_WS_URL) ?? eulerUrl;
    return eulerEar({ clock, url: url.replace(/^http/, 'ws'), key: secrets.eulerKey, wanted, clockIsSet });
  }
  return directEar({
    clock,
    signUrl,
    signApiKey: secrets.signApiKey,
    session: secrets.session,
    pagesHost: urlOf(orNull(deps.secrets.LIVEPEN_TIKTOK_HOST)),
    room: orNull(settings.room),
    heartbeatMs: deps.heartbeatMs ?? 10_000,
    wanted,
    clockIsSet,
    settled: deps.settled ?? null,
  });
}

/** A host without a scheme is a local double, which speaks plain HTTP. */
function urlOf(host: string | null): string | null {
  return host === null || host.includes('://') ? host : `http://${host}`;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function orNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
