import type { Candidate, Newcomer, Turn } from './schedule.ts';

/** Strokes that a gift of the running live has paid for. */
interface LiveDebt {
  readonly row: string;
  readonly giver: string;
  /** What the ledger calls it. */
  readonly credit: number;
  readonly creditSequence: number;
  readonly creditedAtMs: number;
}

/** A stroke that could be drawn next: of one giver, in one row. */
type LiveChoice = Candidate & LiveDebt & { readonly turn: Turn };

/** What of the live is owed, and how much of it is not kept in turns because there was too much. */
interface LiveTally {
  readonly givers: number;
  readonly strokes: number;
  readonly debts: number;
  /** Strokes that were left to the oldest-first order, so that memory stays bounded. */
  readonly untracked: number;
}

/** So many givers can wait for their turn, and so many debts; what is beyond is left to the oldest-first order. */
const giversMax = 5_000;
const debtsMax = 30_000;
/** So many new givers are looked at to tell how long the pen may stay where it is. */
const newcomersMax = 64;
/** So many givers are looked at to find one who is owed nothing. */
const lookedAt = 512;

/** Whose it is and in which row is known by where it stands: there may be tens of thousands. */
interface OpenDebt extends Omit<LiveDebt, 'row' | 'giver'> {
  open: number;
}

interface Giver {
  readonly key: string;
  /** Oldest first, for each row. */
  readonly debts: Map<string, OpenDebt[]>;
  sinceMs: number;
  isServed: boolean;
}

/** Who waits for a stroke in a row, in the order in which they are served there. */
interface RowQueue {
  readonly newcomers: Set<Giver>;
  readonly waiting: Set<Giver>;
}

/**
 * The queue of those who gave during the running live. It is memory beside the ledger, which alone knows what is owed:
 * after a restart it is filled again. Every operation takes the same time however long the queue is.
 */
export interface LiveTurns {
  /** Strokes were credited. Times are those of one clock, and do not run backwards. */
  credited(debt: LiveDebt, strokes: number, nowMs: number): void;
  /**
   * A stroke was handed over: its giver goes to the end of the queue. Unknown ones are passed over. One that comes to
   * nothing is credited again.
   */
  handed(debt: Pick<LiveDebt, 'row' | 'giver' | 'credit'>, nowMs: number): void;
  /** Before anything is credited: these have had a stroke of this live, longest ago first. */
  served(givers: readonly string[], nowMs: number): void;
  /** The live is over, or another one runs. */
  clear(): void;
  /**
   * The first new giver of each row, and the first of those who had a stroke; `nextPlace` gives a row's next place, null
   * when the sheet has none.
   */
  choices(nextPlace: (row: string) => number | null): LiveChoice[];
  /** One of those; undefined when there is none. */
  anyChoice(nextPlace: (row: string) => number | null): LiveChoice | undefined;
  /** Who has not had a stroke yet and could have one on this sheet: the first so many, longest waiting first. */
  newcomers(nextPlace: (row: string) => number | null): readonly Newcomer[];
  readonly tally: LiveTally;
  /** How many strokes each giver still has to come; those with none are left out. */
  openByGiver(): ReadonlyMap<string, number>;
}

/** An empty queue. */
export function openLiveTurns(): LiveTurns {
  return new Turns();
}

class Turns implements LiveTurns {
  readonly #givers = new Map<string, Giver>();
  readonly #newcomers = new Set<Giver>();
  readonly #rows = new Map<string, RowQueue>();
  #strokes = 0;
  #debts = 0;
  #untracked = 0;

  credited(debt: LiveDebt, count: number, nowMs: number): void {
    const giver = this.#debts < debtsMax ? this.#giverOf(debt.giver) : null;
    if (giver === null) {
      this.#untracked += count;
      return;
    }
    if (giver.debts.size === 0) giver.sinceMs = nowMs;
    const inRow = giver.debts.get(debt.row) ?? [];
    giver.debts.set(debt.row, inRow);
    // Field by field: spread over a new object it takes half as much memory again, and there may be thousands.
    const { row, credit, creditSequence, creditedAtMs } = debt;
    inRow.push({ credit, creditSequence, creditedAtMs, open: count });
    this.#debts += 1;
    this.#strokes += count;
    this.#enqueue(giver, row);
  }

