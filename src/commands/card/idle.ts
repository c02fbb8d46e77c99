/** What of a service's status decides whether it may be interrupted. */
interface Busyness {
  readonly linkReady: boolean;
  readonly parked: boolean;
  readonly pending: number;
  readonly inHand: number;
  readonly heard: boolean;
}

/** Nothing owed for this long, and the next gift is not just about to come. */
export const idleForMs = 60_000;

/** Why the service is not to be interrupted now, null when nothing speaks against it. */
export function busyWith({ linkReady, parked, pending, inHand, heard }: Busyness): string | null {
  if (heard) return 'a live is on';
  if (inHand > 0) return 'the pen draws';
  if (pending > 0) return `${pending} strokes are owed`;
  if (linkReady && !parked) return 'the pen is not parked';
  return null;
}
