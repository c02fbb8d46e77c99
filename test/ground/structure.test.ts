import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedImport } from './floors.ts';
import { type SourceFile, sourceFile, sourceFiles } from './source-tree.ts';

const source = sourceFiles('src');

function refusals(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap(({ from }) => {
      const why = refusedImport(path, from);
      return why === null ? [] : [`${path} imports ${from}: ${why}`];
    }),
  );
}

test('imports go down only, and rooms on one floor do not import each other', () => {
  assert.deepEqual(refusals(source), []);
});

test('neither a type, a re-export, an import at run time nor a folder deeper is a way around', () => {
  const cases: Readonly<Record<string, string>> = {
    'src/drawing/up.ts': "import { openLedger } from '../ledger/ledger.ts';\n",
    'src/drawing/type.ts': "import type { Ledger } from '../ledger/ledger.ts';\n",
    'src/drawing/lines.ts': "import {\n  a,\n  b,\n} from '../ledger/ledger.ts';\n",
    'src/drawing/re-export.ts': "export { openLedger } from '../ledger/ledger.ts';\n",
    'src/drawing/run-time.ts': "export const load = () => import('../ledger/ledger.ts');\n",
    'src/drawing/effect.ts': "import '../ledger/ledger.ts';\n",
    'src/drawing/file.ts': "import { readFileSync } from 'node:fs';\n",
    'src/marlin/virtual/deeper.ts': "import { openLedger } from '../../ledger/ledger.ts';\n",
    'src/marlin/clock.ts': "import { systemClock } from '../system/clock.ts';\n",
    'src/marlin/timer.ts': "import { setTimeout as sleep } from 'node:timers/promises';\n",
    'src/system/log.ts': "import { counted } from '../marlin/faults.ts';\n",
    'src/commands/main.ts': "import { main } from '../main.ts';\n",
    'src/worker/ledger.ts': "import { openLedger } from '../ledger/ledger.ts';\n",
  };
  const found = refusals(Object.entries(cases).map(([path, text]) => sourceFile(path, text)));
  assert.deepEqual(
    found.map((line) => line.split(' ')[0]),
    Object.keys(cases),
  );
});

/** What these offer and nobody takes; a file of the page is taken by the browser. */
function unused(files: readonly SourceFile[], users: readonly SourceFile[]): string[] {
  const taken = new Map<string, Set<string>>();
  for (const { path, imports } of users) {
    for (const { from, names } of imports) {
      if (from === path) continue;
      const known = taken.get(from) ?? new Set();
      for (const name of names) known.add(name);
      taken.set(from, known);
    }
  }
  return files.flatMap(({ path, exports }) => {
    const by = taken.get(path);
    return by?.has('*') ? [] : exports.filter((name) => !by?.has(name)).map((name) => `${path} exports ${name}`);
  });
}

test('what a file offers, another one takes', () => {
  const product = source.filter(({ path }) => !path.startsWith('src/api/page/'));
  assert.deepEqual(unused(product, [...source, ...sourceFiles('test', 'deploy')]), []);
});

test('an export that nobody takes is found, be it a type, a re-export or taken by a file of its own name', () => {
  const files = [
    sourceFile('src/drawing/a.ts', 'export const used = 1;\nexport interface Unused {}\n'),
    sourceFile('src/drawing/b.ts', "import { used } from './a.ts';\nexport { used } from './a.ts';\n"),
  ];
  assert.deepEqual(unused(files, files), ['src/drawing/a.ts exports Unused', 'src/drawing/b.ts exports used']);
});

/** Names that two of these files give to things of their own. */
function doubled(files: readonly SourceFile[]): string[] {
  const owners = new Map<string, string[]>();
  for (const { path, text } of files) {
    const own = text.matchAll(
      /^export (?:abstract |async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm,
    );
    for (const [, name = ''] of own) owners.set(name, [...(owners.get(name) ?? []), path]);
  }
  return [...owners].filter(([, paths]) => paths.length > 1).map(([name, paths]) => `${name}: ${paths.join(', ')}`);
}

test('no two files give the same name to what they offer', () => {
  assert.deepEqual(doubled(source.filter(({ path }) => !path.startsWith('src/api/page/'))), []);
  const alike = ['src/drawing/a.ts', 'src/marlin/b.ts'].map((path) => sourceFile(path, 'export const place = 1;\n'));
  assert.deepEqual(doubled(alike), ['place: src/drawing/a.ts, src/marlin/b.ts']);
});

test('no file of the program is longer than 450 lines: what grows past that is two subjects', () => {
  const long = sourceFiles('src').filter(({ text }) => text.split('\n').length > 451);
  assert.deepEqual(
    long.map(({ path }) => path),
    [],
  );
});