  handed({ row, giver: key, credit }: Pick<LiveDebt, 'row' | 'giver' | 'credit'>, nowMs: number): void {
    const giver = this.#givers.get(key);
    const inRow = giver?.debts.get(row);
    const debt = inRow?.find((each) => each.credit === credit);
    if (giver === undefined || inRow === undefined || debt === undefined) return;
    this.#dequeue(giver);
    debt.open -= 1;
    this.#strokes -= 1;
    if (debt.open === 0) {
      inRow.splice(inRow.indexOf(debt), 1);
      this.#debts -= 1;
      if (inRow.length === 0) giver.debts.delete(row);
    }
    giver.isServed = true;
    giver.sinceMs = nowMs;
    for (const id of giver.debts.keys()) this.#enqueue(giver, id);
  }

  served(givers: readonly string[], nowMs: number): void {
    for (const key of givers) {
      const giver = this.#giverOf(key);
      if (giver === null) return;
      giver.isServed = true;
      giver.sinceMs = nowMs;
    }
  }

  clear(): void {
    for (const all of [this.#givers, this.#newcomers, this.#rows]) all.clear();
    this.#strokes = 0;
    this.#debts = 0;
    this.#untracked = 0;
  }

  choices(nextPlace: (row: string) => number | null): LiveChoice[] {
    return [...this.#rows].flatMap(([row, queue]) => this.#choicesIn(row, queue, nextPlace));
  }

  anyChoice(nextPlace: (row: string) => number | null): LiveChoice | undefined {
    for (const [row, queue] of this.#rows) {
      const [first] = this.#choicesIn(row, queue, nextPlace);
      if (first !== undefined) return first;
    }
    return undefined;
  }

  newcomers(nextPlace: (row: string) => number | null): readonly Newcomer[] {
    const found: Newcomer[] = [];
    const hasRoom = new Map([...this.#rows.keys()].map((row) => [row, nextPlace(row) !== null]));
    let looked = 0;
    for (const { sinceMs, debts } of this.#newcomers) {
      const rows = [...debts.keys()].filter((row) => hasRoom.get(row) === true);
      if (rows.length > 0) found.push({ sinceMs, rows });
      looked += 1;
      if (found.length >= newcomersMax || looked >= lookedAt) break;
    }
    return found;
  }

  get tally(): LiveTally {
    return { givers: this.#givers.size, strokes: this.#strokes, debts: this.#debts, untracked: this.#untracked };
  }

  openByGiver(): ReadonlyMap<string, number> {
    const open = new Map<string, number>();
    for (const { key, debts: owed } of this.#givers.values()) {
      let sum = 0;
      for (const inRow of owed.values()) for (const debt of inRow) sum += debt.open;
      if (sum > 0) open.set(key, sum);
    }
    return open;
  }

  #giverOf(key: string): Giver | null {
    const known = this.#givers.get(key);
    if (known !== undefined) return known;
    if (this.#givers.size >= giversMax && !this.#forgetOneServed()) return null;
    const giver: Giver = { key, debts: new Map(), sinceMs: 0, isServed: false };
    this.#givers.set(key, giver);
    return giver;
  }

  /** Forgets somebody who is owed nothing; they would be a newcomer again. */
  #forgetOneServed(): boolean {
    let seen = 0;
    for (const [key, giver] of this.#givers) {
      if (giver.debts.size === 0) return this.#givers.delete(key);
      seen += 1;
      if (seen > lookedAt) return false;
    }
    return false;
  }

  #enqueue(giver: Giver, row: string): void {
    const queue = this.#rows.get(row) ?? { newcomers: new Set(), waiting: new Set() };
    this.#rows.set(row, queue);
    (giver.isServed ? queue.waiting : queue.newcomers).add(giver);
    if (!giver.isServed) this.#newcomers.add(giver);
  }

  #dequeue(giver: Giver): void {
    this.#newcomers.delete(giver);
    for (const row of giver.debts.keys()) {
      const queue = this.#rows.get(row);
      queue?.newcomers.delete(giver);
      queue?.waiting.delete(giver);
      if (queue?.newcomers.size === 0 && queue.waiting.size === 0) this.#rows.delete(row);
    }
  }

  #choicesIn(row: string, { newcomers, waiting }: RowQueue, nextPlace: (row: string) => number | null): LiveChoice[] {
    const n = nextPlace(row);
    if (n === null) return [];
    return [newcomers, waiting].flatMap((queue) => {
      const [giver] = queue;
      const [oldest] = giver?.debts.get(row) ?? [];
      if (giver === undefined || oldest === undefined) return [];
      const turn: Turn = { sinceMs: giver.sinceMs, isFirst: !giver.isServed };
      const { credit, creditSequence, creditedAtMs } = oldest;
      return [{ row, n, giver: giver.key, credit, creditSequence, creditedAtMs, live: true, turn }];
    });
  }
}
