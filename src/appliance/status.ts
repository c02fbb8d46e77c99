import type { ApplianceState } from '../domain/appliance-state.ts';
import type { Clock } from '../domain/clock.ts';
import type { LiveFacts, LiveSource } from '../domain/live-source.ts';
import type { Plotter, PlotterFacts } from '../domain/plotter.ts';
import type { SheetCorner } from '../domain/sheet.ts';
import type { DrawingRecord } from '../ledger/drawings.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SeenGift } from '../ledger/payers.ts';
import type { RowAccount } from '../ledger/questions.ts';
import type { Restoration } from '../ledger/rescue.ts';
import type { DrawingLoop } from './drawing-loop.ts';
import type { Inbox } from './inbox.ts';
import type { InFlight } from './ink-book.ts';
import type { PenStatus } from './pen-use.ts';

/** Upper bounds of the classes of a histogram of write times, ms; the last class has none. */
export const syncBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000] as const;

/** How long durable writes of the ledger took since the start. */
export interface SyncTimes {
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
  /** How many took at most each of `syncBoundsMs`, cumulative. */
  readonly within: readonly number[];
}

/** Wraps a ledger so that the time of its writes is measured. */
export function timedLedger(ledger: Ledger, clock: Clock) {
  const within = syncBoundsMs.map(() => 0);
  let count = 0;
  let sumMs = 0;
  let maxMs = 0;

  function timed<Args extends readonly unknown[], Result>(write: (...args: Args) => Result) {
    return (...args: Args): Result => {
      const startedMs = clock.nowMs();
      try {
        return write(...args);
      } finally {
        const tookMs = clock.nowMs() - startedMs;
        count += 1;
        sumMs += tookMs;
        maxMs = Math.max(maxMs, tookMs);
        syncBoundsMs.forEach((boundMs, index) => {
          if (tookMs <= boundMs) within[index] = (within[index] ?? 0) + 1;
        });
      }
    };
  }

  const timedOne: Ledger = {
    ...ledger,
    record: timed(ledger.record),
    write: (work) => timed(() => ledger.write(work))(),
    turnSheet: timed(ledger.turnSheet),
    amend: (work) => timed(() => ledger.amend(work))(),
    draw: (work) => timed(() => ledger.draw(work))(),
  };
  return { ledger: timedOne, times: (): SyncTimes => ({ count, sumMs, maxMs, within: [...within] }) };
}

/** A row as the status shows it: its account over all sheets, and how far it is on the open one. */
interface RowStatus extends RowAccount {
  readonly name: string;
  /** Strokes on the open sheet, and how many fit; null when the open sheet does not have this row. */
  readonly onSheet: { readonly certain: number; readonly capacity: number } | null;
}

/** What the light shows; cheap enough to be read several times a second. */
export interface Glance {
  readonly state: ApplianceState;
  readonly plotter: PlotterFacts;
  readonly sheet: { readonly number: number; readonly certain: number; readonly capacity: number } | null;
  /** Until motion may start after a person's command, in ms; 0 when it may. */
  readonly motionInMs: number;
}

/** The whole status of the appliance. */
export interface Status extends Glance {
  /** Whether a person paused it, whatever else the state is; it survives a restart. */
  readonly paused: boolean;
  readonly live: LiveFacts;
  readonly sheet: (NonNullable<Glance['sheet']> & { readonly owedBeyond: number }) | null;
  readonly rows: readonly RowStatus[];
  /** Plates of the next sheet, on which drawings can be placed. */
  readonly plates: readonly string[];
  /** Drawings that are owed: on the open sheet, and waiting for a plate; the oldest first. */
  readonly drawings: readonly DrawingRecord[];
  readonly strokes: {
    readonly credited: number;
    readonly creditedByTests: number;
    readonly drawn: number;
    readonly spoiled: number;
    readonly pending: number;
    readonly voided: number;
    readonly uncertain: number;
    readonly inHand: number;
  };
  /** The pen in the holder, and how far it has drawn. */
  readonly pen: PenStatus;
  /** At which corner of the paper the mark for the origin is, seen from the front. */
  readonly mark: SheetCorner;
  /** What is owed in rows that the config no longer has: to be mapped to others or voided. */
  readonly orphaned: readonly { readonly row: string; readonly pending: number }[];
  readonly events: number;
  readonly unmappedGifts: number;
  readonly lastGifts: readonly SeenGift[];
  /**
   * How a damaged ledger was replaced with a backup, so that what came after the backup is missing; null when it never
   * was.
   */
  readonly restoration: Restoration | null;
  /** The file system that keeps the ledger in memory only; null: it lies on a disk. */
  readonly ledgerInMemory: string | null;
  /** Whether a new ledger began at this start, in place of an empty file. */
  readonly ledgerWasEmpty: boolean;
  /** `lostWhy`: why events were lost, null when none were. */
  readonly inbox: { readonly waiting: number; readonly lost: number; readonly lostWhy: string | null };
}

