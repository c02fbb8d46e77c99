import { type Cable, type SerialDevice, VirtualPorts } from '../../src/simulators/plotter/cable.ts';
import type { Motion } from '../../src/simulators/plotter/machine.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import type { VirtualClock } from '../../src/simulators/virtual-clock.ts';
import { CableFaults, type Direction } from './cable-faults.ts';
import type { Setup } from './plan.ts';
import { SentLines } from './sent-lines.ts';

const keepaliveMs = 2_000;

/** Switched off for so long, nobody takes it for a short reset. */
export const offMs = 14_000;
const shortOffMs = 9_000;

export interface HardwareWatch {
  /** A service is there to see what the board does: it needs no promise to tell a short reset from the power coming on. */
  isAttended(): boolean;
  /**
   * Where the tip has to stand whenever the plotter gets power; null where nobody has promised that. Such a plotter does
   * not start anew without somebody at its plug: it is off for a while, and the tip is put there.
   */
  promisedTip(): readonly [number, number] | null;
  /** Somebody has put the tip where it was promised to stand. */
  tipPut(tip: readonly [number, number]): void;
  /** The service has the plotter's identity on disk: without one, two plotters are a question for a person. */
  isRemembered(): boolean;
  motion(motion: Motion): void;
  says(text: string): void;
}

/** Adapters without a serial number have this name, all of them. */
const sharedName = 'usb-1a86_USB_Serial-if00-port0';
const socket = (number: number) => ({ id: null, sharedName, byPath: `platform-usb-0:1.${number}:1.0-port0` });
/** In so many of the worlds, the plotter is behind such an adapter, and a neighbour's is plugged in beside it. */
const neighbourIn = 3;

/** What builds of the firmware have: 16 as shipped, less on small boards, more on large ones. */
const plannerBlocks = [16, 32, 16, 64, 8] as const;

/** The plotter, its cable and its plug. */
export class Hardware {
  readonly ports: VirtualPorts;
  readonly board: VirtualPlotter;
  readonly cableFaults: CableFaults;
  readonly lines = new SentLines();
  path = '/dev/ttyUSB0';
  isPlugged = true;
  /** Another plotter of the same build, on a port with the same name; null until it is plugged in. */
  neighbour: VirtualPlotter | null = null;
  isPowered = true;
  readonly #hasNeighbour: boolean;
  readonly #clock: VirtualClock;
  readonly #watch: HardwareWatch;
  readonly #device: SerialDevice;
  #cable: Cable;
  #doubtfulMs = Number.NEGATIVE_INFINITY;
  #offSinceMs = 0;
  #offUntilMs = Number.NEGATIVE_INFINITY;
  #held: string[] | null = null;

