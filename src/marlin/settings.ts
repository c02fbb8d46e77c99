/** What the config says about the plotter. Lengths mm. */
export interface PlotterSettings {
  /** A path, a name below /dev/serial/by-id, or `auto`. */
  readonly port: string;
  readonly baudRate: number;
  readonly origin: 'confirm' | 'endstops' | 'power-on';
  /** Whether it is believed after a power cycle that the pen still rests where it was parked. */
  readonly trustPark: boolean;
  /** Where the pen may go, from the origin. */
  readonly bed: { readonly xMinMm: number; readonly xMaxMm: number; readonly yMinMm: number; readonly yMaxMm: number };
  /** Later moves after which an accepted one counts as executed at the earliest; more where the planner is larger. */
  readonly certainAfterMoves: number;
  /** Whether Z has an end switch at its top, and may be homed. */
  readonly zHomesUp: boolean;
  /** Where the pen is, from the origin, when it is homed; Z only counts where it homes up. */
  readonly homeAt: { readonly xMm: number; readonly yMm: number; readonly zMm: number };
  readonly pen: PenKind;
  /** Sent before the first order of a session that moves. */
  readonly startLines: readonly string[];
  /** Sent before the first stroke after a sheet was opened or resumed. */
  readonly sheetLines: readonly string[];
  /** Sent when the pen has parked. */
  readonly endLines: readonly string[];
  /** What `stop` sends: M410 drops the plan, M112 also halts the board until it is reset. */
  readonly stopWith: 'M410' | 'M112';
}

/** What raises and lowers the pen. */
export type PenKind =
  | { readonly kind: 'z' }
  /** Angles in degrees; `settleMs` is the time that the arm takes. */
  | {
      readonly kind: 'servo';
      readonly index: number;
      readonly downDegrees: number;
      readonly hopDegrees: number;
      readonly upDegrees: number;
      readonly settleMs: number;
    }
  | {
      readonly kind: 'lines';
      readonly down: readonly string[];
      readonly hop: readonly string[];
      readonly up: readonly string[];
    };
