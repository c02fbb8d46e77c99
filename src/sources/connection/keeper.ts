import type { Random } from '../../domain/clock.ts';
import type { LiveFacts, LiveSink, LiveSource } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import { type AttemptSettings, ConnectionAttempt } from './attempt.ts';
import { type ConnectionEnding, faultOfConnection, silenceAfter, whyEnded } from './ending.ts';
import { KeptAttempts } from './kept-attempts.ts';
import { asked, backoff, clockRetryMs, jitter, mendRetryMs, stableMs } from './pace.ts';
import { EventSession, type LivePlace } from './session.ts';
import { type UndecodableFrame, UndecodableFrames } from './undecodable.ts';

/** While a person has to do something, it is checked this often, ms, whether they have. */
const mendedLookMs = 5_000;

export interface KeeperSettings extends AttemptSettings {
  readonly random: Random;
  readonly log: Log;
  /** How events name the platform, and commands call it. */
  readonly platform: string;
  /** After so many attempts in a row that received nothing, no further ones are made; 0 never gives up. */
  readonly reconnectMaxAttempts: number;
  /** Whether a person may have mended what was wrong since it was last checked. */
  readonly isMended?: () => boolean;
  /** Some of the messages that cannot be read go here too, for whoever keeps them on disk. */
  readonly undecodable?: (frame: UndecodableFrame) => void;
}

/** A connection that is kept. */
export interface KeptSource extends LiveSource {
  /** Closes the connection and connects again at once. */
  reconnect(why: string): void;
  /** Counts a message that came another way and cannot be read. */
  undecodable(method: string, what: string, text: string, cause?: unknown): void;
}

/** Keeps a connection to a platform: one attempt at a time; how it ended decides when the next one begins. */
export function keepConnection(settings: KeeperSettings): KeptSource {
  return new ConnectionKeeper(settings);
}

class ConnectionKeeper implements KeptSource {
  readonly #settings: KeeperSettings;
  readonly #undecodable: UndecodableFrames;
  readonly #attempts: KeptAttempts<ConnectionAttempt>;
  /** Lost in a row, for the pace. */
  #losses = 0;

  constructor(settings: KeeperSettings) {
    const { clock, log, name, undecodable = () => {} } = settings;
    this.#settings = settings;
    this.#undecodable = new UndecodableFrames(clock, log, undecodable);
    const silence = { code: 'trying', what: `Connecting to ${name}.`, todo: null } as const;
    this.#attempts = new KeptAttempts({ ...settings, what: name, silence });
  }

  start(sink: LiveSink): void {
    this.#attempts.start(sink);
    this.#losses = 0;
    this.#try();
  }

  facts(): LiveFacts {
    return this.#attempts.facts();
  }

  retryNow(): void {
    const attempts = this.#attempts;
    if (attempts.sink === null || attempts.facts().heard) return;
    attempts.countAnew();
    const { log, name } = this.#settings;
    const waitMs = attempts.limitedForMs;
    if (waitMs > 0) {
      log.info(`${name} is not tried yet: it asks to wait. ${attempts.next(waitMs)}`);
      return;
    }
    attempts.drop(true);
    this.#try();
  }

  reconnect(why: string): void {
    const attempts = this.#attempts;
    if (attempts.sink === null) return;
    attempts.current?.leave(why);
    attempts.drop(true);
    this.#try();
  }

  stop(why = 'the service stopped'): Promise<void> {
    return this.#attempts.stop(why);
  }

  undecodable(method: string, what: string, text: string, cause?: unknown): void {
    const { clock } = this.#settings;
    const bytes = new TextEncoder().encode(text.slice(0, keptCharsMax));
    const room = this.#attempts.facts().room ?? '';
    this.#undecodable.add({ wallMs: clock.wallMs(), room, method, what, bytes, cause });
    this.#attempts.set({ undecodable: this.#undecodable.count });
  }

