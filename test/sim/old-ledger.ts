import Database from 'better-sqlite3';
import { applicationId, migrations } from '../../src/ledger/schema.ts';
import { layoutOf } from '../ledger/world.ts';
import { worthlessGift } from './live.ts';

/** A row that is on no sheet of today, and how many strokes an older program has drawn in it. */
export const rowOfBefore = { row: 'before', drawn: 3 } as const;

/**
 * Lays the ledger of an older program there, which has seen a live already: a gift that grew and paid nothing, and one
 * whose ink lies on a sheet that was taken away. The clock was set back before it was drawn.
 */
export function layOldLedger(file: string): void {
  const db = new Database(file);
  db.exec(migrations[0] ?? '');
  db.pragma(`application_id = ${applicationId}`);
  db.pragma('user_version = 1');
  db.exec(`
    INSERT INTO word (id, kind, text) VALUES (1, 'room', 'a live of before'), (2, 'session', 'before'), (3, 'row', '${rowOfBefore.row}');
    INSERT INTO word (id, kind, text) VALUES (5, 'worth', '[["${rowOfBefore.row}"],1,1]');
    INSERT INTO word (id, kind, text) VALUES (4, 'gift', '${JSON.stringify(['9', worthlessGift, 0])}');
    INSERT INTO viewer (key, name) VALUES (zeroblob(12), 'somebody of before');
    INSERT INTO event (key, room, kind, source, session, viewer, gift, base, count, worth, arrived_at_ms)
      VALUES (zeroblob(16), 1, 'gift', 'live', 2, 1, 4, 0, 1, NULL, 1), (x'01', 1, 'gift', 'live', 2, 1, 4, 0, 1, NULL, 2),
        (x'02', 1, 'gift', 'live', 2, 1, 4, 0, ${rowOfBefore.drawn}, 5, 30);
    INSERT INTO credit (seq, row, event, source, strokes, live, test, hand, replay)
      VALUES (3 * 4294967296 + 1, 3, 3, 'live', 3, 3, 0, 0, 0);
    INSERT INTO sheet (id, layout, opened_at_ms) VALUES (1, '${JSON.stringify(layoutOf({ [rowOfBefore.row]: 9 }))}', 20);
    INSERT INTO ink (sheet, row, first_n, turn, last_n, credit, at_ms)
      VALUES (1, 3, 1, 1, 1, 3 * 4294967296 + 1, 8), (1, 3, 2, 2, 3, 3 * 4294967296 + 1, 9);
    INSERT INTO place (sheet, row, certain, handed) VALUES (1, 3, 3, 3);
    INSERT INTO balance (row, source, drawn) VALUES (3, 'live', 3);
    INSERT INTO frontier (row, credit) VALUES (3, 3 * 4294967296 + 2);
    INSERT INTO sheet_close (sheet, doubtful, at_ms) VALUES (1, 0, 10);
    INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (1, 0, 5, 2);
    INSERT INTO session (id, room, source, opened_at_ms, closed_at_ms, ended) VALUES (2, 1, 'live', 1, 2, 1);
    INSERT INTO gap (room, from_ms, over, why) VALUES (1, 1, 1, 'silence');
  `);
  db.close();
}
