import { type DrawingPaths, packPaths, unpackPaths } from '../domain/drawing-paths.ts';
import type { LedgerConnection } from './connection.ts';
import { freePlates, type PlacedDrawing } from './placed-drawings.ts';
import { pointsRefunds } from './refunds.ts';

/** In place of paths: the words of the request become ink when it gets a plate. */
export const waitsAsText = Buffer.from([0]);

/** What is written of a drawing when it is asked for. */
interface AskedDrawing {
  /** The caller's own id, by which a repeat is recognised; null: each request is a new drawing. */
  readonly ownId: string | null;
  /** What people read: the name of a file, say. */
  readonly name: string;
  /** The one plate that it is for; null: any. */
  readonly plate: string | null;
  /** It is made as large as its plate allows; otherwise it has the size that it was given. */
  readonly scales: boolean;
  readonly paths: DrawingPaths;
}

/** A drawing that is owed and has no place on the open sheet. */
export interface WaitingDrawing {
  readonly request: number;
  readonly plate: string | null;
  readonly scales: boolean;
  readonly isText: boolean;
  /** The newest event when it was asked for: by order "oldest" what was given later comes after it. */
  readonly afterEvent: number;
}

/** What is to be drawn: paths, or a text, which becomes paths when it gets a plate. */
export type InkOfDrawing =
  | { readonly kind: 'paths'; readonly paths: DrawingPaths }
  | { readonly kind: 'text'; readonly text: string };

/** In which order an answer lists drawings, and how many at most. */
const listedMax = 200;

/** What became of a drawing that was asked for. */
type DrawingState = 'waiting' | 'placed' | 'drawing' | 'drawn' | 'void';

/** A drawing that was asked for, for people. */
export interface DrawingRecord {
  readonly id: number;
  readonly ownId: string | null;
  readonly name: string;
  /** Who asked, '' for the person at the plotter. */
  readonly viewer: string;
  readonly askedAtMs: number;
  readonly state: DrawingState;
  /** Where it was placed last; null where it never was. */
  readonly sheet: number | null;
  readonly plate: string | null;
  readonly paths: number;
  readonly certain: number;
  /** Why it was voided or drawn again; '' where it was not. */
  readonly why: string;
  /** Of which drawing it is a repetition; null: of none. */
  readonly againOf: number | null;
}

/** A drawing on a plate of a sheet. */
interface DrawingOnPlate {
  readonly drawing: DrawingRecord;
  /** The event that pays for it; null: somebody asked for it. */
  readonly gift: number | null;
  readonly paths: number;
  /** How many of its paths are certain there. */
  readonly certain: number;
}

/** A drawing as its last step left it: how far it is drawn is no part of that. */
export type DrawingEntry = Omit<DrawingRecord, 'certain'>;

interface RecordRow extends Omit<DrawingRecord, 'state' | 'paths' | 'certain'> {
  readonly last: string;
  readonly isOnOpenSheet: number;
  readonly paths: number | null;
  readonly certain: number;
}

/** Reads one drawing as its last step left it; null for a request that is none. */
export function drawingEntryOf(db: LedgerConnection): (request: number) => DrawingEntry | null {
  const one = db.prepare<[number], RecordRow>(`SELECT ${recordColumns} FROM ${recordTables} WHERE q.id = ?`);
  return (request) => {
    const found = one.get(request);
    if (found === undefined) return null;
    const { certain: _, state, ...entry } = recordOf(found);
    return { ...entry, state: state === 'drawing' ? 'placed' : state };
  };
}

const recordColumns = `q.id, d.own_id AS ownId, coalesce(q.words, '') AS name, coalesce(v.name, '') AS viewer,
    q.at_ms AS askedAtMs, d.again_of AS againOf, p.sheet, p.plate, p.paths,
    coalesce((SELECT max(last_n) FROM placement_ink WHERE placement = p.id), 0) AS certain,
    coalesce((SELECT state FROM request_step WHERE request = q.id ORDER BY seq DESC LIMIT 1), '') AS last,
    coalesce((SELECT why FROM request_step WHERE request = q.id AND why IS NOT NULL ORDER BY seq DESC LIMIT 1), '') AS why,
    p.sheet IS NOT NULL AND p.sheet NOT IN (SELECT sheet FROM sheet_close) AS isOnOpenSheet`;
