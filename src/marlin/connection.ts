import { type Clock, sleep } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { PlotterResult } from '../domain/plotter.ts';
import type { Random } from '../domain/random.ts';
import type { Body } from './body.ts';
import { choosePort, identityOf, isKnown } from './choose-port.ts';
import { faults } from './faults.ts';
import { greet } from './greet.ts';
import type { Hello } from './hello.ts';
import { Link } from './link.ts';
import { Nap } from './nap.ts';
import { done, refused } from './order-parts.ts';
import { isRefusal, type OpenPort, type PortFinder } from './port.ts';
import { letsGoOfMotors } from './replies.ts';
import { type LossReason, senderTiming } from './sender-state.ts';
import { establish, type Told } from './session.ts';
import { cutShort, quietAfterStopMs, stopAgainMs, stopBytes } from './stopping.ts';

const lookForPortsMs = 1000;
const afterFailureMs = 1000;
/** A device that is no plotter, or does not answer, is not poked more often than this. */
const afterStrangerMs = 30_000;
/** A board that begins anew takes longer than this before it answers. */
const promptMs = 1000;
const usualBaudRates = [250_000, 115_200];

export interface ConnectionDeps {
  readonly body: Body;
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: PortFinder;
  readonly sheetIsEmpty: () => boolean;
  /** A session stands: what has to be done first. */
  readonly onReady: () => void;
}

/** Finds the plotter, keeps a session with it, and finds it again; for ever, until closed. */
export class Connection {
  private readonly deps: ConnectionDeps;
  private closed = false;
  /** A person said that whatever is there is right: holds for one attempt. */
  private accept = false;
  private accepting = false;
  private readonly nap: Nap;
  private running: Promise<void> | null = null;
  private port: OpenPort | null = null;
  private link: Link | null = null;
  /** After a stop the plotter drops what it is told, and its place is not true yet. */
  private quietUntilMs = 0;
  /** How often a port was opened and asked who is there. */
  private greetings = 0;
  private aliveMs: number | null = null;
  private goodBaudRate: number | null = null;
  /** Words that were heard in this round, at whichever speed; a Marlin at another one still wins. */
  private stranger: Fault | null = null;
  /** Rounds in which nobody answered. */
  private silences = 0;

  constructor(deps: ConnectionDeps) {
    this.deps = deps;
    this.nap = new Nap(deps.clock);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** A person asks: forget a fault, look at once, and take the only device there is. */
  retryNow(): void {
    this.deps.body.fault = null;
    this.deps.body.linkFault = null;
    this.deps.body.misses = 0;
    this.accept = this.deps.body.phase !== 'ready';
    this.deps.body.changed();
    this.nap.wake();
  }

  /** A person stops a plotter whose session does not stand yet: what it may be doing all the same ends. */
  stop(): PlotterResult {
    const { body, clock } = this.deps;
    const { port, link } = this;
    if (port === null || link === null) return refused(faults.notReady());
    cutShort(body);
    port.write(stopBytes(body));
    // The board may have answered a question with an error just now, and have lost what came after it.
    clock.after(stopAgainMs, () => port.write(stopBytes(body)));
    this.quietUntilMs = clock.nowMs() + quietAfterStopMs;
    const halts = body.settings.stopWith === 'M112';
    link.end(halts ? 'halted' : 'stopped');
    const forgotten = halts ? body.originIsLost() : null;
    return forgotten === null ? done : refused(forgotten);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.deps.body.link?.end('gone');
    this.nap.wake();
    await this.port?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const waitMs = await this.attempt();
      if (!this.closed && waitMs > 0) await this.nap.sleep(waitMs);
    }
  }

  private show(phase: Body['phase'], port: string | null, fault: Body['linkFault']): void {
    const { body } = this.deps;
    const before = body.linkFault;
    body.phase = phase;
    body.port = port ?? body.port;
    body.linkFault = fault;
    if (fault !== null && fault.code !== before?.code) body.log.warn(`${fault.what} ${fault.remedy}`);
    body.changed();
  }

  /** One attempt from the list of ports to the end of a session; gives the pause before the next. */
  private async attempt(): Promise<number> {
    const { body, ports } = this.deps;
    const listed = await ports.list();
    this.accepting = this.accept;
    this.accept = false;
    const choice = choosePort(body.settings.port, listed, body.record.identity, this.accepting);
    if (choice.kind !== 'open') {
      this.show('absent', null, choice.kind === 'ask' ? choice.fault : null);
      return lookForPortsMs;
    }
    this.stranger = null;
    for (const baudRate of this.ratesToTry()) {
      const found = await this.openAt(choice.path, choice.id, baudRate);
      if (typeof found === 'number' || this.closed) return typeof found === 'number' ? found : 0;
    }
    this.silences += 1;
    if (this.stranger !== null) {
      this.show('absent', choice.path, this.stranger);
      return afterStrangerMs;
    }
    const halted = body.linkFault?.code === 'link-halted' ? body.linkFault : null;
    // The plotter that was used before is switched off, or starting: that is no fault.
    const known = isKnown(body.record.identity, choice);
    this.show('absent', choice.path, halted ?? (known ? null : faults.silent(choice.path)));
    return known ? 1 : afterStrangerMs;
  }

