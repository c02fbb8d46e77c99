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

/** A gift map nests four deep; this bounds the recursion. */
const deepest = 64;

class Broken extends Error {
  readonly index: number;
  constructor(index: number, rule: string) {
    super(rule);
    this.index = index;
  }
}

/**
 * Reads JSON that a person wrote. Unlike `JSON.parse` it always tells line and column of what is broken, and keys
 * that stand twice in one object (compared without regard to case).
 */
export function readJson(text: string): JsonResult {
  const reader = new JsonReader(text);
  try {
    const value = reader.document();
    return {
      ok: true,
      value,
      repeatedKeys: reader.repeatedKeys,
      lineOf: (place) => lineIn(text, reader.starts, place),
    };
  } catch (error) {
    if (error instanceof Broken) return { ok: false, at: placeOf(text, error.index), rule: error.message };
    throw error;
  }
}

function lineIn(text: string, starts: ReadonlyMap<string, number>, place: string): number | undefined {
  for (let at = place; at !== ''; at = at.replace(/(?:\[\d+\]|\.?[^.[\]]+|.)$/, '')) {
    const start = starts.get(at);
    if (start !== undefined) return placeOf(text, start).line;
  }
  return undefined;
}

function placeOf(text: string, index: number): TextPlace {
  const before = text.slice(0, index).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

class JsonReader {
  readonly repeatedKeys: RepeatedKey[] = [];
  /** Where the key or the entry of each place stands in the text. */
  readonly starts = new Map<string, number>();
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    if (this.#text.trim() === '') this.#fail('the file is empty; the least is {}');
    const value = this.#value(0, '');
    this.#space();
    if (this.#index < this.#text.length) this.#failAtOddity();
    if (this.#index < this.#text.length) this.#fail('nothing may follow the end of the JSON document');
    return value;
  }

  #value(depth: number, place: string): unknown {
    if (depth > deepest) this.#fail('is nested too deep');
    this.#space();
    const next = this.#text[this.#index];
    if (next === '{') return this.#object(depth, place);
    if (next === '[') return this.#array(depth, place);
    if (next === '"') return this.#string();
    return this.#scalar();
  }

  #object(depth: number, place: string): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    const keys = new Set<string>();
    this.#index += 1;
    for (let first = true; !this.#closes('}', first); first = false) {
      if (this.#text[this.#index] !== '"') {
        this.#failAtOddity();
        this.#fail('a key in double quotes must stand here');
      }
      const at = this.#index;
      const key = this.#string();
      const folded = comparableName(key);
      if (keys.has(folded)) this.repeatedKeys.push({ key, at: placeOf(this.#text, at) });
      keys.add(folded);
      const member = place === '' ? key : `${place}.${key}`;
      this.starts.set(member, at);
      this.#space();
      if (this.#text[this.#index] !== ':') {
        this.#failAtOddity();
        this.#fail('a colon must stand between a key and its value');
      }
      this.#index += 1;
      entries.push([key, this.#value(depth + 1, member)]);
    }
    return Object.fromEntries(entries);
  }

  #array(depth: number, place: string): unknown[] {
    const items: unknown[] = [];
    this.#index += 1;
    for (let first = true; !this.#closes(']', first); first = false) {
      const item = `${place}[${items.length}]`;
      this.starts.set(item, this.#index);
      items.push(this.#value(depth + 1, item));
    }
    return items;
  }

  /** Steps over the end of an object or array, or over the comma before its next member. */
  #closes(end: '}' | ']', first: boolean): boolean {
    this.#space();
    if (this.#text[this.#index] === end) {
      this.#index += 1;
      return true;
    }
    if (first) return false;
    if (this.#text[this.#index] !== ',') {
      this.#failAtOddity();
      this.#fail(`a comma or "${end}" must stand here`);
    }
    this.#index += 1;
    this.#space();
    if (this.#text[this.#index] === end) this.#fail(`no comma may stand before "${end}"`);
    return false;
  }

  #string(): string {
    const match = this.#match(/"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy);
    if (match === null) this.#failInString();
    return String(JSON.parse(match));
  }

  #scalar(): unknown {
    if (this.#index >= this.#text.length) this.#fail('the file ends here in the middle');
    const match = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
    if (match === null) {
      this.#failAtOddity();
      this.#fail('a value must stand here: text in double quotes, a number, true, false, null, [ or {');
    }
    return JSON.parse(match);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#index;
    const match = pattern.exec(this.#text)?.[0] ?? null;
    this.#index += match?.length ?? 0;
    return match;
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  /** What people write, or an editor does, that looks right. */
  #failAtOddity(): void {
    const next = this.#text.slice(this.#index, this.#index + 2);
    if (/^(?:\/[/*]|#)/.test(next)) this.#fail('no notes may stand in JSON');
    if (/^[“”„‟‘’«»]/u.test(next)) this.#fail('the quotes are typographic ones; use " instead');
    this.#failAtUnseen();
  }

  #failAtUnseen(): void {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#index) ?? 0x20);
    const name = unseenName(char);
    if (name !== null && !/[\n\r]/.test(char)) this.#fail(`${name} stands here, which nobody sees; take it out`);
  }

  /** At the first thing in a string that must not be there. */
  #failInString(): never {
    const start = this.#index;
    for (this.#index += 1; this.#index < this.#text.length && this.#text[this.#index] !== '"'; this.#index += 1) {
      const next = this.#text.slice(this.#index, this.#index + 6);
      if (/^[\n\r]/.test(next)) break;
      if (/^\p{Cc}/u.test(next)) this.#failAtUnseen();
      if (!next.startsWith('\\')) continue;
      if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(next)) this.#fail('a backslash in text is written twice: \\\\');
      this.#index += 1;
    }
    this.#index = start;
    this.#fail('is not a whole string in double quotes on one line');
  }

  #fail(rule: string): never {
    throw new Broken(this.#index, rule);
  }
}