interface StatusParts {
  readonly ledger: Ledger;
  readonly plotter: Plotter;
  readonly source: LiveSource;
  readonly inbox: Inbox;
  readonly loop: DrawingLoop;
  readonly inFlight: InFlight;
  readonly state: ApplianceState;
  readonly clock: Clock;
  readonly paused: boolean;
  readonly ledgerInMemory: string | null;
  readonly ledgerWasEmpty: boolean;
  readonly mark: SheetCorner;
  /** The plates of the config, by their ids. */
  readonly plates: readonly string[];
  readonly pen: PenStatus;
  /** The rows of the config, in its order. */
  readonly rows: readonly { readonly id: string; readonly name: string }[];
}

const lastGiftsShown = 10;
const drawingsShown = 10;

/** Puts together what the light shows. */
export function glanceOf({
  ledger,
  plotter,
  loop,
  state,
  clock,
}: Omit<StatusParts, 'rows' | 'plates' | 'paused' | 'ledgerInMemory' | 'ledgerWasEmpty' | 'mark' | 'pen'>): Glance {
  const sheet = ledger.sheet();
  return {
    state,
    plotter: plotter.facts(),
    sheet:
      sheet === null
        ? null
        : {
            number: sheet.id,
            certain: ledger.questions.places().reduce((sum, { certain }) => sum + certain, 0),
            capacity: sheet.layout.rows.reduce((sum, { capacity }) => sum + capacity, 0),
          },
    motionInMs: Math.max(0, loop.notBeforeMs - clock.nowMs()),
  };
}

/** Puts the status together; its cost does not grow with the ledger. */
export function statusOf(parts: StatusParts): Status {
  const { ledger, source, inbox, inFlight, rows } = parts;
  const glance = glanceOf(parts);
  const accounts = ledger.questions.accounts();
  const sheet = ledger.sheet();
  const places = new Map(ledger.questions.places().map(({ row, certain }) => [row, certain]));
  const layoutRows = sheet?.layout.rows ?? [];
  const total = (key: 'credited' | 'testCredited' | 'drawn' | 'spoiled' | 'pending' | 'voided') =>
    accounts.reduce((sum, account) => sum + account[key], 0);
  const known = new Set(rows.map(({ id }) => id));
  return {
    ...glance,
    paused: parts.paused,
    live: source.facts(),
    sheet: glance.sheet === null ? null : { ...glance.sheet, owedBeyond: ledger.queue.beyondThisSheet() },
    rows: rows.map(({ id, name }) => {
      const account = accounts.find(({ row }) => row === id) ?? nothing(id);
      const capacity = layoutRows.find((row) => row.id === id)?.capacity;
      return { ...account, name, onSheet: capacity === undefined ? null : { certain: places.get(id) ?? 0, capacity } };
    }),
    plates: parts.plates,
    drawings: ledger.questions.owedDrawings(drawingsShown),
    strokes: {
      credited: total('credited'),
      creditedByTests: total('testCredited'),
      drawn: total('drawn'),
      spoiled: total('spoiled'),
      pending: total('pending'),
      voided: total('voided'),
      uncertain: ledger.questions.uncertain(),
      inHand: inFlight.size,
    },
    pen: parts.pen,
    mark: parts.mark,
    orphaned: accounts
      .filter(({ row, pending }) => pending > 0 && !known.has(row))
      .map(({ row, pending }) => ({ row, pending })),
    events: ledger.questions.eventCount(),
    unmappedGifts: ledger.questions.unmappedGifts(),
    lastGifts: ledger.questions.lastGifts(lastGiftsShown),
    restoration: ledger.restoration(),
    ledgerInMemory: parts.ledgerInMemory,
    ledgerWasEmpty: parts.ledgerWasEmpty,
    inbox: { waiting: inbox.waiting, lost: inbox.lost, lostWhy: inbox.lostWhy },
  };
}

function nothing(row: string): RowAccount {
  return { row, credited: 0, drawn: 0, spoiled: 0, voided: 0, pending: 0, testCredited: 0 };
}
