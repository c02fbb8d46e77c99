import type { ReadText } from '../domain/ink-text.ts';
import { type MoneyKind, strokesForSum } from '../domain/money.ts';
import { comparableName, counted } from '../domain/plain-text.ts';
import type { StrokeRef } from '../domain/sheet.ts';
import { type CreditKind, type PayingKind, strokesFor, type Worth } from '../domain/worth.ts';
import type { Books, Credited } from './books.ts';
import { giftTexts, giftTextVoids } from './gift-texts.ts';
import type { TextAsked } from './ink-texts.ts';
import { eventsOfRoom, roomRange } from './late-index.ts';
import { countNow, leastBase, moneySums } from './money.ts';
import { type InkedStroke, inkReader } from './payers.ts';
import type { StrokesInFlight } from './queue.ts';
import { pointsRefunds } from './refunds.ts';

/** Enters that strokes of a credit are taken back, with the reason; the debt itself is the caller's affair. */
type VoidEntry = (row: number, credit: number, strokes: number, why: string) => void;

/** Entries of voids of one ledger; within a transaction only. */
export function voidEntries(books: Books): VoidEntry {
  const add = books.db.prepare<[number, number, string, number]>(
    'INSERT INTO void (credit, strokes, why, at_ms) VALUES (?, ?, ?, ?)',
  );
  const eventOf = books.db.prepare<[number], { event: number }>('SELECT event FROM credit WHERE seq = ?');
  return (row, credit, strokes, why) => {
    const origin = books.originOfCredit(credit);
    add.run(credit, strokes, why, books.wallMs());
    books.balance(row, origin, { voided: strokes });
    if (books.moved === null || origin !== 'live') return;
    const event = eventOf.get(credit)?.event;
    if (event !== undefined) books.moved.push({ event, strokes: -strokes });
  };
}

/**
 * Credits what an event is newly worth, on top of the strokes that it was worth `before`. Of one gift at most
 * `perGiftMax` strokes are drawn (null: no bound); what lies beyond is credited and voided at once, as entries.
 */
export function boundedCredits(books: Books, perGiftMax: number | null) {
  const enterVoid = voidEntries(books);
  return (
    { seq, origin, isGift }: { readonly seq: number; readonly origin: CreditKind; readonly isGift: boolean },
    rows: readonly string[],
    before: number,
    strokes: number,
  ): readonly Credited[] => {
    const most = isGift && perGiftMax !== null ? perGiftMax : Number.POSITIVE_INFINITY;
    const due = Math.min(before + strokes, most) - Math.min(before, most);
    const credits = books.credit(seq, origin, rows, due);
    if (origin === 'live' && strokes > 0) books.moved?.push({ event: seq, strokes });
    for (const beyond of books.credit(seq, origin, rows.slice(0, 1), strokes - due)) {
      books.debts.pay(beyond.credit, beyond.strokes);
      const why = `more than ${counted(perGiftMax ?? 0, 'stroke')} of one gift`;
      enterVoid(books.names.row(beyond.row), beyond.credit, beyond.strokes, why);
    }
    return credits;
  };
}

