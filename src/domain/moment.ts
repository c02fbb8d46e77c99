import type { LiveEvent } from './live-event.ts';

/** What happens to a live as a whole, or to the appliance; no source sends it, and nobody in particular did it. */
interface MomentPayloads {
  /** A live is heard for the first time. */
  readonly 'live-started': Readonly<Record<string, never>>;
  /** The platform says that a live is over for good. */
  readonly 'live-ended': Readonly<Record<string, never>>;
  readonly 'sheet-opened': { readonly sheet: number };
  /** The last path of a drawing is certain. */
  readonly 'drawing-done': { readonly drawing: number };
  /** The state of the appliance is another one, both by their names. */
  readonly state: { readonly from: string; readonly to: string };
  /** A live goes on for `nth` times `everyMinutes`. */
  readonly timer: { readonly everyMinutes: number; readonly nth: number };
}

type MomentKind = keyof MomentPayloads;

export const momentKinds = [
  'live-started',
  'live-ended',
  'sheet-opened',
  'drawing-done',
  'state',
  'timer',
] as const satisfies readonly MomentKind[];

/** Kinds to which ink leads: what a rule draws for one of them could lead to the next. */
export const momentsOfInk: readonly string[] = ['sheet-opened', 'drawing-done', 'state'];

type MomentOf<K extends MomentKind> = Pick<
  LiveEvent,
  'platform' | 'channel' | 'room' | 'session' | 'atMs' | 'arrivedAtMs'
> & {
  readonly kind: K;
  readonly origin: 'live';
  readonly user: null;
  readonly payload: MomentPayloads[K];
};

/** One moment; of which live, where there is one, say the fields that all events have. */
export type Moment = { [K in MomentKind]: MomentOf<K> }[MomentKind];

/** Something for which a rule can wait. */
export type RuleEvent = LiveEvent | Moment;

/** A moment of no live. */
export function momentOfBox<K extends MomentKind>(kind: K, payload: MomentPayloads[K], atMs: number): MomentOf<K> {
  const place = { platform: '', channel: '', room: '', session: '' };
  return { ...place, kind, payload, origin: 'live', user: null, atMs: null, arrivedAtMs: Math.trunc(atMs) };
}