  #try(): void {
    const attempts = this.#attempts;
    attempts.stopWaiting();
    attempts.set({ phase: 'connecting', heard: false, nextAttemptAtMs: null });
    const { clock, random, platform } = this.#settings;
    const attempt: ConnectionAttempt = new ConnectionAttempt(
      this.#settings,
      () => new EventSession(clock, random, platform),
      {
        heard: (place) => this.#heard(place),
        offAir: (what) => this.#offAir(what),
        event: (event) => attempts.sink?.event(event),
        undecodable: (...frame) => this.undecodable(...frame),
        ended: (ending) => this.#ended(attempt, ending),
      },
    );
    attempts.take(attempt);
    void attempts.closed.then(() => {
      // One that was given up meanwhile never begins.
      if (attempts.current === attempt) attempt.begin();
    });
  }

  #heard({ room, channel }: LivePlace): void {
    const { log, name, platform } = this.#settings;
    this.#attempts.letIn();
    this.#attempts.forgetNews();
    log.info(`Connected to ${name} as ${channel}.`, { room });
    this.#attempts.set({ phase: 'connected', heard: true, room: `${platform}:${room}`, channel, problem: null });
  }

  #offAir(what: string): void {
    this.#attempts.letIn();
    this.#attempts.forgetNews();
    this.#attempts.silence = { code: 'off-air', what, todo: null };
    this.#settings.log.info(what);
    this.#attempts.set({ phase: 'off-air', heard: false, problem: null });
  }

  #ended(attempt: ConnectionAttempt, ending: ConnectionEnding): void {
    const attempts = this.#attempts;
    attempts.drop(false);
    const { clock, name, log } = this.#settings;
    const heardForMs = attempt.heardForMs();
    if (heardForMs !== null && heardForMs >= stableMs) this.#losses = 0;
    const delayMs = this.#delay(ending);
    if (ending.kind === 'rate-limited') attempts.limit(delayMs);
    const mustMend = ending.kind === 'mend' || ending.kind === 'no-clock';
    if (mustMend) this.#losses = 0;
    else this.#losses += 1;
    attempts.silence = silenceAfter(ending, name);
    if (ending.original !== undefined) log.debug(`Why there is no connection to ${name}: ${ending.original}`);
    if (attempt.wasHeard) attempts.set({ reconnects: attempts.facts().reconnects + 1 });
    if (!mustMend && !attempt.wasHeard && attempts.givesUp()) return;
    this.#say(ending, delayMs);
    const problem = faultOfConnection(ending);
    const isAboutAPerson = ending.kind === 'mend';
    const endMs = clock.nowMs() + delayMs;
    attempts.set({ phase: 'waiting', heard: false, nextAttemptAtMs: isAboutAPerson ? null : endMs, problem });
    if (isAboutAPerson) this.#awaitMend(endMs);
    else attempts.wait(delayMs, () => this.#try());
  }

  #delay(ending: ConnectionEnding): number {
    const { random } = this.#settings;
    if (ending.kind === 'mend') return jitter(mendRetryMs, random);
    if (ending.kind === 'no-clock') return jitter(clockRetryMs, random);
    return ending.kind === 'lost' ? backoff(this.#losses, random) : asked(ending.retryAfterMs, this.#losses, random);
  }

  /** Waits for a person to do something: tries as soon as they have, and now and then anyway. */
  #awaitMend(untilMs: number): void {
    const { clock, isMended = () => false } = this.#settings;
    this.#attempts.wait(mendedLookMs, () => {
      if (isMended() || clock.nowMs() >= untilMs) this.#try();
      else this.#awaitMend(untilMs);
    });
  }

  #say(ending: ConnectionEnding, delayMs: number): void {
    const { name, log } = this.#settings;
    const reason = whyEnded(ending, name);
    if (!this.#attempts.isNews(reason)) return;
    const remedy = faultOfConnection(ending)?.remedy ?? '';
    const then = ending.kind === 'mend' ? remedy : `${remedy} ${this.#attempts.next(delayMs)}`.trim();
    log.warn(`Not connected to ${name}: ${reason.replace(/\.$/, '')}. ${then}`, { kind: ending.kind });
  }
}

/** More of a message than is kept of it is not even turned to bytes. */
const keptCharsMax = 64 << 10;
