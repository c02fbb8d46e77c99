import type { ChatDone, ChatOrder } from '../domain/chat.ts';
import type { LiveFacts, LiveOfMany, LiveSink, LiveSource, SignInUnderWay } from '../domain/live-source.ts';

/** One of the lives that are listened to side by side. */
interface JoinedLive {
  /** The name by which a person refers to it: the platform, and the channel where the platform has several lives. */
  readonly name: string;
  readonly platform: string;
  /** The streamer's place on the platform as it is now, '' where none is set. */
  readonly channel: () => string;
  readonly source: LiveSource;
  /** Begins to sign in; missing where nobody does. */
  readonly signIn?: () => Promise<SignInUnderWay>;
}

/** Listens to several lives as if they were one; each can be switched off for a while. */
export function joinSources(lives: readonly JoinedLive[]): LiveSource {
  return new JoinedSource(lives);
}

class JoinedSource implements LiveSource {
  readonly #lives: readonly JoinedLive[];
  readonly #off = new Set<JoinedLive>();
  /** What was switched off last is still being closed; who switches it on again waits for that. */
  readonly #closing = new Map<JoinedLive, Promise<void>>();
  #sink: LiveSink | null = null;

  constructor(lives: readonly JoinedLive[]) {
    this.#lives = lives;
  }

  start(sink: LiveSink): void {
    this.#sink = sink;
    for (const live of this.#lives) if (!this.#off.has(live)) live.source.start(sink);
  }

  facts(): LiveFacts {
    const lives = this.#lives.map((live) => this.#factsOf(live));
    return { ...joinedFacts(lives), lives };
  }

  #factsOf(live: JoinedLive): LiveOfMany {
    const { name, platform, channel, source, signIn } = live;
    const own = { name, platform, channel: channel(), isOff: this.#off.has(live), signsIn: signIn !== undefined };
    return { ...own, ...source.facts() };
  }

  retryNow(): void {
    for (const live of this.#lives) if (!this.#off.has(live)) live.source.retryNow();
  }

  switchLive(name: string, isOn: boolean): LiveOfMany | null {
    const live = this.#lives.find((each) => each.name === name);
    if (live === undefined) return null;
    if (isOn === this.#off.has(live)) this.#switch(live, isOn);
    return this.#factsOf(live);
  }

  async signIn(name: string): Promise<SignInUnderWay | null> {
    const live = this.#lives.find((each) => each.name === name);
    if (live?.signIn === undefined) return null;
    const { address, take } = await live.signIn();
    return {
      address,
      async take(answer) {
        const taken = await take(answer);
        if (taken.ok) live.source.retryNow();
        return taken;
      },
    };
  }

  /** Writes into the first live whose chat may be written into. */
  async write(order: ChatOrder): Promise<ChatDone | null> {
    for (const live of this.#lives) {
      const done = this.#off.has(live) ? null : ((await live.source.write?.(order)) ?? null);
      if (done !== null) return done;
    }
    return null;
  }

  #switch(live: JoinedLive, isOn: boolean): void {
    const sink = this.#sink;
    if (!isOn) {
      this.#off.add(live);
      if (sink !== null) this.#closing.set(live, live.source.stop('the live was switched off'));
    } else {
      this.#off.delete(live);
      const closed = this.#closing.get(live) ?? Promise.resolve();
      this.#closing.delete(live);
      void closed.then(() => {
        if (this.#sink !== null && !this.#off.has(live)) live.source.start(this.#sink);
      });
    }
    sink?.changed();
  }

  async stop(): Promise<void> {
    this.#sink = null;
    const running = this.#lives.filter((live) => !this.#off.has(live));
    await Promise.all([...running.map(({ source }) => source.stop()), ...this.#closing.values()]);
  }
}

/** What is known of all of them, as if they were one live. */
function joinedFacts(all: readonly LiveOfMany[]): LiveFacts {
  const lives = all.filter(({ isOff }) => !isOff);
  const onAir = lives.filter(({ phase }) => phase !== 'off-air' && phase !== 'stopped');
  const heard = onAir.length > 0 && onAir.every((live) => live.heard);
  // The facts are those of a live with a problem: one that only waits for its stream says less.
  const telling = onAir.find((live) => !live.heard) ?? lives.find((live) => !live.heard) ?? null;
  const hearing = lives.find((live) => live.heard) ?? lives.find(({ room }) => room !== null);
  const attempts = lives.flatMap(({ nextAttemptAtMs }) => (nextAttemptAtMs === null ? [] : [nextAttemptAtMs]));
  const sum = (of: (live: LiveOfMany) => number) => all.reduce((total, live) => total + of(live), 0);
  return {
    heard,
    phase: heard ? 'connected' : (telling?.phase ?? 'stopped'),
    room: hearing?.room ?? null,
    rooms: lives.flatMap(({ room }) => (room === null ? [] : [room])),
    nextAttemptAtMs: attempts.length === 0 ? null : Math.min(...attempts),
    problem: lives.find(({ problem }) => problem !== null)?.problem ?? null,
    silence: heard ? null : (telling?.silence ?? (lives.length === 0 ? allOff : null)),
    reconnects: sum(({ reconnects }) => reconnects),
    undecodable: sum(({ undecodable }) => undecodable),
    standIn: lives.find(({ standIn = null }) => standIn !== null)?.standIn ?? null,
    kept: all.find(({ kept = null }) => kept !== null)?.kept ?? null,
  };
}

const allOff = {
  code: 'switched-off',
  what: 'Every live is switched off.',
  todo: 'Switch one on: `livepen live on NAME`.',
  nextAtMs: null,
} as const;

const notLoaded: LiveFacts = {
  heard: false,
  phase: 'stopped',
  room: null,
  nextAttemptAtMs: null,
  problem: null,
  silence: { code: 'trying', what: 'Looking for the live.', todo: null, nextAtMs: null },
  reconnects: 0,
  undecodable: 0,
};

/** A source whose code is loaded when it starts. */
export function lateSource(load: () => Promise<LiveSource>): LiveSource {
  let source: LiveSource | null = null;
  let loading: Promise<LiveSource> | null = null;
  let sink: LiveSink | null = null;
  return {
    start(to) {
      sink = to;
      loading ??= load();
      void loading.then((loaded) => {
        source = loaded;
        // It may have been stopped meanwhile, or be on its way for another start.
        if (sink === to) loaded.start(to);
      });
    },
    facts: () => source?.facts() ?? notLoaded,
    retryNow: () => source?.retryNow(),
    write: async (order) => (await source?.write?.(order)) ?? null,
    async stop(why) {
      sink = null;
      await loading;
      await source?.stop(why);
    },
  };
}
