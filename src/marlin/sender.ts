import { frame, probe } from './framing.ts';
import { hearWhileRecovering, recover, tickRecovery } from './recovery.ts';
import { readReplies } from './replies.ts';
import {
  accepted,
  type Line,
  lost,
  type Phase,
  type Recovering,
  type SenderInput,
  type SenderState,
  type SenderStep,
  type SenderTiming,
} from './sender-state.ts';

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

/** The whole talk: one line in flight, its answers, and what to do when they do not come. */
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
    if (phase.kind === 'sent') current = hearAnswer(current.state, phase, reply, input.nowMs, timing);
    else if (phase.kind === 'recovering') {
      current = hearWhileRecovering(current.state, phase, reply, input.nowMs, timing);
    }
  }
  return current;
}

function send(state: SenderState, input: Extract<SenderInput, { kind: 'send' }>): SenderStep {
  const { text, look, patient = false, nowMs } = input;
  if (state.phase.kind !== 'idle') throw new Error(`"${text}" was to be sent while a line is in flight`);
  const number = state.lastLine + 1;
  const line: Line = {
    number,
    text,
    look,
    patient,
    sentMs: nowMs,
    clean: true,
    position: null,
    unknown: false,
    said: [],
    unread: null,
    free: null,
  };
  const phase: Phase = { kind: 'sent', line, heardMs: nowMs, busyMs: nowMs, garbled: false };
  return { state: { ...state, phase }, write: frame(number, text), verdict: null };
}

type Sent = Extract<Phase, { kind: 'sent' }>;
type OneReply = ReturnType<typeof readReplies>[number];

function hearAnswer(state: SenderState, phase: Sent, reply: OneReply, nowMs: number, timing: SenderTiming): SenderStep {
  const { line } = phase;
  const go = (change: Partial<Line>, garbled = phase.garbled): SenderStep => ({
    state: { ...state, phase: { ...phase, line: { ...line, ...change }, heardMs: nowMs, garbled } },
    write: null,
    verdict: null,
  });
  switch (reply.kind) {
    case 'ok':
      if (reply.number !== null && reply.number !== line.number) return go({ clean: false });
      // Without its position a look's ok is one that was left over, unless the position was garbled.
      if (line.look && line.position === null && !phase.garbled) return go({ clean: false });
      return accepted(state, { ...line, free: reply.free, clean: line.clean && !phase.garbled });
    case 'position':
      return go(line.look ? { position: reply.position } : {});
    case 'rejected':
      return recover(state, line, nowMs, timing, reply);
    case 'wait':
      return recover(state, line, nowMs, timing, null);
    case 'unknown-command':
      // A piece of a line was taken for a command of its own, and the ok after it is that command's.
      return reply.text === line.text ? go({ unknown: true }) : recover(state, line, nowMs, timing, null);
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
