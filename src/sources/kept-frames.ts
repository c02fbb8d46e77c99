import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { KeptFrameFacts } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { UndecodableFrame } from './connection/undecodable.ts';

/** So many files of at most 88 KB each: enough to see what the platform changed. */
const filesMax = 20;
const ending = '.frame.json';

/** Frames that did not decode, each a file, so that somebody can look at them after the night. */
export interface KeptFrames {
  /**
   * Keeps one, and lets go of the oldest when there are too many. A disk that does not take it is reported in the log.
   */
  keep(frame: UndecodableFrame): void;
  /** Null while there are none. */
  facts(): KeptFrameFacts | null;
  /** Deletes all: names of people may stand in what nobody can read. Gives how many there were. */
  clear(): number;
}

/** When a file was written, ms; 0 when the disk does not say. */
function writtenAtMs(file: string): number {
  try {
    return Math.trunc(statSync(file).mtimeMs);
  } catch {
    return 0;
  }
}

/** Keeps frames in a folder, which is made when it is needed. */
export function openKeptFrames(folder: string, log: Log): KeptFrames {
  let sequence = 0;

  /** The oldest first. */
  function files(): string[] {
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .sort();
    } catch {
      return [];
    }
  }

  function lookUp(): KeptFrameFacts | null {
    const names = files();
    const last = names.at(-1);
    if (last === undefined) return null;
    return { folder, files: names.length, lastAtMs: writtenAtMs(join(folder, last)) };
  }

  let known = lookUp();
  return {
    keep({ wallMs, room, method, what, bytes, cause }) {
      sequence += 1;
      const at = new Date(wallMs).toISOString();
      const name = `${at.replaceAll(':', '-')}-${String(sequence).padStart(6, '0')}${ending}`;
      const original = cause === undefined ? {} : { original: originalOf(cause) };
      const text = JSON.stringify({ at, room, method, what, ...original, data: Buffer.from(bytes).toString('base64') });
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, name), `${text}\n`, { mode: 0o600 });
        for (const old of files().slice(0, -filesMax)) rmSync(join(folder, old));
      } catch (error) {
        log.warn(`A frame could not be saved for inspection: ${causeInWords(error)}.`);
        log.debug(`A frame could not be kept: ${originalOf(error)}`);
      }
      known = lookUp();
    },
    facts: () => known,
    clear() {
      const names = files();
      for (const name of names) rmSync(join(folder, name), { force: true });
      known = null;
      return names.length;
    },
  };
}
