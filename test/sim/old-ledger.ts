import Database from 'better-sqlite3';
import { applicationId, migrations } from '../../src/ledger/schema.ts';
import { worthlessGift } from './live.ts';

/** Lays the ledger of an older program there, which has seen a live already: a gift that grew and paid nothing. */
export function layOldLedger(file: string): void {
  const db = new Database(file);
  db.exec(migrations[0] ?? '');
  db.pragma(`application_id = ${applicationId}`);
  db.pragma('user_version = 1');
  db.exec(`
    INSERT INTO word (id, kind, text) VALUES (1, 'room', 'a live of before'), (2, 'session', 'before'), (3, 'row', '1');
    INSERT INTO word (id, kind, text) VALUES (4, 'gift', '${JSON.stringify(['9', worthlessGift, 0])}');
    INSERT INTO viewer (key, name) VALUES (zeroblob(12), 'somebody of before');
    INSERT INTO event (key, room, kind, source, session, viewer, gift, base, count, worth, arrived_at_ms)
      VALUES (zeroblob(16), 1, 'gift', 'live', 2, 1, 4, 0, 1, NULL, 1), (x'01', 1, 'gift', 'live', 2, 1, 4, 0, 1, NULL, 2);
    INSERT INTO growth (event, base, count, arrived_at_ms) VALUES (1, 0, 5, 2);
    INSERT INTO session (id, room, source, opened_at_ms, closed_at_ms, ended) VALUES (2, 1, 'live', 1, 2, 1);
    INSERT INTO gap (room, from_ms, over, why) VALUES (1, 1, 1, 'silence');
  `);
  db.close();
}
