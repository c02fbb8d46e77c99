import { consistent, countsChecked, learnSteps } from '../wire/counts.ts';
import { type Link, sendWait, waitForRest } from '../wire/link.ts';
import { type Position, samePlace } from '../wire/replies.ts';
import type { LossReason, Verdict } from '../wire/sender.ts';
import { checkServo, type Plan, type Step } from './gcode.ts';

const triesMax = 60;
/** So many equal answers that cannot be read are taken for an unknown form, and not for noise. */
const unreadBelievedAfter = 5;
/** How often a servo is sent an angle that it does not take. */
const aimsMax = 5;

/** The result of a position check. */
type PositionCheck =
  | { readonly kind: 'seen'; readonly position: Position }
  /** The firmware lacks lines that it was believed to have; `lastLine` is its last, the position is its true one. */
  | { readonly kind: 'behind'; readonly lastLine: number; readonly position: Position }
  | { readonly kind: 'lost'; readonly why: LossReason };

/** Reads the plan's end. */
export async function checkPosition(link: Link): Promise<PositionCheck> {
  let behind: number | null = null;
  const unread = new Map<string, number>();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const verdict = await link.send('M114', true);
    if (verdict.kind === 'lost') return verdict;
    if (verdict.kind === 'rejected') {
      behind = Math.min(behind ?? verdict.lastLine, verdict.lastLine);
      continue;
    }
    const { position, said, unread: text } = verdict.line;
    if (position !== null && (position.hasZ || !link.hasZ)) {
      return behind === null ? { kind: 'seen', position } : { kind: 'behind', lastLine: behind, position };
    }
    // Noise is never the same twice; an answer in an unknown form is.
    const answer =
      position === null
        ? (text ?? said.find((line) => line.startsWith('X')))
        : `X:${position.xMm.toFixed(2)} Y:${position.yMm.toFixed(2)}, and no Z`;
    if (answer === undefined) continue;
    const alike = (unread.get(answer) ?? 0) + 1;
    unread.set(answer, alike);
    if (alike >= unreadBelievedAfter) return link.cannotRead(answer);
  }
  link.end('stuck');
  return { kind: 'lost', why: 'stuck' };
}

/** How the sending of steps ended. */
export type StreamEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'lost'; readonly why: LossReason }
  /**
   * Two position checks agreed that the plan ends elsewhere. `from` is the last place that was right, `step` what was
   * meant.
   */
  | {
      readonly kind: 'mismatch';
      readonly from: Plan;
      readonly step: Step;
      readonly seen: Position;
      /** Whether places and step counts moved apart: the place was given other coordinates. */
      readonly renamed: boolean;
    }
  | Refused;

/** The firmware does not know a command, or its servo does not hold the angle that was sent several times. */
interface Refused {
  readonly kind: 'unknown-command' | 'servo-astray';
  readonly text: string;
}

/** Who is notified of what becomes of steps. */
export interface StreamWatch {
  /** Before a line is sent: where the plan is to end after it. */
  sent(end: Plan): void;
  /**
   * After every matching position check: the plan's end, and how many moves that made a block it proved since the last.
   */
  proved(end: Plan, blocks: number): void;
}

/**
 * Sends steps one by one, checks the position where that is due or something unexpected was received, and sends again
 * what the firmware does not have. A position that is not the expected one is read twice before it is believed.
 */
export async function stream(link: Link, start: Plan, steps: readonly Step[], watch: StreamWatch): Promise<StreamEnd> {
  const numbers: number[] = [];
  let proven = 0;
  let next = 0;
  let tries = 0;
  const endOf = (count: number): Plan => steps[count - 1]?.end ?? start;
  const firstLacking = (lastLine: number, upTo: number): number => {
    let count = proven;
    while (count < upTo && (numbers[count] ?? Number.POSITIVE_INFINITY) <= lastLine) count += 1;
    return count;
  };
  await link.catchUp();
  // After lines without a position check, an `ok` may have belonged to another line: this check shows that the firmware
  // has them all.
  if (link.unlooked) {
    const seen = await checkPosition(link);
    if (seen.kind === 'lost') return seen;
  }
  while (next < steps.length) {
    const step = steps[next] as Step;
    watch.sent(step.end);
    const verdict = await sendStep(link, step);
    if (verdict.kind !== 'accepted' && verdict.kind !== 'rejected') return verdict;
    let have = firstLacking(verdict.kind === 'rejected' ? verdict.lastLine : Number.POSITIVE_INFINITY, next);
    if (verdict.kind === 'accepted') {
      numbers[next] = verdict.line.number;
      have = next + 1;
      if (verdict.line.clean && !step.checksPosition) {
        next += 1;
        continue;
      }
    }
    const seen = await confirm(
      link,
      () => endOf(have),
      step.end,
      (lastLine) => {
        have = firstLacking(lastLine, have);
      },
    );
    if (seen.kind === 'lost') return seen;
    if (seen.kind === 'elsewhere') {
      const { position, renamed } = seen;
      return { kind: 'mismatch', from: endOf(proven), step, seen: position, renamed };
    }
    if (seen.kind === 'expected' && have > proven) {
      watch.proved(endOf(have), steps.slice(proven, have).filter((one) => one.block).length);
      proven = have;
      tries = 0;
    }
    next = have;
    tries += 1;
    if (tries > triesMax) {
      link.end('stuck');
      return { kind: 'lost', why: 'stuck' };
    }
  }
  return { kind: 'done' };
}

