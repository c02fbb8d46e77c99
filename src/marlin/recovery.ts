import { probe } from './framing.ts';
import type { Reply } from './replies.ts';
import {
  accepted,
  type Line,
  lost,
  type Recovering,
  type SenderState,
  type SenderStep,
  type SenderTiming,
} from './sender-state.ts';

/** How far back a firmware may be behind what it was believed to have: false oks in a row. */
const linesBackMax = 32;
const questionsMax = 60;
const unansweredMax = 3;
/** A plotter that never stops talking is interrupted after this time, ms. */
const chatterMaxMs = 2000;

/** Begins a recovery; `rejection` is what the firmware said, if that is why. */
export function recover(
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

/** Something was said during a recovery. */
export function hearWhileRecovering(
  state: SenderState,
  phase: Recovering,
  reply: Reply,
  nowMs: number,
  timing: SenderTiming,
): SenderStep {
  // What comes by itself is no answer to the question.
  if (phase.asked && reply.kind === 'info') return { state, write: null, verdict: null };
  let next: Recovering = { ...phase, unanswered: 0, dueMs: Math.min(nowMs + timing.quietMs, phase.chatterEndsMs) };
  if (reply.kind === 'rejected') {
    next =
      reply.by === 'error'
        ? { ...next, byError: reply.lastLine, byResend: null }
        : { ...next, byResend: reply.lastLine };
  } else if (reply.kind === 'position' && next.line.look) {
    next = { ...next, line: { ...next.line, position: reply.position } };
  } else if (reply.kind === 'ok' && agreed(next) !== null) {
    return decide(state, next, nowMs, timing);
  }
  return { state: { ...state, phase: next }, write: null, verdict: null };
}

/** The line has been quiet, or the question was not answered. */
export function tickRecovery(state: SenderState, phase: Recovering, nowMs: number, timing: SenderTiming): SenderStep {
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
