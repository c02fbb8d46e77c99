import type { Clock } from '../../domain/clock.ts';
import type { BoardFaults } from './board-output.ts';
import { Firmware } from './firmware.ts';
import { type VirtualOptions, virtualMpcnc } from './options.ts';
import type { Paper } from './paper.ts';
import type { Triple } from './physics.ts';

/** What is plugged into a virtual plotter's serial socket. */
type BytesListener = (text: string) => void;

/** A pen plotter in software: a Marlin with a machine and paper, on any clock. It never reads any other clock. */
export interface VirtualPlotter {
  readonly options: VirtualOptions;
  readonly faults: BoardFaults;
  /** Who hears what the board says; one at a time. Null: nobody. */
  listener: BytesListener | null;
  /** Bytes arrive at the board: the last one now, each before it `byteMs` earlier. */
  receive(text: string, byteMs?: number): void;
  /** The sheet that lies under the pen; what is on it was really executed, up to now. */
  paper(): Paper;
  /** As a person would: takes the sheet away, puts an empty one there, gives the old one. */
  changePaper(): Paper;
  /** Where the pen is on the bed now, mm. */
  place(): Triple;
  /** Whether anything is in the planner. */
  moving(): boolean;
  /** Whether the motors hold the gantry. */
  motorsOn(): boolean;
  /** Time in which the gantry has moved so far, ms. */
  movingMs(): number;
  /** The board starts anew, in the middle of whatever it does. */
  reset(withBanner: boolean): void;
  powerOff(): void;
  /** It halts itself, as for a sensor that is broken. */
  halt(reason: string): void;
  powerOn(): void;
  /** Somebody lets go of the motors at the plotter's own display. */
  releaseMotors(): void;
  /** A hand moves the gantry by mm; the motors must be off. */
  push(dxMm: number, dyMm: number, dzMm: number): void;
  /** A hand puts the tip on a place of the bed, mm; the motors must be off. */
  putAt(xMm: number, yMm: number, zMm: number): void;
}

/** A virtual plotter that has just got power; `options` override the MPCNC that it is by default. */
export function createVirtualPlotter(options: Partial<VirtualOptions> & { readonly clock: Clock }): VirtualPlotter {
  const full: VirtualOptions = { ...virtualMpcnc, ...options };
  const firmware = new Firmware(full, (text) => plotter.listener?.(text));
  const { machine } = firmware;
  machine.push(...full.startMm);
  const plotter: VirtualPlotter = {
    options: full,
    faults: firmware.faults,
    listener: null,
    receive: (text, byteMs) => firmware.receive(text, byteMs),
    paper: () => {
      machine.settle();
      return machine.paper;
    },
    changePaper: () => machine.changePaper(),
    place: () => machine.placeNow(),
    moving: () => {
      machine.settle();
      return !machine.atRest;
    },
    motorsOn: () => {
      firmware.checkMotors();
      return machine.motorsOn;
    },
    movingMs: () => {
      machine.settle();
      return machine.movingMs;
    },
    reset: (withBanner) => firmware.reset(withBanner),
    powerOff: () => firmware.cease(),
    halt: (reason) => firmware.kill(reason),
    powerOn: () => firmware.reset(true),
    releaseMotors: () => {
      if (machine.atRest) firmware.releaseMotors();
    },
    push: (dx, dy, dz) => {
      firmware.checkMotors();
      machine.push(dx, dy, dz);
    },
    putAt: (x, y, z) => {
      firmware.checkMotors();
      const at = machine.placeNow();
      machine.push(x - at[0], y - at[1], z - at[2]);
    },
  };
  return plotter;
}