/** Sends one line; that of a servo again until the firmware reports the angle that was meant. */
async function sendStep(link: Link, { text, servo }: Step): Promise<Verdict | Refused> {
  for (let aims = 0; aims < aimsMax; aims += 1) {
    const verdict = text === 'M400' ? await sendWait(link) : await link.send(text);
    if (verdict.kind !== 'accepted') return verdict;
    if (verdict.line.unknown) return { kind: 'unknown-command', text };
    const seen = servo === undefined ? 'right' : await checkServo(link, servo);
    if (seen === 'lost') return { kind: 'lost', why: link.lost ?? 'stuck' };
    if (seen !== 'wrong') return verdict;
  }
  return { kind: 'servo-astray', text };
}

type Confirmed =
  | { readonly kind: 'expected' }
  /** The line that the firmware rejected was executed all the same: its tail came without its number. */
  | { readonly kind: 'ahead' }
  | { readonly kind: 'elsewhere'; readonly position: Position; readonly renamed: boolean }
  | { readonly kind: 'lost'; readonly why: LossReason };

/** So many equal answers are believed against what is expected; more where the answer contradicts itself. */
const believedAfter = 2;
const unlikelyBelievedAfter = 4;

async function confirm(
  link: Link,
  expected: () => Plan,
  meant: Plan,
  onBehind: (lastLine: number) => void,
): Promise<Confirmed> {
  let before: Position | null = null;
  let alike = 0;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const seen = await checkPosition(link);
    if (seen.kind === 'lost') return seen;
    const { position } = seen;
    if (seen.kind === 'behind') onBehind(seen.lastLine);
    if (samePlace(position, expected())) {
      link.gauge = learnSteps(link.gauge, position);
      link.checkedCounts = countsChecked(link.checkedCounts, position);
      return { kind: 'expected' };
    }
    alike = before !== null && samePlace(before, position) ? alike + 1 : 1;
    before = position;
    const renamed = !consistent(link.gauge, position);
    if (alike < (renamed ? unlikelyBelievedAfter : believedAfter)) continue;
    return samePlace(position, meant) ? { kind: 'ahead' } : { kind: 'elsewhere', position, renamed };
  }
  link.end('stuck');
  return { kind: 'lost', why: 'stuck' };
}

/** Reads the plan's end until answers agree, whatever it is; null when the session is lost. */
export async function checkPositionSurely(link: Link): Promise<Position | null> {
  let before: Position | null = null;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const seen = await checkPosition(link);
    if (seen.kind === 'lost') return null;
    const { position } = seen;
    if (before !== null && samePlace(before, position) && consistent(link.gauge, position)) return position;
    if (before !== null && samePlace(before, position) && tries >= unlikelyBelievedAfter) return position;
    before = position;
  }
  link.end('stuck');
  return null;
}

/** So many equal answers are believed, step counts included: they carry no checksum. */
const alikeMin = 3;

/** Waits until nothing moves, and reads place and counts; null when the session is lost. */
export async function comeToRest(link: Link): Promise<Position | null> {
  return (await waitForRest(link)) ? readAtRest(link) : null;
}

/** Reads place and counts of a plotter at rest; null when the session is lost. */
export async function readAtRest(link: Link): Promise<Position | null> {
  const heard = new Map<string, number>();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const seen = await checkPosition(link);
    if (seen.kind === 'lost') return null;
    const { position } = seen;
    const text = [position.xMm, position.yMm, position.zMm, ...position.count].join(' ');
    const alike = (heard.get(text) ?? 0) + 1;
    heard.set(text, alike);
    if (alike >= alikeMin) return position;
  }
  link.end('stuck');
  return null;
}
