import { frame, type Position, probe, type Reply, readReplies } from './replies.ts';

/** How long the sender waits; ms. */
export interface SenderTiming {
  /** Time without an answer after a line, or after the last `busy`, until the firmware is asked what it has. */
  readonly silenceMs: number;
  /** The same after a line that waits for the motion to end, where the firmware cannot say that it is busy. */
  readonly patientSilenceMs: number;
  /** How long the answer to that question may take. */
  readonly answerMs: number;
  /** How long nothing must be received before the protocol is synchronised again after an error. */
  readonly quietMs: number;
  /** Longest time that one line may keep the firmware busy. */
  readonly busyLimitMs: number;
}

/**
 * A dead link is noticed after 2.2 s + 3 * 0.8 s; with the second between idle checks within the 6 s that are promised.
 */
export const senderTiming: SenderTiming = {
  silenceMs: 2200,
  patientSilenceMs: 30_000,
  answerMs: 800,
  quietMs: 80,
  busyLimitMs: 1_200_000,
};

/** A line on its way. */
interface Line {
  readonly number: number;
  readonly text: string;
  /** Whether it waits for the motion to end while the firmware does not report that it is busy. */
  readonly patient: boolean;
  /** A position check is answered by a position before its ok; everything else by an ok alone. */
  readonly checksPosition: boolean;
  readonly sentMs: number;
  /** Whether nothing unexpected was received since it was sent. */
  readonly clean: boolean;
  readonly position: Position | null;
  /** Whether the firmware reported that it does not know this command. */
  readonly unknown: boolean;
  /** Whether the firmware reported an unknown command that this one may have become through noise. */
  readonly mayBeAnother: boolean;
  readonly said: readonly string[];
  /** The last answer to it that could not be read. */
  readonly unread: string | null;
  /** Free places in the planner, as its `ok` reported. */
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
 * After anything unexpected: wait until nothing more comes, learn the firmware's last line (its error names it twice,
 * `Last Line: L` and `Resend: L+1`, which must agree since answers carry no checksum), and ignore the one `ok` that
 * follows.
 */
