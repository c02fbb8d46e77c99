import { causeInWords, originalOf } from '../../domain/cause.ts';
import type { Cancel, Random } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import type { LiveFacts, LiveSilence, LiveSink, LiveSource } from '../../domain/live-source.ts';
import type { Log } from '../../domain/log.ts';
import { clockTime } from '../../domain/plain-text.ts';
import { type AttemptSettings, ConnectionAttempt } from './attempt.ts';
import { type ConnectionEnding, connectionFaults, faultOfConnection, silenceAfter, whyEnded } from './ending.ts';
import { asked, backoff, clockRetryMs, jitter, mendRetryMs, stableMs } from './pace.ts';
import { EventSession, type LivePlace } from './session.ts';
import { type UndecodableFrame, UndecodableFrames } from './undecodable.ts';

/** While a person has to do something it is looked this often whether they have. */
const mendedLookMs = 5_000;

export interface KeeperSettings extends AttemptSettings {
  readonly random: Random;
  readonly log: Log;
  /** How events name the platform, and commands call it. */
  readonly platform: string;
  /** After so many attempts in a row that heard nothing it is left alone; 0 never gives up. */
  readonly reconnectMaxAttempts: number;
  /** Whether what only a person can mend may have been mended since it was looked at. */
  readonly isMended?: () => boolean;
  /** Some of the messages that cannot be read go here too, for whoever keeps them on disk. */
  readonly undecodable?: (frame: UndecodableFrame) => void;
}

/** A connection that is kept. */
export interface KeptSource extends LiveSource {
  /** Connects anew at once, whatever stands. */
  reconnect(why: string): void;
  /** Counts a message that came another way and cannot be read. */
  undecodable(method: string, what: string, text: string, cause?: unknown): void;
}

/** Keeps a connection to a platform: one attempt at a time, each followed by the next at the pace that its end asks for. */
export function keepConnection(settings: KeeperSettings): KeptSource {
  return new ConnectionKeeper(settings);
}

