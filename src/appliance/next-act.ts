import type { OwedStroke } from '../ledger/queue.ts';

/** What the drawing loop looks at before each step. */
export interface Situation {
  readonly nowMs: number;
  /** The plotter answers, its origin is known, and nothing is broken. */
  readonly plotterReady: boolean;
  /** Hands may be near the pen until then. */
  readonly notBeforeMs: number;
  /** Someone or something wants the pen at rest: a pause, a full sheet, a failing disk, the end of the service. */
  readonly wantsRest: boolean;
  readonly next: OwedStroke | null;
  /** Strokes handed over that are not proven. */
  readonly unproven: number;
  readonly parked: boolean;
  /** Since when there has been nothing to draw. */
  readonly idleSinceMs: number;
  readonly idleParkMs: number;
  /** A person's hand guided the pen: until then it stays where it was put, though it should rest. */
  readonly guidedUntilMs: number;
}

/** The loop's next step. `settle` waits for the planner to run empty, so that the last strokes become certain. */
export type Act =
  | { readonly kind: 'draw'; readonly owed: OwedStroke }
  | { readonly kind: 'settle' }
  | { readonly kind: 'park' }
  | { readonly kind: 'wait'; readonly untilMs: number | null };

/** Decides the drawing loop's next step; the only place that does. */
export function nextAct(situation: Situation): Act {
  const { nowMs, notBeforeMs, idleSinceMs, idleParkMs } = situation;
  if (!situation.plotterReady) return { kind: 'wait', untilMs: null };
  if (nowMs < notBeforeMs) return { kind: 'wait', untilMs: notBeforeMs };
  if (situation.wantsRest) return rest(situation);
  if (situation.next !== null) return { kind: 'draw', owed: situation.next };
  if (situation.unproven > 0) return { kind: 'settle' };
  if (situation.parked) return { kind: 'wait', untilMs: null };
  if (nowMs >= idleSinceMs + idleParkMs) return { kind: 'park' };
  return { kind: 'wait', untilMs: idleSinceMs + idleParkMs };
}

function rest({ nowMs, parked, unproven, guidedUntilMs }: Situation): Act {
  if (parked) return { kind: 'wait', untilMs: null };
  return unproven === 0 && nowMs < guidedUntilMs ? { kind: 'wait', untilMs: guidedUntilMs } : { kind: 'park' };
}