/** Corrections by a person: each is an entry with a reason; within a transaction only. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function corrections(books: Books) {
  const { db, names, debts } = books;
  const ink = inkReader(books);
  const enterVoid = voidEntries(books);
  const texts = giftTextVoids(books);
  const refunds = pointsRefunds(books);
  const eventOf = db.prepare<[number], { event: number }>('SELECT event FROM credit WHERE seq = ?');
  const redraws = db.prepare<[number, number], { n: number; credit: number; handed: number }>(
    'SELECT n, credit, handed FROM redraw WHERE sheet = ? AND row = ? ORDER BY n DESC',
  );
  const dropRedraw = db.prepare<[number, number, number]>('DELETE FROM redraw WHERE sheet = ? AND row = ? AND n = ?');
  const addSpoil = db.prepare<[number, number, number, number, number, string, number]>(
    'INSERT INTO spoil (sheet, row, first_n, last_n, credit, why, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const addRedraw = db.prepare<[number, number, number, number]>(
    'INSERT INTO redraw (sheet, row, n, credit) VALUES (?, ?, ?, ?)',
  );

  /** What of the newest debts of a row can be taken back. */
  function voidable(row: number, strokes: number, inFlight: StrokesInFlight): { credit: number; part: number }[] {
    const name = names.rowName(row);
    const handed = inFlight.perhapsInked(name) - (books.sheet()?.certain.get(row) ?? 0);
    let left = Math.min(strokes, debts.pending(row) - Math.max(inFlight.fresh(name), handed, 0));
    const parts: { credit: number; part: number }[] = [];
    for (const { credit, open } of debts.newestFirst(row)) {
      if (left <= 0) break;
      const part = Math.min(left, open - inFlight.paidBy(credit));
      if (part <= 0) continue;
      parts.push({ credit, part });
      left -= part;
    }
    return parts;
  }

  /** Voids redraws of spoiled places, the last ones first, and none that was sent to the plotter. */
  function voidRedraws(row: number, strokes: number, why: string, inFlight: StrokesInFlight): number[] {
    const sheet = books.sheet();
    if (sheet === null || strokes === 0) return [];
    const name = names.rowName(row);
    const free = redraws.all(sheet.id, row).filter(({ n, handed }) => handed === 0 && !inFlight.redrawing(name, n));
    const dropped = free.slice(0, strokes);
    for (const { n, credit } of dropped) {
      dropRedraw.run(sheet.id, row, n);
      enterVoid(row, credit, 1, why);
    }
    return dropped.map(({ credit }) => credit);
  }

  /** Neighbours of one credit share an entry. */
  function enterSpoils(sheet: number, row: number, strokes: readonly InkedStroke[], why: string): void {
    const isOpen = books.sheet()?.id === sheet;
    for (let from = 0; from < strokes.length; ) {
      const first = strokes[from];
      if (first === undefined) return;
      let length = 1;
      while (isNext(first, strokes[from + length], length)) length += 1;
      const { n, credit } = first;
      addSpoil.run(sheet, row, n, n + length - 1, credit, why, books.wallMs());
      books.balance(row, books.originOfCredit(credit), { spoiled: length });
      if (!isOpen) debts.owe(credit, length);
      else for (let each = n; each < n + length; each++) addRedraw.run(sheet, row, each, credit);
      from += length;
    }
  }

  return {
    /**
     * Takes back strokes that are owed, the newest debt first, and only what was not handed to the plotter.
     * Returns how many it took back: fewer than asked for when fewer are owed. Where nothing of a gift is left, what it
     * would have written goes with it, and where nothing is left of what a rule was paid for, that is given back.
     */
    void(rowName: string, strokes: number, why: string, inFlight: StrokesInFlight): number {
      const row = names.knownRow(rowName);
      if (row === null) return 0;
      let taken = 0;
      const parts = voidable(row, strokes, inFlight);
      for (const { credit, part } of parts) {
        debts.pay(credit, part);
        enterVoid(row, credit, part, why);
        taken += part;
      }
      const dropped = voidRedraws(row, strokes - taken, why, inFlight);
      const touched = [...parts.map(({ credit }) => credit), ...dropped];
      const gone = texts.voided(touched, why);
      refunds.refund(
        touched.flatMap((credit) => eventOf.get(credit)?.event ?? []),
        why,
      );
      if (gone > 0) books.forgetSheet();
      return taken + dropped.length;
    },
    /**
     * Says that certain strokes have no ink (pen dry, jam): they are owed again, in their old places when their sheet
     * still lies there, else on the next one. Returns how many; strokes that are not certain are passed over.
     */
    spoil(sheet: number, rowName: string, from: number, to: number, why: string): number {
      const row = names.knownRow(rowName);
      if (row === null) return 0;
      const strokes = ink.inked(sheet, row).filter(({ n }) => from <= n && n <= to);
      enterSpoils(sheet, row, strokes, why);
      return strokes.length;
    },
    /** The same for the strokes of the open sheet that became certain last. Returns them, the last one first. */
    spoilLast(strokes: number, why: string): StrokeRef[] {
      const sheet = books.sheet();
      if (sheet === null || strokes <= 0) return [];
      const inked = [...sheet.certain.keys()].flatMap((row) =>
        ink.inked(sheet.id, row).map((each) => ({ ...each, row })),
      );
      const last = inked.sort((a, b) => b.turn - a.turn || b.n - a.n).slice(0, strokes);
      for (const row of new Set(last.map((each) => each.row))) {
        const ofRow = last.filter((each) => each.row === row).sort((a, b) => a.n - b.n);
        enterSpoils(sheet.id, row, ofRow, why);
      }
      return last.map(({ row, n }) => ({ sheet: sheet.id, row: names.rowName(row), n }));
    },
  };
}

