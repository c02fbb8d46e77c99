import type { Cancel } from '../../domain/clock.ts';
import { type BoardFaults, BoardOutput } from './board-output.ts';
import { handlers, zero } from './commands.ts';
import { Coordinates } from './coordinates.ts';
import { LineReader, parseCommand } from './line-reader.ts';
import { VirtualMachine } from './machine.ts';
import type { Bench, Wait } from './motion-commands.ts';
import { bannerLines, type VirtualOptions } from './options.ts';

/** Longer beginnings of a line add nothing new: a line number and a command. */
const lineStartMax = 24;

/** Commands that the firmware obeys as soon as their line has arrived, whatever it is doing. */
type Emergency = 'kill' | 'stop';

/** Which of them a line is; what follows the command does not count. */
function emergencyIn(line: string): Emergency | null {
  const code = /^ *(?:N[-\d ]*)?M(112|410)/.exec(line)?.[1];
  if (code === undefined) return null;
  return code === '112' ? 'kill' : 'stop';
}

/** EMERGENCY_PARSER: reads every byte at its receipt, before it is known whether its line is right. */
class EmergencyParser {
  private beginning = '';

  /** One byte; an emergency when it ends the line of one. */
  take(char: string): Emergency | null {
    if (char !== '\n' && char !== '\r') {
      if (this.beginning.length < lineStartMax) this.beginning += char;
      return null;
    }
    const line = this.beginning;
    this.beginning = '';
    return emergencyIn(line);
  }
}

/** A Marlin in software: bytes in, lines out, and a machine that moves. */
export class Firmware implements Bench {
  readonly options: VirtualOptions;
  readonly machine: VirtualMachine;
  readonly faults: BoardFaults;
  coordinates: Coordinates;
  keepaliveMs: number;
  motorTimeoutMs: number;
  feedMmPerS = 25;
  private readonly output: BoardOutput;
  private readonly reader = new LineReader();
  private readonly emergencyParser = new EmergencyParser();
  private readonly queue: string[] = [];
  private received = '';
  private wait: Wait | null = null;
  private busyAtMs = 0;
  private blockedUntilMs = 0;
  private deafUntilMs = 0;
  private emptied = false;
  private mode: string | null = null;
  private dead = false;
  private alarm: Cancel = () => {};

  constructor(options: VirtualOptions, deliver: (text: string) => void) {
    this.options = options;
    this.output = new BoardOutput(options, deliver);
    this.faults = this.output.faults;
    this.machine = new VirtualMachine({ ...options, ring: options.plannerBlocks }, () => this.pump());
    this.coordinates = new Coordinates(options);
    this.keepaliveMs = options.keepaliveMs;
    this.motorTimeoutMs = options.motorTimeoutMs;
    if (options.servoDownAngle !== null) this.machine.servoDown = false;
  }

  /** Bytes arrive: the last one now, each before it `byteMs` earlier. */
  receive(text: string, byteMs = 0): void {
    if (this.dead || this.faults.hung) return;
    const nowMs = this.options.clock.nowMs();
    this.emptied = false;
    // Without a time for each byte the whole text is there at once, and is lost with the half line after an error.
    for (let i = 0; i < text.length && !(this.emptied && byteMs === 0); i += 1) {
      if (nowMs - (text.length - 1 - i) * byteMs < this.deafUntilMs) continue;
      const char = text.charAt(i);
      if (this.received === '' && !this.queueIsFull && !this.dead) this.read(char, byteMs);
      else if (this.options.flowControl || this.received.length < this.options.receiveBytes) this.received += char;
    }
    if (this.options.emergencyParser) for (const char of text) this.obey(this.emergencyParser.take(char));
    this.pump(byteMs);
  }

  /** The board starts anew: at 0, last line 0, motors off. Nothing is said before it has started. */
  reset(withBanner: boolean): void {
    this.cease();
    this.machine.rename(zero);
    this.machine.limits = this.options.limits;
    this.coordinates = new Coordinates(this.options);
    this.reader.lastLine = 0;
    this.keepaliveMs = this.options.keepaliveMs;
    this.motorTimeoutMs = this.options.motorTimeoutMs;
    this.mode = null;
    this.faults.hung = false;
    this.alarm = this.options.clock.after(this.options.bootMs, () => {
      this.dead = false;
      if (withBanner) for (const line of bannerLines(this.options)) this.say(line);
      this.output.flush();
    });
  }

  /** Power off, or dead after M112: nothing moves, nothing answers. */
  cease(): void {
    this.alarm();
    this.machine.halt();
    this.machine.motorsOn = false;
    this.queue.length = 0;
    this.received = '';
    this.output.discard();
    this.wait = null;
    this.blockedUntilMs = 0;
    this.reader.clear();
    this.dead = true;
  }

  say(line: string): void {
    this.output.say(line);
  }

  setLine(number: number): void {
    this.reader.lastLine = number;
  }

  lastLine(): number {
    return this.reader.lastLine;
  }

  releaseMotors(): void {
    this.machine.motorsOn = false;
    this.coordinates.homed.fill(false);
  }

