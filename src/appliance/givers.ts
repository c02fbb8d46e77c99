import type { Ledger } from '../ledger/ledger.ts';
import type { Recorded } from '../ledger/record.ts';

/** What somebody gave on the running live. */
export interface Giver {
  readonly viewer: string;
  readonly gifts: number;
  readonly coins: number;
  readonly strokes: number;
}

interface Tally {
  gifts: number;
  coins: number;
  strokes: number;
}

/** Who gave how much on the running live: read once from the ledger, then counted as gifts come. */
export interface Givers {
  recorded(records: readonly Recorded[]): void;
  /** What was counted may be wrong: count anew. */
  recount(): void;
  /** Those who gave most strokes, the first first. */
  top(limit: number): readonly Giver[];
}

/** The givers of the live that the source hears; `room` tells which that is, null when none was heard. */
export function openGivers(ledger: Ledger, room: () => string | null): Givers {
  let counted: string | null = null;
  const tallies = new Map<number, Tally>();

  function follow(): void {
    const now = room();
    if (now === counted) return;
    counted = now;
    tallies.clear();
    for (const { giver, gifts, coins, strokes } of now === null ? [] : ledger.questions.giversOf(now)) {
      tallies.set(giver, { gifts, coins, strokes });
    }
  }

  return {
    recorded(records) {
      const before = counted;
      follow();
      // Counted anew, these records are in it already.
      if (counted !== before) return;
      for (const { event, grown, credits, giver } of records) {
        if (event.kind !== 'gift' || event.source !== 'tiktok' || event.room !== counted || giver === '') continue;
        const tally = tallies.get(Number(giver)) ?? { gifts: 0, coins: 0, strokes: 0 };
        tallies.set(Number(giver), tally);
        tally.gifts += grown;
        tally.coins += grown * event.payload.gift.coins;
        tally.strokes += credits.reduce((sum, { strokes }) => sum + strokes, 0);
      }
    },
    recount() {
      counted = null;
    },
    top(limit) {
      follow();
      return [...tallies]
        .filter(([, { gifts }]) => gifts > 0)
        .sort(([, a], [, b]) => b.strokes - a.strokes || b.coins - a.coins)
        .slice(0, limit)
        .map(([giver, tally]) => ({ viewer: ledger.questions.viewerName(giver), ...tally }));
    },
  };
}
