import { openFile } from '../../../src/ledger/connection.ts';

/** The same rows into the same tables with the same pragmas, and nothing else: no lookups, no keys, no thought. */
export function bareInserts(file: string): (each: number) => void {
  const opened = openFile(file);
  if (opened.kind !== 'open') throw new Error('the bare file does not open');
  const { db } = opened;
  const event = db.prepare(
    `INSERT INTO event (key, room, kind, origin, session, viewer, gift, base, count, worth, at_ms, arrived_at_ms, payload)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const credit = db.prepare(
    'INSERT INTO credit (seq, row, event, origin, strokes, live, test, hand, replay) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  db.exec("INSERT INTO word (kind, text) VALUES ('row', '1'), ('row', '2'), ('row', '3'), ('row', '4')");
  const viewer = db.prepare('INSERT INTO viewer (key, name, seen_at_ms) VALUES (?, ?, ?)');
  const insert = db.transaction((each: number) => {
    const nowMs = 1_767_200_000_000 + each;
    const { lastInsertRowid: giver } = viewer.run(Buffer.alloc(12, each), `name of ${each}`, nowMs);
    const { lastInsertRowid } = event.run(
      Buffer.alloc(16, each),
      1,
      'gift',
      'live',
      1,
      giver,
      1,
      0,
      1,
      1,
      null,
      nowMs,
      null,
    );
    credit.run(2 ** 32 + each + 1, 1, lastInsertRowid, 'live', 1, each, 0, 0, 0);
  });
  return (each) => insert.immediate(each);
}
