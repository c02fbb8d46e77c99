import {
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { comparableName, unseenName } from '../domain/plain-text.ts';

/** Where in a text something stands; both count from 1. */
interface TextPlace {
  readonly line: number;
  readonly column: number;
}

type JsonResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly repeatedKeys: readonly RepeatedKey[];
      /** The line of a place such as `gifts[3].row`; of what is missing, or within a value, that of what it is missing in. */
      readonly lineOf: (place: string) => number | undefined;
    }
  | { readonly ok: false; readonly at: TextPlace; readonly rule: string };

/** A key that stands twice in one object: a plain JSON parser would silently keep the last. */
interface RepeatedKey {
  readonly key: string;
  readonly at: TextPlace;
}

/** A gift map nests four deep; this bounds the recursion of the parser. */
const depthMax = 64;

/**
 * Reads JSON that a person wrote, with notes (`//`) and commas before an end where they like. What is broken
 * comes with line and column and our rule for it, and so do keys that stand twice in one object (compared as names are).
 */
export function readJson(text: string): JsonResult {
  const refused = tooDeepIn(text) ?? controlIn(text);
  if (refused !== null) return { ok: false, ...refused };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined || root === undefined) return brokenAt(text, first);
  const places = new Map<string, number>();
  const repeatedKeys: RepeatedKey[] = [];
  const starts = lineStarts(text);
  walk(root, '', (place, { offset }, twice) => {
    places.set(place, offset);
    if (twice !== null) repeatedKeys.push({ key: twice, at: placeAmong(starts, offset) });
  });
  return { ok: true, value: getNodeValue(root), repeatedKeys, lineOf: (place) => lineIn(starts, places, place) };
}

/** Every key and every entry of a list, with its place; `twice` is the key where it stood before. */
function walk(node: Node, place: string, visit: (place: string, at: Node, twice: string | null) => void): void {
  const keys = new Set<string>();
  for (const [index, child] of (node.children ?? []).entries()) {
    if (node.type === 'array') {
      const item = `${place}[${index}]`;
      visit(item, child, null);
      walk(child, item, visit);
      continue;
    }
    const [name, value] = child.children ?? [];
    if (name === undefined) continue;
    const key = String(name.value);
    const folded = comparableName(key);
    const member = place === '' ? key : `${place}.${key}`;
    visit(member, name, keys.has(folded) ? key : null);
    keys.add(folded);
    if (value !== undefined) walk(value, member, visit);
  }
}

function lineIn(starts: readonly number[], places: ReadonlyMap<string, number>, place: string): number | undefined {
  for (let at = place; at !== ''; at = at.replace(/(?:\[\d+\]|\.?[^.[\]]+|.)$/, '')) {
    const start = places.get(at);
    if (start !== undefined) return placeAmong(starts, start).line;
  }
  return undefined;
}

/** Where each line begins: a file may have a problem at each of its letters, and is not split for each of them. */
function lineStarts(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), ({ 0: end, index }) => index + end.length)];
}

function placeAmong(starts: readonly number[], index: number): TextPlace {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: index - (starts[low] ?? 0) + 1 };
}

function placeOf(text: string, index: number): TextPlace {
  return placeAmong(lineStarts(text.slice(0, index)), index);
}

function tooDeepIn(text: string): { readonly at: TextPlace; readonly rule: string } | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const token = text[scanner.getTokenOffset()];
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    if (depth > depthMax) return { at: placeOf(text, scanner.getTokenOffset()), rule: 'is nested too deep' };
  }
  return null;
}

const ruleOfError: Readonly<Record<string, string>> = {
  PropertyNameExpected: 'a key in double quotes must stand here',
  ColonExpected: 'a colon must stand between a key and its value',
  CommaExpected: 'a comma or an end must stand here',
  CloseBraceExpected: 'a comma or "}" must stand here',
  CloseBracketExpected: 'a comma or "]" must stand here',
  EndOfFileExpected: 'nothing may follow the end of the JSON document',
  UnexpectedEndOfString: 'is not a whole string in double quotes on one line',
  UnexpectedEndOfComment: 'a note that begins with /* must end with */',
  InvalidEscapeCharacter: 'a backslash in text is written twice: \\\\',
  InvalidUnicode: 'a backslash in text is written twice: \\\\',
};
const valueRule = 'a value must stand here: text in double quotes, a number, true, false, null, [ or {';

function brokenAt(text: string, error: ParseError | undefined): JsonResult {
  const broken = (index: number, rule: string): JsonResult => ({ ok: false, at: placeOf(text, index), rule });
  if (error === undefined || text.trim() === '') return broken(0, 'the file is empty; the least is {}');
  const { offset, length } = error;
  const token = text.slice(offset, offset + length);
  // What people write, or an editor does, that looks right.
  const unseen = firstIn(token, (char) => unseenName(char) !== null && !/[\n\r]/.test(char));
  if (unseen !== null) return broken(offset + unseen.index, unseenRule(unseen.char));
  if (token.startsWith('#')) return broken(offset, 'a note begins with //, not with #');
  if (/^[“”„‟‘’«»]/u.test(token)) return broken(offset, 'the quotes are typographic ones; use " instead');
  if (printParseErrorCode(error.error) === 'InvalidSymbol') return broken(offset, ruleOfWord(text.slice(0, offset)));
  const within = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(token.replace(/\\\\/g, '__'))?.index ?? 0;
  return broken(offset + within, ruleOfError[printParseErrorCode(error.error)] ?? valueRule);
}

