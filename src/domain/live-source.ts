import type { ChatDone, ChatOrder } from './chat.ts';
import type { Fault } from './fault.ts';
import type { LiveEvent } from './live-event.ts';

/** Whether and how a live is being listened to; facts, not flags. */
export interface LiveFacts {
  /** True only while frames (or heartbeat answers) of a live really arrive; docs/decisions/0011 says of which. */
  readonly heard: boolean;
  readonly phase: 'stopped' | 'off-air' | 'connecting' | 'connected' | 'waiting';
  /** The room that is or was last heard, null before the first. */
  readonly room: string | null;
  /** The streamer's place on the platform, where the source itself learns it. */
  readonly channel?: string;
  /** The same of each channel, where a source hears several. */
  readonly rooms?: readonly string[];
  /** Monotonic time of the next attempt, null when none is planned. */
  readonly nextAttemptAtMs: number | null;
  /** What a person must mend, null when nothing. */
  readonly problem: Fault | null;
  /** Why no live is heard, for people; null while one is. Missing where a source cannot tell. */
  readonly silence?: LiveSilence | null;
  readonly reconnects: number;
  /** Frames that did not decode since the start: gifts that may be lost. */
  readonly undecodable: number;
  /** Which provider stands in for the configured one, and why that one is left alone; null while none does. */
  readonly standIn?: StandIn | null;
  /** The last of those, of this run or an earlier one, that lie in files for a look; null when there are none. */
  readonly kept?: KeptFrameFacts | null;
  /** The same of each live, where a source hears several; all else here is of all of them together. */
  readonly lives?: readonly LiveOfMany[];
}

/** One of several lives that are listened to side by side. */
export interface LiveOfMany extends Omit<LiveFacts, 'lives' | 'rooms'> {
  /** By this a person names it. */
  readonly name: string;
  readonly platform: string;
  /** The streamer's place on the platform, '' where none is set. */
  readonly channel: string;
  /** A person wants it left alone, until it is switched on again or the service starts anew. */
  readonly isOff: boolean;
  /** A person signs in to it. */
  readonly signsIn: boolean;
}

/** Why no live is heard. */
export interface LiveSilence {
  /** `trying` before the first attempt has ended; `refused` until a person does something. */
  readonly code:
    | 'no-user'
    | 'trying'
    | 'off-air'
    | 'rate-limited'
    | 'offline'
    | 'portal'
    | 'refused'
    | 'no-clock'
    | 'lost'
    | 'switched-off';
  /** One sentence. */
  readonly what: string;
  /** What to do, null when there is nothing to do. */
  readonly todo: string | null;
  /** Wall time of the next attempt, null when none is planned or one is under way. */
  readonly nextAtMs: number | null;
}

/** A provider in place of the one that is configured; by their names in the config. */
export interface StandIn {
  readonly provider: string;
  readonly insteadOf: string;
  readonly why: string;
  /** What to do about that, null when there is nothing to do. */
  readonly todo: string | null;
  /** Wall time until which the configured one asked to be left alone; null when it did not. */
  readonly untilMs: number | null;
}

/** Frames that are kept in files. */
export interface KeptFrameFacts {
  readonly folder: string;
  readonly files: number;
  readonly lastAtMs: number;
}

/** A sign-in that a person has begun. */
export interface SignInUnderWay {
  /** To be opened in a browser, on whatever device. */
  readonly address: string;
  /** Takes what they brought back: the whole address to which the browser was sent, or the code in it. */
  take(answer: string): Promise<SignInTaken>;
}

/** What came of it; `original` is what was said word for word, for the log. */
type SignInTaken = { readonly ok: true } | { readonly ok: false; readonly fault: Fault; readonly original?: string };

/** Where a source hands what it has heard. Neither may throw. */
export interface LiveSink {
  event(event: LiveEvent): void;
  /** The facts changed; read them anew. */
  changed(): void;
}

/** Turns what a platform sends into live events. It counts no strokes and knows no ledger. */
export interface LiveSource {
  start(sink: LiveSink): void;
  facts(): LiveFacts;
  /** A person asks: try at once. */
  retryNow(): void;
  /**
   * Switches one of several lives on or off.
   * @returns what is known of it now; null where none has this name
   */
  switchLive?(name: string, isOn: boolean): LiveOfMany | null;
  /** Begins to sign in to a live; null where none has this name, or where nobody signs in. */
  signIn?(name: string): Promise<SignInUnderWay | null>;
  /** Does something in the chat of a live, within seconds; null where no live has a chat that is written into. */
  write?(order: ChatOrder): Promise<ChatDone | null>;
  /**
   * Closes the connection; afterwards the sink hears nothing more. `why` stands in the ledger's gap. A live that was
   * stopped can be started again.
   */
  stop(why?: string): Promise<void>;
}

/** How far what a source reads has come into the ledger: a copy that is put back knows as much as is in it. */
export interface SourceMarks {
  /** Null when there is none of this name. */
  mark(name: string): string | null;
  /** On disk when it returns; throws what the disk says. */
  setMark(name: string, value: string): void;
}
