import type { Position } from './replies.ts';

/** How long the sender waits; ms. */
export interface SenderTiming {
  /** Time without an answer after a line, or after the last `busy`, until the firmware is asked what it has. */
  readonly silenceMs: number;
  /** The same after a line that waits for the motion to end, where the firmware cannot say that it is busy. */
  readonly patientSilenceMs: number;
  /** How long the answer to that question may take. */
  readonly answerMs: number;
  /** How long the line must be quiet before a confused talk begins anew. */
  readonly quietMs: number;
  /** Longest time that one line may keep the firmware busy. */
  readonly busyLimitMs: number;
}

/** A dead link is noticed after 2.2 s + 3 * 0.8 s; with the second between idle looks within the 6 s that are promised. */
export const senderTiming: SenderTiming = {
  silenceMs: 2200,
  patientSilenceMs: 30_000,
  answerMs: 800,
  quietMs: 80,
  busyLimitMs: 1_200_000,
};

/** A line on its way. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** It waits for the motion to end, and the firmware does not say meanwhile that it is busy. */
  readonly patient: boolean;
  /** A look is answered by a position before its ok; everything else by an ok alone. */
  readonly look: boolean;
  readonly sentMs: number;
  /** Nothing odd was heard since it was sent. */
  readonly clean: boolean;
  readonly position: Position | null;
  /** The firmware said that it does not know this very command. */
  readonly unknown: boolean;
  readonly said: readonly string[];
  /** The last answer to it that could not be read. */
  readonly unread: string | null;
  /** Free places in the planner, as its `ok` told. */
  readonly free: number | null;
}

/** How a line ended. */
export type Verdict =
  /** The firmware has it. Unless `clean`, that is known by its number only, and an `ok` may still be on its way. */
  | { readonly kind: 'accepted'; readonly line: Line }
  /** The firmware does not have it: `lastLine` is the last one that it has. */
  | { readonly kind: 'rejected'; readonly lastLine: number }
  | { readonly kind: 'lost'; readonly why: LossReason };

/**
 * After anything odd: wait until all is said, learn the firmware's last line (its error names it twice: `Last Line: L`
 * and `Resend: L+1`, which must agree since answers carry no checksum), swallow the one `ok` that follows.
 */
export interface Recovering {
  readonly kind: 'recovering';
  readonly line: Line;
  readonly byError: number | null;
  readonly byResend: number | null;
  /** The far too high number was sent. */
  readonly asked: boolean;
  readonly dueMs: number;
  readonly chatterEndsMs: number;
  readonly questions: number;
  readonly unanswered: number;
  /** A last line that cannot be, heard once; twice ends the session. */
  readonly odd: number | null;
}

/** Why a session ended. */
export type LossReason =
  | 'reset'
  | 'numbering'
  | 'stranger'
  | 'halted'
  | 'silent'
  | 'stuck'
  | 'unreadable'
  | 'busy-too-long'
  | 'gone'
  | 'stopped';

export type Phase =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'sent';
      readonly line: Line;
      readonly heardMs: number;
      /** When it was sent, or the firmware last said that it is busy: a report that comes by itself is no answer. */
      readonly busyMs: number;
      readonly garbled: boolean;
    }
  | Recovering;

export interface SenderState {
  /** The last line that the firmware has, as far as is known. */
  readonly lastLine: number;
  readonly phase: Phase;
  /** How often a line had to be asked about or sent again. */
  readonly resends: number;
}

export type SenderInput =
  | {
      readonly kind: 'send';
      readonly text: string;
      readonly look: boolean;
      readonly patient?: boolean;
      readonly nowMs: number;
    }
  /** One line of text, without its end. */
  | { readonly kind: 'heard'; readonly text: string; readonly nowMs: number }
  | { readonly kind: 'time'; readonly nowMs: number };

export interface SenderStep {
  readonly state: SenderState;
  readonly write: string | null;
  readonly verdict: Verdict | null;
}

/** The firmware has the line. */
export function accepted(state: SenderState, line: Line): SenderStep {
  return {
    state: { ...state, lastLine: line.number, phase: { kind: 'idle' } },
    write: null,
    verdict: { kind: 'accepted', line },
  };
}

/** The session is over. */
export function lost(state: SenderState, why: LossReason): SenderStep {
  return { state: { ...state, phase: { kind: 'idle' } }, write: null, verdict: { kind: 'lost', why } };
}
