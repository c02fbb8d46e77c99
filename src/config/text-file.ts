import { causeInWords } from '../domain/cause.ts';
import type { PlacedProblem } from './problem.ts';

/** Reads a whole file, or throws as `fs.readFileSync` does. */
export type ReadFile = (path: string) => Uint8Array;

/** The text of a file without a byte order mark, and where it was really found. */
type TextResult =
  | { readonly ok: true; readonly text: string; readonly file: string }
  | { readonly ok: false; readonly problem: PlacedProblem & { readonly file: string }; readonly isAbsent: boolean };

/** A config is a page or two; what is far larger is another file. */
const bytesMax = 1_000_000;

/** The endings that editors append to a name they do not know. */
const appendedEnding = '.txt';

/**
 * Reads a text file that a person edited: with or without a byte order mark, in UTF-8, perhaps under a name to which
 * an editor appended `.txt`. What cannot be read is told with its remedy.
 */
export function readText(path: string, readFile: ReadFile): TextResult {
  const direct = readBytes(path, readFile);
  if (direct.ok || direct.code !== 'ENOENT')
    return direct.ok ? decode(path, direct.bytes) : unreadable(path, direct.code);
  const appended = `${path}${appendedEnding}`;
  const other = readBytes(appended, readFile);
  return other.ok ? decode(appended, other.bytes) : unreadable(path, direct.code);
}

type BytesResult = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly code: string };

function readBytes(path: string, readFile: ReadFile): BytesResult {
  try {
    return { ok: true, bytes: readFile(path) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      return { ok: false, code: error.code };
    throw error;
  }
}

const notOurs = 'may not be read by this user; say sudo before the command, or check its rights';

function unreadable(file: string, code: string): TextResult {
  const rules: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist; check the name and the folder',
    ENOTDIR: 'does not exist; a part of its path is no folder',
    EISDIR: 'is a folder; name the file in it',
    EACCES: notOurs,
    EPERM: notOurs,
  };
  return refuse(file, rules[code] ?? `cannot be read: ${causeInWords(code)}`, code === 'ENOENT' || code === 'ENOTDIR');
}

function decode(file: string, bytes: Uint8Array): TextResult {
  if (bytes.length > bytesMax) return refuse(file, `is larger than ${bytesMax / 1_000_000} MB; is it the right file?`);
  if (isUtf16(bytes)) return refuse(file, 'is saved as UTF-16; save it as UTF-8 in the editor');
  if (bytes.includes(0)) return refuse(file, 'is no text file');
  try {
    return { ok: true, file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse(file, `is not saved as UTF-8 (see line ${lineOfBadByte(bytes)}); save it as UTF-8 in the editor`);
  }
}

/** By its byte order mark, or by the zero in every second byte of text in Latin letters. */
function isUtf16([first, second, third, fourth]: Uint8Array): boolean {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const zeros = [first, second, third, fourth].map((byte) => byte === 0);
  return zeros.join() === 'false,true,false,true' || zeros.join() === 'true,false,true,false';
}

function lineOfBadByte(bytes: Uint8Array): number {
  const readable = new TextDecoder().decode(bytes);
  return readable.slice(0, readable.indexOf('\ufffd')).split('\n').length;
}

function refuse(file: string, rule: string, isAbsent = false): TextResult {
  return { ok: false, problem: { file, place: '', value: '', rule }, isAbsent };
}
