import type { Cancel, Clock } from '../domain/clock.ts';
import { readReplies } from './replies.ts';

/** The firmware drops moves for a second after an M410; an answer that comes earlier is of a line before it. */
const earliestAnswerMs = 900;
/** Where no answer comes: past the firmware's second, and well before the line that waited begins to move. */
const unansweredMs = 1050;
/** The firmware begins to move a first line 100 ms after it has planned it. A stop later than this may be too late. */
const latestMs = 1085;
/** After an error the firmware empties its receive buffer, a stop with it: in a confused talk it is sent again. */
const againMs = 50;
/** Two in a row: the noise that takes one of them leaves the other. */
const secondAgainMs = 25;

interface QuickStopDeps {
  readonly clock: Clock;
  /** Bytes to the board, outside the numbered talk. */
  readonly write: (text: string) => void;
  /** What the config says: M112 halts the board, and nothing waits in it any more. */
  readonly stopWith: 'M410' | 'M112';
  /** What M115 told; null where it told nothing. */
  readonly emergencyParser: boolean | null;
  /** The board may be emptying its receive buffer. */
  readonly confused: boolean;
  /** A line is on its way, or waits in the firmware. */
  readonly waiting: boolean;
}

/**
 * One stop. A board with EMERGENCY_PARSER obeys M410 in the wait of a line for room in the planner, and after its
 * second it plans that line from where the pen stopped: a stroke askew. A second M410 at the first answer drops it,
 * before it has begun to move. On other boards the second one costs a second, and changes nothing.
 */
export class QuickStop {
  /** When the firmware was last told to stop. */
  lastMs: number;
  /** The second stop came so late that a line that waited may have begun to move. */
  wasLate = false;
  private readonly deps: QuickStopDeps;
  private readonly cancels: Cancel[] = [];
  private isOver = false;

  /** Sends the stop at once. */
  constructor(deps: QuickStopDeps) {
    this.deps = deps;
    this.lastMs = deps.clock.nowMs();
    this.begin();
    if (deps.confused) this.after(againMs, () => this.send());
  }

  /** Nothing more is to be sent, and no answer is waited for. */
  get isDone(): boolean {
    return this.isOver;
  }

  /** A person presses again: perhaps the first one did not arrive. */
  again(): void {
    this.begin();
  }

  /** A line of the firmware. */
  heard(line: string): void {
    if (this.isOver || this.deps.clock.nowMs() - this.lastMs < earliestAnswerMs) return;
    if (readReplies(line).some(({ kind }) => kind === 'ok')) this.second();
  }

  /** Forgets what is still to be sent. */
  end(): void {
    this.isOver = true;
    for (const cancel of this.cancels.splice(0)) cancel();
  }

  private begin(): void {
    const { stopWith, emergencyParser, waiting } = this.deps;
    this.isOver = stopWith === 'M112' || !waiting;
    this.send();
    // A board that says that it has no such parser may have one all the same: then its answer brings the second stop.
    if (emergencyParser !== false) this.secondUnanswered();
  }

  private secondUnanswered(): void {
    const sinceMs = this.lastMs;
    this.after(unansweredMs, () => {
      if (this.isOver) return;
      if (this.lastMs === sinceMs) this.second();
      else this.secondUnanswered();
    });
  }

  private second(): void {
    this.isOver = true;
    this.wasLate ||= this.deps.clock.nowMs() - this.lastMs > latestMs;
    this.send();
    this.after(secondAgainMs, () => this.send());
  }

  /** The end of line before it closes whatever half line the firmware holds. */
  private send(): void {
    this.lastMs = this.deps.clock.nowMs();
    this.deps.write(`\n${this.deps.stopWith}\n`);
  }

  private after(ms: number, task: () => void): void {
    this.cancels.push(this.deps.clock.after(ms, task));
  }
}
