import { type Cancel, type Clock, sleep } from '../../domain/clock.ts';
import { type CheckedCounts, type Gauge, newGauge } from './counts.ts';
import type { OpenPort } from './port.ts';
import { LineSplitter, readReplies } from './replies.ts';
import {
  type LossReason,
  newSender,
  type SenderInput,
  type SenderState,
  type SenderStep,
  type SenderTiming,
  step,
  type Verdict,
  wakeAtMs,
} from './sender.ts';

/** What the answers of a board report of its planner: ADVANCED_OK gives the free places with each `ok`. */
interface PlannerSize {
  /** Free places that were reported at rest, and how often alike; answers carry no checksum. */
  readonly atRest: number;
  readonly alike: number;
}

export const unknownSize: PlannerSize = { atRest: 0, alike: 0 };

const believedAfter = 2;

/** An answer reports so many free places; `isAtRest`: it was given with an empty planner. */
export function learnFree(size: PlannerSize, free: number, isAtRest: boolean): PlannerSize {
  // Never more are free than at rest: what was believed was disturbed.
  if (free > size.atRest && size.alike > 0 && isRing(free + 1)) return { atRest: free, alike: isAtRest ? 1 : 0 };
  if (!isAtRest || !isRing(free + 1)) return size;
  return free === size.atRest
    ? { atRest: free, alike: size.alike + 1 }
    : { atRest: Math.max(free, size.atRest), alike: 1 };
}

/** How many moves the planner's ring has; null where that is not known. It holds one less. */
export function ringOf({ atRest, alike }: PlannerSize): number | null {
  return alike >= believedAfter ? atRest + 1 : null;
}

/** The firmware only builds with a power of two. */
function isRing(blocks: number): boolean {
  return blocks >= 4 && blocks <= 1024 && (blocks & (blocks - 1)) === 0;
}

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
  /** Sends bytes to the board, outside the numbered protocol. */
  readonly write: (text: string) => void;
  /** What the config says: M112 halts the board, and nothing waits in it any more. */
  readonly stopWith: 'M410' | 'M112';
  /** What M115 reported; null where it reported nothing. */
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
  /** When a stop was last sent. */
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
    // A board that reports no such parser may have one all the same: then its answer triggers the second stop.
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

/** If nothing was received for so long, ms, this process itself may have been blocked by a slow disk. */
const staleMs = 250;
/** So long the driver needs at most to hand over what waits at the port. */
const handOverMs = 50;

const waitsForRest = /^(?:M400|G4|G28)\b/;

/** The shell around the sender: owns its timers and one session's port. */
export class Link {
  /** Is given every line while it is set, before the sender; used until the firmware's last line is known. */
  tap: ((line: string) => void) | null = null;
  /** Is given every line too. */
  overheard: ((line: string) => void) | null = null;
  /** When anything was received last. */
  heardMs: number;
  /** When the firmware last took a line; null before the first. */
  answeredMs: number | null = null;
  /** Whether nothing may be sent: a person is stopping the plotter. */
  held = false;
  /** Whether the firmware reports the angle of a servo; null until it was asked. */
  servoReports: boolean | null = null;
  /** Whether lines were taken since the last position check: one of their answers may have belonged to another line. */
  unlooked = false;
  /** The firmware says that it is busy, when it is. */
  saysBusy = true;
  /** The firmware reports the height of the pen. */
  hasZ = true;
  /** An answer in a form that is not known, by which the session ended. */
  unread: string | null = null;
  /** What position checks have shown about the board's steps. */
  gauge: Gauge = newGauge;
  /** What they have shown of the counts that belong to places. */
  checkedCounts: CheckedCounts | null = null;
  /** What answers have shown about the board's planner. */
  planner: PlannerSize = unknownSize;
  /** The stop under way, or the last one. */
  quickStop: QuickStop | null = null;
  readonly clock: Clock;
  private readonly port: OpenPort;
  private readonly timing: SenderTiming;
  private readonly onLoss: (why: LossReason) => void;
  private readonly splitter = new LineSplitter();
  private state: SenderState = newSender(0);
  private settle: ((verdict: Verdict) => void) | null = null;
  private ended: LossReason | null = null;
  private alarm: Cancel = () => {};
  private alarmAtMs = Number.POSITIVE_INFINITY;

  /** `onLoss` is called once, when the session is over for whatever reason. */
  constructor(port: OpenPort, clock: Clock, timing: SenderTiming, onLoss: (why: LossReason) => void) {
    this.port = port;
    this.clock = clock;
    this.timing = timing;
    this.onLoss = onLoss;
    this.heardMs = clock.nowMs();
  }

  get lost(): LossReason | null {
    return this.ended;
  }

  get lastLine(): number {
    return this.state.lastLine;
  }

  get resends(): number {
    return this.state.resends;
  }

  /** The firmware's last line is known: numbering goes on from it. */
  adopt(lastLine: number): void {
    this.state = { ...newSender(lastLine), resends: this.state.resends };
  }

  /** Text from the port. */
  heard(text: string): void {
    for (const line of this.splitter.push(text)) {
      // A stop goes on after the session that it ends.
      this.quickStop?.heard(line);
      if (this.ended !== null) continue;
      this.heardMs = this.clock.nowMs();
      this.overheard?.(line);
      if (this.tap !== null) this.tap(line);
      else this.input({ kind: 'heard', text: line, nowMs: this.heardMs });
    }
  }

  /**
   * Reads what waits at the port before anything moves. While this process was blocked, somebody may have released the
   * motors, and the report of that must be read before the line that would move them.
   */
  async catchUp(): Promise<void> {
    let sinceMs = this.heardMs;
    while (this.ended === null && this.clock.nowMs() - sinceMs >= staleMs) {
      sinceMs = this.clock.nowMs();
      await sleep(this.clock, handOverMs);
    }
  }

