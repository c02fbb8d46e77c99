import { eveningOf } from '../domain/money.ts';
import type { SheetFacts } from '../domain/rules.ts';
import type { Books } from './books.ts';

const halfHourMs = 1_800_000;

/** How full the paper is, and what is owed and drawn: as the ledger has it now. */
export function sheetFacts(books: Books) {
  const { db, debts, names, wallMs } = books;
  const rows = db.prepare<[], { row: number }>("SELECT id AS row FROM word WHERE kind = 'row'");
  const drawnEver = db.prepare<[], { drawn: number }>('SELECT coalesce(sum(drawn), 0) AS drawn FROM balance');
  const drawnSince = db.prepare<[number, number], { drawn: number }>(
    `SELECT coalesce(sum(last_n - first_n + 1), 0) AS drawn FROM ink
     WHERE sheet > (SELECT coalesce(max(sheet), 0) FROM sheet_close WHERE at_ms < ?) AND at_ms >= ?`,
  );
  /** Of one evening, what had been drawn ever as it began: to read its ink for each event would grow with it. */
  let before: { readonly evening: string; readonly drawn: number } | null = null;

  function drawnTonight(): number {
    const nowMs = wallMs();
    const evening = eveningOf(nowMs);
    const ever = drawnEver.get()?.drawn ?? 0;
    if (before?.evening !== evening) {
      const beganAtMs = beginOf(evening, nowMs);
      before = { evening, drawn: ever - (drawnSince.get(beganAtMs, beganAtMs)?.drawn ?? 0) };
    }
    return ever - before.drawn;
  }

  return {
    now(): SheetFacts {
      const sheet = books.sheet();
      const free = sheet?.layout.rows.map(({ id, capacity }) => {
        const row = names.knownRow(id);
        return row === null ? capacity : Math.max(0, capacity - (sheet.certain.get(row) ?? 0) - debts.pending(row));
      });
      const places = sheet?.layout.rows.reduce((sum, { capacity }) => sum + capacity, 0) ?? 0;
      const drawn = sheet === null ? 0 : [...sheet.certain.values()].reduce((sum, each) => sum + each, 0);
      return {
        sheet: sheet?.id ?? null,
        sheetFilled: places === 0 ? null : Math.floor((100 * drawn) / places),
        strokesFree: free?.reduce((sum, each) => sum + each, 0) ?? null,
        rowsFree: free?.filter((each) => each > 0).length ?? null,
        pending: rows.all().reduce((sum, { row }) => sum + debts.pending(row), 0),
        drawnTonight: drawnTonight(),
      };
    },
    /** After a rollback. */
    forget(): void {
      before = null;
    },
  };
}

/** When an evening began, by the half hour. */
function beginOf(evening: string, nowMs: number): number {
  let beginMs = Math.floor(nowMs / halfHourMs) * halfHourMs;
  while (eveningOf(beginMs - 1) === evening) beginMs -= halfHourMs;
  return beginMs;
}
