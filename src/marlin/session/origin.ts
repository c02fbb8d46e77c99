import type { PlotterRecord } from '../../domain/plotter.ts';
import type { PlotterSettings } from '../settings.ts';
import { type Place, samePlace } from '../wire/replies.ts';

/** Line numbers of one base reach this far: a line every 50 ms for two months. */
const linesOfABase = 100_000_000;
const baseMin = 1_000_000;
const baseMax = 1_800_000_000;
/** After a reset that this service has seen, no longer than this, ms, a parked pen is taken to be where it was. */
const shortResetMs = 10_000;

/** A base for line numbers that no other program uses; `random` from 0 up to, not including, 1. */
export function newLineBase(random: number): number {
  return baseMin + Math.floor(random * (baseMax - baseMin));
}

/** What a session found. */
export interface Found {
  readonly record: PlotterRecord;
  /** The last line that the board has. */
  readonly lastLine: number;
  /** Where, by its own report, its plan ends, mm. */
  readonly place: Place;
  readonly settings: Pick<PlotterSettings, 'origin' | 'trustPark'>;
  readonly sheetIsEmpty: boolean;
  /** Whether, by its name and id, it is the board that was used before. */
  readonly sameBoard: boolean;
  /** Whether, by its step counts, the place where its plan ends was given other coordinates than before. */
  readonly renamed: boolean;
  /** For how long this run of the service had no connection to the board, ms; null when it never had one. */
  readonly unheardMs: number | null;
  /** Whether it was running when this service opened its port for the first time: opening did not reset it. */
  readonly wasUp: boolean;
}

/** What that says about the origin. */
export type OriginVerdict =
  /** The board did not reset, and the epoch holds. */
  | { readonly kind: 'goes-on' }
  /** It did not reset, but the origin was not known before either. */
  | { readonly kind: 'still-unknown' }
  /** It did reset, and the pen still rests where it was parked. */
  | { readonly kind: 'restore' }
  /** The same, but a person has to confirm it first. */
  | { readonly kind: 'ask-park' }
  /** The tip touches the corner, since that is where it is put before power comes on. */
  | { readonly kind: 'power-on' }
  | { readonly kind: 'unknown' };

/** Whether this is a board that was talked to before and did not reset since. */
export function isSameNumbering(record: PlotterRecord, lastLine: number): boolean {
  return record.lineBase !== null && lastLine >= record.lineBase && lastLine < record.lineBase + linesOfABase;
}

/** Judges what is known about the origin at the beginning of a session. Pure; in doubt the origin is unknown. */
export function judgeOrigin(found: Found): OriginVerdict {
  const { record, lastLine, place } = found;
  const { parked } = record;
  if (!found.sameBoard) return { kind: 'unknown' };
  if (isSameNumbering(record, lastLine)) {
    if (!record.originKnown) return { kind: 'still-unknown' };
    const strayed = parked !== null && !samePlace(parked, place);
    return { kind: strayed || found.renamed ? 'unknown' : 'goes-on' };
  }
  const fresh = lastLine === 0 && samePlace(place, { xMm: 0, yMm: 0, zMm: 0 });
  return { kind: fresh ? judgeFresh(found) : 'unknown' };
}

/**
 * The same for a board that has reset. Where the tip is put on the corner before power comes on, a pen that had been
 * parked is not at its park height any more, so nobody is asked about that. A reset does not prove that somebody
 * switched the board on: it may have hung, or lost its power for a while, with the pen where it was, and many boards
 * reset whenever their port is opened. Only after a service that ended in order is a board that was running already
 * taken for one that was switched on.
 */
function judgeFresh({
  record,
  settings,
  sheetIsEmpty,
  unheardMs,
  wasUp,
}: Found): 'restore' | 'ask-park' | 'power-on' | 'unknown' {
  const { parked, originKnown, hover, epoch, leftInOrder } = record;
  const witnessed = unheardMs !== null && unheardMs < shortResetMs;
  const rests = parked !== null && originKnown && hover === null;
  if (settings.origin === 'power-on') {
    if (rests && witnessed) return 'restore';
    const switchedOff = rests && leftInOrder && unheardMs === null && wasUp;
    return sheetIsEmpty && (epoch === 0 || switchedOff) ? 'power-on' : 'unknown';
  }
  if (parked !== null && !originKnown) return 'ask-park';
  if (rests) return witnessed || settings.trustPark ? 'restore' : 'ask-park';
  return 'unknown';
}
