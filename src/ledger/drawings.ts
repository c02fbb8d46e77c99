import { type DrawingPaths, packPaths, unpackPaths } from '../domain/drawing-paths.ts';
import { type DrawingTrack, drawingTrackId, type PlateLayout, type SheetLayout } from '../domain/sheet.ts';
import type { LedgerConnection } from './connection.ts';

/** A drawing on the open sheet. */
export interface PlacedDrawing {
  readonly placement: number;
  readonly request: number;
  readonly plate: string;
  readonly track: DrawingTrack;
  /** After which event it was asked for: its age among what is owed. */
  readonly afterEvent: number;
  readonly askedAtMs: number;
  /** The asker's number, '' for nobody. */
  readonly asker: string;
  /** How many of its paths are certain. */
  certain: number;
  /** How far the plotter may have been told to draw it when this sheet was read from disk. */
  readonly handedAtOpen: number;
  /** It is drawn, taken back, or placed once more: no path of it is owed any more. */
  isOver: boolean;
}

interface PlacedRow {
  readonly id: number;
  readonly request: number;
  readonly plate: string;
  readonly paths: number;
  readonly viewer: number | null;
  readonly at_ms: number;
  readonly after_event: number;
  readonly certain: number;
  readonly handed: number;
  readonly over: number;
}

/** The placements on a sheet, in their order; `layout` is where the plates lie. */
export function placedDrawings(db: LedgerConnection): (sheet: number, layout: SheetLayout) => PlacedDrawing[] {
  const all = db.prepare<[number], PlacedRow>(
    `SELECT p.id, p.request, p.plate, p.paths, q.viewer, q.at_ms, coalesce(d.after_event, 0) AS after_event,
       coalesce((SELECT max(last_n) FROM placement_ink WHERE placement = p.id), 0) AS certain,
       coalesce((SELECT handed FROM drawing_handed WHERE placement = p.id), 0) AS handed,
       EXISTS (SELECT 1 FROM request_step WHERE request = p.request AND is_last = 1)
         OR p.id < (SELECT max(id) FROM placement WHERE request = p.request) AS over
     FROM placement p JOIN request q ON q.id = p.request LEFT JOIN drawing d ON d.request = p.request
     WHERE p.sheet = ? ORDER BY p.id`,
  );
  const blobOf = db.prepare<[number], { blob: Buffer }>('SELECT blob FROM placement WHERE id = ?');

  /** A placement never changes: what others have made of its track can be kept, too. */
  const known = new Map<number, DrawingTrack>();

  function trackOn(row: PlacedRow, plate: PlateLayout): DrawingTrack {
    const track = known.get(row.id) ?? readTrack(row, plate);
    known.set(row.id, track);
    return track;
  }

  function readTrack(row: PlacedRow, plate: PlateLayout): DrawingTrack {
    const id = drawingTrackId(row.id);
    let paths: DrawingPaths['paths'] | null = null;
    return {
      id,
      plate: row.plate,
      count: row.paths,
      pathOf(n) {
        paths ??= pathsOf(blobOf.get(row.id)?.blob);
        const path = paths[n - 1];
        if (path === undefined) throw new Error(`drawing "${id}" has paths 1 to ${row.paths}, not ${n}`);
        return pointsOn(plate, path);
      },
    };
  }

  return (sheet, { plates = [] }) => {
    const rows = all.all(sheet);
    for (const id of known.keys()) if (!rows.some((row) => row.id === id)) known.delete(id);
    return rows.flatMap((row) => {
      const plate = plates.find(({ id }) => id === row.plate);
      if (plate === undefined) return [];
      return [
        {
          placement: row.id,
          request: row.request,
          plate: row.plate,
          track: trackOn(row, plate),
          afterEvent: row.after_event,
          askedAtMs: row.at_ms,
          asker: row.viewer === null ? '' : String(row.viewer),
          certain: row.certain,
          handedAtOpen: Math.max(row.handed, row.certain),
          isOver: row.over === 1,
        },
      ];
    });
  };
}

/** Where a path of a plate lies on the bed; whole micrometres stay what they are. */
function pointsOn({ xMm, yMm }: PlateLayout, path: readonly number[]): { xMm: number; yMm: number }[] {
  const [left, foot] = [Math.round(xMm * 1000), Math.round(yMm * 1000)];
  return Array.from({ length: path.length / 2 }, (_, index) => ({
    xMm: (left + (path[2 * index] ?? 0)) / 1000,
    yMm: (foot + (path[2 * index + 1] ?? 0)) / 1000,
  }));
}

function pathsOf(blob: Buffer | undefined): DrawingPaths['paths'] {
  const read = unpackPaths(blob ?? new Uint8Array());
  if (!read.ok) throw new Error(read.fault.what);
  return read.drawing.paths;
}

