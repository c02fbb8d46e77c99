import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { floors } from './floors.ts';

const root = join(import.meta.dirname, '../..');
const rooms = floors.flat();

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Lints `files` as if they stood in the project; tells which break `rule`. */
function breaking(rule: string, files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-lint-'));
  folders.push(folder);
  for (const name of ['biome.json', 'package.json', 'deploy/lint'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', '--max-diagnostics=none'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.doesNotMatch(run.stderr, /configuration/i);
  const found = [...run.stdout.matchAll(/^::(error|warning) title=([^,]+),file=([^,]+),/gm)];
  const broken = found.filter(([, , title]) => title === rule).map(([, , , file]) => file ?? '');
  if (broken.length > 0) assert.notEqual(run.status, 0, 'a broken rule must fail the lint');
  return [...new Set(broken)].map((file) => file.replace(`${folder}/`, '')).sort();
}

test('no room takes its time from a timer of its own', () => {
  const files: Record<string, string> = {};
  for (const room of rooms) {
    for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'performance']) {
      files[`src/${room}/${name}.ts`] = `export const use = ${name};\n`;
    }
  }
  const wanted = Object.keys(files).filter((file) => !file.startsWith('src/system/'));
  assert.deepEqual(breaking('lint/style/noRestrictedGlobals', files), wanted.sort());
});

test('no room asks the machine for the date or for chance', () => {
  const files: Record<string, string> = {};
  for (const [index, code] of [
    'Date.now()',
    'Math.random()',
    'Math.random',
    'new Date()',
    '[1].map(Date.now)',
  ].entries()) {
    for (const room of rooms) files[`src/${room}/chance-${index}.ts`] = `export const found = ${code};\n`;
  }
  files['src/drawing/fine.ts'] = 'export const found = (wallMs: number) => new Date(wallMs).getTime();\n';
  const wanted = Object.keys(files).filter((file) => !/system|fine/.test(file));
  assert.deepEqual(breaking('plugin', files), wanted.sort());
});

test('what hides faults is refused: any, a bare !, a promise that nobody waits for, a test that is left out', () => {
  const cases: Readonly<Record<string, string>> = {
    'lint/suspicious/noExplicitAny': 'export const value = (given: any) => String(given);\n',
    'lint/style/noNonNullAssertion': 'export const value = (given: string | null) => given!.length;\n',
    'lint/nursery/noFloatingPromises':
      'async function work(): Promise<void> {}\nexport function start(): void {\n  work();\n}\n',
    'lint/suspicious/noSkippedTests': "import { test } from 'node:test';\ntest.skip('later', () => {});\n",
  };
  for (const [rule, text] of Object.entries(cases)) {
    assert.deepEqual(breaking(rule, { 'src/appliance/case.ts': text }), ['src/appliance/case.ts'], rule);
  }
});
