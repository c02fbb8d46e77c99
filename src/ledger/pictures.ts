import { createHash } from 'node:crypto';
import { type DrawingPaths, packPaths, unpackPaths } from '../domain/drawing-paths.ts';
import type { PicturePieces, RowLayout, SheetLayout } from '../domain/sheet.ts';
import type { LedgerConnection } from './connection.ts';

/** The pieces of a picture with the digest by which a ledger keeps them; null when they take more bytes than they may. */
export function picturePieces(paths: DrawingPaths): PicturePieces | null {
  const packed = packPaths(paths);
  if (packed === null || paths.paths.length === 0) return null;
  const digest = createHash('sha256').update(packed).digest('hex');
  return { digest, count: paths.paths.length, pieces: () => paths };
}

/** So many pictures are kept unpacked: those of two sheets. */
const knownMax = 16;

/** The pictures that are kept in a ledger. */
export interface KeptPictures {
  /** Keeps the pictures of a layout; within a transaction only. Throws for one that was not read. */
  keep(layout: SheetLayout): void;
  /** A layout as it was stored, with the pieces of its pictures, which are read when they are asked for. */
  filled(stored: SheetLayout): SheetLayout;
}

/** The pictures of one open ledger. */
export function keptPictures(db: LedgerConnection): KeptPictures {
  const isKept = db.prepare<[Buffer]>('SELECT 1 FROM picture WHERE digest = ?');
  const add = db.prepare<[Buffer, number, Buffer]>('INSERT INTO picture (digest, pieces, blob) VALUES (?, ?, ?)');
  const blobOf = db.prepare<[Buffer], { blob: Buffer }>('SELECT blob FROM picture WHERE digest = ?');
  const known = new Map<string, () => DrawingPaths>();

  function remember(digest: string, pieces: () => DrawingPaths): void {
    known.delete(digest);
    known.set(digest, pieces);
    const [oldest] = known.keys();
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
  }

  function read(digest: string): DrawingPaths {
    const unpacked = unpackPaths(blobOf.get(Buffer.from(digest, 'hex'))?.blob ?? new Uint8Array());
    if (!unpacked.ok) throw new Error(`picture ${digest}: ${unpacked.fault.what}`);
    return unpacked.drawing;
  }

  function piecesOf(digest: string): () => DrawingPaths {
    let paths: DrawingPaths | null = null;
    const pieces = known.get(digest) ?? (() => (paths ??= read(digest)));
    remember(digest, pieces);
    return pieces;
  }

  function filledRow(row: RowLayout): RowLayout {
    const { picture } = row;
    return picture === undefined ? row : { ...row, picture: { ...picture, pieces: piecesOf(picture.digest) } };
  }

  return {
    keep({ rows }) {
      for (const { id, picture } of rows) {
        if (picture === undefined) continue;
        if (picture.digest === '') throw new Error(`the picture of row "${id}" was not read`);
        const digest = Buffer.from(picture.digest, 'hex');
        if (isKept.get(digest) !== undefined) continue;
        const packed = packPaths(picture.pieces());
        if (packed === null) throw new RangeError(`the picture of row "${id}" is too large`);
        add.run(digest, picture.pieces().paths.length, Buffer.from(packed));
        remember(picture.digest, picture.pieces);
      }
    },
    filled: (stored) =>
      stored.rows.some(({ picture }) => picture !== undefined)
        ? { ...stored, rows: stored.rows.map(filledRow) }
        : stored,
  };
}