/** What is written of a drawing when it is asked for. */
interface AskedDrawing {
  /** The asker's own, by which a repeat is known; null: each time it is asked for it is another one. */
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
interface WaitingDrawing {
  readonly request: number;
  readonly plate: string | null;
  readonly scales: boolean;
}

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
  /** Why it was taken back, or drawn again; '' where nothing is to be said. */
  readonly why: string;
  /** Of which drawing it is a repetition; null: of none. */
  readonly againOf: number | null;
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
     WHERE NOT EXISTS (SELECT 1 FROM request_step WHERE request = q.id AND is_last = 1) ORDER BY q.id LIMIT ?`,
  );
  const byOwnId = db.prepare<[string], { request: number }>('SELECT request FROM drawing WHERE own_id = ?');
  const waiting = db.prepare<[], { request: number; plate: string | null; scales: number }>(
    `SELECT d.request, d.plate, d.scales FROM drawing d
     WHERE NOT EXISTS (SELECT 1 FROM request_step WHERE request = d.request AND is_last = 1)
       AND NOT EXISTS (SELECT 1 FROM placement WHERE request = d.request AND sheet NOT IN (SELECT sheet FROM sheet_close))
     ORDER BY d.request`,
  );
  const blobOf = db.prepare<[number], { blob: Buffer }>('SELECT blob FROM drawing WHERE request = ?');
  const bytes = db.prepare<[], { bytes: number }>(
    `SELECT coalesce(sum(length(blob)), 0) AS bytes FROM drawing d
     WHERE NOT EXISTS (SELECT 1 FROM request_step WHERE request = d.request AND is_last = 1)`,
  );

  return {
    /** What was asked for, the newest first; 200 at most. */
    drawings: (limit = listedMax): DrawingRecord[] => newest.all(Math.min(limit, listedMax)).map(recordOf),
    /** Those that are owed, the oldest first. */
    owedDrawings: (limit: number): DrawingRecord[] => owed.all(limit).map(recordOf),
    /** One of them; null when there is none of this number. */
    drawing(id: number): DrawingRecord | null {
      const found = one.get(id);
      return found === undefined ? null : recordOf(found);
    },
    /** The one that an asker has given this name; null when nobody has. */
    drawingByOwnId: (ownId: string): number | null => byOwnId.get(ownId)?.request ?? null,
    /** What is owed and has no place on the open sheet, the oldest first. */
    waitingDrawings: (): WaitingDrawing[] =>
      waiting.all().map(({ request, plate, scales }) => ({ request, plate, scales: scales === 1 })),
    /** The paths that were asked for. Throws when there is no such drawing. */
    pathsOfDrawing(request: number): DrawingPaths {
      const read = unpackPaths(blobOf.get(request)?.blob ?? new Uint8Array());
      if (!read.ok) throw new Error(`drawing ${request}: ${read.fault.what}`);
      return read.drawing;
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
     * Somebody asks for a drawing; gives its number, that of the first time where the asker has asked for it before.
     * Throws a RangeError for paths that are none, or more than a drawing may have: whoever asks has checked them.
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
      books.forgetSheet();
      return true;
    },
    /**
     * A person reports that the ink of a drawing is missing: it is owed again, in its place where its sheet still lies
     * there. Gives the number under which it is owed, null when it is not drawn.
     */
    redrawDrawing(request: number, why: string): number | null {
      const record = questions.drawing(request);
      const asked = askedFor.get(request);
      const last = lastPlacement.get(request);
      if (record?.state !== 'drawn' || asked === undefined || last === undefined) return null;
      const { viewer, words, plate, scales, blob } = asked;
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

/** Those plates on which nothing lies, nor may: a drawing that was taken back before any of it was drawn leaves its plate. */
export function freePlates(drawings: readonly PlacedDrawing[], plates: readonly string[]): string[] {
  const taken = new Set(
    drawings
      .filter(({ isOver: over, handedAtOpen, certain }) => !over || handedAtOpen > 0 || certain > 0)
      .map(({ plate }) => plate),
  );
  return plates.filter((plate) => !taken.has(plate));
}

/** Writes how far drawings are; within a transaction only. */
export function drawingInk({ db, wallMs }: Pick<DrawingBooks, 'db' | 'wallMs'>) {
  const addInk = db.prepare<[number, number, number]>(
    'INSERT INTO placement_ink (placement, last_n, at_ms) VALUES (?, ?, ?)',
  );
  const setHanded = db.prepare<[number, number]>(
    `INSERT INTO drawing_handed (placement, handed) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET handed = max(handed, excluded.handed)`,
  );
  const addDrawn = db.prepare<[number, number]>(
    "INSERT INTO request_step (request, state, is_last, at_ms) VALUES (?, 'drawn', 1, ?)",
  );
  return {
    /** Paths up to `n` are certain; with the last one the drawing is paid. */
    certain(drawing: PlacedDrawing, n: number): void {
      drawing.certain = n;
      addInk.run(drawing.placement, n, wallMs());
      if (n < drawing.track.count || drawing.isOver) return;
      addDrawn.run(drawing.request, wallMs());
      drawing.isOver = true;
    },
    /** Noted before it happens: up to which path the plotter may have been told to draw. */
    reserve: ({ placement }: PlacedDrawing, upTo: number): void => void setHanded.run(placement, upTo),
  };
}
