import type * as v from 'valibot';
import type { Appliance } from '../appliance/contract.ts';
import type { Status } from '../appliance/status.ts';
import type { ApiOptions } from './options.ts';
import type { Immutable } from './route.ts';
import type { statusForm } from './status-form.ts';

/** The status with what lies ahead, gaps and givers: all that a look from afar wants to know, and no more. */
export type FullStatus = Immutable<v.InferOutput<typeof statusForm>>;

/** What viewers may see. */
interface BoardStatus {
  readonly state: { readonly name: Status['state']['name']; readonly heard: boolean };
  readonly sheet: Status['sheet'];
  readonly strokes: { readonly drawn: number; readonly pending: number };
  readonly lastGifts: Status['lastGifts'];
  readonly outlook: FullStatus['outlook'];
  readonly givers: FullStatus['givers'];
}

const giversShown = 5;

/** Everything about an appliance now. */
export function lookAt(appliance: Appliance, { version, homes }: Pick<ApiOptions, 'version' | 'homes'>): FullStatus {
  const { views } = appliance;
  const status = appliance.status();
  return {
    ...status,
    outlook: { ...views.outlook(), waitsFor: appliance.whatComesFirst() },
    gaps: views.gaps(),
    givers: views.givers(giversShown),
    refused: refusedNow(appliance, homes),
    version,
  };
}

function refusedNow({ operator }: Appliance, homes: boolean): FullStatus['refused'] {
  const of = (kind: 'origin' | 'lift' | 'park' | 'home') => operator.hindrance({ kind });
  return {
    '/paper/changed': operator.sheetHindrance(),
    '/plotter/origin': of('origin'),
    '/plotter/lift': of('lift'),
    '/plotter/park': of('park'),
    ...(homes ? { '/plotter/home': of('home') } : {}),
    '/plotter/jog': operator.hindrance({ kind: 'jog', dxMm: 0, dyMm: 0, dzMm: 0 }),
  };
}

/** The part of it that anybody may see: of the gifts those after `afterSeq`, where the present live began. */
export function boardStatusOf(status: FullStatus, afterSeq: number): BoardStatus {
  const { state, sheet, strokes, outlook, givers } = status;
  const { name, heard } = state;
  const { drawn, pending } = strokes;
  const lastGifts = status.lastGifts.filter(({ seq }) => seq > afterSeq);
  return { state: { name, heard }, sheet, strokes: { drawn, pending }, lastGifts, outlook, givers };
}
