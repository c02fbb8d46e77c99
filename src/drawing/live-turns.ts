import type { Candidate, Turn } from './schedule.ts';

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
/** So many of each queue are offered, and so many looked at to find them. */
const offered = 64;
const lookedAt = 512;

interface OpenDebt extends LiveDebt {
  open: number;
}

interface Giver {
  readonly key: string;
  /** Oldest first, for each row. */
  readonly debts: Map<string, OpenDebt[]>;
  sinceMs: number;
  isServed: boolean;
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
  /** A fresh sheet lies there: who waited for room in a row is back in the queue. */
  sheetTurned(): void;
  /** The live is over, or another one runs. */
  clear(): void;
  /** The first of the queue; `nextPlace` gives a row's next place, null when the sheet has none. */
  choices(nextPlace: (row: string) => number | null): LiveChoice[];
  /** One of those; undefined when there is none. */
  anyChoice(nextPlace: (row: string) => number | null): LiveChoice | undefined;
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
  readonly #waiting = new Set<Giver>();
  readonly #withoutRoom = new Set<Giver>();
  readonly #queues = [this.#newcomers, this.#waiting];
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
    const { row, giver: key, credit, creditSequence, creditedAtMs } = debt;
    inRow.push({ row, giver: key, credit, creditSequence, creditedAtMs, open: count });
    this.#debts += 1;
    this.#strokes += count;
    this.#withoutRoom.delete(giver);
    this.#enqueue(giver);
  }

  handed({ row, giver: key, credit }: Pick<LiveDebt, 'row' | 'giver' | 'credit'>, nowMs: number): void {
    const giver = this.#givers.get(key);
    const inRow = giver?.debts.get(row);
    const debt = inRow?.find((each) => each.credit === credit);
    if (giver === undefined || inRow === undefined || debt === undefined) return;
    debt.open -= 1;
    this.#strokes -= 1;
    if (debt.open === 0) {
      inRow.splice(inRow.indexOf(debt), 1);
      this.#debts -= 1;
      if (inRow.length === 0) giver.debts.delete(row);
    }
    this.#dequeue(giver);
    giver.isServed = true;
    giver.sinceMs = nowMs;
    if (giver.debts.size > 0) this.#enqueue(giver);
  }

  sheetTurned(): void {
    for (const giver of this.#withoutRoom) this.#enqueue(giver);
    this.#withoutRoom.clear();
  }

  clear(): void {
    for (const all of [this.#givers, this.#newcomers, this.#waiting, this.#withoutRoom]) all.clear();
    this.#strokes = 0;
    this.#debts = 0;
    this.#untracked = 0;
  }

  choices(nextPlace: (row: string) => number | null): LiveChoice[] {
    return this.#queues.flatMap((queue) => this.#choicesFrom(queue, nextPlace, offered));
  }

  anyChoice(nextPlace: (row: string) => number | null): LiveChoice | undefined {
    for (const queue of this.#queues) {
      const [first] = this.#choicesFrom(queue, nextPlace, 1);
      if (first !== undefined) return first;
    }
    return undefined;
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

  #enqueue(giver: Giver): void {
    (giver.isServed ? this.#waiting : this.#newcomers).add(giver);
  }

  #dequeue(giver: Giver): void {
    for (const queue of [this.#newcomers, this.#waiting, this.#withoutRoom]) queue.delete(giver);
  }

  #choicesOf(giver: Giver, nextPlace: (row: string) => number | null): LiveChoice[] {
    const turn: Turn = { sinceMs: giver.sinceMs, isFirst: !giver.isServed };
    return [...giver.debts].flatMap(([row, [oldest]]) => {
      const n = nextPlace(row);
      if (n === null || oldest === undefined) return [];
      const { credit, creditSequence, creditedAtMs } = oldest;
      return [{ row, n, giver: giver.key, credit, creditSequence, creditedAtMs, live: true, turn }];
    });
  }

  /** What the front of a queue could be served with; those who wait for room in a full row are set aside. */
  #choicesFrom(queue: Set<Giver>, nextPlace: (row: string) => number | null, most: number): LiveChoice[] {
    const choices: LiveChoice[] = [];
    let found = 0;
    let looked = 0;
    for (const giver of queue) {
      looked += 1;
      const its = this.#choicesOf(giver, nextPlace);
      if (its.length === 0) {
        queue.delete(giver);
        this.#withoutRoom.add(giver);
      }
      choices.push(...its);
      found += its.length > 0 ? 1 : 0;
      if (found >= most || looked >= lookedAt) break;
    }
    return choices;
  }
}
