import type { StrokeRef } from '../domain/sheet.ts';

/** Strokes that were handed over, and how many moves that made a block were acknowledged since. */
export interface Certainty {
  readonly moves: number;
  /** `atEnd`: the how manieth end of the plan each ends with. */
  readonly pending: readonly { readonly stroke: StrokeRef; readonly atMove: number; readonly atEnd: number }[];
}

export const nothingPending: Certainty = { moves: 0, pending: [] };

/** A stroke's last line was accepted and looked at. */
export function handedOver(certainty: Certainty, stroke: StrokeRef, atEnd: number): Certainty {
  return { ...certainty, pending: [...certainty.pending, { stroke, atMove: certainty.moves, atEnd }] };
}

/** What a matching look proves after `blocks` more acknowledged moves: all that is `depth` moves behind. */
export function looked(
  certainty: Certainty,
  blocks: number,
  depth: number,
): { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] } {
  const moves = certainty.moves + blocks;
  const certain = certainty.pending.filter((one) => moves - one.atMove >= depth).map((one) => one.stroke);
  return { certainty: { moves, pending: certainty.pending.slice(certain.length) }, certain };
}

/** The plan was dropped, and the pen has passed all ends up to this one. */
export function passed(
  certainty: Certainty,
  upTo: number,
): { readonly certainty: Certainty; readonly certain: readonly StrokeRef[] } {
  const count = certainty.pending.findIndex(({ atEnd }) => atEnd > upTo);
  const done = count < 0 ? certainty.pending : certainty.pending.slice(0, count);
  return {
    certainty: { ...certainty, pending: certainty.pending.slice(done.length) },
    certain: done.map(({ stroke }) => stroke),
  };
}

/** An answered M400 and a matching look: all is executed. */
export function drained(certainty: Certainty): {
  readonly certainty: Certainty;
  readonly certain: readonly StrokeRef[];
} {
  return {
    certainty: { moves: certainty.moves, pending: [] },
    certain: certainty.pending.map((one) => one.stroke),
  };
}
