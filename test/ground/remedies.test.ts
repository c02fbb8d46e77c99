/** What the program tells people to do must exist: every command, option, key, route and script that a sentence names. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Command } from '../../src/commands/command.ts';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { runLine } from '../../src/commands/line.ts';
import { rowKeys, sections } from '../../src/config/schema.ts';
import { systemClock } from '../../src/system/clock.ts';
import { withApi } from '../api/with-api.ts';
import { heardConsole } from '../commands/heard-console.ts';
import { terms } from '../ledger/points-world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';

const root = join(import.meta.dirname, '../..');

/** All that the program and its papers say, by file. */
const texts = ['src', 'hardware', 'deploy', 'config', 'README.md', 'docs/decisions']
  .flatMap((place) =>
    /\.md$/.test(place)
      ? [place]
      : readdirSync(join(root, place), { recursive: true }).map((name) => join(place, String(name))),
  )
  .filter((name) => /\.(ts|js|html|json|md|toml)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));

/** What a pattern finds anywhere, with the file in which it stands. */
function found(pattern: RegExp): { readonly name: string; readonly groups: readonly string[] }[] {
  return texts.flatMap(({ name, text }) => [...text.matchAll(pattern)].map((match) => ({ name, groups: [...match] })));
}

const main = readFileSync(join(root, 'src/main.ts'), 'utf8');

/** The commands that main knows, by their names. */
async function commands(): Promise<ReadonlyMap<string, Command>> {
  const all = new Map<string, Command>();
  for (const [, name = '', path = '', part = ''] of main.matchAll(
    /^ {2}'?([a-z-]+)'?: .*'\.\/(commands\/.*)'\)\)\.(\w+),$/gm,
  )) {
    const module: Readonly<Record<string, unknown>> = await import(join(root, 'src', path));
    const command = module[part] as Command;
    assert.equal(command.name, name);
    all.set(name, command);
  }
  assert.equal(all.size, main.match(/await import\('\.\/commands\//g)?.length);
  return all;
}

test('every command and option that is named exists', async () => {
  const known = await commands();
  const named = found(/(?:`|\\`)(?:sudo )?livepen ([a-z-]+)((?: [^`\\]*)?)(?:`|\\`)/g);
  assert.ok(named.length > 50);
  for (const { name, groups } of named) {
    const [whole, command = '', rest = ''] = groups;
    if (command === 'help') continue;
    const { options } = known.get(command) ?? assert.fail(`${name}: ${whole}: there is no command ${command}`);
    for (const [, option = ''] of rest.replaceAll(/"[^"]*"/g, '').matchAll(/ --([a-z-]+)/g)) {
      assert.ok(option in (options ?? {}), `${name}: ${whole}: ${command} has no --${option}`);
    }
  }
});

test('every help fits a terminal of 80 columns, the list of commands with it', async () => {
  const all = [...(await commands()).values()];
  for (const name of ['', ...all.map((each) => each.name)]) {
    const console = heardConsole();
    await runLine(['help', ...(name === '' ? [] : [name])], all, console);
    for (const line of console.said.join('\n').split('\n')) assert.ok(line.length <= 80, `${name}: ${line}`);
  }
});

test('no help names a part of the code where it means a word: whatever is written like one is a key of the config', async () => {
  const keys = new Set(Object.values({ ...sections, rows: rowKeys }).flatMap((section) => Object.keys(section)));
  const all = [...(await commands()).values()];
  for (const { name } of all) {
    const console = heardConsole();
    await runLine(['help', name], all, console);
    for (const word of console.said.join('\n').match(/\b[a-z]+[A-Z]\w*/g) ?? [])
      assert.ok(keys.has(word), `${name}: ${word}`);
  }
});

test('every key of the config that is named exists', () => {
  const keys: Readonly<Record<string, object>> = { ...sections, rows: rowKeys };
  const named = found(
    /\[([a-zA-Z]+)\] ([a-z]+[A-Z]?\w*)(?= (?:=|in the config|or port|is|says|lets)|`| names the right one|\))/g,
  );
  assert.ok(named.length > 10);
  for (const { name, groups } of named) {
    const [whole, section = '', key = ''] = groups;
    if (!(section in keys)) continue;
    if (/^(in|on|is|names|says|lets|otherwise|or|and|part)$/.test(key)) continue;
    assert.ok(key in (keys[section] ?? {}), `${name}: "${whole}": [${section}] has no ${key}`);
  }
  for (const { name, groups } of found(/under \[(\w+)\] (\w+)/g)) {
    const [whole, section = '', key = ''] = groups;
    assert.ok(key in (keys[section] ?? {}), `${name}: "${whole}": [${section}] has no ${key}`);
  }
});

test('every route that is named exists', () =>
  withApi(
    async (_call, _world, api) => {
      const known = new Set(
        api.routes.map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '*')}`),
      );
      const named = found(/\b(GET|POST) (\/[a-z][\w/.{}:-]*)/g);
      assert.ok(named.length > 20);
      for (const { name, groups } of named) {
        const [whole, method, path = ''] = groups;
        if (name.startsWith('src/sources')) continue;
        const route = `${method} ${path.replace(/[.:]+$/, '').replaceAll(/\{\w+\}|:\w+|\b(?:ROW|N|seq)\b/g, '*')}`;
        assert.ok(known.has(route), `${name}: "${whole}": there is no ${route}`);
      }
    },
    {
      homes: true,
      switchesLives: true,
      signsIn: true,
      writesChat: true,
      hasGoals: true,
      drawings: openDrawingReader({ clock: systemClock() }),
      rules: deskOf('{"rules": []}').desk,
      points: terms,
    },
  ));

test('what a person reads at a terminal or on the page names no route', () => {
  for (const { name, groups } of found(/\b(?:GET|POST) \/[a-z][\w/.{}:-]*/g)) {
    assert.doesNotMatch(name, /^src\/(?:appliance|config|domain|gifts|ledger|marlin|panel)\//, `${name}: ${groups[0]}`);
  }
});

test('every folder and file of the repository that a sentence names exists', () => {
  const named = texts
    .filter(({ name }) => name.startsWith('src'))
    .flatMap(({ name, text }) =>
      [...text.matchAll(/(?<=[\s('"`])(?:hardware|docs|config|deploy)\/[\w./-]*/g)].map(([path]) => ({ name, path })),
    );
  assert.ok(named.length > 3);
  for (const { name, path } of named) {
    // A decision is named by its number.
    const whole = join(root, path.replace(/\.$/, ''));
    const isThere =
      existsSync(dirname(whole)) && readdirSync(dirname(whole)).some((each) => each.startsWith(basename(whole)));
    assert.ok(isThere, `${name}: ${path}`);
  }
});

test('every script of npm that is named exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const { name, groups } of found(/\bnpm (?:run (?:--silent )?([a-z:]+)|(start|test)\b)/g)) {
    const script = groups[1] ?? groups[2] ?? '';
    assert.ok(script in scripts, `${name}: "${groups[0]}": there is no script ${script}`);
  }
});