/** What should stand where a bare word does, by what stands before it. */
function ruleOfWord(before: string): string {
  const errors: ParseError[] = [];
  parseTree(before, errors, { allowTrailingComma: true });
  const [first] = errors;
  const rule = first === undefined ? 'EndOfFileExpected' : printParseErrorCode(first.error);
  const isKey = rule === 'CloseBraceExpected' && /[{,]\s*$/.test(before);
  return ruleOfError[isKey ? 'PropertyNameExpected' : rule] ?? valueRule;
}

/** A character that no editor shows is refused in a text, too: in a name it would make another gift of it. */
function controlIn(text: string): { readonly at: TextPlace; readonly rule: string } | null {
  const found = firstIn(text, (char) => /^\p{Cc}$/u.test(char) && !/[\t\n\r]/.test(char));
  return found === null ? null : { at: placeOf(text, found.index), rule: unseenRule(found.char) };
}

function unseenRule(char: string): string {
  return `${unseenName(char)} stands here, which cannot be seen; take it out`;
}

function firstIn(
  text: string,
  isSo: (char: string) => boolean,
): { readonly index: number; readonly char: string } | null {
  let index = 0;
  for (const char of text) {
    if (isSo(char)) return { index, char };
    index += char.length;
  }
  return null;
}

/**
 * The text of a gift map with one gift (by id, when it is all digits, or by name) paying into these rows; what the map
 * said of that gift's rows before gives way, everything else stays as it is written. `text` must be a valid gift map.
 */
export function withGift(text: string, gift: string, rows: readonly string[]): string {
  const map = text.replace(/^\uFEFF/, '');
  const root = parseTree(map, [], { allowTrailingComma: true });
  if (root?.type !== 'object') throw new Error('a gift is put into a valid gift map only');
  const keys = (root.children ?? []).map(({ children = [] }) => String(children[0]?.value));
  if (!keys.includes('gifts') && !keys.includes('version') && keys.length > 0) return shortWith(map, root, gift, rows);
  const name = /^\d+$/.test(gift) ? 'id' : 'name';
  const gifts = findNodeAtLocation(root, ['gifts']);
  const old = gifts?.children?.find((line) => {
    return comparableName(String(findNodeAtLocation(line, [name])?.value ?? '')) === comparableName(gift);
  });
  if (old !== undefined) return lineWith(map, old, rows);
  const line = `{ "${name}": ${JSON.stringify(gift)}, "rows": ${listOf(rows)} }`;
  if (gifts !== undefined) return withMember(map, gifts, line, '    ');
  return withMember(map, root, `"gifts": [\n    ${line}\n  ]`, '  ');
}

function shortWith(map: string, root: Node, gift: string, rows: readonly string[]): string {
  const [, value] =
    root.children?.find(({ children }) => comparableName(String(children?.[0]?.value)) === comparableName(gift))
      ?.children ?? [];
  if (value !== undefined) return replaced(map, value, listOf(rows));
  return withMember(map, root, `${JSON.stringify(gift)}: ${listOf(rows)}`, '  ');
}

/** A gift's line names its rows as `row` or `rows`, or is given them at its end. */
function lineWith(map: string, line: Node, rows: readonly string[]): string {
  const written = `"rows": ${listOf(rows)}`;
  const before = (line.children ?? []).find(({ children }) => /^rows?$/.test(String(children?.[0]?.value)));
  if (before !== undefined) return replaced(map, before, written);
  return withMember(map, line, written, null);
}

function replaced(map: string, { offset, length }: Node, by: string): string {
  return map.slice(0, offset) + by + map.slice(offset + length);
}

/** One member more, on a line of its own where an indent is given, behind the note on the line of the one before it. */
function withMember(map: string, parent: Node, member: string, indent: string | null): string {
  const last = parent.children?.at(-1);
  if (last === undefined) {
    const [open, close] = parent.type === 'array' ? ['[', ']'] : ['{', '}'];
    const outer = (indent ?? '').slice(2);
    return replaced(map, parent, `${open}\n${indent}${member}\n${outer}${close}`);
  }
  const end = last.offset + last.length;
  const restOfLine = /^([ \t]*,)?[ \t]*(?:\/\/[^\r\n]*)?(?=\r?\n)/.exec(map.slice(end));
  if (indent === null || restOfLine === null) return `${map.slice(0, end)}, ${member}${map.slice(end)}`;
  const [note, comma] = restOfLine;
  const begin = map.slice(0, end) + (comma === undefined ? ',' : '') + note;
  return `${begin}\n${indent}${member}${map.slice(end + note.length)}`;
}

function listOf(rows: readonly string[]): string {
  return `[${rows.map((row) => JSON.stringify(row)).join(', ')}]`;
}
