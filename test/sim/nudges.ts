import type { World } from './world.ts';

/** So many looks in a row: nobody pushes in the seconds of a reset. */
const looseLooks = 20;
const nudgeMm = [6, 4, 0] as const;

/** Whoever wipes the table pushes a gantry that nothing holds, although its place is said to be known. */
export class Nudges {
  /** Nobody could tell the service that the motors are let go of: then no hand comes until they hold again. */
  isReleaseUnheard = false;
  #looseLooks = 0;

  look({ hardware, hasOrigin }: World): void {
    const { board } = hardware;
    if (board.motorsOn()) this.isReleaseUnheard = false;
    const isLoose = hasOrigin && hardware.isReachable && !board.motorsOn() && !this.isReleaseUnheard;
    this.#looseLooks = isLoose ? this.#looseLooks + 1 : 0;
    if (this.#looseLooks === looseLooks) board.push(...nudgeMm);
  }
}
