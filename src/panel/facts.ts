import type { ApplianceStateName } from '../domain/appliance-state.ts';

/** What the panel shows, and what decides what a press means. */
export interface PanelFacts {
  readonly state: ApplianceStateName;
  readonly heard: boolean;
  /** The pen hovers over the last stroke and waits for a person's yes. */
  readonly hover: boolean;
  /** The pen rests at its park place with nothing in the planner. */
  readonly parked: boolean;
  /** The open sheet has ink. */
  readonly inked: boolean;
  /** How full the open sheet is, from 0 to 1. */
  readonly fill: number;
  /** Until motion may start after a person's command, in ms; 0 when it may. */
  readonly motionInMs: number;
}

/** Before the appliance was looked at. */
export const firstFacts: PanelFacts = {
  state: 'starting',
  heard: false,
  hover: false,
  parked: false,
  inked: false,
  fill: 0,
  motionInMs: 0,
};

/** What a person tells the appliance by the button. */
const panelCommands = [
  'paper-changed',
  'change-paper',
  'pause',
  'resume',
  'confirm-origin',
  'confirm-hover',
  'try-now',
] as const;

export type PanelCommand = (typeof panelCommands)[number];

/** What the light shows of the facts; a press counts only for what has been shown for a while. */
export function shownKey({ state, hover }: PanelFacts): string {
  return state === 'origin-unknown' && hover ? 'hover' : state;
}
