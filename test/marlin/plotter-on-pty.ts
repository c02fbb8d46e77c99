import type { Clock } from '../../src/domain/clock.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openPty } from './pty.ts';

/** A virtual plotter behind a real serial port of the kernel's. */
export interface PlotterOnPty {
  /** What `serialport` opens. */
  readonly path: string;
  readonly plotter: VirtualPlotter;
  /** Pulls the cable: the port is gone, the plotter keeps its power. */
  pull(): void;
  /** Ends both. */
  close(): void;
}

export interface PtyOptions extends Partial<VirtualOptions> {
  readonly clock?: Clock;
  /** How much later than said the answers come, ms. */
  readonly latencyMs?: number;
  /** One that is there already, and comes back on another port. */
  readonly plotter?: VirtualPlotter;
}

/** Serves a virtual plotter, on the machine's clock unless another is given, on a fresh pty. */
export function plotterOnPty({ latencyMs = 0, plotter: given, ...options }: PtyOptions = {}): PlotterOnPty {
  const { path, farEnd } = openPty();
  const clock = options.clock ?? systemClock();
  const plotter = given ?? createVirtualPlotter({ ...options, clock });
  const answer = (text: string) => {
    if (!farEnd.destroyed) farEnd.write(Buffer.from(text, 'latin1'));
  };
  plotter.listener = latencyMs === 0 ? answer : (text) => void clock.after(latencyMs, () => answer(text));
  farEnd.on('data', (bytes: Buffer | string) => {
    plotter.receive(typeof bytes === 'string' ? bytes : bytes.toString('latin1'));
  });
  const pull = () => {
    plotter.listener = null;
    farEnd.destroy();
  };
  return {
    path,
    plotter,
    pull,
    close() {
      plotter.powerOff();
      pull();
    },
  };
}
