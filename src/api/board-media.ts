import { createHash } from 'node:crypto';
import { mediaBytesMax } from '../domain/outside.ts';

/**
 * So many files are kept at most, and together so many bytes: they lie in the memory of the process that moves the pen.
 */
export const mediaKept = { count: 64, bytes: 16_000_000 } as const;

/** A sound or a picture, as a board loads it. */
interface Medium {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The media type by its first bytes, whatever the sender calls it. */
  readonly type: string;
}

/** Whether a file was kept, or why not: it is empty, too long, has another hash, or is of no known type. */
type KeptMedium =
  | { readonly ok: true; readonly type: string }
  | { readonly ok: false; readonly why: 'empty' | 'long' | 'hash' | 'kind' };

/**
 * Sounds and pictures for the board, by the SHA-256 of their bytes. They lie in memory and end with the process: spoken
 * sentences do not wear the SD card, no recording with a viewer's name is left on it, and a full disk does not matter.
 * What is gone must be sent again.
 */
export class BoardMedia {
  /** In the order in which they were last used, the newest last. */
  readonly #kept = new Map<string, Medium>();
  #bytes = 0;

  /** Keeps a file; `hash` is the SHA-256 that it must have, in small hexadecimal digits. */
  put(hash: string, bytes: Uint8Array<ArrayBuffer>): KeptMedium {
    if (bytes.length === 0) return { ok: false, why: 'empty' };
    if (bytes.length > mediaBytesMax) return { ok: false, why: 'long' };
    if (createHash('sha256').update(bytes).digest('hex') !== hash) return { ok: false, why: 'hash' };
    const type = typeOf(bytes);
    if (type === null) return { ok: false, why: 'kind' };
    this.#drop(hash);
    this.#kept.set(hash, { bytes, type });
    this.#bytes += bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mediaKept.count && this.#bytes <= mediaKept.bytes) break;
      this.#drop(oldest);
    }
    return { ok: true, type };
  }

  /** The file with this hash, which counts as used now; null when it is not there. */
  use(hash: string): Medium | null {
    const medium = this.#kept.get(hash);
    if (medium === undefined) return null;
    this.#kept.delete(hash);
    this.#kept.set(hash, medium);
    return medium;
  }

  #drop(hash: string): void {
    this.#bytes -= this.#kept.get(hash)?.bytes.length ?? 0;
    this.#kept.delete(hash);
  }
}

/** How files begin, in Latin-1; a dot is any byte. */
const beginnings: readonly (readonly [start: RegExp, type: string])[] = [
  [/^RIFF....WAVE/s, 'audio/wav'],
  // With a tag before it, or with a frame of layer III at once.
  [/^(?:ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb])/, 'audio/mpeg'],
  [/^OggS/, 'audio/ogg'],
  [/^\x89PNG\r\n.\n/s, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF....WEBP/s, 'image/webp'],
];

/** The media types that are taken. */
export const mediaTypes = beginnings.map(([, type]) => type);

function typeOf(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  return beginnings.find(([form]) => form.test(start))?.[1] ?? null;
}