function isNext(first: InkedStroke, other: InkedStroke | undefined, distance: number): boolean {
  return other !== undefined && other.n === first.n + distance && other.credit === first.credit;
}

/** What a backfill found and credited. */
interface Backfilled {
  /** Gifts, streaks and other events that had been unmapped. */
  readonly events: number;
  readonly strokes: number;
  /** What they pay for beside strokes; absent where they pay for nothing. */
  readonly texts?: readonly TextAsked[];
}

interface Unmapped {
  readonly seq: number;
  readonly origin: 'live' | 'test' | 'replay';
  readonly base: number;
  readonly count: number;
}

interface UnmappedGift extends Unmapped {
  readonly unit: string;
  readonly session: string;
  readonly viewer: Buffer | null;
  readonly atMs: number;
}

/**
 * Credits by a person; within a transaction only. Of one gift at most `perGiftMax` strokes are drawn, whenever it is
 * mapped.
 */
export function grants(books: Books, perGiftMax: number | null, readText: ReadText) {
  const { db, names, keys, eventKeys, viewers } = books;
  const lastEvent = db.prepare<[], { seq: number }>('SELECT coalesce(max(seq), 0) AS seq FROM event');
  const addEvent = db.prepare(
    `INSERT INTO event (key, room, kind, origin, session, viewer, base, count, worth, arrived_at_ms, payload)
     VALUES (?, ?, 'hand', 'hand', ?, ?, 0, ?, ?, ?, ?)`,
  );
  return {
    /**
     * Credits strokes by hand, as its own kind, with the reason. The viewer is the one last seen under this name; an
     * unknown name becomes a new viewer; '' is nobody.
     */
    credit(rowName: string, strokes: number, viewerName: string, why: string): void {
      if (!Number.isSafeInteger(strokes) || strokes <= 0) throw new RangeError(`cannot credit ${strokes} strokes`);
      const row = names.row(rowName);
      const nowMs = books.wallMs();
      const viewer =
        viewerName === ''
          ? null
          : (viewers.byName(viewerName) ?? viewers.seen({ id: `by hand ${viewerName}`, name: viewerName }, nowMs));
      const room = names.room('');
      const key = keys.event(room, ['hand', String((lastEvent.get()?.seq ?? 0) + 1)]);
      const worth = names.worth({ rows: [rowName], strokes: 1, per: 1 });
      const payload = JSON.stringify({ why });
      const { lastInsertRowid } = addEvent.run(
        Buffer.from(key, 'hex'),
        room,
        names.session(''),
        viewer,
        strokes,
        worth,
        nowMs,
        payload,
      );
      eventKeys.add(key, Number(lastInsertRowid));
      books.debts.credit(row, Number(lastInsertRowid), 'hand', strokes);
    },
    ...backfills(books, perGiftMax, readText),
  };
}

