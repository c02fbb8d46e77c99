import type { Fault } from './fault.ts';
import type { LiveEvent } from './live-event.ts';

/** Whether and how a live is being listened to; facts, not flags. */
export interface LiveFacts {
  /** True only while frames (or heartbeat answers) of a live really arrive; docs/decisions/0011 says of which. */
  readonly heard: boolean;
  readonly phase: 'stopped' | 'off-air' | 'connecting' | 'connected' | 'waiting';
  /** The room that is or was last heard, null before the first. */
  readonly room: string | null;
  /** Monotonic time of the next attempt, null when none is planned. */
  readonly nextAttemptAtMs: number | null;
  /** What a person must mend, null when nothing. */
  readonly problem: Fault | null;
  readonly reconnects: number;
  /** Frames that did not decode since the start: gifts that may be lost. */
  readonly undecodable: number;
  /** The last of those, of this run or an earlier one, that lie in files for a look; null when there are none. */
  readonly kept?: KeptFrameFacts | null;
}

/** Frames that are kept in files. */
export interface KeptFrameFacts {
  readonly folder: string;
  readonly files: number;
  readonly lastAtMs: number;
}

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
  /** Closes the connection; afterwards the sink hears nothing more. */
  stop(): Promise<void>;
}