class ConnectionKeeper implements KeptSource {
  readonly #settings: KeeperSettings;
  readonly #undecodable: UndecodableFrames;
  #sink: LiveSink | null = null;
  #attempt: ConnectionAttempt | null = null;
  #closing: Promise<void> = Promise.resolve();
  #cancelWait: Cancel = () => {};
  /** Lost in a row, for the pace; and in vain, for giving up. */
  #losses = 0;
  #inVain = 0;
  #limitedUntilMs = 0;
  #silence: Omit<LiveSilence, 'nextAtMs'>;
  readonly #said = new Set<string>();
  #facts: LiveFacts = {
    heard: false,
    phase: 'stopped',
    room: null,
    nextAttemptAtMs: null,
    problem: null,
    reconnects: 0,
    undecodable: 0,
  };

  constructor(settings: KeeperSettings) {
    const { clock, log, undecodable = () => {} } = settings;
    this.#settings = settings;
    this.#undecodable = new UndecodableFrames(clock, log, undecodable);
    this.#silence = { code: 'trying', what: `Connecting to ${settings.name}.`, todo: null };
  }

  start(sink: LiveSink): void {
    if (this.#sink !== null) throw new Error('the source was started already');
    this.#sink = sink;
    this.#losses = 0;
    this.#inVain = 0;
    this.#try();
  }

  facts(): LiveFacts {
    const { heard, nextAttemptAtMs } = this.#facts;
    if (heard) return { ...this.#facts, silence: null };
    // The wall time is said by the clock of now: it may have been set since.
    const { clock } = this.#settings;
    const nextAtMs = nextAttemptAtMs === null ? null : Math.round(clock.wallMs() + nextAttemptAtMs - clock.nowMs());
    return { ...this.#facts, silence: { ...this.#silence, nextAtMs } };
  }

  retryNow(): void {
    if (this.#sink === null || this.#facts.heard) return;
    this.#inVain = 0;
    const { clock, log, name } = this.#settings;
    const waitMs = this.#limitedUntilMs - clock.nowMs();
    if (waitMs > 0) {
      log.info(`${name} is not tried yet: it asks to wait. ${this.#next(waitMs)}`);
      return;
    }
    this.#drop(true);
    this.#try();
  }

  reconnect(why: string): void {
    if (this.#sink === null) return;
    this.#attempt?.leave(why);
    this.#drop(true);
    this.#try();
  }

  async stop(why = 'the service stopped'): Promise<void> {
    this.#attempt?.leave(why);
    this.#drop(true);
    this.#sink = null;
    this.#facts = { ...this.#facts, phase: 'stopped', heard: false, nextAttemptAtMs: null };
    await this.#closing;
  }

  undecodable(method: string, what: string, text: string, cause?: unknown): void {
    const { clock } = this.#settings;
    const bytes = new TextEncoder().encode(text.slice(0, keptCharsMax));
    const room = this.#facts.room ?? '';
    this.#undecodable.add({ wallMs: clock.wallMs(), room, method, what, bytes, cause });
    this.#set({ undecodable: this.#undecodable.count });
  }

  #try(): void {
    this.#cancelWait();
    this.#set({ phase: 'connecting', heard: false, nextAttemptAtMs: null });
    const { clock, random, platform } = this.#settings;
    const attempt: ConnectionAttempt = new ConnectionAttempt(
      this.#settings,
      () => new EventSession(clock, random, platform),
      {
        heard: (place) => this.#heard(place),
        offAir: (what) => this.#offAir(what),
        event: (event) => this.#sink?.event(event),
        undecodable: (...frame) => this.undecodable(...frame),
        ended: (ending) => this.#ended(attempt, ending),
      },
    );
    this.#attempt = attempt;
    void this.#closing.then(() => {
      // One that was given up meanwhile never begins.
      if (this.#attempt === attempt) attempt.begin();
    });
  }

  #heard({ room, channel }: LivePlace): void {
    this.#inVain = 0;
    this.#limitedUntilMs = 0;
    this.#said.clear();
    this.#settings.log.info(`Connected to ${this.#settings.name} as ${channel}.`, { room });
    this.#set({ phase: 'connected', heard: true, room: `${this.#settings.platform}:${room}`, channel, problem: null });
  }

  #offAir(what: string): void {
    this.#inVain = 0;
    this.#limitedUntilMs = 0;
    this.#said.clear();
    this.#silence = { code: 'off-air', what, todo: null };
    this.#settings.log.info(what);
    this.#set({ phase: 'off-air', heard: false, problem: null });
  }

  #ended(attempt: ConnectionAttempt, ending: ConnectionEnding): void {
    this.#drop(false);
    const { clock, name, log, reconnectMaxAttempts } = this.#settings;
    const heardForMs = attempt.heardForMs();
    if (heardForMs !== null && heardForMs >= stableMs) this.#losses = 0;
    const delayMs = this.#delay(ending);
    const nowMs = clock.nowMs();
    if (ending.kind === 'rate-limited') this.#limitedUntilMs = nowMs + delayMs;
    const mustMend = ending.kind === 'mend' || ending.kind === 'no-clock';
    if (mustMend) this.#losses = 0;
    else this.#losses += 1;
    if (!mustMend && !attempt.wasHeard) this.#inVain += 1;
    this.#silence = silenceAfter(ending, name);
    if (ending.original !== undefined) log.debug(`Why there is no connection to ${name}: ${ending.original}`);
    const reconnects = this.#facts.reconnects + (attempt.wasHeard ? 1 : 0);
    if (reconnectMaxAttempts > 0 && this.#inVain >= reconnectMaxAttempts) {
      this.#giveUp(connectionFaults.gaveUp(name, this.#inVain), reconnects);
      return;
    }
    this.#say(ending, delayMs);
    const problem = faultOfConnection(ending);
    const isAboutAPerson = ending.kind === 'mend';
    const nextAttemptAtMs = isAboutAPerson ? null : nowMs + delayMs;
    this.#set({ phase: 'waiting', heard: false, nextAttemptAtMs, problem, reconnects });
    this.#cancelWait = isAboutAPerson ? this.#awaitMend(nowMs + delayMs) : clock.after(delayMs, () => this.#try());
  }

  #delay(ending: ConnectionEnding): number {
    const { random } = this.#settings;
    if (ending.kind === 'mend') return jitter(mendRetryMs, random);
    if (ending.kind === 'no-clock') return jitter(clockRetryMs, random);
    return ending.kind === 'lost' ? backoff(this.#losses, random) : asked(ending.retryAfterMs, this.#losses, random);
  }

  #giveUp(fault: Fault, reconnects: number): void {
    this.#silence = { code: 'refused', what: fault.what, todo: fault.remedy };
    this.#settings.log.warn(`${fault.what} ${fault.remedy}`);
    this.#set({ phase: 'waiting', heard: false, nextAttemptAtMs: null, problem: fault, reconnects });
  }

  /** A person has to do something: it is tried as soon as they have, and now and then. */
  #awaitMend(untilMs: number): Cancel {
    const { clock, isMended = () => false } = this.#settings;
    let cancel: Cancel = () => {};
    const look = () => {
      if (isMended() || clock.nowMs() >= untilMs) this.#try();
      else cancel = clock.after(mendedLookMs, look);
    };
    cancel = clock.after(mendedLookMs, look);
    return () => cancel();
  }

  /** Once for every reason until something is heard: a night without a network is one line, not a thousand. */
  #say(ending: ConnectionEnding, delayMs: number): void {
    const { name, log } = this.#settings;
    const reason = whyEnded(ending, name);
    if (this.#said.has(reason)) return;
    this.#said.add(reason);
    const fault = faultOfConnection(ending);
    const then = ending.kind === 'mend' ? ending.fault.remedy : `${fault?.remedy ?? ''} ${this.#next(delayMs)}`.trim();
    log.warn(`Not connected to ${name}: ${reason.replace(/\.$/, '')}. ${then}`, { kind: ending.kind });
  }

  #next(delayMs: number): string {
    const wallMs = this.#settings.clock.wallMs();
    if (delayMs < 60_000) return `Next attempt in ${Math.round(delayMs / 1_000)} s.`;
    return `Next attempt at ${clockTime(wallMs + delayMs, wallMs)}.`;
  }

  /** Gives up the attempt of now and what is planned; the next one waits until nothing of it is left. */
  #drop(isPolite: boolean): void {
    this.#cancelWait();
    const attempt = this.#attempt;
    this.#attempt = null;
    if (attempt === null) return;
    const { log, name } = this.#settings;
    this.#closing = attempt.close(isPolite).catch((error: unknown) => {
      log.warn(`The old connection to ${name} did not close cleanly: ${causeInWords(error)}.`);
      log.debug(`The old connection did not close: ${originalOf(error)}`);
    });
  }

  #set(change: Partial<LiveFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#sink?.changed();
  }
}

/** More of a message than is kept of it is not even turned to bytes. */
const keptCharsMax = 64 << 10;
