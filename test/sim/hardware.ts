import type { Random } from '../../src/domain/random.ts';
import type { Cable, SerialDevice } from '../../src/marlin/virtual/cable.ts';
import { VirtualPorts } from '../../src/marlin/virtual/cable.ts';
import type { Motion } from '../../src/marlin/virtual/machine.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/marlin/virtual/plotter.ts';
import { seededRandom } from '../../src/system/random.ts';
import type { VirtualClock } from '../../src/system/virtual-clock.ts';
import { noisy } from '../marlin/noise.ts';
import type { NoiseRates, Setup } from './plan.ts';
import { collision, spoilt } from './spoilt-lines.ts';

const keepaliveMs = 2_000;
const longestSplitMs = 40;
/** So many of the newest lines are remembered, to tell what the firmware took from what was sent. */
const linesRemembered = 64;

export interface HardwareWatch {
  motion(motion: Motion): void;
  says(text: string): void;
  /** The power is about to come on. */
  power(): void;
}

/** Noise on a cable, for as long as it lasts. */
interface ActiveNoise {
  readonly way: 'to-board' | 'to-host' | 'both';
  readonly noise: (text: string) => readonly { text: string; delayMs: number }[];
}

/** The plotter, its cable and its plug. */
export class Hardware {
  readonly ports: VirtualPorts;
  readonly board: VirtualPlotter;
  readonly noises = new Set<ActiveNoise>();
  path = '/dev/ttyUSB0';
  isPlugged = true;
  isPowered = true;
  /** Lines to the board that will still be corrupted. */
  corrupt = 0;
  /** Moves and namings that will still be turned into others with the same checksum. */
  collide = 0;
  readonly #clock: VirtualClock;
  readonly #power: () => void;
  readonly #device: SerialDevice;
  readonly #sent: { readonly line: string; readonly order: number }[] = [];
  #lines = 0;
  /** Commands that the firmware took from no line as it was sent; and where in the order of all lines the others stand. */
  readonly #wild = new Set<number>();
  readonly #orders = new Map<number, number>();
  readonly #random: Random;
  #cable: Cable;
  #offUntilMs = Number.NEGATIVE_INFINITY;
  #held: string[] | null = null;
  /** The number of the last line that the firmware took; null while that cannot be told from its commands. */
  #taken: number | null = null;

  constructor(clock: VirtualClock, setup: Setup, seed: number, watch: HardwareWatch) {
    this.#clock = clock;
    this.#power = () => watch.power();
    this.#random = seededRandom(seed);
    this.board = createVirtualPlotter({
      clock,
      emergencyParser: setup.emergencyParser,
      advancedOk: setup.advancedOk,
      flowControl: setup.flowControl,
      onMotion: watch.motion,
      onCommand: (line, command) => this.#command(line, command),
    });
    this.board.faults.omitOkAfterResend = setup.omitOkAfterResend;
    this.#device = {
      listener: null,
      receive: (text, byteMs) => {
        if (this.#held === null) this.board.receive(text, byteMs);
        else this.#held.push(text);
      },
    };
    this.board.listener = (text) => {
      watch.says(text);
      this.#device.listener?.(text);
    };
    this.ports = new VirtualPorts(clock);
    const { latencyMs, byteMs } = setup;
    this.#cable = this.ports.plug(this.path, this.#device, { id: 'usb-plotter', latencyMs, byteMs });
    this.#cable.noise = (text, way) => this.#carry(text, way);
  }

  /** Whether the host may send this now: a move waits until the firmware has the line before it. */
  isInTurn(text: string): boolean {
    const number = Number(/^N(\d+) G1 /.exec(text)?.[1] ?? 0);
    return number === 0 || this.#taken === null || this.#taken >= number - 1;
  }