  /** Lets go of the motors when they rested for longer than their time-out. */
  checkMotors(): void {
    const restedMs = this.options.clock.nowMs() - this.machine.lastMotionMs;
    if (this.machine.motorsOn && this.machine.atRest && this.motorTimeoutMs > 0 && restedMs > this.motorTimeoutMs) {
      this.releaseMotors();
    }
  }

  private get queueIsFull(): boolean {
    return this.queue.length >= this.options.queueLength;
  }

  private pump(byteMs = 0): void {
    if (this.dead || this.faults.hung) return;
    const nowMs = this.options.clock.nowMs();
    this.machine.settle();
    while (!this.dead && nowMs >= this.blockedUntilMs) {
      this.readLines(byteMs);
      if (nowMs < this.blockedUntilMs) break;
      if (this.wait !== null) {
        if (!this.wait.ready()) break;
        const { finish } = this.wait;
        this.wait = null;
        finish();
        this.finishCommand();
      } else if (this.queue[0] !== undefined) {
        this.begin(this.queue[0]);
      } else {
        break;
      }
    }
    this.output.flush();
    this.arm();
  }

  private readLines(byteMs: number): void {
    while (this.received !== '' && !this.queueIsFull && !this.dead) {
      const char = this.received.charAt(0);
      this.received = this.received.slice(1);
      this.read(char, byteMs);
    }
  }

  private read(char: string, byteMs: number): void {
    const line = this.reader.take(char);
    if (line === null || line.kind === 'nothing') return;
    if (line.kind === 'error') {
      this.received = '';
      this.complain(line.what, byteMs);
    } else {
      this.queue.push(line.text);
      // A numbered line begins with its number: without the parser it is no emergency.
      if (!this.options.emergencyParser && !line.text.startsWith('N')) this.obey(emergencyIn(line.text));
    }
  }

  private complain(what: string, byteMs: number): void {
    // The firmware prints while bytes come in, and then empties its receive buffer, wherever a line is cut by that.
    const printed = this.output.complain(what, this.reader.lastLine);
    this.deafUntilMs = this.options.clock.nowMs() + printed * byteMs;
    this.emptied = true;
    this.reader.clear();
  }

  private obey(emergency: Emergency | null): void {
    if (emergency === 'kill') this.kill('echo:M112 Shutdown');
    else if (emergency === 'stop') this.stopNow();
  }

  /** Halts for this reason, and is silent until it is reset. */
  kill(reason: string): void {
    this.say(reason);
    this.say('Error:Printer halted. kill() called!');
    this.output.flush();
    this.cease();
  }

  /**
   * It takes a second, and what waits then goes on: a line that waited for room is planned from where the pen stopped.
   */
  private stopNow(): void {
    this.machine.halt();
    this.coordinates.takeFrom(this.machine.stepsNow());
    this.blockedUntilMs = this.options.clock.nowMs() + 1000;
  }

  private begin(line: string): void {
    this.machine.command += 1;
    this.options.onCommand?.(line, this.machine.command);
    const command = parseCommand(line, this.mode);
    if (command.code === 'G0' || command.code === 'G1') this.mode = command.code;
    this.checkMotors();
    const known = command.code !== null && !this.options.unknownCommands.includes(command.code);
    const handler = known ? handlers.get(command.code) : undefined;
    if (handler === undefined) {
      this.say(`echo:Unknown command: "${command.text}"`);
      this.finishCommand();
      return;
    }
    const outcome = handler(this, command);
    if (outcome === 'answered') this.queue.shift();
    else if (outcome === undefined) this.finishCommand();
    else this.hold(outcome);
  }

  private hold(wait: Wait): void {
    this.wait = wait;
    this.busyAtMs = this.options.clock.nowMs() + this.keepaliveMs;
  }

  private finishCommand(): void {
    const { plannerBlocks, queueLength } = this.options;
    const blocks = plannerBlocks - 1 - this.machine.depth;
    this.output.sayOk(this.queue[0] ?? '', blocks, queueLength - this.queue.length);
    this.queue.shift();
  }

  private arm(): void {
    this.alarm();
    const nowMs = this.options.clock.nowMs();
    let atMs = Number.POSITIVE_INFINITY;
    if (this.blockedUntilMs > nowMs) {
      atMs = this.blockedUntilMs;
    } else if (this.wait !== null) {
      atMs = Math.min(
        this.wait.atMs ?? Number.POSITIVE_INFINITY,
        this.keepaliveMs > 0 ? this.busyAtMs : Number.POSITIVE_INFINITY,
      );
    }
    if (this.dead || atMs === Number.POSITIVE_INFINITY) return;
    this.alarm = this.options.clock.after(Math.max(0, atMs - nowMs), () => {
      if (this.wait !== null && this.options.clock.nowMs() >= this.busyAtMs && this.keepaliveMs > 0) {
        this.busyAtMs += this.keepaliveMs;
        if (!this.wait.ready()) this.say('echo:busy: processing');
      }
      this.pump();
    });
  }
}
