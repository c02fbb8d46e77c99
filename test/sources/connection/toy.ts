import type { LiveEvent } from '../../../src/domain/live-event.ts';
import { type Network, networkTo } from '../../../src/simulators/platform/in-memory.ts';
import type { AskedOfPlatform, PlatformEnd, VirtualPlatform } from '../../../src/simulators/platform/platform.ts';
import { jsonAnswer } from '../../../src/simulators/platform/platform.ts';
import { type VirtualClock, virtualClock } from '../../../src/simulators/virtual-clock.ts';
import type { Line, Talk } from '../../../src/sources/connection/attempt.ts';
import { type KeeperSettings, type KeptSource, keepConnection } from '../../../src/sources/connection/keeper.ts';
import type { HttpAnswer, StatusAnswer } from '../../../src/sources/connection/ports.ts';

/** A platform of our own with the least that one can have: it says welcome, and then numbers that are donations. */
class ToyPlatform implements VirtualPlatform {
  readonly ends: PlatformEnd[] = [];
  readonly asked: AskedOfPlatform[] = [];
  refusal: StatusAnswer | null = null;
  /** Sockets stand, and nobody says welcome. */
  isMute = false;
  answers: (asked: AskedOfPlatform) => HttpAnswer | null = () => jsonAnswer(200, {});

  answer(asked: AskedOfPlatform): HttpAnswer | null {
    this.asked.push(asked);
    return this.answers(asked);
  }

  connect(_target: unknown, end: PlatformEnd) {
    if (this.refusal !== null) return this.refusal;
    return {
      opened: () => this.ends.push(end),
      message: (text: string) => {
        if (text === 'hello' && !this.isMute) end.send('welcome');
      },
      closed: () => {
        this.ends.splice(this.ends.indexOf(end), 1);
      },
    };
  }

  /** To everybody who listens. */
  say(text: string): void {
    for (const end of [...this.ends]) end.send(text);
  }
}

function toyTalk(line: Line): Talk {
  return {
    target: async () => ({ url: 'wss://toy.example/' }),
    opened: () => line.send('hello'),
    message(text) {
      if (text === 'welcome') line.heard({ room: '7', channel: 'toy_maker' });
      else if (text === 'bye') line.end({ kind: 'lost', why: 'it said bye' });
      else if (text === 'throw') throw new Error('a bug of the talk');
      else if (text !== 'ping') {
        const payload = { amountMinor: Number(text), currency: 'EUR', text: '', isAudio: false };
        line.event({ kind: 'donation', id: text, atMs: null, user: null, payload });
      }
      return 1;
    },
  };
}

interface Toy {
  readonly clock: VirtualClock;
  readonly platform: ToyPlatform;
  readonly network: Network;
  readonly source: KeptSource;
  readonly events: LiveEvent[];
  readonly log: string[];
  /** Kinds of events, with the amount of a donation or why a connection ended. */
  heard(): string[];
}

/** A keeper of a connection to that platform, which has not begun. */
export function toy(settings: Partial<KeeperSettings> = {}): Toy {
  const clock = virtualClock();
  const platform = new ToyPlatform();
  const network = networkTo({ clock, platform });
  const log: string[] = [];
  const say = (sentence: string) => log.push(sentence);
  const source = keepConnection({
    clock,
    random: () => 0.5,
    log: { debug: () => {}, info: say, warn: say, error: say },
    sockets: network.sockets,
    clockIsSet: () => true,
    platform: 'toy',
    name: 'Toy',
    silenceLimitMs: 30_000,
    confirmLimitMs: 5_000,
    reconnectMaxAttempts: 0,
    settled: null,
    talk: toyTalk,
    ...settings,
  });
  const events: LiveEvent[] = [];
  return {
    clock,
    platform,
    network,
    source,
    events,
    log,
    heard: () =>
      events.map((event) => {
        if (event.kind === 'donation') return String(event.payload.amountMinor);
        return event.kind === 'disconnected' ? event.payload.why : event.kind;
      }),
  };
}

/** Starts it, and lets so much time pass. */
export async function started(settings: Partial<KeeperSettings> = {}, forMs = 100): Promise<Toy> {
  const made = toy(settings);
  made.source.start({ event: (event) => made.events.push(event), changed: () => {} });
  await made.clock.advance(forMs);
  return made;
}