const recordTables = `drawing d JOIN request q ON q.id = d.request LEFT JOIN viewer v ON v.id = q.viewer
    LEFT JOIN placement p ON p.id = (SELECT max(id) FROM placement WHERE request = q.id)`;

/** Reads what was asked to be drawn. */
export function drawingQuestions(db: LedgerConnection) {
  const newest = db.prepare<[number], RecordRow>(
    `SELECT ${recordColumns} FROM ${recordTables} ORDER BY q.id DESC LIMIT ?`,
  );
  const one = db.prepare<[number], RecordRow>(`SELECT ${recordColumns} FROM ${recordTables} WHERE q.id = ?`);
  const owed = db.prepare<[number], RecordRow>(
    `SELECT ${recordColumns} FROM ${recordTables}
     WHERE q.id IN (SELECT request FROM drawing_owed) ORDER BY q.id LIMIT ?`,
  );
  const byOwnId = db.prepare<[string], { request: number }>('SELECT request FROM drawing WHERE own_id = ?');
  const waiting = db.prepare<
    [],
    { request: number; plate: string | null; scales: number; isText: number; afterEvent: number }
  >(
    `SELECT d.request, d.plate, d.scales, o.is_text AS isText, d.after_event AS afterEvent FROM drawing_owed o JOIN drawing d ON d.request = o.request
     WHERE NOT EXISTS (SELECT 1 FROM placement WHERE request = d.request AND sheet NOT IN (SELECT sheet FROM sheet_close))
     ORDER BY d.request`,
  );
  const inkOf = db.prepare<[number], { blob: Buffer; words: string | null }>(
    'SELECT d.blob, q.words FROM drawing d JOIN request q ON q.id = d.request WHERE d.request = ?',
  );
  const bytes = db.prepare<[], { bytes: number }>(
    `SELECT coalesce(sum(length(d.blob)), 0) AS bytes FROM drawing_owed o JOIN drawing d ON d.request = o.request`,
  );

  const again = db.prepare<[number], { id: number }>(
    `SELECT d.request AS id FROM drawing d WHERE d.again_of = ? AND NOT EXISTS
       (SELECT 1 FROM request_step WHERE request = d.request AND state = 'void') ORDER BY d.request DESC LIMIT 1`,
  );
  const onPlate = db.prepare<[number, string], Omit<DrawingOnPlate, 'drawing'> & { request: number }>(
    `SELECT p.request, q.event AS gift, p.paths, coalesce((SELECT max(last_n) FROM placement_ink WHERE placement = p.id), 0) AS certain
     FROM placement p JOIN request q ON q.id = p.request WHERE p.sheet = ? AND p.plate = ? ORDER BY p.id`,
  );

  return {
    /** The drawing as which another one is, or was, drawn again; null where it was not, or that was taken back. */
    drawnAgainAs: (request: number): number | null => again.get(request)?.id ?? null,
    /** What was placed on a plate of a sheet, in that order: one after another was taken back, or drawn again. */
    drawingsOnPlate: (sheet: number, plate: string): DrawingOnPlate[] =>
      onPlate.all(sheet, plate).flatMap(({ request, ...there }) => {
        const found = one.get(request);
        return found === undefined ? [] : [{ drawing: recordOf(found), ...there }];
      }),
    /** What was asked for, the newest first; 200 at most. */
    drawings: (limit = listedMax): DrawingRecord[] => newest.all(Math.min(limit, listedMax)).map(recordOf),
    /** Those that are owed, the oldest first. */
    owedDrawings: (limit: number): DrawingRecord[] => owed.all(limit).map(recordOf),
    /** One of them; null when there is none of this number. */
    drawing(id: number): DrawingRecord | null {
      const found = one.get(id);
      return found === undefined ? null : recordOf(found);
    },
    /** The drawing with this id of a caller; null when there is none. */
    drawingByOwnId: (ownId: string): number | null => byOwnId.get(ownId)?.request ?? null,
    /** What is owed and has no place on the open sheet, the oldest first. */
    waitingDrawings: (): WaitingDrawing[] =>
      waiting.all().map(({ scales, isText, ...row }) => ({ ...row, scales: scales === 1, isText: isText === 1 })),
    /** What was asked for. Throws when there is no such drawing. */
    inkOfDrawing(request: number): InkOfDrawing {
      const found = inkOf.get(request);
      const blob = found?.blob ?? new Uint8Array();
      if (waitsAsText.equals(blob)) return { kind: 'text', text: found?.words ?? '' };
      const read = unpackPaths(blob);
      if (!read.ok) throw new Error(`drawing ${request}: ${read.fault.what}`);
      return { kind: 'paths', paths: read.drawing };
    },
    /** How many bytes the drawings have that are still owed. */
    bytesOfOwedDrawings: (): number => bytes.get()?.bytes ?? 0,
  };
}

