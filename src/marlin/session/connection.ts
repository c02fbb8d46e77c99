import { causeInWords, originalOf } from '../../domain/cause.ts';
import { type Cancel, type Clock, type Random, sleep } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import type { PlotterResult } from '../../domain/plotter.ts';
import { plotterFaults } from '../faults.ts';
import { done, refused } from '../motion/orders.ts';
import type { PlotterState } from '../motion/plotter-state.ts';
import { blindStopMs } from '../motion/stop.ts';
import { boardId, wordsOfBoard } from '../wire/board.ts';
import { choosePort, identityOf, isAlone, isKnown, nameOf, severalPorts, UnnamedPorts } from '../wire/choose-port.ts';
import { Link } from '../wire/link.ts';
import { isRefusal, type OpenPort, type PortFinder, type PortInfo } from '../wire/port.ts';
import { letsGoOfMotors } from '../wire/replies.ts';
import { type LossReason, senderTiming } from '../wire/sender.ts';
import { type Handshake, handshake } from './handshake.ts';
import { establish, type HandshakeResult } from './session.ts';

/** A pause that can be cut short. */
class InterruptibleDelay {
  private readonly clock: Clock;
  private wakeUp: (() => void) | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Resolves after `ms`, or when it is woken. One at a time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      this.wakeUp = () => {
        cancel();
        this.wakeUp = null;
        resolve();
      };
      cancel = this.clock.after(ms, this.wakeUp);
    });
  }

  wake(): void {
    this.wakeUp?.();
  }
}

const lookForPortsMs = 1000;
const afterFailureMs = 1000;
/** A device that is no plotter, or does not answer, is asked no more often than this, ms. */
const afterStrangerMs = 30_000;
/** A board that resets takes longer than this before it answers, ms. */
const promptMs = 1000;
const usualBaudRates = [250_000, 115_200];

interface ConnectionDeps {
  readonly state: PlotterState;
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: PortFinder;
  readonly sheetIsEmpty: () => boolean;
  /** Called when a session is ready. */
  readonly onReady: () => void;
}

/** The fault that a person must know after a session; null where the next session begins by itself. */
function faultAfter(why: LossReason, { unread }: Link): Fault | null {
  if (why === 'unreadable' && unread !== null) return plotterFaults.unreadable(unread);
  return why === 'halted' || why === 'stuck' || why === 'busy-too-long' ? plotterFaults.lost(why) : null;
}

/**
 * How the attempt at a port ended, and the pause before the next one. `elsewhere`: why the plotter is not at this port.
 */
interface Outcome {
  readonly pauseMs: number;
  readonly elsewhere: { readonly fault: Fault | null } | null;
}

const over = (pauseMs: number): Outcome => ({ pauseMs, elsewhere: null });
const elsewhere = (pauseMs: number, fault: Fault | null): Outcome => ({ pauseMs, elsewhere: { fault } });

/** Finds the plotter, keeps a session with it, and finds it again after a loss, until it is closed. */
export class PlotterConnection {
  private readonly deps: ConnectionDeps;
  private closed = false;
  /** A person confirmed that the device that is there is the right one: holds for one attempt. */
  private accept = false;
  private accepting = false;
  private readonly delay: InterruptibleDelay;
  private running: Promise<void> | null = null;
  private port: OpenPort | null = null;
  private link: Link | null = null;
  /** Until then, after a stop, the plotter drops lines, and the place that it reports is not true yet. */
  private quietUntilMs = 0;
  /** How often a port was opened for a handshake. */
  private handshakes = 0;
  private aliveMs: number | null = null;
  private goodBaudRate: number | null = null;
  /** A device that answered in this round, at some speed, and is no Marlin; a Marlin at another speed still counts. */
  private stranger: Fault | null = null;
  /** Rounds in which nobody answered. */
  private silences = 0;
  /** The port at which nothing answered in the last round: a person is asked to switch the plotter on. */
  private silentPort: string | null = null;
  private readonly unnamed = new UnnamedPorts();

