import { giftIdPrefix, giverMark, type InkText, type ReadText } from '../domain/ink-text.ts';
import type { Books } from './books.ts';
import { type TextAsked, textWriter } from './ink-texts.ts';

interface GiftRow {
  readonly key: Buffer;
  readonly viewer: number | null;
  readonly name: string | null;
}

/** The texts that gifts pay for, each once; within a transaction only. */
export function giftTexts(books: Books, read: ReadText) {
  const { db } = books;
  const texts = textWriter(books, read);
  const giftAt = db.prepare<[number], GiftRow>(
    `SELECT e.key, e.viewer, CASE v.pseudonym WHEN 0 THEN v.name END AS name
     FROM event e LEFT JOIN viewer v ON v.id = e.viewer WHERE e.seq = ?`,
  );
  return {
    /**
     * A gift counts so many now, and counted fewer `before`: where that is enough for what is written, it is asked for.
     * Null when nothing was. The account's name is taken as it is known now.
     */
    reached(seq: number, write: InkText | undefined, before: number, now: number): TextAsked | null {
      if (write === undefined || before >= write.from || now < write.from) return null;
      const gift = giftAt.get(seq);
      if (gift === undefined) throw new Error(`there is no event ${seq}`);
      const { text } = write;
      return texts.write({
        ownId: idOfGift(gift.key),
        // Without the name that it is about, it is no text.
        text: text.includes(giverMark) && !gift.name ? '' : text.replaceAll(giverMark, gift.name ?? ''),
        viewer: gift.viewer,
        event: seq,
      });
    },
  };
}

function idOfGift(key: Buffer): string {
  return giftIdPrefix + key.toString('hex');
}

/** Takes back what gifts would have written; within a transaction only. */
export function giftTextVoids({ db, wallMs }: Books) {
  const eventOf = db.prepare<[number], { event: number; key: Buffer }>(
    'SELECT e.seq AS event, e.key FROM credit c JOIN event e ON e.seq = c.event WHERE c.seq = ?',
  );
  const unbegun = db.prepare<[string], { request: number }>(
    `SELECT d.request FROM drawing d JOIN drawing_owed o ON o.request = d.request WHERE d.own_id = ? AND NOT EXISTS (
       SELECT 1 FROM placement p JOIN drawing_handed h ON h.placement = p.id WHERE p.request = d.request)`,
  );
  // Credits lie by their rows: all of them are read, once for however many gifts.
  const left = db.prepare<[string], { event: number }>(
    `WITH gift AS MATERIALIZED (SELECT value AS event FROM json_each(?)),
       part AS (
         SELECT event, strokes FROM credit WHERE event IN (SELECT event FROM gift)
         UNION ALL SELECT c.event, -v.strokes FROM void v CROSS JOIN credit c
           WHERE c.seq = v.credit AND c.event IN (SELECT event FROM gift)
       )
     SELECT event FROM part GROUP BY event HAVING sum(strokes) = 0`,
  );
  const addStep = db.prepare<[number, string, number]>(
    "INSERT INTO request_step (request, state, is_last, why, at_ms) VALUES (?, 'void', 1, ?, ?)",
  );
  const keyOf = db.prepare<[number], { key: Buffer }>('SELECT key FROM event WHERE seq = ?');
  const voidedFor = db.prepare<[string, string], unknown>(
    `SELECT 1 FROM drawing d JOIN request_step s ON s.request = d.request
     WHERE d.own_id = ? AND s.state = 'void' AND s.why = ?`,
  );
  return {
    /** Takes back the texts of these events, unless they are begun; how many, and with those that went for it before. */
    ofEvents(events: readonly number[], why: string): { readonly now: number; readonly inAll: number } {
      const ids = events.map((seq) => idOfGift(keyOf.get(seq)?.key ?? Buffer.alloc(0)));
      const open = ids.flatMap((id) => unbegun.get(id) ?? []);
      for (const { request } of open) addStep.run(request, why, wallMs());
      return { now: open.length, inAll: ids.filter((id) => voidedFor.get(id, why) !== undefined).length };
    },
    /**
     * Strokes of these credits were taken back: of each gift of which none are left, owed or drawn, the text goes, too,
     * unless it is begun. Returns how many texts that were.
     */
    voided(credits: readonly number[], why: string): number {
      const texts = new Map<number, number>();
      for (const credit of credits) {
        const gift = eventOf.get(credit);
        const text = gift && unbegun.get(idOfGift(gift.key));
        if (gift !== undefined && text !== undefined) texts.set(gift.event, text.request);
      }
      if (texts.size === 0) return 0;
      const gone = left.all(JSON.stringify([...texts.keys()]));
      for (const { event } of gone) addStep.run(texts.get(event) ?? 0, why, wallMs());
      return gone.length;
    },
  };
}
