import Database from 'better-sqlite3';
import { comparableName } from '../../src/domain/plain-text.ts';

/** Each gift of so many writes the name of its giver. */
export const writesFrom = 3;
export const writes = { text: '{username}', minCount: writesFrom };

interface GiftRow {
  readonly seq: number;
  readonly giver: string | null;
  readonly gift: string;
  readonly reached: number;
  readonly credited: number;
  readonly voided: number;
  readonly texts: number;
  readonly words: string | null;
  readonly last: string | null;
}

/**
 * What is wrong with the names that gifts owe, by the entries of the ledger alone: each gift of enough owes the name of
 * its giver, once; those that were taken back do not. On these evenings nothing is drawn.
 */
export function wrongTexts(file: string, pays: ReadonlySet<string>): string[] {
  const db = new Database(file, { readonly: true });
  try {
    const gifts = db.prepare<[], GiftRow>(
      `SELECT e.seq, v.name AS giver, g.name AS gift,
         max(e.count, coalesce((SELECT max(count) FROM growth WHERE event = e.seq), 0))
           - min(e.base, coalesce((SELECT min(base) FROM growth WHERE event = e.seq), e.base)) AS reached,
         (SELECT coalesce(sum(strokes), 0) FROM credit WHERE event = e.seq) AS credited,
         (SELECT coalesce(sum(v.strokes), 0) FROM void v JOIN credit c ON c.seq = v.credit WHERE c.event = e.seq) AS voided,
         (SELECT count(*) FROM request WHERE event = e.seq) AS texts,
         (SELECT words FROM request WHERE event = e.seq) AS words,
         (SELECT s.state FROM request q JOIN request_step s ON s.request = q.id WHERE q.event = e.seq ORDER BY s.seq DESC LIMIT 1) AS last
       FROM event e LEFT JOIN viewer v ON v.id = e.viewer LEFT JOIN gift g ON g.id = e.gift WHERE e.kind = 'gift'`,
    );
    return gifts.all().flatMap((row) => wrongOf(row, pays));
  } finally {
    db.close();
  }
}

function wrongOf(
  { seq, giver, gift, reached, credited, voided, texts, words, last }: GiftRow,
  pays: ReadonlySet<string>,
) {
  const due = pays.has(comparableName(gift)) && reached >= writesFrom ? 1 : 0;
  const called = `gift ${seq}, ${reached} x ${gift} by ${giver}`;
  if (texts !== due) return [`${called}: its name is owed ${texts} times, not ${due}`];
  if (due === 0) return [];
  if (words !== giver) return [`${called}: "${words}" is to be written`];
  if (voided === credited && last !== 'void') return [`${called}: it was taken back, and its name is ${last}`];
  if (voided === 0 && last !== 'asked') return [`${called}: its name is ${last}, and nobody took it back`];
  return [];
}
