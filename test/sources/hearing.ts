import assert from 'node:assert/strict';
import type { Clock } from '../../src/domain/clock.ts';
import type { LiveEvent, LiveEventKind } from '../../src/domain/live-event.ts';
import type { LiveFacts } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { Given } from '../../src/simulators/live/room.ts';
import { startVirtualLive, type VirtualLive, type VirtualLiveOptions } from '../../src/simulators/live/virtual-live.ts';
import { createTikTokSource, type Listener, type TikTokDeps } from '../../src/sources/tiktok/source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';

/** A wait that lasts longer has failed; nothing is asserted about shorter ones. */
const patienceMs = 100_000;

export const allKinds: ReadonlySet<LiveEventKind> = new Set<LiveEventKind>([
  'chat',
  'like',
  'join',
  'follow',
  'share',
  'subscribe',
  'emote',
  'battle',
  'room-user',
  'raw',
]);

export interface HearingOptions {
  readonly provider?: 'direct' | 'euler';
  /** How much faster than real time both the live and the listener run. */
  readonly factor?: number;
  /** Whether the listener looks for the room on the pages, as it does without a room in its settings. */
  readonly pages?: boolean;
  readonly live?: Partial<VirtualLiveOptions>;
  readonly deps?: Partial<TikTokDeps>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Where events go beside the list. */
  readonly offer?: (event: LiveEvent) => void;
}

/** A real listener on a virtual live, with all that it has heard. */
export interface Hearing {
  readonly clock: Clock;
  readonly live: VirtualLive;
  readonly source: Listener;
  readonly events: LiveEvent[];
  readonly log: string[];
  facts(): LiveFacts;
  of<K extends LiveEventKind>(kind: K): Extract<LiveEvent, { kind: K }>[];
  /** Waits until something holds; looks whenever the event loop turns. */
  until(what: string, holds: () => boolean): Promise<void>;
  end(): Promise<void>;
}

/** Starts a live and a listener. */
export async function startHearing(options: HearingOptions = {}): Promise<Hearing> {
  const factor = options.factor ?? 50;
  const provider = options.provider ?? 'direct';
  const clock = systemClock(factor);
  const live = await startVirtualLive({ clock, ...options.live });
  const log: string[] = [];
  const tell = (sentence: string, details: unknown) => log.push(`${sentence} ${JSON.stringify(details ?? {})}`);
  const source = createTikTokSource({
    clock,
    random: seededRandom(7),
    log: { ...silentLog, info: tell, warn: tell, error: tell },
    settings: {
      user: live.user,
      provider,
      signUrl: provider === 'euler' ? live.eulerUrl : live.url,
      room: options.pages === true ? null : live.room.id,
      secretsFile: null,
    },
    secrets: {
      LIVEPEN_TIKTOK_HOST: live.pagesHost,
      LIVEPEN_SIGN_API_KEY: 'made-up-key',
      ...standIns(live),
      ...options.environment,
    },
    heartbeatMs: 10_000 / factor,
    ...options.deps,
  });
  const events: LiveEvent[] = [];
  source.start({
    event: (event) => {
      events.push(event);
      options.offer?.(event);
    },
    changed: () => {},
  });
  return {
    clock,
    live,
    source,
    events,
    log,
    facts: () => source.facts(),
    of: (kind) => events.filter((event): event is Extract<LiveEvent, { kind: typeof kind }> => event.kind === kind),
    until: async (what, holds) => {
      const untilMs = performance.now() + patienceMs;
      while (!holds()) {
        if (performance.now() > untilMs) throw new Error(`${what} did not happen\n${log.join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    end: async () => {
      await source.stop();
      await live.close();
    },
  };
}

/** Where the provider is found that is not the configured one. */
function standIns({ url, eulerUrl }: VirtualLive) {
  return { EULER_WS_URL: eulerUrl, SIGN_API_URL: url };
}

/** Runs a test body on a hearing that has begun, and ends it whatever happens. */
export async function whileHearing(options: HearingOptions, body: (hearing: Hearing) => Promise<void>): Promise<void> {
  const hearing = await startHearing(options);
  try {
    await body(hearing);
  } finally {
    await hearing.end();
  }
}

/** What a ledger must make of the events: streaks by growth, other gifts by message id, per viewer and gift. */
export function fold(events: readonly LiveEvent[]): Map<string, number> {
  const reached = new Map<string, { owner: string; count: number }>();
  for (const event of events) {
    if (event.kind !== 'gift') continue;
    const { gift, count, streak } = event.payload;
    const owner = `${event.room} ${event.user?.id} ${gift.id}`;
    const key = streak === null ? event.id : `${owner} ${streak.group} ${streak.receiver}`;
    reached.set(key, { owner, count: Math.max(count, reached.get(key)?.count ?? 0) });
  }
  const sums = new Map<string, number>();
  for (const { owner, count } of reached.values()) sums.set(owner, (sums.get(owner) ?? 0) + count);
  return new Map([...sums].sort());
}

/** The same sums, of what was truly given. */
export function truth(given: readonly Given[]): Map<string, number> {
  const lines = given.map(({ room, userId, giftId, count }): [string, number] => [
    `${room} ${userId} ${giftId}`,
    count,
  ]);
  return new Map(lines.sort());
}

/** What was heard is what was given. */
export function assertAllHeard({ events, live }: Hearing): void {
  assert.deepEqual(fold(events), truth(live.room.given()));
}