interface Recovering {
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
  /** An impossible last line that was reported once; a second time ends the session. */
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

type Phase =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'sent';
      readonly line: Line;
      readonly heardMs: number;
      /** When it was sent, or the firmware last reported that it is busy; a report that comes unasked is no answer. */
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
      readonly checksPosition: boolean;
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
function accepted(state: SenderState, line: Line): SenderStep {
  return {
    state: { ...state, lastLine: line.number, phase: { kind: 'idle' } },
    write: null,
    verdict: { kind: 'accepted', line },
  };
}

/** The session is over. */
function lost(state: SenderState, why: LossReason): SenderStep {
  return { state: { ...state, phase: { kind: 'idle' } }, write: null, verdict: { kind: 'lost', why } };
}

/** By so many lines a firmware may be behind what it was believed to have, through false `ok`s in a row. */
const linesBackMax = 32;
const questionsMax = 60;
const unansweredMax = 3;
/** A plotter that never stops sending is interrupted after this time, ms. */
const chatterMaxMs = 2000;

/** Begins a recovery; `rejection` is what the firmware said, if that is why. */
function recover(
  state: SenderState,
  line: Line,
  nowMs: number,
  timing: SenderTiming,
  rejection: Extract<Reply, { kind: 'rejected' }> | null,
): SenderStep {
  const phase: Recovering = {
    kind: 'recovering',
    line: { ...line, clean: false },
    byError: rejection?.by === 'error' ? rejection.lastLine : null,
    byResend: rejection?.by === 'resend' ? rejection.lastLine : null,
    asked: false,
    dueMs: nowMs + timing.quietMs,
    chatterEndsMs: nowMs + chatterMaxMs,
    questions: 0,
    unanswered: 0,
    odd: null,
  };
  return { state: { ...state, phase, resends: state.resends + 1 }, write: null, verdict: null };
}

/** Something was received during a recovery. */
function replyWhileRecovering(
  state: SenderState,
  phase: Recovering,
  reply: Reply,
  nowMs: number,
  timing: SenderTiming,
): SenderStep {
  // What comes unasked is no answer to the question.
  if (phase.asked && reply.kind === 'info') return { state, write: null, verdict: null };
  let next: Recovering = { ...phase, unanswered: 0, dueMs: Math.min(nowMs + timing.quietMs, phase.chatterEndsMs) };
  if (reply.kind === 'rejected') {
    next =
      reply.by === 'error'
        ? { ...next, byError: reply.lastLine, byResend: null }
        : { ...next, byResend: reply.lastLine };
  } else if (reply.kind === 'unknown-command') {
    next = { ...next, line: { ...next.line, mayBeAnother: true } };
  } else if (reply.kind === 'position' && next.line.checksPosition) {
    next = { ...next, line: { ...next.line, position: reply.position } };
  } else if (reply.kind === 'ok' && agreed(next) !== null) {
    return decide(state, next, nowMs, timing);
  }
  return { state: { ...state, phase: next }, write: null, verdict: null };
}

/** Nothing was received for `quietMs`, or the question was not answered. */
function tickRecovery(state: SenderState, phase: Recovering, nowMs: number, timing: SenderTiming): SenderStep {
  if (agreed(phase) !== null) return decide(state, phase, nowMs, timing);
  return askAgain(state, phase, nowMs, timing);
}

function askAgain(state: SenderState, phase: Recovering, nowMs: number, timing: SenderTiming): SenderStep {
  const unanswered = phase.unanswered + (phase.asked ? 1 : 0);
  if (unanswered >= unansweredMax) return lost(state, 'silent');
  if (phase.questions >= questionsMax) return lost(state, 'stuck');
  const next: Recovering = {
    ...phase,
    byError: null,
    byResend: null,
    asked: true,
    dueMs: nowMs + timing.answerMs,
    chatterEndsMs: nowMs + chatterMaxMs,
    questions: phase.questions + 1,
    unanswered,
  };
  return { state: { ...state, phase: next }, write: probe, verdict: null };
}

function agreed(phase: Recovering): number | null {
  return phase.byError !== null && phase.byError === phase.byResend ? phase.byError : null;
}

function decide(state: SenderState, phase: Recovering, nowMs: number, timing: SenderTiming): SenderStep {
  const lastLine = agreed(phase);
  const { line } = phase;
  if (lastLine === line.number) return accepted(state, line);
  if (lastLine !== null && lastLine < line.number && lastLine >= line.number - linesBackMax) {
    return {
      state: { ...state, lastLine, phase: { kind: 'idle' } },
      write: null,
      verdict: { kind: 'rejected', lastLine },
    };
  }
  if (lastLine !== null && lastLine === phase.odd) return lost(state, 'numbering');
  return askAgain(state, { ...phase, odd: lastLine }, nowMs, timing);
}

const answerLinesMax = 100;

/** A sender that knows which line the firmware had last. */
export function newSender(lastLine: number): SenderState {
  return { lastLine, phase: { kind: 'idle' }, resends: 0 };
}

/** When `time` is due next; null when nothing is awaited. */
export function wakeAtMs(state: SenderState, timing: SenderTiming): number | null {
  const { phase } = state;
  if (phase.kind === 'idle') return null;
  if (phase.kind === 'recovering') return phase.dueMs;
  const silenceMs = phase.line.patient ? timing.patientSilenceMs : timing.silenceMs;
  const quietAtMs = phase.garbled ? phase.heardMs + timing.quietMs : Number.POSITIVE_INFINITY;
  return Math.min(quietAtMs, phase.busyMs + silenceMs, phase.line.sentMs + timing.busyLimitMs);
}

/** The whole protocol as a pure step: one line in flight, its answers, and what to do when they do not come. */
export function step(state: SenderState, input: SenderInput, timing: SenderTiming): SenderStep {
  if (input.kind === 'send') return send(state, input);
  if (input.kind === 'time') return tick(state, input.nowMs, timing);
  const replies = readReplies(input.text);
  if (replies.some(({ kind }) => kind === 'start')) return lost(state, 'reset');
  if (replies.some(({ kind }) => kind === 'halted')) return lost(state, 'halted');
  let current: SenderStep = { state, write: null, verdict: null };
  for (const reply of replies) {
    if (current.verdict !== null) break;
    const { phase } = current.state;
    if (phase.kind === 'sent') current = replyToSent(current.state, phase, reply, input.nowMs, timing);
    else if (phase.kind === 'recovering') {
      current = replyWhileRecovering(current.state, phase, reply, input.nowMs, timing);
    }
  }
  return current;
}

function send(state: SenderState, input: Extract<SenderInput, { kind: 'send' }>): SenderStep {
  const { text, checksPosition, patient = false, nowMs } = input;
  if (state.phase.kind !== 'idle') throw new Error(`"${text}" was to be sent while a line is in flight`);
  const number = state.lastLine + 1;
  const line: Line = {
    number,
    text,
    checksPosition,
    patient,
    sentMs: nowMs,
    clean: true,
    position: null,
    unknown: false,
    mayBeAnother: false,
    said: [],
    unread: null,
    free: null,
  };
  const phase: Phase = { kind: 'sent', line, heardMs: nowMs, busyMs: nowMs, garbled: false };
  return { state: { ...state, phase }, write: frame(number, text), verdict: null };
}

type Sent = Extract<Phase, { kind: 'sent' }>;
type OneReply = ReturnType<typeof readReplies>[number];

function replyToSent(
  state: SenderState,
  phase: Sent,
  reply: OneReply,
  nowMs: number,
  timing: SenderTiming,
): SenderStep {
  const { line } = phase;
  const go = (change: Partial<Line>, garbled = phase.garbled): SenderStep => ({
    state: { ...state, phase: { ...phase, line: { ...line, ...change }, heardMs: nowMs, garbled } },
    write: null,
    verdict: null,
  });
  switch (reply.kind) {
    case 'ok':
      if (reply.number !== null && reply.number !== line.number) return go({ clean: false });
      // Without its position the ok of a position check is one that was left over, unless the position was garbled.
      if (line.checksPosition && line.position === null && !phase.garbled) return go({ clean: false });
      return accepted(state, { ...line, free: reply.free, clean: line.clean && !phase.garbled });
    case 'position':
      return go(line.checksPosition ? { position: reply.position } : {});
    case 'rejected':
      return recover(state, line, nowMs, timing, reply);
    case 'wait':
      return recover(state, line, nowMs, timing, null);
    case 'unknown-command':
      // A piece of a line was taken for a command of its own, and the ok after it is that command's.
      return reply.text === line.text
        ? go({ unknown: true })
        : recover(state, { ...line, mayBeAnother: true }, nowMs, timing, null);
    case 'info':
      return go({ said: line.said.length < answerLinesMax ? [...line.said, reply.text] : line.said });
    case 'garbage':
      return go({ clean: false, unread: reply.text }, true);
    case 'busy':
      return { ...go({}), state: { ...state, phase: { ...phase, heardMs: nowMs, busyMs: nowMs } } };
    default:
      return go({});
  }
}

function tick(state: SenderState, nowMs: number, timing: SenderTiming): SenderStep {
  const dueMs = wakeAtMs(state, timing);
  if (dueMs === null || nowMs < dueMs || state.phase.kind === 'idle') return { state, write: null, verdict: null };
  if (state.phase.kind === 'recovering') return tickRecovery(state, state.phase, nowMs, timing);
  if (nowMs - state.phase.line.sentMs >= timing.busyLimitMs) return lost(state, 'busy-too-long');
  return askLastLine(state, state.phase.line, nowMs, timing);
}

/** Sends the question which line the firmware has. */
function askLastLine(state: SenderState, line: Line, nowMs: number, timing: SenderTiming): SenderStep {
  const begun = recover(state, line, nowMs, timing, null);
  if (begun.state.phase.kind !== 'recovering') return begun;
  const phase: Recovering = { ...begun.state.phase, asked: true, dueMs: nowMs + timing.answerMs };
  return { state: { ...begun.state, phase }, write: probe, verdict: null };
}
