import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** One import or re-export: from where, and which names; `*` is all of them, by whatever way. */
export interface Import {
  /** A file of the project, from its root, or the name of a package or a module of Node's. */
  readonly from: string;
  readonly names: readonly string[];
}

/** What a source file takes from others and offers to them. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly exports: readonly string[];
}

/** All source files below these folders, by their paths from the project's root. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|js|mjs)$/.test(name))
      .map((name) => sourceFile(join(folder, name), readFileSync(join(root, folder, name), 'utf8'))),
  );
}

/** Reads what `text`, laid out as the formatter does it, imports and exports. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, imports: importsOf(path, text), exports: exportsOf(text) };
}

function importsOf(path: string, text: string): Import[] {
  const resolve = (name: string) => (name.startsWith('.') ? normalize(join(dirname(path), name)) : name);
  const found: Import[] = [];
  for (const [, what = '', from = ''] of text.matchAll(/^(?:import|export)\s+([^;'"]*?)\s*from\s+'([^']+)'/gm)) {
    found.push({ from: resolve(from), names: namesIn(what) });
  }
  for (const [, from = ''] of text.matchAll(/(?:^import\s+|\bimport\()\s*'([^']+)'/gm)) {
    found.push({ from: resolve(from), names: ['*'] });
  }
  return found;
}

/** `a, type b as c` in braces takes a and b; a default or a whole module takes all. */
function namesIn(what: string): string[] {
  const braces = /\{([^}]*)\}/.exec(what)?.[1];
  if (braces === undefined) return ['*'];
  return braces
    .split(',')
    .map((each) =>
      each
        .trim()
        .replace(/^type\s+/, '')
        .replace(/\s+as\s+.*$/, ''),
    )
    .filter((name) => name !== '');
}

const declaration =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

function exportsOf(text: string): string[] {
  const declared = [...text.matchAll(declaration)].map(([, name = '']) => name);
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').map((each) =>
      each
        .trim()
        .replace(/^.*\sas\s+/, '')
        .replace(/^type\s+/, ''),
    ),
  );
  return [...declared, ...listed.filter((name) => name !== '')];
}
