/** Where a giver of the running live stands in the queue. */
export interface Turn {
  /** Wall or monotonic time of their last stroke, or of their first gift since nothing was owed to them. */
  readonly sinceMs: number;
  /** None of their gifts of this live has got a stroke yet. */
  readonly isFirst: boolean;
}

/**
 * A stroke that could be drawn next. It suffices to offer, for each row of the sheet that has room, one candidate for
 * its oldest credit; more of a row (one for each giver) let turns be taken within it.
 */
export interface Candidate {
  readonly row: string;
  /** The place in the row: the next free one, or that of a stroke that is to be drawn again. */
  readonly n: number;
  /** Which credit it pays; credits count up as they are written. */
  readonly creditSequence: number;
  readonly creditedAtMs: number;
  /** Who gave it; null when nobody did (a test, by hand). */
  readonly giver: string | null;
  /** Credited during the live that is running. */
  readonly live: boolean;
  /** For order "live": where the giver stands in the queue; see `live-turns.ts`. */
  readonly turn?: Turn;
}