  /** Sends bytes outside the numbered protocol. */
  writeRaw(text: string): void {
    if (this.ended === null) this.port.write(text);
  }

  /** Sends one line and waits for its end; a position check is an M114. One at a time. */
  send(text: string, checksPosition = false): Promise<Verdict> {
    if (this.ended !== null) return Promise.resolve({ kind: 'lost', why: this.ended });
    if (this.held) return Promise.resolve({ kind: 'lost', why: 'stopped' });
    if (this.settle !== null) throw new Error(`"${text}" was to be sent while a line is in flight`);
    return new Promise((resolve) => {
      this.settle = resolve;
      const patient = !this.saysBusy && waitsForRest.test(text);
      this.input({ kind: 'send', text, checksPosition, patient, nowMs: this.clock.nowMs() });
    });
  }

  /**
   * Sends a stop at once, and gives up the line in flight: nothing more is sent until the session is synchronised
   * again.
   */
  stop(stopWith: 'M410' | 'M112', emergencyParser: boolean | null, isConfused = false): QuickStop {
    const { phase } = this.state;
    const confused = isConfused || phase.kind === 'recovering' || (phase.kind === 'sent' && phase.garbled);
    const write = (text: string) => this.port.write(text);
    this.quickStop?.end();
    const { clock } = this;
    this.quickStop = new QuickStop({
      clock,
      write,
      stopWith,
      emergencyParser,
      confused,
      waiting: phase.kind !== 'idle',
    });
    this.held = true;
    this.disarm();
    this.state = { ...this.state, phase: { kind: 'idle' } };
    this.answer({ kind: 'lost', why: 'stopped' });
    return this.quickStop;
  }

  /** An answer comes again and again in a form that is not known. */
  cannotRead(answer: string): { readonly kind: 'lost'; readonly why: LossReason } {
    this.unread = answer;
    this.end('unreadable');
    return { kind: 'lost', why: 'unreadable' };
  }

  /** The session is over. */
  end(why: LossReason): void {
    if (this.ended !== null) return;
    this.ended = why;
    this.disarm();
    this.answer({ kind: 'lost', why });
    this.onLoss(why);
  }

  close(): Promise<void> {
    this.end('gone');
    return this.port.close();
  }

  private input(input: SenderInput): void {
    this.apply(step(this.state, input, this.timing));
  }

  private apply(result: SenderStep): void {
    this.state = result.state;
    this.arm();
    if (result.write !== null) this.port.write(result.write);
    if (result.verdict === null) return;
    if (result.verdict.kind === 'lost') this.end(result.verdict.why);
    else {
      if (result.verdict.kind === 'accepted') {
        this.answeredMs = this.clock.nowMs();
        const { text, position, free } = result.verdict.line;
        this.unlooked = position === null;
        if (free !== null) this.planner = learnFree(this.planner, free, text === 'M400');
      }
      this.answer(result.verdict);
    }
  }

  /**
   * Sets the timer for the next time-out. Lines come and go much faster than their time-outs, so a timer that fires too
   * early is not cancelled: it does nothing.
   */
  private arm(): void {
    const atMs = wakeAtMs(this.state, this.timing);
    if (atMs === null || this.alarmAtMs <= atMs) return;
    this.alarm();
    this.alarmAtMs = atMs;
    this.alarm = this.clock.after(Math.max(0, atMs - this.clock.nowMs()), () => {
      this.alarmAtMs = Number.POSITIVE_INFINITY;
      if (this.ended === null) this.input({ kind: 'time', nowMs: this.clock.nowMs() });
    });
  }

  private disarm(): void {
    this.alarm();
    this.alarmAtMs = Number.POSITIVE_INFINITY;
  }

  private answer(verdict: Verdict): void {
    const { settle } = this;
    this.settle = null;
    settle?.(verdict);
  }
}

/** How often a line is sent before the session is given up. */
const triesMax = 20;

/** What the firmware did with a line that moves nothing. */
interface Reply {
  readonly said: readonly string[];
  /** It does not know the command. */
  readonly unknown: boolean;
}

/** Sends a line that moves nothing until the firmware has it; null when the session was lost. */
export async function sendUntilAccepted(link: Link, text: string): Promise<Reply | null> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const verdict = await link.send(text);
    if (verdict.kind === 'lost') return null;
    if (verdict.kind === 'accepted') return { said: verdict.line.said, unknown: verdict.line.unknown };
  }
  link.end('stuck');
  return null;
}

/**
 * Waits until nothing moves; false when the session was lost. A firmware may have the number of a wait that became another
 * command on its way, which has not waited.
 */
export async function waitForRest(link: Link): Promise<boolean> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const verdict = await sendWait(link);
    if (verdict.kind !== 'rejected') return verdict.kind === 'accepted';
  }
  link.end('stuck');
  return false;
}

/** One such wait: sent until it was one. What the firmware lacks, if it rejects it, is the caller's affair. */
export async function sendWait(link: Link): Promise<Verdict> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const verdict = await link.send('M400');
    if (verdict.kind !== 'accepted' || !verdict.line.mayBeAnother) return verdict;
  }
  link.end('stuck');
  return { kind: 'lost', why: 'stuck' };
}

/** Sends such lines one after the other; false when the session was lost. A firmware need not know them. */
export async function sendAllUntilAccepted(link: Link, texts: readonly string[]): Promise<boolean> {
  for (const text of texts) {
    if ((await sendUntilAccepted(link, text)) === null) return false;
  }
  return true;
}

/** Millimetres, and places from the origin. */
export const unitsAndMode: readonly string[] = ['G21', 'G90'];
