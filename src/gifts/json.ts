/** Where in a text something stands; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

export type JsonResult =
  | { readonly ok: true; readonly value: unknown; readonly repeatedKeys: readonly RepeatedKey[] }
  | { readonly ok: false; readonly at: TextPlace; readonly rule: string };

/** A key that stands twice in one object: a plain JSON parser would silently keep the last. */
export interface RepeatedKey {
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
    return { ok: true, value: reader.document(), repeatedKeys: reader.repeatedKeys };
  } catch (error) {
    if (error instanceof Broken) return { ok: false, at: placeOf(text, error.index), rule: error.message };
    throw error;
  }
}

function placeOf(text: string, index: number): TextPlace {
  const before = text.slice(0, index).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

class JsonReader {
  readonly repeatedKeys: RepeatedKey[] = [];
  readonly #text: string;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    if (this.#text.trim() === '') this.#fail('the file is empty; the least is {}');
    const value = this.#value(0);
    this.#space();
    if (this.#index < this.#text.length) this.#fail('nothing may follow the end of the JSON document');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > deepest) this.#fail('is nested too deep');
    this.#space();
    const next = this.#text[this.#index];
    if (next === '{') return this.#object(depth);
    if (next === '[') return this.#array(depth);
    if (next === '"') return this.#string();
    return this.#scalar();
  }

  #object(depth: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    const keys = new Set<string>();
    this.#index += 1;
    for (let first = true; !this.#closes('}', first); first = false) {
      if (this.#text[this.#index] !== '"') {
        this.#failAtComment();
        this.#fail('a key in double quotes must stand here');
      }
      const at = this.#index;
      const key = this.#string();
      const folded = key.toLowerCase();
      if (keys.has(folded)) this.repeatedKeys.push({ key, at: placeOf(this.#text, at) });
      keys.add(folded);
      this.#space();
      if (this.#text[this.#index] !== ':') this.#fail('a colon must stand between a key and its value');
      this.#index += 1;
      entries.push([key, this.#value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#index += 1;
    for (let first = true; !this.#closes(']', first); first = false) items.push(this.#value(depth + 1));
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
      this.#failAtComment();
      this.#fail(`a comma or "${end}" must stand here`);
    }
    this.#index += 1;
    this.#space();
    if (this.#text[this.#index] === end) this.#fail(`no comma may stand before "${end}"`);
    return false;
  }

  #string(): string {
    const match = this.#match(/"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy);
    if (match === null) this.#fail('is not a whole string in double quotes on one line');
    return String(JSON.parse(match));
  }

  #scalar(): unknown {
    if (this.#index >= this.#text.length) this.#fail('the file ends here in the middle');
    const match = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
    if (match === null) {
      this.#failAtComment();
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

  #failAtComment(): void {
    if (/^(?:\/[/*]|#)/.test(this.#text.slice(this.#index, this.#index + 2))) this.#fail('no notes may stand in JSON');
  }

  #fail(rule: string): never {
    throw new Broken(this.#index, rule);
  }
}
