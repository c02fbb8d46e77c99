import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEvent, LiveEventKind } from '../domain/live-event.ts';
import type { LiveFacts, LiveSink, LiveSource } from '../domain/live-source.ts';
import { isRecording, type RecordedFrame, readRecordedLine } from './recording.ts';
import { decodeEuler } from './tiktok/euler.ts';
import { type Library, loadLibrary, type Message } from './tiktok/provider.ts';
import { Session } from './tiktok/session.ts';
import { decodeFrame, decodeInitial } from './tiktok/webcast.ts';

/**
 * What a recording has to say, decoded by the way that a live takes. A last line that a power cut tore off is left
 * out; any other broken line ends the replay with a fault that names it.
 */
export async function* recordedItems(
  lines: AsyncIterable<string>,
  wanted: ReadonlySet<LiveEventKind>,
): AsyncGenerator<ReplayResult> {
  const library = await loadLibrary();
  let number = 0;
  let broken = 0;
  for await (const text of lines) {
    number += 1;
    if (number === 1 && !isRecording(text)) yield faultAt(1, 'is not the first line of a recording');
    if (number === 1 || text === '') continue;
    if (broken > 0) yield faultAt(broken, 'is no frame of a recording');
    const read = readRecordedLine(text);
    if (read.ok) yield itemOf(library, read.frame, wanted);
    else broken = number;
  }
  if (number === 0) yield faultAt(1, 'is missing: the recording is empty');
}

function itemOf(library: Library, frame: RecordedFrame, wanted: ReadonlySet<LiveEventKind>): ReplayResult {
  return {
    ok: true,
    item: {
      atMs: frame.atMs,
      room: frame.room,
      events: (session) => messagesOf(library, frame, wanted).flatMap((message) => session.event(message) ?? []),
    },
  };
}

/**
 * A frame that did not decode when it came does not decode now: the live went on without it, and so does the replay.
 */
function messagesOf(library: Library, frame: RecordedFrame, wanted: ReadonlySet<LiveEventKind>): readonly Message[] {
  try {
    if (frame.kind === 'initial') return decodeInitial(library, frame.bytes, wanted);
    if (frame.kind === 'frame') return decodeFrame(library, frame.bytes, wanted).messages;
    return decodeEuler(new TextDecoder().decode(frame.bytes), wanted).messages;
  } catch {
    return [];
  }
}

function faultAt(line: number, rule: string): ReplayResult {
  const fault = {
    code: 'replay-broken',
    what: `Line ${line} of the recording ${rule}.`,
    remedy: 'Play a file that `livepen record` has written.',
  };
  return { ok: false, fault };
}

/** What a past session of the ledger has to say, at the times at which it arrived. */
export async function* pastItems(events: Iterable<LiveEvent>): AsyncGenerator<ReplayResult> {
  let firstMs: number | null = null;
  let atMs = 0;
  for (const event of events) {
    firstMs ??= event.arrivedAtMs;
    // The wall clock of that evening may have jumped back.
    atMs = Math.max(atMs, event.arrivedAtMs - firstMs);
    const again = atMs;
    yield { ok: true, item: { atMs: again, room: event.room, events: (session) => [session.again(event)] } };
  }
}

/** Something to be heard again; `atMs` counts from the start and never falls. */
interface ReplayItem {
  readonly atMs: number;
  /** Where it was heard; '' when it does not say. */
  readonly room: string;
  readonly events: (session: Session) => readonly LiveEvent[];
}

type ReplayResult = { readonly ok: true; readonly item: ReplayItem } | { readonly ok: false; readonly fault: Fault };

interface ReplayDeps {
  readonly clock: Clock;
  readonly items: AsyncIterable<ReplayResult>;
  /** How much faster than it was; Infinity does not wait at all. */
  readonly speed: number;
  /** Kinds that are sent beside gifts; what nobody wants is not made. */
  readonly wanted?: ReadonlySet<LiveEventKind>;
  /** The name of the new session. */
  readonly name: string;
}

/** Plays what was heard again, once, under one new session. */
export interface ReplaySource extends LiveSource {
  /** Resolves at the end, or when it is stopped. */
  readonly done: Promise<{ readonly events: number; readonly problem: Fault | null }>;
  readonly session: string;
}

/** A source that replays. Events that arrive are as new as the session: their keys are the replay's own. */
export function createReplaySource(deps: ReplayDeps): ReplaySource {
  return new Replay(deps);
}

class Replay implements ReplaySource {
  readonly done: ReplaySource['done'];
  readonly #deps: ReplayDeps;
  readonly #session: Session;
  #finish: (end: { events: number; problem: Fault | null }) => void = () => {};
  #sink: LiveSink | null = null;
  #cancel: Cancel = () => {};
  #wake: () => void = () => {};
  #events = 0;
  #stopped = false;
  #facts: LiveFacts = {
    heard: false,
    phase: 'stopped',
    room: null,
    nextAttemptAtMs: null,
    problem: null,
    reconnects: 0,
    undecodable: 0,
  };

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
    this.#session = new Session(deps.clock, deps.name, 'replay', deps.wanted ?? new Set(), '');
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get session(): string {
    return this.#session.id;
  }

  start(sink: LiveSink): void {
    if (this.#sink !== null) throw new Error('the replay was started already');
    this.#sink = sink;
    this.#set({ phase: 'connected', heard: true });
    void this.#play();
  }

  facts(): LiveFacts {
    return this.#facts;
  }

  retryNow(): void {
    // A replay that has ended has ended.
  }

  async stop(): Promise<void> {
    if (this.#facts.phase === 'connected') this.#leave('the service stopped');
    this.#stopped = true;
    this.#sink = null;
    this.#cancel();
    this.#wake();
    this.#finish({ events: this.#events, problem: this.#facts.problem });
  }

  async #play(): Promise<void> {
    const { clock, items, speed } = this.#deps;
    const startMs = clock.nowMs();
    let problem: Fault | null = null;
    for await (const result of items) {
      if (this.#stopped) return;
      if (!result.ok) {
        problem = result.fault;
        break;
      }
      const waitMs = startMs + result.item.atMs / speed - clock.nowMs();
      // Also without waiting: a long recording must not hold the event loop.
      await this.#wait(Math.max(0, waitMs));
      if (this.#stopped) return;
      this.#enter(result.item.room);
      for (const event of result.item.events(this.#session)) {
        this.#events += 1;
        this.#sink?.event(event);
      }
    }
    this.#leave('the replay ended');
    this.#set({ phase: 'off-air', heard: false, problem });
    this.#finish({ events: this.#events, problem });
  }

  /** The session begins where the first thing was heard. */
  #enter(room: string): void {
    if (room !== '') this.#session.room = room;
    if (room === '' || this.#facts.room !== null) return;
    this.#sink?.event(this.#session.own({ kind: 'connected', payload: {} }));
    this.#set({ room });
  }

  #leave(why: string): void {
    if (this.#facts.room === null) return;
    const heardUntilMs = Math.round(this.#deps.clock.wallMs());
    this.#sink?.event(this.#session.own({ kind: 'disconnected', payload: { heardUntilMs, why } }));
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#cancel = this.#deps.clock.after(delayMs, resolve);
    });
  }

  #set(change: Partial<LiveFacts>): void {
    this.#facts = { ...this.#facts, ...change };
    this.#sink?.changed();
  }
}
