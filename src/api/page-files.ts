import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

export interface PageFile {
  readonly text: string;
  readonly type: string;
}

const folder = join(import.meta.dirname, 'page');

/** Comments and indents are for those who read the source: a phone need not load them. */
const lighter: Readonly<Record<string, (text: string) => string>> = {
  '.js': (text) => text.replace(/^[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*\n/gm, ''),
  '.css': (text) => text.replace(/^ +/gm, ''),
  '.json': (text) => JSON.stringify(JSON.parse(text)),
};

/** The files of the page by their names within its folder; they are part of the program and read once. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.flatMap((name) => {
      const ending = extname(name);
      const type = types[ending];
      if (type === undefined) return [];
      const text = readFileSync(join(folder, name), 'utf8');
      return [[name, { text: lighter[ending]?.(text) ?? text, type }] as const];
    }),
  );
}
