import { type Cancel, type Clock, sleep } from '../domain/clock.ts';
import { LineSplitter } from './framing.ts';
import { type Gauge, newGauge } from './gauge.ts';
import { hearFree, type PlannerSize, unknownSize } from './planner-size.ts';
import type { OpenPort } from './port.ts';
import { QuickStop } from './quick-stop.ts';
import type { Looks } from './rest.ts';
import { newSender, step, wakeAtMs } from './sender.ts';
import type { LossReason, SenderInput, SenderState, SenderStep, SenderTiming, Verdict } from './sender-state.ts';

/** Whoever has heard nothing for so long may have stood still, in a write to a slow disk. */
const staleMs = 250;
/** So long the driver needs at most to hand over what waits at the port. */
const handOverMs = 50;

const waitsForRest = /^(?:M400|G4|G28)\b/;

/** The shell around the sender: owns its timers and one session's port. */
export class Link {
  /** Hears every line while it is set, before the sender does; used before the firmware's last line is known. */
  tap: ((line: string) => void) | null = null;
  /** Hears every line besides. */
  overheard: ((line: string) => void) | null = null;
  /** When anything was heard last. */
  heardMs: number;
  /** When the firmware last took a line; null before the first. */
  answeredMs: number | null = null;
  /** While it is set nothing is sent: a person stops the plotter. */
  held = false;
  /** Whether the firmware tells the angle of a servo; null until it was asked. */
  servoTells: boolean | null = null;
  /** Lines were taken since the last look: one of their answers may have been another's. */
  unlooked = false;
  /** The firmware says that it is busy, when it is. */
  saysBusy = true;
  /** The firmware tells the height of the pen. */
  hasZ = true;
  /** An answer in a form that is not known, by which the session ended. */
  unread: string | null = null;
  /** What looks have taught about the board's steps. */
  gauge: Gauge = newGauge;
  /** What they have shown of the counts that belong to places. */
  looks: Looks | null = null;
  /** What answers have taught about the board's planner. */
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

  /** `onLoss` is told once, when the session is over for whatever reason. */
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
      // A stop outlives the session that it ends.
      this.quickStop?.heard(line);
      if (this.ended !== null) continue;
      this.heardMs = this.clock.nowMs();
      this.overheard?.(line);
      if (this.tap !== null) this.tap(line);
      else this.input({ kind: 'heard', text: line, nowMs: this.heardMs });
    }
  }

  /**
   * Hears what waits at the port before anything moves. While the process stood still somebody may have let go of the
   * motors, and the notice of that is not read before the line that would move them.
   */
  async catchUp(): Promise<void> {
    let sinceMs = this.heardMs;
    while (this.ended === null && this.clock.nowMs() - sinceMs >= staleMs) {
      sinceMs = this.clock.nowMs();
      await sleep(this.clock, handOverMs);
    }
  }

  /** Bytes outside the numbered talk. */
  writeRaw(text: string): void {
    if (this.ended === null) this.port.write(text);
  }

  /** Sends one line and waits for its end; a look is an M114. One at a time. */
  send(text: string, look = false): Promise<Verdict> {
    if (this.ended !== null) return Promise.resolve({ kind: 'lost', why: this.ended });
    if (this.held) return Promise.resolve({ kind: 'lost', why: 'stopped' });
    if (this.settle !== null) throw new Error(`"${text}" was to be sent while a line is in flight`);
    return new Promise((resolve) => {
      this.settle = resolve;
      const patient = !this.saysBusy && waitsForRest.test(text);
      this.input({ kind: 'send', text, look, patient, nowMs: this.clock.nowMs() });
    });
  }

  /** Tells the firmware to stop at once, and gives up the line in flight: the talk is held and has to be begun anew. */
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
        if (free !== null) this.planner = hearFree(this.planner, free, text === 'M400');
      }
      this.answer(result.verdict);
    }
  }

  /** Lines come and go much faster than their time-outs: an alarm that rings too early is left to ring in vain. */
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
