import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { applicationId, migrations } from '../../../src/ledger/schema.ts';
import { openOk } from '../../ledger/world.ts';
import { say, timeMs } from './figures.ts';

/** A ledger of the first schema with so many events, each credited and drawn. */
function layOld(file: string, events: number): void {
  const db = new Database(file);
  db.exec(migrations[0] ?? '');
  db.pragma(`application_id = ${applicationId}`);
  db.pragma('user_version = 1');
  db.exec(`
    INSERT INTO word (id, kind, text) VALUES (1, 'row', '1'), (2, 'room', 'a live'), (3, 'session', 'a session'),
      (4, 'gift', '["1","Rose",1]'), (5, 'worth', '[["1"],1,1]');
    INSERT INTO sheet (id, layout, opened_at_ms) VALUES (1, '{}', 0);
    INSERT INTO sheet_close (sheet, doubtful, at_ms) VALUES (1, 0, ${events + 1});
    CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${events}) SELECT i FROM n;
    INSERT INTO viewer (key, name) SELECT randomblob(12), 'viewer ' || i FROM n WHERE i <= 3000;
    INSERT INTO event (key, room, kind, source, session, viewer, gift, base, count, worth, arrived_at_ms)
      SELECT unhex(printf('00000002%024x', i)), 2, 'gift', 'live', 3, 1 + i % 3000, 4, 0, 1, 5, i FROM n;
    INSERT INTO credit (seq, row, event, source, strokes, live, test, hand, replay)
      SELECT 4294967296 + i, 1, i, 'live', 1, i, 0, 0, 0 FROM n;
    INSERT INTO ink (sheet, row, first_n, turn, last_n, credit, at_ms) SELECT 1, 1, i, i, i, 4294967296 + i, i FROM n;
    INSERT INTO place (sheet, row, certain, handed) VALUES (1, 1, ${events}, ${events});
    INSERT INTO balance (row, source, drawn) VALUES (1, 'live', ${events});
    INSERT INTO frontier (row, credit) VALUES (1, 4294967297 + ${events});
  `);
  db.close();
}

/** What it takes to bring a ledger of the first schema to the newest one, with the backup that is made before. */
export function benchMigration(folder: string, events: number): void {
  const file = join(folder, 'old.db');
  layOld(file, events);
  const before = statSync(file).size;
  const ms = timeMs(() => openOk(file).close());
  say(`${events} events: migration with its backup, s (at most 60)`, (ms / 1_000).toFixed(1));
  say(
    `${events} events: file before and after it, MB`,
    [before, statSync(file).size].map((b) => (b / 1e6).toFixed(0)).join(', '),
  );
  const ledger = openOk(file);
  const { findings } = ledger.check('full');
  ledger.close();
  if (findings.length > 0) throw new Error(findings.join('\n'));
  rmSync(file);
}
