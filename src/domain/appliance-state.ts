import type { Fault } from './fault.ts';

/** In the order in which they win, where several hold. */
export const applianceStates = [
  'starting',
  'fault',
  'no-plotter',
  'origin-unknown',
  'needs-sheet',
  'paused',
  'drawing',
  'off-air',
  'ready',
] as const;

export type ApplianceStateName = (typeof applianceStates)[number];

/** What each state is called wherever people read it: on the card of the lights, on the page, on the terminal. */
export const stateTitles: Readonly<Record<ApplianceStateName, string>> = {
  starting: 'Starting',
  fault: 'Broken',
  'no-plotter': 'No plotter',
  'origin-unknown': 'Set the origin',
  'needs-sheet': 'Change the paper',
  paused: 'Paused',
  drawing: 'Drawing',
  'off-air': 'Off air',
  ready: 'Ready',
};

/** What has to happen before anything is drawn: until then no time can be forecast. */
export const awaited = ['plotter', 'mending', 'origin', 'paper', 'resume', 'live'] as const;
export type WaitsFor = (typeof awaited)[number];

/** What is true of the appliance now, and what a person should do about it. */
export interface ApplianceState {
  readonly name: ApplianceStateName;
  /** One sentence. */
  readonly what: string;
  /** What to do, one sentence; null when there is nothing to do. */
  readonly todo: string | null;
  /** The fault behind `fault`, else null. */
  readonly fault: Fault | null;
  /** Whether the live is heard, which the first light shows whatever the rest shows. */
  readonly heard: boolean;
}
