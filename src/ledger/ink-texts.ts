import { cutText, type ReadText } from '../domain/ink-text.ts';
import { plainText } from '../domain/plain-text.ts';
import type { Books } from './books.ts';
import { waitsAsText } from './drawings.ts';

/** What became of a text that was to be written. */
export type TextAsked =
  /** It is owed, as this drawing. */
  | { readonly kind: 'owed'; readonly request: number }
  /** It cannot be written: it was taken back as it was asked for. */
  | { readonly kind: 'unwritable'; readonly request: number; readonly why: string }
  /** So many wait that it was left out. */
  | { readonly kind: 'too-many' };

/** A text that is to be written in ink. */
interface AskedText {
  /** The id by which a repeat is recognised. */
  readonly ownId: string;
  readonly text: string;
  /** The viewer for whom it is; null: for nobody. */
  readonly viewer: number | null;
  /** What it is written for. */
  readonly event: number;
}

/** So many texts of events are owed at a time: each takes a plate, of which a sheet has some dozens. */
const textsOwedMax = 100;

/**
 * Asks for texts in ink on behalf of events; within the transaction of the event only. A text becomes ink when it gets a
 * plate: until then it is kept as words, which are forgotten with the person, and costs the event next to nothing.
 */
export function textWriter({ db, wallMs }: Pick<Books, 'db' | 'wallMs'>, read: ReadText) {
  const known = db.prepare<[string]>('SELECT 1 FROM drawing WHERE own_id = ?');
  const owed = db.prepare<[], { texts: number }>('SELECT count(*) AS texts FROM drawing_owed WHERE is_text = 1');
  const addRequest = db.prepare<[number | null, number, string, number]>(
    "INSERT INTO request (kind, viewer, event, words, at_ms) VALUES ('drawing', ?, ?, ?, ?)",
  );
  const addDrawing = db.prepare(
    `INSERT INTO drawing (request, own_id, plate, scales, after_event, again_of, blob, digest)
     VALUES (@request, @ownId, NULL, 1, @event, NULL, @blob, sha256(@blob))`,
  );
  const addStep = db.prepare<[number, string, number, string | null, number]>(
    'INSERT INTO request_step (request, state, is_last, why, at_ms) VALUES (?, ?, ?, ?, ?)',
  );

  return {
    /** Asks for a text, once under its own id; null when that was asked for before. */
    write({ ownId, text, viewer, event }: AskedText): TextAsked | null {
      if (known.get(ownId) !== undefined) return null;
      if ((owed.get()?.texts ?? 0) >= textsOwedMax) return { kind: 'too-many' };
      const whole = plainText(text.normalize('NFC')).trim();
      const clean = cutText(whole);
      const can = read(clean);
      const request = Number(addRequest.run(viewer, event, clean, wallMs()).lastInsertRowid);
      addDrawing.run({ request, ownId, event, blob: waitsAsText });
      addStep.run(request, 'asked', 0, can.ok ? unlike(can.changed, can.left, clean !== whole) : null, wallMs());
      if (can.ok) return { kind: 'owed', request };
      const why = can.fault.what;
      addStep.run(request, 'void', 1, why, wallMs());
      return { kind: 'unwritable', request, why };
    },
  };
}

/** What of a text is not written as it stands there; null where all of it is. */
function unlike(
  changed: readonly { readonly from: string; readonly to: string }[],
  left: readonly string[],
  isCut: boolean,
): string | null {
  const parts = [
    ...(isCut ? ['shortened'] : []),
    ...changed.map(({ from, to }) => `"${to}" stands for "${from}"`),
    ...(left.length === 0 ? [] : [`left out: ${left.map((letter) => `"${letter}"`).join(', ')}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}
