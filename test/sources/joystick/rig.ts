import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../src/domain/clock.ts';
import type { LiveEvent, LiveEventKind } from '../../../src/domain/live-event.ts';
import type { LiveSource } from '../../../src/domain/live-source.ts';
import { silentLog } from '../../../src/domain/log.ts';
import { createGateway, type VirtualGateway } from '../../../src/simulators/gateway/gateway.ts';
import { type Network, networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { type VirtualClock, virtualClock } from '../../../src/simulators/virtual-clock.ts';
import type { HttpPort } from '../../../src/sources/connection/ports.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { keepTokens, type TokenKeeper } from '../../../src/sources/connection/tokens.ts';
import { createJoystickSource, type JoystickDeps } from '../../../src/sources/joystick/source.ts';

export const clientId = 'ink-box';
export const hourMs = 3_600_000;

/** A gateway in software and a source that is signed in to it, which has not begun. */
interface JoystickRig {
  readonly clock: VirtualClock;
  readonly gateway: VirtualGateway;
  readonly network: Network;
  readonly source: LiveSource;
  readonly events: LiveEvent[];
  readonly log: string[];
  readonly debugLog: string[];
  readonly tokens: string;
  /** Kinds of events, with tokens of a tip, or why a connection ended. */
  heard(): string[];
  /** Signs in anew, as a person does. */
  signIn(): void;
  start(forMs?: number): Promise<void>;
  stop(): Promise<void>;
}

interface RigOptions {
  readonly gateway?: Partial<Parameters<typeof createGateway>[0]>;
  readonly deps?: Partial<JoystickDeps>;
  readonly isSignedIn?: boolean;
  /** What the streamer agreed to; to read, unless told. */
  readonly scopes?: readonly string[];
  readonly reconnectMaxAttempts?: number;
}

/** The tokens of a sign-in that lies in a file, renewed where this port leads. */
export function tokensIn(file: string, clock: Clock, http: HttpPort, api = 'https://gateway.example'): TokenKeeper {
  const issuer = {
    clock,
    http,
    clockIsSet: () => true,
    log: silentLog,
    name: 'Joystick.tv',
    platform: 'joystick',
    tokenUrl: `${api}/api/oauth/token`,
    fields: () => ({ client_id: clientId }),
  };
  return keepTokens(issuer, tokenFile(file));
}

const allOfIt: ReadonlySet<LiveEventKind> = new Set<LiveEventKind>([
  'follow',
  'subscribe',
  'wheel',
  'goal',
  'raid',
  'raid-out',
  'chat',
  'join',
]);

function joystickRig(options: RigOptions = {}): JoystickRig {
  const clock = virtualClock(new Date(2026, 10, 20, 18).getTime());
  const gateway = createGateway({ clock, ...options.gateway });
  const network = networkTo({ clock, platform: gateway });
  const folder = mkdtempSync(join(tmpdir(), 'livepen-test-'));
  const file = join(folder, 'sign-in.json');
  const { scopes = ['chat:read', 'stream:read', 'identity:read'] } = options;
  const signIn = () => {
    const { access, refresh } = gateway.installations.install(clientId, scopes);
    const wallMs = clock.wallMs();
    tokenFile(file).write({ accessToken: access, refreshToken: refresh, endsAtMs: wallMs + 4 * hourMs, since: wallMs });
  };
  if (options.isSignedIn !== false) signIn();
  const log: string[] = [];
  const debugLog: string[] = [];
  const say = (sentence: string) => log.push(sentence);
  const { reconnectMaxAttempts = 0 } = options;
  const source = createJoystickSource({
    clock,
    random: () => 0.5,
    log: { debug: (sentence) => debugLog.push(sentence), info: say, warn: say, error: say },
    sockets: network.sockets,
    http: network.http,
    tokens: tokensIn(file, clock, network.http),
    api: 'https://gateway.example',
    reconnectMaxAttempts,
    clockIsSet: () => true,
    settled: null,
    wanted: allOfIt,
    ...options.deps,
  });
  const events: LiveEvent[] = [];
  return {
    clock,
    gateway,
    network,
    source,
    events,
    log,
    debugLog,
    tokens: file,
    signIn,
    heard: () =>
      events.map((event) => {
        if (event.kind === 'tip') return String(event.payload.tokens);
        return event.kind === 'disconnected' ? event.payload.why : event.kind;
      }),
    async start(forMs = 100) {
      source.start({ event: (event) => events.push(event), changed: () => {} });
      await clock.advance(forMs);
    },
    async stop() {
      const stopped = source.stop();
      await clock.advance(5_000);
      await stopped;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs a test on a source that has begun, and ends it whatever happens. */
export async function withJoystick(options: RigOptions, body: (rig: JoystickRig) => Promise<void>): Promise<void> {
  const rig = joystickRig(options);
  try {
    await rig.start();
    await body(rig);
  } finally {
    await rig.stop();
  }
}