  /** The host wrote this. */
  sent(text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      this.#lines += 1;
      this.#sent.push({ line, order: this.#lines });
    }
    this.#sent.splice(0, this.#sent.length - linesRemembered);
  }

  /** Whether bytes come through in both directions to a board that works. */
  get isReachable(): boolean {
    return this.isPlugged && !this.#cable.dead && this.isAlive;
  }

  get isAlive(): boolean {
    return this.isPowered && !this.board.faults.hung && !this.isHalted;
  }

  isHalted = false;

  addNoise(way: ActiveNoise['way'], rates: NoiseRates, seed: number): () => void {
    const noise = noisy(seededRandom(seed), { ...rates, delayMs: longestSplitMs });
    const active: ActiveNoise = { way, noise: (text) => noise(text, way === 'to-host' ? 'to-host' : 'to-board') };
    this.noises.add(active);
    return () => this.noises.delete(active);
  }

  unplug(): void {
    if (!this.isPlugged) return;
    this.isPlugged = false;
    this.ports.unplug(this.path);
  }

  plug(path: string): void {
    if (this.isPlugged) return;
    const { noise, dead, latencyMs, byteMs, id } = this.#cable;
    this.path = path;
    this.isPlugged = true;
    this.#cable = this.ports.plug(path, this.#device, { id, latencyMs, byteMs, dead, noise });
  }

  setDead(isDead: boolean): void {
    this.#cable.dead = isDead;
  }

  /** The firmware works at something else, says so now and then, and reads no line. */
  busy(isBusy: boolean): void {
    if (isBusy === (this.#held !== null)) return;
    if (isBusy) {
      this.#held = [];
      this.#sayBusy();
      return;
    }
    const held = this.#held ?? [];
    this.#held = null;
    for (const text of held) this.board.receive(text);
  }

  reset(banner: boolean): void {
    this.#taken = null;
    this.#held &&= [];
    this.isHalted = false;
    if (this.isPowered) this.board.reset(banner);
  }

  /** The firmware gives up, as it does when a sensor fails. */
  halt(): void {
    if (!this.isAlive) return;
    this.isHalted = true;
    this.#taken = null;
    this.board.powerOff();
    this.#device.listener?.('Error:Printer halted. kill() called!\n');
  }

  powerOff(): void {
    this.#taken = null;
    this.#held &&= [];
    this.isPowered = false;
    this.isHalted = false;
    this.board.faults.hung = false;
    this.board.powerOff();
  }

  /** Without power for at least so long, whoever else switches it on meanwhile. */
  cutPower(forMs: number): void {
    this.#offUntilMs = Math.max(this.#offUntilMs, this.#clock.nowMs() + forMs);
    this.powerOff();
  }

  powerOn(): void {
    if (this.isPowered || this.#clock.nowMs() < this.#offUntilMs) return;
    this.isPowered = true;
    this.#power();
    this.board.powerOn();
  }

  /** All faults of hardware end. A board that was powered is not reset by that. */
  mend(): void {
    this.noises.clear();
    this.corrupt = 0;
    this.collide = 0;
    this.setDead(false);
    this.busy(false);
    this.board.faults.glueOks = false;
    this.board.faults.loseOks = 0;
    this.powerOn();
    if (this.board.faults.hung || this.isHalted) this.reset(true);
    this.plug(this.path);
  }

  /** Lines that the host has written so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Whether no line as it was sent has asked for this command. */
  isWild(command: number): boolean {
    return this.#wild.has(command);
  }

  /** The how manieth line of the host asked for this command; none: 0. */
  lineOf(command: number): number {
    return this.#orders.get(command) ?? 0;
  }

  #sayBusy(): void {
    this.#clock.after(keepaliveMs, () => {
      if (this.#held === null) return;
      if (this.isAlive) this.#device.listener?.('echo:busy: processing\n');
      this.#sayBusy();
    });
  }

  #command(line: string, command: number): void {
    const sent = this.#sent.findLast((each) => each.line === line);
    if (sent !== undefined) {
      this.#orders.set(command, sent.order);
      const number = /^N(\d+) /.exec(line)?.[1];
      if (number !== undefined) this.#taken = Number(number);
    } else {
      this.#wild.add(command);
      this.#taken = null;
    }
  }

  #carry(text: string, way: 'to-board' | 'to-host'): readonly { text: string; delayMs: number }[] {
    let pieces: readonly { text: string; delayMs: number }[] = [{ text, delayMs: 0 }];
    if (way === 'to-board' && this.corrupt > 0) {
      this.corrupt -= 1;
      pieces = [{ text: spoilt(text, this.#random), delayMs: 0 }];
    }
    const collided = way === 'to-board' && this.collide > 0 ? collision(text, this.#random) : null;
    if (collided !== null) {
      this.collide -= 1;
      pieces = [{ text: collided, delayMs: 0 }];
    }
    for (const active of this.noises) {
      if (active.way !== 'both' && active.way !== way) continue;
      pieces = pieces.flatMap((piece) =>
        active.noise(piece.text).map((each) => ({ text: each.text, delayMs: each.delayMs + piece.delayMs })),
      );
    }
    return pieces;
  }
}
