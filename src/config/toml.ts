import { causeInWords, originalOf } from '../domain/cause.ts';
import { unseenName } from '../domain/plain-text.ts';
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
 * an editor appended `.txt`. What cannot be read is reported with its remedy.
 */
export function readText(path: string, readFile: ReadFile): TextResult {
  const direct = readBytes(path, readFile);
  if (direct.ok || direct.code !== 'ENOENT') return direct.ok ? decode(path, direct.bytes) : unreadable(path, direct);
  const appended = `${path}${appendedEnding}`;
  const other = readBytes(appended, readFile);
  return other.ok ? decode(appended, other.bytes) : unreadable(path, direct);
}

type BytesResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `original` is what the system said, word for word, for the log. */
  | { readonly ok: false; readonly code: string; readonly original: string };

function readBytes(path: string, readFile: ReadFile): BytesResult {
  try {
    return { ok: true, bytes: readFile(path) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      return { ok: false, code: error.code, original: originalOf(error) };
    throw error;
  }
}

const notOurs = 'may not be read by this user; use sudo, or check its rights';

function unreadable(file: string, { code, original }: Extract<BytesResult, { ok: false }>): TextResult {
  const rules: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist; check the name and the folder',
    ENOTDIR: 'does not exist; a part of its path is no folder',
    EISDIR: 'is a folder; name the file in it',
    EACCES: notOurs,
    EPERM: notOurs,
  };
  const refused = refuse(file, rules[code] ?? `cannot be read: ${causeInWords(code)}`);
  return { ...refused, problem: { ...refused.problem, original }, isAbsent: code === 'ENOENT' || code === 'ENOTDIR' };
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

function refuse(file: string, rule: string): Extract<TextResult, { ok: false }> {
  return { ok: false, problem: { file, place: '', value: '', rule }, isAbsent: false };
}

/** What people write who do not know TOML, and what belongs there instead; judged by the value, without its comment. */
const slips: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [/[“”„‘’«»]/u, () => 'the quotes are typographic ones; use " instead'],
  [/^$/, () => 'a value is missing after the ='],
  [/^([+-]?\d+),(\d+)$/, ([, whole, part]) => `a decimal number has a point, not a comma: ${whole}.${part}`],
  [/^([^,[{]*[^,[{\s])\s*,$/, ([, value]) => `no comma stands at the end: ${value}`],
  [/^([+-]?\d+(?:\.\d+)?)\s*[a-zµ%°]/iu, ([, number]) => `only the number stands here, without a unit: ${number}`],
  [/^(true|yes|on)$/i, () => 'write true, in small letters'],
  [/^(false|no|off)$/i, () => 'write false, in small letters'],
  [/^"[^"]*$|^'[^']*$/, ([value]) => `the closing ${value.charAt(0)} is missing`],
  [/^[\p{L}@/][^"'[\]{}]*$/u, ([value]) => `text stands in quotes: "${value}"`],
];

/** What stands in a line that nobody sees; in text and notes blanks of all kinds do no harm. */
function unseenIn(line: string): string | null {
  const outside = line.replace(/"[^"]*"|'[^']*'|#.*$/g, (part) => part.replace(/\p{Zs}/gu, ''));
  for (const char of outside.replaceAll(/[\t\r]/g, '')) {
    const name = unseenName(char);
    if (name !== null) return name;
  }
  return null;
}

/** What to do about a line of TOML that cannot be read, null when nothing is known that would help. */
export function tomlAdvice(line: string): string | null {
  const unseen = unseenIn(line);
  if (unseen !== null) return `${unseen} stands in this line, which nobody sees; take it out`;
  const plain = withoutComment(line);
  if (/^\[[^\]]*$/.test(plain)) return 'the closing ] is missing';
  if (/^\[\[[^[\]]*\]$/.test(plain)) return `the second closing ] is missing: ${plain}]`;
  if (/^\[[^[\]]*\]\]$/.test(plain)) return `the second opening [ is missing: [${plain}`;
  const [, value] = /^[^="]*=\s*(.*)$/.exec(plain) ?? [];
  if (value === undefined) return /^[\w-]+\s*:/.test(plain) ? 'between a key and its value stands =, not :' : null;
  // Right as it stands: what is wrong is elsewhere.
  if (value === 'true' || value === 'false') return null;
  for (const [slip, advice] of slips) {
    const found = slip.exec(value);
    if (found !== null) return advice(found);
  }
  return null;
}

/** The line as far as it says something; a quote that was never closed ends before the comment too. */
export function withoutComment(line: string): string {
  return line.replace(/(?:^|\s+)#.*$/, '').trim();
}

/** The lines of a TOML file on which its tables and keys stand, by their places: `plotter.port`, `rows[2].yMm`. */
export type TomlLines = ReadonlyMap<string, number>;

const listHeader = /^\s*\[\[\s*([\w.-]+)\s*\]\]/;
const tableHeader = /^\s*\[\s*([\w.-]+)\s*\]/;
const keyForm = /^\s*(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*=/;

/** Looks through a file that has been read as TOML without an error. */
export function linesOfToml(text: string): TomlLines {
  const lines = new Map<string, number>();
  const entries = new Map<string, number>();
  let table = '';
  const note = (place: string, line: number) => {
    // A table within another begins that one, too.
    for (let at = place; at !== ''; at = at.replace(/\.?[^.]*$/, '')) if (!lines.has(at)) lines.set(at, line);
  };
  for (const [index, written] of text.split('\n').entries()) {
    const list = listHeader.exec(written)?.[1];
    const header = list ?? tableHeader.exec(written)?.[1];
    const found = keyForm.exec(written);
    if (list !== undefined) {
      const number = entries.get(list) ?? 0;
      entries.set(list, number + 1);
      table = `${list}[${number}]`;
      note(list, index + 1);
    } else if (header !== undefined) table = header;
    if (header !== undefined) note(table, index + 1);
    else if (found !== null) {
      const key = found[1] ?? found[2] ?? found[3] ?? '';
      note(table === '' ? key : `${table}.${key}`, index + 1);
    }
  }
  return lines;
}

/** The line of a place; of what is missing, or within a value, that of what it is missing in. */
export function lineOf(lines: TomlLines, place: string): number | undefined {
  for (let at = place; at !== ''; at = at.replace(/(?:^|\.)[\w-]+$|\[\d+\]$/, '')) {
    const line = lines.get(at);
    if (line !== undefined) return line;
    if (!/(?:^|\.)[\w-]+$|\[\d+\]$/.test(at)) return undefined;
  }
  return undefined;
}

/** The list that begins above a line that cannot be read and is still open there; null where there is none. */
export function openedBefore(
  lines: readonly string[],
  until: number,
): { readonly line: number; readonly advice: string } | null {
  let begin: number | null = null;
  let depth = 0;
  for (const [index, line] of lines.slice(0, until - 1).entries()) {
    const plain = withoutComment(line).replace(/"[^"]*"|'[^']*'/g, '');
    if (depth === 0 && !/^[^=]*=\s*[[{]/.test(plain)) continue;
    if (depth === 0) begin = index + 1;
    depth += (plain.match(/[[{]/g)?.length ?? 0) - (plain.match(/[\]}]/g)?.length ?? 0);
  }
  return depth > 0 && begin !== null ? { line: begin, advice: 'the ] or } that closes it is missing' } : null;
}
