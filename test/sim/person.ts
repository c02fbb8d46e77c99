import type { ApplianceStateName } from '../../src/domain/appliance-state.ts';
import type { PanelCommand } from '../../src/panel/panel.ts';
import type { VirtualClock } from '../../src/simulators/virtual-clock.ts';
import { type Hardware, offMs } from './hardware.ts';
import { type Papers, seenMm } from './papers.ts';
import type { Setup } from './plan.ts';

const lookEveryMs = 500;
const pressMs = 150;
const holdMs = 2_400;
/** A tip that is put down touches this nearly; mm. */
const touchMm = 0.05;
/** Asked for too long, a person switches the plotter off and on. */
const patienceMs = 40_000;

/** What the light shows. */
export interface Shown {
  readonly state: ApplianceStateName;
  readonly hover: boolean;
  /** It counts down to a move. */
  readonly isCounting: boolean;
}

/** What a person can see and touch. */
export interface PersonWorld {
  readonly clock: VirtualClock;
  readonly hardware: Hardware;
  readonly papers: Papers;
  readonly setup: Setup;
  /** What the light shows; null while it is dark. */
  light(): Shown | null;
  /** Over which place the pen should hover, from the origin. */
  hover(): { readonly xMm: number; readonly yMm: number } | null;
  hasCertainInk(): boolean;
  finger(down: boolean): void;
  /** Whether something that is wrong with cable or plug is still to be mended by others. */
  isBeingMended(): boolean;
  did(what: string): void;
}

/** Somebody who does what the light asks for, in their own time. */
export class Person {
  awayUntilMs = 0;
  /** The next time that the tip is put on the mark, it is put beside it. */
  blunder: readonly [number, number] | null = null;
  readonly #world: PersonWorld;
  #tip: readonly [number, number] = [0, 0];
  #shown = '';
  #sinceMs = 0;
  #actedMs = 0;
  #busyUntilMs = 0;

  constructor(world: PersonWorld) {
    this.#world = world;
    this.#look();
  }

  /** Nobody says that the tip is on the mark, or that the pen lies right, while they see that it is not so. */
  isHonest(command: PanelCommand): boolean {
    if (command === 'confirm-hover') return this.#sees() === 'right';
    if (command !== 'confirm-origin') return true;
    const [x, y, z] = this.#world.hardware.board.place();
    return Math.hypot(x - this.#tip[0], y - this.#tip[1]) < touchMm && z < touchMm;
  }

  press(downMs: number): void {
    this.#world.finger(true);
    this.#world.clock.after(downMs, () => this.#world.finger(false));
  }

  #look(): void {
    const { clock, setup } = this.#world;
    clock.after(lookEveryMs, () => this.#look());
    const nowMs = clock.nowMs();
    if (nowMs < this.awayUntilMs || nowMs < this.#busyUntilMs) return;
    const light = this.#world.light();
    const shown = light === null ? 'dark' : `${light.state} ${light.hover}`;
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#sinceMs = nowMs;
      this.#actedMs = nowMs;
    }
    // While the light counts down to a move, hands stay away.
    if (light === null || light.isCounting || nowMs - this.#actedMs < setup.personMs) return;
    this.#actedMs = nowMs;
    this.#act(light, nowMs - this.#sinceMs);
  }

  #act(light: Shown, shownMs: number): void {
    switch (light.state) {
      case 'needs-sheet':
      case 'paused':
        this.#do('presses', pressMs);
        return;
      case 'origin-unknown':
        if (light.hover) this.#judgeHover();
        else this.#setOrigin(shownMs);
        return;
      case 'fault':
      case 'no-plotter':
        this.#help(shownMs);
        return;
      default:
        return;
    }
  }

  #do(what: string, downMs: number): void {
    this.#world.did(`${what} at ${this.#shown}`);
    this.#busyUntilMs = this.#world.clock.nowMs() + downMs + 500;
    this.press(downMs);
  }

  #setOrigin(shownMs: number): void {
    const { hardware, papers, setup } = this.#world;
    if (hardware.board.motorsOn()) {
      if (shownMs > patienceMs) this.#switchOffAndOn();
      return;
    }
    // Where ink lies already, it tells where the mark was. A blunder can only be seen where a stroke is certain.
    const careful = papers.inkOrigin ?? setup.personMm;
    const [x, y] = this.#world.hasCertainInk() ? (this.blunder ?? careful) : careful;
    this.blunder = null;
    this.#tip = [x, y];
    papers.putDown.push(this.#tip);
    hardware.board.putAt(x, y, 0);
    this.#do(`puts the tip at ${x}/${y} and holds`, holdMs);
  }

  /** The pen waits above the last ink, or where it was parked: does it lie right? */
  #sees(): 'right' | 'wrong' | 'nothing yet' {
    const { hardware, papers } = this.#world;
    const should = this.#world.hover();
    // Before this sheet has ink, the mark is what is seen.
    const [x, y] = papers.inkOrigin ?? papers.origin ?? [0, 0];
    const [isX, isY, isZ] = hardware.board.place();
    if (hardware.board.moving() || should === null) return 'nothing yet';
    const isUp = isZ >= seenMm;
    return isUp && Math.hypot(isX - x - should.xMm, isY - y - should.yMm) <= seenMm ? 'right' : 'wrong';
  }

  #judgeHover(): void {
    const { hardware } = this.#world;
    const seen = this.#sees();
    if (seen === 'nothing yet') return;
    if (seen === 'right') this.#do('sees that it lies right and presses', pressMs);
    else if (hardware.board.motorsOn()) this.#switchOffAndOn();
    else this.#setOrigin(0);
  }

  #help(shownMs: number): void {
    const { hardware } = this.#world;
    const isBroken = hardware.board.faults.hung || hardware.isHalted;
    if (isBroken || (shownMs > patienceMs && !this.#world.isBeingMended())) this.#switchOffAndOn();
    else this.#do('presses', pressMs);
  }

  #switchOffAndOn(): void {
    const { hardware, clock } = this.#world;
    if (this.#world.isBeingMended()) return;
    this.#world.did(`switches the plotter off and on at ${this.#shown}`);
    this.#busyUntilMs = clock.nowMs() + offMs + 2_000;
    this.#shown = '';
    hardware.cutPower(offMs);
  }
}