  constructor(deps: ConnectionDeps) {
    this.deps = deps;
    this.delay = new InterruptibleDelay(deps.clock);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** A person asks to try again: forgets a fault, looks at once, and takes the other device if `takesOther`. */
  retryNow(takesOther: boolean): void {
    // The confirmation is for another device that was shown: not for one that comes a moment later, nor for one that
    // another fault hid.
    this.accept = takesOther && this.deps.state.linkFault?.code === 'another-device';
    this.deps.state.forgetFaults();
    this.delay.wake();
  }

  /** A person stops a plotter whose session is not ready yet: what it may be doing ends. */
  stop(): PlotterResult {
    const { state, clock } = this.deps;
    const { port, link } = this;
    if (port === null || link === null) return refused(plotterFaults.notReady());
    // It may be another board than the one whose capabilities are known, and may have answered with an error just now.
    link.stop(state.settings.stopWith, null, true);
    state.cutShort();
    this.quietUntilMs = clock.nowMs() + blindStopMs;
    const halts = state.settings.stopWith === 'M112';
    link.end(halts ? 'halted' : 'stopped');
    const forgotten = halts ? state.keeper.originIsLost() : null;
    return forgotten === null ? done : refused(forgotten);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.deps.state.link?.end('gone');
    this.delay.wake();
    await this.port?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const waitMs = await this.attempt();
      if (!this.closed && waitMs > 0) await this.delay.sleep(waitMs);
    }
  }

  private show(phase: PlotterState['phase'], port: string | null, fault: PlotterState['linkFault']): void {
    const { state } = this.deps;
    const before = state.linkFault;
    state.inSession({ phase, port: port ?? state.port, linkFault: fault });
    if (fault !== null && fault.code !== before?.code) state.log.warn(`${fault.what} ${fault.remedy}`);
    state.changed();
  }

  /** One attempt from the list of ports to the end of a session; gives the pause before the next. */
  private async attempt(): Promise<number> {
    const { state, ports, clock } = this.deps;
    const listed = await ports.list();
    if (this.unnamed.areAwaited(listed, clock.nowMs())) {
      this.show('absent', null, null);
      return lookForPortsMs;
    }
    this.accepting = this.accept;
    this.accept = false;
    const choice = choosePort(state.settings.port, listed, state.record.identity, this.accepting);
    if (choice.kind !== 'try') {
      this.silentPort = null;
      this.show('absent', null, choice.kind === 'ask' ? choice.fault : this.missing(state.settings.port));
      return lookForPortsMs;
    }
    const [only, ...others] = choice.ports;
    // A confirmation is for the only device that a person can mean.
    this.accepting &&= others.length === 0;
    let last = over(0);
    for (const port of choice.ports) {
      last = await this.tryPort(port, others.length === 0 && isAlone(port, listed, state.record.identity));
      if (last.elsewhere === null || this.closed) return last.pauseMs;
    }
    const { fault } = last.elsewhere ?? { fault: null };
    const isOneOfMany =
      fault?.code === 'another-device' && only !== undefined && !isAlone(only, listed, state.record.identity);
    if (others.length > 0) this.show('absent', null, severalPorts(choice.ports));
    else this.show('absent', only?.path ?? null, isOneOfMany ? severalPorts(listed) : fault);
    return others.length > 0 ? afterStrangerMs : last.pauseMs;
  }

  /** A port that the config names is not there; without a name any port will do, and none is no fault. */
  private missing(path: string): Fault | null {
    return this.deps.state.settings.port === 'auto' ? null : plotterFaults.portMissing(path);
  }

  /** Tries what is at a port, at each speed; returns how it ended, with the pause before the next attempt. */
  private async tryPort(port: PortInfo, alone: boolean): Promise<Outcome> {
    const { state } = this.deps;
    this.stranger = null;
    for (const baudRate of this.ratesToTry()) {
      const found = await this.openAt(port, alone, baudRate);
      if (found !== null || this.closed) return found ?? over(0);
    }
    this.silences += 1;
    this.silentPort = port.path;
    if (this.stranger !== null) return elsewhere(afterStrangerMs, this.stranger);
    const halted = state.linkFault?.code === 'link-halted' ? state.linkFault : null;
    // The plotter that was used before is switched off, or starting: that is no fault.
    const known = isKnown(state.record.identity, port);
    return elsewhere(known ? 1 : afterStrangerMs, halted ?? (known ? null : plotterFaults.silent(port.path)));
  }

  /** The speed at which the plotter answered last; now and then, and before it ever did, the usual ones too. */
  private ratesToTry(): Iterable<number> {
    if (this.goodBaudRate !== null && this.silences % 4 !== 3) return [this.goodBaudRate];
    return new Set([this.deps.state.settings.baudRate, ...usualBaudRates]);
  }