  constructor(clock: VirtualClock, setup: Setup, seed: number, watch: HardwareWatch) {
    this.#hasNeighbour = seed % neighbourIn === 0;
    this.#clock = clock;
    this.#watch = watch;
    this.cableFaults = new CableFaults(clock, seed, (text, direction) => this.#flush(text, direction));
    this.board = createVirtualPlotter({
      clock,
      emergencyParser: setup.emergencyParser,
      advancedOk: setup.advancedOk,
      flowControl: setup.flowControl,
      plannerBlocks: plannerBlocks[seed % plannerBlocks.length] ?? 16,
      ...(setup.motorRestMs === undefined ? {} : { motorTimeoutMs: setup.motorRestMs }),
      onMotion: watch.motion,
      onCommand: (line, command) => this.lines.taken(line, command, clock.nowMs()),
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
      if (this.board.faults.loseOks > 0 || this.board.faults.glueOks) this.doubt();
      this.#device.listener?.(text);
    };
    this.ports = new VirtualPorts(clock);
    const { latencyMs, byteMs } = setup;
    this.#cable = this.ports.plug(this.path, this.#device, {
      ...(this.#hasNeighbour ? socket(1) : { id: 'usb-plotter' }),
      latencyMs,
      byteMs,
    });
    this.#cable.noise = (text, direction) => this.cableFaults.carry(text, direction);
  }

  /** When anything last happened after which nobody can be sure where the origin is, on the world's clock. */
  get doubtfulMs(): number {
    return Math.max(this.#doubtfulMs, this.cableFaults.disturbedMs);
  }

  /** Something happens after which nobody can be sure where the origin is. */
  doubt(): void {
    this.#doubtfulMs = this.#clock.nowMs();
  }

  /** Whether bytes come through in both directions to a board that works. */
  get isReachable(): boolean {
    return this.isPlugged && !this.#cable.dead && this.isAlive;
  }

  get isAlive(): boolean {
    return this.isPowered && !this.board.faults.hung && !this.isHalted;
  }

  isHalted = false;

  unplug(): void {
    if (!this.isPlugged) return;
    this.isPlugged = false;
    this.cableFaults.drop();
    this.ports.unplug(this.path);
    if (!this.#hasNeighbour || this.neighbour !== null || !this.#watch.isRemembered()) return;
    this.neighbour = createVirtualPlotter({ clock: this.#clock });
    this.ports.plug('/dev/ttyUSB90', this.neighbour, socket(2));
  }

  plug(path: string): void {
    if (this.isPlugged) return;
    const { noise, dead, latencyMs, byteMs, id, sharedName: shared, byPath } = this.#cable;
    this.path = path;
    this.isPlugged = true;
    this.#cable = this.ports.plug(path, this.#device, {
      id,
      sharedName: shared,
      byPath,
      latencyMs,
      byteMs,
      dead,
      noise,
    });
  }

  setDead(isDead: boolean): void {
    this.#cable.dead = isDead;
  }

  get isBusy(): boolean {
    return this.#held !== null;
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
    this.doubt();
    this.lines.forgotten();
    this.#held &&= [];
    this.isHalted = false;
    if (!this.isPowered) return;
    if (this.#watch.isAttended() || this.#watch.promisedTip() === null) this.board.reset(banner);
    else this.cutPower(offMs);
  }

  /** The firmware gives up, as it does when a sensor fails. */
  halt(): void {
    if (!this.isAlive) return;
    this.doubt();
    this.isHalted = true;
    this.lines.forgotten();
    this.board.powerOff();
    this.#device.listener?.('Error:Printer halted. kill() called!\n');
  }

  /** As Marlin 1 does, it tells that its menu has let go of the motors. */
  tellRelease(): void {
    this.doubt();
    this.board.releaseMotors();
    this.#device.listener?.('echo:enqueueing "M84"\n');
  }

  #powerOff(): void {
    this.doubt();
    this.lines.forgotten();
    this.#held &&= [];
    this.isPowered = false;
    this.isHalted = false;
    this.board.faults.hung = false;
    this.board.powerOff();
  }

  /** Without power for at least so long. */
  cutPower(forMs: number): void {
    const isPromised = this.#watch.promisedTip() !== null && !this.#watch.isAttended();
    const ms = isPromised ? Math.max(forMs, offMs) : forMs;
    this.#offUntilMs = Math.max(this.#offUntilMs, this.#clock.nowMs() + ms);
    this.#clock.after(ms, () => this.#powerOn());
    if (this.isPowered) this.#offSinceMs = this.#clock.nowMs();
    this.#powerOff();
  }

  #powerOn(): void {
    if (this.isPowered || this.#clock.nowMs() < this.#offUntilMs) return;
    this.doubt();
    const tip = this.#watch.promisedTip();
    // Nobody is there in the seconds of a short cut.
    if (tip !== null && this.#clock.nowMs() - this.#offSinceMs >= shortOffMs) {
      this.board.putAt(tip[0], tip[1], 0);
      this.#watch.tipPut(tip);
    }
    this.isPowered = true;
    this.board.powerOn();
  }

  /** All faults of hardware end. A board that was powered is not reset by that. */
  mend(): void {
    this.cableFaults.clear();
    this.setDead(false);
    this.busy(false);
    this.board.faults.glueOks = false;
    this.board.faults.loseOks = 0;
    if (this.board.faults.hung || this.isHalted) this.reset(true);
    this.plug(this.path);
  }

  #sayBusy(): void {
    this.#clock.after(keepaliveMs, () => {
      if (this.#held === null) return;
      if (this.isAlive) this.#device.listener?.('echo:busy: processing\n');
      this.#sayBusy();
    });
  }

  /** What a cable held back comes through, if it still is one. */
  #flush(text: string, direction: Direction): void {
    if (!this.isPlugged || this.#cable.dead) return;
    if (direction === 'to-board') this.#device.receive(text, this.#cable.byteMs);
    else this.#device.listener?.(text);
  }
}