function recordOf({ last, isOnOpenSheet, paths, certain, ...row }: RecordRow): DrawingRecord {
  const isHere = isOnOpenSheet === 1;
  const open: DrawingState = isHere ? (certain > 0 ? 'drawing' : 'placed') : 'waiting';
  const state = last === 'drawn' || last === 'void' ? last : open;
  return { ...row, state, paths: paths ?? 0, certain: state === 'waiting' ? 0 : certain };
}

/** What the writers of drawings need of the books. */
interface DrawingBooks {
  readonly db: LedgerConnection;
  readonly wallMs: () => number;
  sheet(): { readonly id: number; readonly drawings: readonly PlacedDrawing[] } | null;
  /** The open sheet is read anew the next time. */
  forgetSheet(): void;
}

/** Writes of drawings; within a transaction only. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function drawingWriter(books: DrawingBooks) {
  const { db } = books;
  const questions = drawingQuestions(db);
  const { refund } = pointsRefunds(books);
  const addRequest = db.prepare<[number | null, string, number]>(
    "INSERT INTO request (kind, viewer, words, at_ms) VALUES ('drawing', ?, ?, ?)",
  );
  const addDrawing = db.prepare(
    `INSERT INTO drawing (request, own_id, plate, scales, after_event, again_of, blob, digest)
     VALUES (@request, @ownId, @plate, @scales, (SELECT coalesce(max(seq), 0) FROM event), @againOf, @blob, sha256(@blob))`,
  );
  const addStep = db.prepare<[number, string, number, string | null, number]>(
    'INSERT INTO request_step (request, state, is_last, why, at_ms) VALUES (?, ?, ?, ?, ?)',
  );
  const addPlacement = db.prepare(
    `INSERT INTO placement (request, sheet, plate, paths, blob, digest, at_ms)
     VALUES (@request, @sheet, @plate, @paths, @blob, sha256(@blob), @atMs)`,
  );
  const askedFor = db.prepare<
    [number],
    { viewer: number | null; words: string | null; plate: string | null; scales: number; blob: Buffer }
  >(
    'SELECT q.viewer, q.words, d.plate, d.scales, d.blob FROM drawing d JOIN request q ON q.id = d.request WHERE q.id = ?',
  );
  const paidBy = db.prepare<[number], { event: number }>(
    'SELECT event FROM request WHERE id = ? AND event IS NOT NULL',
  );
  const lastPlacement = db.prepare<[number], { sheet: number; plate: string; paths: number; blob: Buffer }>(
    'SELECT sheet, plate, paths, blob FROM placement WHERE request = ? ORDER BY id DESC LIMIT 1',
  );

  const step = (request: number, state: string, isLast: boolean, why: string | null = null): void => {
    addStep.run(request, state, isLast ? 1 : 0, why, books.wallMs());
  };

  function enter(
    {
      viewer,
      name,
      ...asked
    }: Omit<AskedDrawing, 'paths'> & { readonly viewer: number | null; readonly blob: Uint8Array },
    againOf: number | null,
    why: string | null,
  ): number {
    const { ownId, plate, scales, blob } = asked;
    const request = Number(addRequest.run(viewer, name, books.wallMs()).lastInsertRowid);
    addDrawing.run({ request, ownId, plate, scales: scales ? 1 : 0, againOf, blob: Buffer.from(blob) });
    step(request, 'asked', false, why);
    return request;
  }

  function put(request: number, plate: string, paths: number, blob: Uint8Array, why: string | null = null): void {
    const sheet = books.sheet();
    if (sheet === null) throw new Error('no sheet is open');
    addPlacement.run({ request, sheet: sheet.id, plate, paths, blob: Buffer.from(blob), atMs: books.wallMs() });
    step(request, 'placed', false, why);
    books.forgetSheet();
  }

  return {
    /**
     * Writes a request for a drawing; returns its number, the old one where the caller has used this id before. Throws
     * a RangeError for paths that are invalid or too many: the caller must have checked them.
     */
    ask(asked: AskedDrawing): { readonly request: number; readonly isNew: boolean } {
      const before = asked.ownId === null ? null : questions.drawingByOwnId(asked.ownId);
      if (before !== null) return { request: before, isNew: false };
      const blob = packPaths(asked.paths);
      if (blob === null || asked.paths.paths.length === 0) throw new RangeError('these are no paths of a drawing');
      return { request: enter({ ...asked, viewer: null, blob }, null, null), isNew: true };
    },
    /** It is given a place on a plate of the open sheet, for good. The plate must be free, and the paths lie on it. */
    place(request: number, plate: string, paths: DrawingPaths): void {
      if (!freePlates(books.sheet()?.drawings ?? [], [plate]).includes(plate))
        throw new Error(`plate ${plate} is taken`);
      const blob = packPaths(paths);
      if (blob === null) throw new RangeError('these are no paths of a drawing');
      put(request, plate, paths.paths.length, blob);
    },
    /** What is left of it is not drawn any more. False when it was drawn, or taken back, before. */
    voidDrawing(request: number, why: string): boolean {
      if (isOver(questions.drawing(request))) return false;
      step(request, 'void', true, why);
      refund(
        paidBy.all(request).map(({ event }) => event),
        why,
      );
      books.forgetSheet();
      return true;
    },
    /**
     * A person reports that the ink of a drawing is missing: it is owed again, in its place while its sheet is open.
     * Returns the number under which it is owed; null when it is not drawn, was forgotten, or was drawn again before
     * (then that one may be reported).
     */
    redrawDrawing(request: number, why: string): number | null {
      const record = questions.drawing(request);
      const asked = askedFor.get(request);
      const last = lastPlacement.get(request);
      if (record?.state !== 'drawn' || asked === undefined || last === undefined) return null;
      if (questions.drawnAgainAs(request) !== null) return null;
      const { viewer, words, plate, scales, blob } = asked;
      // The person was forgotten.
      if (waitsAsText.equals(blob) && words === null) return null;
      const again = enter({ viewer, name: words ?? '', ownId: null, plate, scales: scales === 1, blob }, request, why);
      if (books.sheet()?.id === last.sheet) put(again, last.plate, last.paths, last.blob);
      return again;
    },
    /** A sheet is about to be closed: what is not drawn on it to its end is owed as a whole. Gives those drawings. */
    takeAway(
      sheet: number,
      drawings: readonly PlacedDrawing[],
    ): { readonly request: number; readonly certain: number }[] {
      const cut = drawings.filter(({ isOver: over }) => !over);
      for (const { request, certain, track } of cut) {
        const why = certain === 0 ? null : `sheet ${sheet} was taken away after ${certain} of ${track.count} paths`;
        step(request, 'waiting', false, why);
      }
      return cut;
    },
  };
}

function isOver(record: DrawingRecord | null): boolean {
  return record === null || record.state === 'drawn' || record.state === 'void';
}
