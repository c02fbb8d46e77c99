import { type DrawingPaths, unpackPaths } from '../domain/drawing-paths.ts';
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
  /** Up to which path it may have been sent to the plotter when this sheet was read from disk. */
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
  readonly is_gone: number;
}

/** The placements on a sheet, in their order; `layout` is where the plates lie. */
export function placedDrawings(db: LedgerConnection): (sheet: number, layout: SheetLayout) => PlacedDrawing[] {
  const all = db.prepare<[number], PlacedRow>(
    `SELECT p.id, p.request, p.plate, p.paths, q.viewer, q.at_ms, coalesce(d.after_event, 0) AS after_event,
       coalesce((SELECT max(last_n) FROM placement_ink WHERE placement = p.id), 0) AS certain,
       coalesce((SELECT handed FROM drawing_handed WHERE placement = p.id), 0) AS handed,
       EXISTS (SELECT 1 FROM request_step WHERE request = p.request AND is_last = 1)
         OR p.id < (SELECT max(id) FROM placement WHERE request = p.request) AS over,
       length(p.blob) = 1 AS is_gone
     FROM placement p JOIN request q ON q.id = p.request LEFT JOIN drawing d ON d.request = p.request
     WHERE p.sheet = ? ORDER BY p.id`,
  );
  const blobOf = db.prepare<[number], { blob: Buffer }>('SELECT blob FROM placement WHERE id = ?');

  /** A placement never changes: what others have made of its track can be kept, too. */
  const known = new Map<number, DrawingTrack>();

  function trackOn(row: PlacedRow, plate: PlateLayout): DrawingTrack {
    if (row.is_gone === 1) known.delete(row.id);
    const track = known.get(row.id) ?? readTrack(row, plate);
    if (row.is_gone === 0) known.set(row.id, track);
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
        if (row.is_gone === 1) return pointsOn(plate, [0, 0]);
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
export function drawingInk({ db, wallMs }: { readonly db: LedgerConnection; readonly wallMs: () => number }) {
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
    /** Notes, before paths are sent, up to which path may be drawn from now on. */
    reserve: ({ placement }: PlacedDrawing, upTo: number): void => void setHanded.run(placement, upTo),
  };
}