  /** The speed at which the plotter answered last; now and then, and before it ever did, the usual ones too. */
  private ratesToTry(): Iterable<number> {
    if (this.goodBaudRate !== null && this.silences % 4 !== 3) return [this.goodBaudRate];
    return new Set([this.deps.body.settings.baudRate, ...usualBaudRates]);
  }

  /** Opens and talks until the session is over; null when nobody answered at this speed, else the pause. */
  private async openAt(path: string, id: string | null, baudRate: number): Promise<number | null> {
    const { body, clock, ports } = this.deps;
    const opened = await ports.open(path, baudRate, {
      heard: (text) => this.link?.heard(text),
      closed: () => this.link?.end('gone'),
    });
    if (isRefusal(opened)) {
      if (opened.kind === 'missing') this.show('absent', path, null);
      else if (opened.kind === 'in-use') this.show('absent', path, faults.portInUse(path));
      else if (opened.kind === 'denied') this.show('absent', path, faults.portDenied(path));
      else this.show('absent', path, faults.portFailed(path, opened.what));
      return afterFailureMs;
    }
    this.port = opened;
    this.show('connecting', path, body.linkFault);
    try {
      for (;;) {
        if (this.closed) return 0;
        const { promise: over, resolve: end } = Promise.withResolvers<LossReason>();
        const current = new Link(opened, clock, senderTiming, end);
        this.link = current;
        // From the first word on: what comes before the session is judged by it, in it the session is begun anew.
        current.overheard = (line) => this.overhear(current, line);
        await sleep(clock, Math.max(0, this.quietUntilMs - clock.nowMs()));
        this.greetings += 1;
        const askedMs = clock.nowMs();
        const heard = await greet(current, clock);
        if (heard.kind !== 'marlin') return this.noMarlin(heard, path);
        this.goodBaudRate = baudRate;
        this.silences = 0;
        const wasUp = this.greetings === 1 && !heard.banner && clock.nowMs() - askedMs < promptMs;
        const why = await this.session(current, over, { lastLine: heard.lastLine, wasUp, device: id ?? path });
        if (why === 'stranger') return afterStrangerMs;
        if (why !== 'reset' && why !== 'numbering') return why === 'gone' ? 1 : afterFailureMs;
      }
    } finally {
      await opened.close();
      this.port = null;
      this.link = null;
    }
  }

  private overhear(link: Link, line: string): void {
    const { body } = this.deps;
    if (!letsGoOfMotors(line)) return;
    body.originIsLost();
    if (body.link === link) link.end('numbering');
  }

  private noMarlin(heard: Exclude<Hello, { kind: 'marlin' }>, path: string): number | null {
    if (heard.kind === 'gone') return afterFailureMs;
    if (heard.kind === 'silent') return null;
    const fault = faults.notMarlin(path, heard.name);
    if (!heard.sure) {
      this.stranger ??= fault;
      return null;
    }
    this.show('absent', path, fault);
    return afterStrangerMs;
  }

  private async session(link: Link, over: Promise<LossReason>, greeted: Omit<Told, 'unheardMs'>): Promise<LossReason> {
    const { device } = greeted;
    const { body, clock, random, sheetIsEmpty } = this.deps;
    body.link = link;
    body.plan = null;
    body.due.start = true;
    const unheardMs = this.aliveMs === null ? null : clock.nowMs() - this.aliveMs;
    const strangerWaits = body.settings.port === 'auto' && !this.accepting;
    const result = await establish(body, link, { ...greeted, unheardMs }, { random, sheetIsEmpty, strangerWaits });
    if (result === 'ready' && link.lost === null) {
      const identity = identityOf(device, body.board?.uuid ?? null);
      if (body.record.identity !== identity) body.save({ identity });
      this.show('ready', body.port, null);
      this.deps.onReady();
      await over;
    } else {
      link.end(result === 'stranger' ? 'stranger' : 'stuck');
      await sleep(clock, afterFailureMs / 2);
    }
    const why = await over;
    if (result === 'ready') this.aliveMs = link.answeredMs ?? this.aliveMs;
    body.oldResends += link.resends;
    body.link = null;
    body.plan = null;
    body.doubtAll();
    // A board that halts lets go of its motors.
    if (why === 'halted') body.originIsLost();
    const tell = why === 'halted' || why === 'stuck' || why === 'busy-too-long';
    this.show('connecting', body.port, tell ? faults.lost(why) : null);
    if (why === 'stranger') this.show('absent', body.port, faults.anotherDevice(device));
    return why;
  }
}
