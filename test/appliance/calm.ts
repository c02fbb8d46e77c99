import type { ApplianceFacts } from '../../src/appliance/state.ts';

/** A live that is heard, a plotter at rest, a sheet, nothing owed. */
export const calm: ApplianceFacts = {
  started: true,
  faults: [],
  boxFaults: [],
  plotter: {
    link: 'ready',
    port: '/dev/plotter',
    firmware: 'Marlin',
    origin: 'known',
    epoch: 1,
    pen: { xMm: 0, yMm: 0, pen: 'up' },
    parked: true,
    unproven: 0,
    fault: null,
    resends: 0,
  },
  live: {
    heard: true,
    phase: 'connected',
    room: '1',
    nextAttemptAtMs: null,
    problem: null,
    reconnects: 0,
    undecodable: 0,
  },
  sheetOpen: true,
  changePaper: false,
  paused: false,
  stopped: false,
  drawable: false,
  sheetFull: false,
  inHand: 0,
  hasButton: true,
  mark: 'front left',
};
