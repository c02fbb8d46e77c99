import type { Appliance } from '../appliance/contract.ts';
import type { Giver } from '../appliance/givers.ts';
import type { Outlook } from '../appliance/outlook.ts';
import type { Status } from '../appliance/status.ts';
import type { Gap } from '../ledger/live-times.ts';

/** The status with what lies ahead, gaps and givers: all that a look from afar wants to know. */
export interface FullStatus extends Status {
  readonly outlook: Outlook;
  /** The last gaps in hearing a live, of the last day. */
  readonly gaps: readonly Gap[];
  readonly givers: readonly Giver[];
  readonly version: string;
}

/** What viewers may see. */
export interface BoardStatus {
  readonly state: { readonly name: Status['state']['name']; readonly heard: boolean };
  readonly sheet: Status['sheet'];
  readonly strokes: { readonly drawn: number; readonly pending: number };
  readonly lastGifts: Status['lastGifts'];
  readonly outlook: Outlook;
  readonly givers: readonly Giver[];
}

const giversShown = 5;

/** Everything about an appliance now. */
export function lookAt(appliance: Appliance, version: string): FullStatus {
  const { views } = appliance;
  return {
    ...appliance.status(),
    outlook: views.outlook(),
    gaps: views.gaps(),
    givers: views.givers(giversShown),
    version,
  };
}

/** The part of it that anybody may see. */
export function boardOf({ state, sheet, strokes, lastGifts, outlook, givers }: FullStatus): BoardStatus {
  const { name, heard } = state;
  const { drawn, pending } = strokes;
  return { state: { name, heard }, sheet, strokes: { drawn, pending }, lastGifts, outlook, givers };
}
