import type { Appliance } from '../appliance/contract.ts';
import type { Giver } from '../appliance/givers.ts';
import type { Outlook } from '../appliance/outlook.ts';
import type { Status } from '../appliance/status.ts';
import type { Fault } from '../domain/fault.ts';
import type { Gap } from '../ledger/live-times.ts';

/** The status with what lies ahead, gaps and givers: all that a look from afar wants to know. */
export interface FullStatus extends Status {
  readonly outlook: Outlook;
  /** The last gaps in hearing a live, of the last day. */
  readonly gaps: readonly Gap[];
  readonly givers: readonly Giver[];
  /** Commands that would be refused at this moment, by their paths, and why. */
  readonly refused: Readonly<Record<RefusedPath, Fault | null>>;
  readonly version: string;
}

/** Commands of which it is known beforehand whether they would be refused. */
export const refusedPaths = [
  '/paper/changed',
  '/plotter/origin',
  '/plotter/lift',
  '/plotter/park',
  '/plotter/home',
  '/plotter/jog',
] as const;
type RefusedPath = (typeof refusedPaths)[number];

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
    refused: refusedNow(appliance),
    version,
  };
}

function refusedNow({ operator }: Appliance): FullStatus['refused'] {
  const of = (kind: 'origin' | 'lift' | 'park' | 'home') => operator.hindrance({ kind });
  return {
    '/paper/changed': operator.sheetHindrance(),
    '/plotter/origin': of('origin'),
    '/plotter/lift': of('lift'),
    '/plotter/park': of('park'),
    '/plotter/home': of('home'),
    '/plotter/jog': operator.hindrance({ kind: 'jog', dxMm: 0, dyMm: 0, dzMm: 0 }),
  };
}

/** The part of it that anybody may see. */
export function boardOf({ state, sheet, strokes, lastGifts, outlook, givers }: FullStatus): BoardStatus {
  const { name, heard } = state;
  const { drawn, pending } = strokes;
  return { state: { name, heard }, sheet, strokes: { drawn, pending }, lastGifts, outlook, givers };
}
