import { voidEntries } from './amend.ts';
import type { Books } from './books.ts';
import { giftTextVoids } from './gift-texts.ts';
import type { StrokesInFlight } from './queue.ts';
import { pointsRefunds } from './refunds.ts';

/** What of an event, and of all that its rules made due, is taken back for one reason. */
interface VoidedEvent {
  /** Strokes and texts that were taken back now. */
  readonly strokes: number;
  readonly texts: number;
  /** The same with what was taken back for this reason before. */
  readonly strokesInAll: number;
  readonly textsInAll: number;
}

interface CreditOfEvent {
  readonly seq: number;
  readonly row: number;
}

/** Takes back single events; within a transaction only. */
export function eventVoids(books: Books) {
  const { db, names, debts } = books;
  const enterVoid = voidEntries(books);
  const texts = giftTextVoids(books);
  const { refund } = pointsRefunds(books);
  const known = db.prepare<[number], unknown>('SELECT 1 FROM event WHERE seq = ?');
  const madeDue = db.prepare<[number], { seq: number }>(
    'SELECT paid AS seq FROM firing WHERE cause = ? AND paid IS NOT NULL',
  );
  // Credits lie by their rows: all of them are read, as often as a person takes a gift back.
  const creditsOf = db.prepare<[string], CreditOfEvent>(
    'SELECT seq, row FROM credit WHERE event IN (SELECT value FROM json_each(?)) ORDER BY seq',
  );
  const redrawsOf = db.prepare<[number, number], { row: number; n: number; handed: number }>(
    'SELECT row, n, handed FROM redraw WHERE sheet = ? AND credit = ?',
  );
  const dropRedraw = db.prepare<[number, number, number]>('DELETE FROM redraw WHERE sheet = ? AND row = ? AND n = ?');
  const voidedFor = db.prepare<[string, string], { strokes: number }>(
    'SELECT coalesce(sum(strokes), 0) AS strokes FROM void WHERE credit IN (SELECT value FROM json_each(?)) AND why = ?',
  );

  /** Of the oldest debts of a row: what may be ink already, though nothing that is on its way is known of. */
  function perhapsDrawn(row: number, inFlight: StrokesInFlight): Map<number, number> {
    const name = names.rowName(row);
    const handed = inFlight.perhapsInked(name) - (books.sheet()?.certain.get(row) ?? 0);
    let left = Math.max(handed - inFlight.fresh(name), 0);
    const held = new Map<number, number>();
    for (const { credit, open } of debts.oldestFirst(row)) {
      if (left <= 0) break;
      const part = Math.min(left, open - inFlight.paidBy(credit));
      held.set(credit, part);
      left -= part;
    }
    return held;
  }

  function takeBack({ seq, row }: CreditOfEvent, why: string, inFlight: StrokesInFlight): number {
    const free = debts.openOf(seq) - inFlight.paidBy(seq) - (perhapsDrawn(row, inFlight).get(seq) ?? 0);
    if (free <= 0) return 0;
    debts.pay(seq, free);
    enterVoid(row, seq, free, why);
    return free;
  }

  /** Places that lost their ink stay as they are. */
  function leaveSpoiled({ seq }: CreditOfEvent, why: string, inFlight: StrokesInFlight): number {
    const sheet = books.sheet();
    if (sheet === null) return 0;
    const free = redrawsOf
      .all(sheet.id, seq)
      .filter(({ row, n, handed }) => handed === 0 && !inFlight.redrawing(names.rowName(row), n));
    for (const { row, n } of free) {
      dropRedraw.run(sheet.id, row, n);
      enterVoid(row, seq, 1, why);
    }
    return free.length;
  }

  return {
    /**
     * Voids all that is owed for an event and for what rules made due for it, with texts that are not begun; nothing
     * that is drawn or was sent to the plotter. Null where there is no such event. A streak that grows later is owed
     * what it grows by.
     */
    voidEvent(event: number, why: string, inFlight: StrokesInFlight): VoidedEvent | null {
      if (known.get(event) === undefined) return null;
      const events = [event, ...madeDue.all(event).map(({ seq }) => seq)];
      const credits = creditsOf.all(JSON.stringify(events));
      let strokes = 0;
      for (const credit of credits) strokes += takeBack(credit, why, inFlight) + leaveSpoiled(credit, why, inFlight);
      const gone = texts.ofEvents(events, why);
      refund(events, why);
      if (gone.now > 0) books.forgetSheet();
      const strokesInAll = voidedFor.get(JSON.stringify(credits.map(({ seq }) => seq)), why)?.strokes ?? 0;
      return { strokes, texts: gone.now, strokesInAll, textsInAll: gone.inAll };
    },
  };
}