/** Credits of what was not mapped when it came; within a transaction only. */
function backfills(books: Books, perGiftMax: number | null, readText: ReadText) {
  const { db, names } = books;
  const sums = moneySums(books);
  const addGrowth = db.prepare<[number, number, number, number]>(
    'INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (?, ?, ?, ?)',
  );
  const unmapped = db.prepare<[{ room: number; kind: string; id: string; name: string }], UnmappedGift>(
    `SELECT e.seq, e.origin, 0 AS base, ${countNow} AS count, g.name AS unit, s.text AS session, v.key AS viewer,
       coalesce(e.at_ms, e.arrived_at_ms) AS atMs
     FROM event e JOIN gift g ON g.id = e.gift JOIN word s ON s.id = e.session LEFT JOIN viewer v ON v.id = e.viewer
     WHERE e.room = @room AND e.kind = @kind AND e.worth IS NULL AND e.gift IS NOT NULL AND (g.platform_id = @id OR comparable_name(g.name) = @name
         OR g.platform_id IN (SELECT platform_id FROM gift WHERE platform_id <> '' AND comparable_name(name) = @name))
       AND NOT EXISTS (SELECT 1 FROM remap WHERE event = e.seq)
     ORDER BY e.seq`,
  );
  const unmappedOfKind = db.prepare<[Buffer, Buffer, number, number, string], Unmapped>(
    `SELECT e.seq, e.origin, ${leastBase} AS base, ${countNow} AS count
     FROM event e WHERE e.seq IN (${eventsOfRoom}) AND e.room = ? AND e.kind = ? AND e.worth IS NULL
       AND e.origin <> 'hand' AND NOT EXISTS (SELECT 1 FROM remap WHERE event = e.seq)
     ORDER BY e.seq`,
  );
  const credit = boundedCredits(books, perGiftMax);
  const written = giftTexts(books, readText);
  const addRemap = db.prepare<[number, number, number]>('INSERT INTO remap (event, worth, at_ms) VALUES (?, ?, ?)');

  return {
    /**
     * Credits the gifts of a room that were unmapped when they came, by the gift's id or its name in any spelling, or
     * its money, by the unit; each once, and from then on they grow by this worth.
     */
    backfill(giftNameOrId: string, roomName: string, worth: Worth, kind: 'gift' | MoneyKind = 'gift'): Backfilled {
      const room = names.knownRoom(roomName);
      if (room === null) return nothing;
      const events = unmapped.all({ room, kind, id: giftNameOrId.trim(), name: comparableName(giftNameOrId) });
      books.countUnmapped(room, -events.filter(({ origin }) => origin === 'live').length);
      if (kind === 'gift') return pay(events, worth, true);
      return pay(
        events.map((event) => summed(room, kind, event, names.worth(worth))),
        worth,
        true,
        strokesForSum,
      );
    },
    /** The same for what else of a room was kept and not mapped: follows, shares, subscriptions, likes. */
    backfillKind(kind: PayingKind, roomName: string, worth: Worth): Backfilled {
      const room = names.knownRoom(roomName);
      if (room === null) return nothing;
      const events = unmappedOfKind.all(...roomRange(books.eventKeys, room), room, kind);
      return pay(events, worth, kind === 'subscribe');
    },
  };

  /** Money that is mapped now joins the sum of its giver, and grows by nothing but that. */
  function summed(room: number, kind: MoneyKind, event: UnmappedGift, worth: number): Unmapped {
    const { seq, count: amount, viewer } = event;
    const sum = sums.add({ ...event, kind, amount, room, worth, viewer: viewer?.toString('hex') ?? '' });
    addGrowth.run(seq, sum.base, sum.count, books.wallMs());
    return { ...event, ...sum };
  }

  function pay(events: readonly Unmapped[], worth: Worth, isGift: boolean, reach = strokesFor): Backfilled {
    let strokes = 0;
    const texts: TextAsked[] = [];
    for (const { seq, origin, base, count } of events) {
      addRemap.run(seq, names.worth(worth), books.wallMs());
      const worthNow = reach(worth, count) - reach(worth, base);
      const credits = credit({ seq, origin, isGift }, worth.rows, 0, worthNow);
      strokes += credits.reduce((sum, each) => sum + each.strokes, 0);
      const text = written.reached(seq, worth.write, 0, count - base);
      if (text !== null) texts.push(text);
    }
    return { events: events.length, strokes, ...(texts.length > 0 ? { texts } : {}) };
  }
}

const nothing: Backfilled = { events: 0, strokes: 0 };