  /** Opens a port and keeps the session until it is over; null when nothing answered at this speed. */
  private async openAt(port: PortInfo, alone: boolean, baudRate: number): Promise<Outcome | null> {
    const { state, clock, ports } = this.deps;
    const { path } = port;
    const opened = await ports.open(path, baudRate, {
      heard: (text) => this.link?.heard(text),
      closed: () => this.link?.end('gone'),
    });
    if (isRefusal(opened)) {
      const why = {
        missing: this.missing(path),
        'in-use': plotterFaults.portInUse(path),
        denied: plotterFaults.portDenied(path),
        failed: plotterFaults.portFailed(path, causeInWords(opened.what, 'its driver refuses')),
      };
      state.log.debug(`The port ${path} did not open: ${originalOf(opened.what)}`);
      return elsewhere(afterFailureMs, why[opened.kind]);
    }
    this.port = opened;
    const phase = this.silentPort === path ? 'absent' : 'connecting';
    this.show(phase, path, state.linkFault?.code === 'port-missing' ? null : state.linkFault);
    try {
      for (;;) {
        if (this.closed) return over(0);
        const { promise: ended, resolve: end } = Promise.withResolvers<LossReason>();
        const current = new Link(opened, clock, senderTiming, end);
        this.link = current;
        current.hasZ = state.settings.pen.kind === 'z';
        // From the first line on: what comes before the session is judged with it, and during the session it may end
        // it.
        current.overheard = (line) => this.overhear(current, line);
        await sleep(clock, Math.max(0, this.quietUntilMs - clock.nowMs()));
        this.handshakes += 1;
        const askedMs = clock.nowMs();
        const heard = await handshake(current, clock);
        if (heard.kind !== 'marlin') return this.noMarlin(heard, path);
        this.goodBaudRate = baudRate;
        this.silences = 0;
        this.silentPort = null;
        if (state.phase === 'absent') this.show('connecting', path, state.linkFault);
        const wasUp = this.handshakes === 1 && !heard.banner && clock.nowMs() - askedMs < promptMs;
        const shaken = { lastLine: heard.lastLine, wasUp, port, isAlone: alone };
        const why = await this.session(current, ended, shaken);
        if (why === 'stranger') return elsewhere(afterStrangerMs, plotterFaults.anotherDevice(path));
        if (why === 'unreadable') return over(afterStrangerMs);
        if (why !== 'reset' && why !== 'numbering') return over(why === 'gone' ? 1 : afterFailureMs);
      }
    } finally {
      await opened.close();
      this.port = null;
      this.link = null;
    }
  }

  private overhear(link: Link, line: string): void {
    const { state } = this.deps;
    const words = wordsOfBoard(line);
    if (words !== null && words !== state.words) {
      state.inSession({ words });
      state.log.warn(`The plotter says: "${words}".`);
      state.changed();
    }
    if (!letsGoOfMotors(line)) return;
    state.keeper.originIsLost();
    if (state.link === link) link.end('numbering');
  }

  private noMarlin(heard: Exclude<Handshake, { kind: 'marlin' }>, path: string): Outcome | null {
    if (heard.kind === 'gone') return over(afterFailureMs);
    if (heard.kind === 'silent') return null;
    const fault = plotterFaults.notMarlin(path, heard.name);
    if (!heard.sure) {
      this.stranger ??= fault;
      return null;
    }
    return elsewhere(afterStrangerMs, fault);
  }

  private async session(
    link: Link,
    ended: Promise<LossReason>,
    shaken: Omit<HandshakeResult, 'unheardMs'>,
  ): Promise<LossReason> {
    const { port } = shaken;
    const { state, clock, random, sheetIsEmpty } = this.deps;
    state.inSession({ link });
    state.progress.forgetPlan();
    state.startLinesAreDue();
    const unheardMs = this.aliveMs === null ? null : clock.nowMs() - this.aliveMs;
    const strangerWaits = state.settings.port === 'auto' && !this.accepting;
    const result = await establish(state, link, { ...shaken, unheardMs }, { random, sheetIsEmpty, strangerWaits });
    if (result === 'ready' && link.lost === null) {
      const identity = identityOf(nameOf(port), state.board === null ? null : boardId(state.board));
      if (state.record.identity !== identity) state.keeper.save({ identity });
      state.inSession({ words: null });
      this.show('ready', state.port, null);
      this.deps.onReady();
      await ended;
    } else {
      link.end(result === 'stranger' ? 'stranger' : 'stuck');
      await sleep(clock, afterFailureMs / 2);
    }
    const why = await ended;
    if (result === 'ready') this.aliveMs = link.answeredMs ?? this.aliveMs;
    state.keeper.restsByChecks();
    state.inSession({ link: null, oldResends: state.oldResends + link.resends });
    state.progress.sessionEnds(link.quickStop?.isDone === false);
    // A board that halts releases its motors.
    if (why === 'halted') state.keeper.originIsLost();
    // Otherwise the board may go on with all that it has accepted: the next session shows.
    if (why === 'reset' || !state.record.originKnown) state.progress.loseCertainty();
    this.show('connecting', state.port, faultAfter(why, link));
    return why;
  }
}
