import type { Clock } from '../../domain/clock.ts';
import type { Link } from '../wire/link.ts';
import { probe, readReplies } from '../wire/replies.ts';

/** Who is at the other end of a port that was just opened. */
export type Handshake =
  | { readonly kind: 'marlin'; readonly lastLine: number; readonly banner: boolean }
  /**
   * It sends something, but is no Marlin: `name` is what it is, or what it sent. Unless `sure`, it may be a Marlin at
   * another baud rate, which now and then looks like text.
   */
  | { readonly kind: 'other'; readonly name: string; readonly sure: boolean }
  | { readonly kind: 'silent'; readonly garbled: boolean }
  | { readonly kind: 'gone' };

/** What was received so far. */
interface HandshakeState {
  readonly byError: number | null;
  readonly byResend: number | null;
  /** A last line that was reported once. */
  readonly first: number | null;
  readonly agreed: number | null;
  readonly banner: boolean;
  readonly marlin: boolean;
  readonly grbl: boolean;
  readonly named: string | null;
  readonly firstWords: string | null;
  readonly garbled: boolean;
  readonly oks: number;
  /** A device of Grbl's kind was asked for its name. */
  readonly askedName: boolean;
}

export const nothingHeard: HandshakeState = {
  byError: null,
  byResend: null,
  first: null,
  agreed: null,
  banner: false,
  marlin: false,
  grbl: false,
  named: null,
  firstWords: null,
  garbled: false,
  oks: 0,
  askedName: false,
};

/** What a line shows about the device. */
export function readHandshake(state: HandshakeState, line: string): HandshakeState {
  const fluid = /FluidNC[^\]:\r\n]{0,30}/.exec(line);
  if (fluid !== null) return { ...state, grbl: true, named: fluid[0].trim() };
  if (/^Grbl |^error:\d+$|^ALARM:\d|^\[VER:|^\[MSG:/.test(line)) {
    return { ...state, grbl: true, named: state.named ?? (line.startsWith('Grbl ') ? line.slice(0, 40) : null) };
  }
  let next = state;
  for (const reply of readReplies(line)) {
    if (reply.kind === 'rejected') {
      next =
        reply.by === 'error'
          ? { ...next, marlin: true, byError: reply.lastLine }
          : { ...next, byResend: reply.lastLine };
    } else if (reply.kind === 'ok') {
      next = { ...next, oks: next.oks + 1 };
    } else if (reply.kind === 'start') {
      next = { ...nothingHeard, banner: true, marlin: true };
    } else if (reply.kind === 'garbage') {
      const readable = /^[\x20-\x7e\t]+$/.test(reply.text);
      next = { ...next, garbled: next.garbled || !readable };
      if (readable && next.firstWords === null) next = { ...next, firstWords: reply.text.slice(0, 60) };
    }
  }
  if (next.byError === null || next.byError !== next.byResend) return next;
  const lastLine = next.byError;
  const agreed = lastLine === next.first ? lastLine : null;
  return { ...next, first: lastLine, agreed, byError: null, byResend: null };
}

const askEveryMs = 1000;
const quietMs = 80;
const nameMs = 600;
const patienceMs = 6000;
const bootPatienceMs = 20_000;

/** How long to wait for more after something was received, ms. */
function pauseMs(state: HandshakeState): number {
  if (state.grbl) return nameMs;
  return state.first !== null ? quietMs : askEveryMs;
}

/** What to do when nothing more comes: end, or write something and wait. */
type HandshakeTurn =
  | { readonly kind: 'end'; readonly result: Handshake }
  | { readonly kind: 'ask'; readonly what: 'last-line' | 'name'; readonly waitMs: number };

/** Decides the next turn, `waitedMs` after the beginning; 6 s at most, 20 s for a Marlin that is starting. */
export function nextTurn(state: HandshakeState, waitedMs: number): HandshakeTurn {
  if (state.agreed !== null) {
    return { kind: 'end', result: { kind: 'marlin', lastLine: state.agreed, banner: state.banner } };
  }
  if (state.grbl) {
    if (!state.askedName && state.named === null) return { kind: 'ask', what: 'name', waitMs: nameMs };
    return { kind: 'end', result: { kind: 'other', name: state.named ?? 'Grbl', sure: true } };
  }
  if (waitedMs < (state.marlin ? bootPatienceMs : patienceMs)) {
    return { kind: 'ask', what: 'last-line', waitMs: askEveryMs };
  }
  const { firstWords, garbled, oks } = state;
  if (firstWords === null) {
    const name = 'a device that says "ok" and counts no lines';
    if (oks > 1) return { kind: 'end', result: { kind: 'other', name, sure: false } };
    return { kind: 'end', result: { kind: 'silent', garbled } };
  }
  return { kind: 'end', result: { kind: 'other', name: `a device that says "${firstWords}"`, sure: false } };
}

/** Asks a device such as Grbl for its name; a Marlin answers that it does not know the command. */
const whoAreYou = '$I\n';

/** A device that never stops sending is interrupted after this time, ms. */
const chatterMaxMs = 2000;

/**
 * Finds out what device is there and, of a Marlin, the last line that it has (reported twice alike). It changes
 * nothing: it sends an end of line and a line with a far too high number, and listens.
 */
export function handshake(link: Link, clock: Clock): Promise<Handshake> {
  return new Promise((resolve) => {
    const beganMs = clock.nowMs();
    let state = nothingHeard;
    let alarm = clock.after(0, turn);
    let turnedMs = beganMs;
    const wait = (ms: number) => {
      alarm();
      alarm = clock.after(ms, turn);
    };
    const end = (result: Handshake) => {
      alarm();
      link.tap = null;
      resolve(result);
    };
    link.tap = (line) => {
      state = readHandshake(state, line);
      wait(Math.max(0, Math.min(pauseMs(state), turnedMs + chatterMaxMs - clock.nowMs())));
    };
    function turn(): void {
      turnedMs = clock.nowMs();
      if (link.lost !== null) {
        end({ kind: 'gone' });
        return;
      }
      const next = nextTurn(state, clock.nowMs() - beganMs);
      if (next.kind === 'end') {
        end(next.result);
        return;
      }
      if (next.what === 'name') state = { ...state, askedName: true };
      link.writeRaw(next.what === 'name' ? whoAreYou : probe);
      wait(next.waitMs);
    }
  });
}
