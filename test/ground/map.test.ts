import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { floors } from './floors.ts';

const root = join(import.meta.dirname, '../..');
const map = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

/** What the map names: files and folders, and names with the file that they stand in. */
function namedBy(text: string) {
  const files = [...text.matchAll(/`((?:src|test|config|docs)\/[^`*]*)`/g)].map(([, path = '']) => path);
  const names = [...text.matchAll(/((?:`[A-Za-z]+`, )*`[A-Za-z]+`) \(`([^`]+)`\)/g)].flatMap(
    ([, list = '', file = '']) => [...list.matchAll(/`([A-Za-z]+)`/g)].map(([, name = '']) => ({ name, file })),
  );
  return { files, names };
}

function defines(file: string, name: string): boolean {
  const text = readFileSync(join(root, file), 'utf8');
  return new RegExp(`^(?:export )?(?:async )?(?:const|let|function|class|interface|type) ${name}\\b`, 'm').test(text);
}

test('every file, folder and function that docs/architecture.md names exists where it says', () => {
  const { files, names } = namedBy(map);
  assert.deepEqual(
    files.filter((path) => !existsSync(join(root, path))),
    [],
  );
  assert.deepEqual(
    names.filter(({ name, file }) => !defines(file, name)),
    [],
  );
  assert.ok(files.length > 30 && names.length > 25, `${files.length} files, ${names.length} names`);
  assert.equal(defines('src/gifts/gift-map.ts', 'worthless'), false);
});

test('whoever follows a gift from the wire to certain ink opens eighteen files at most', () => {
  const way = map.slice(map.indexOf('## The way of a gift'), map.indexOf('What light, page and systemd say'));
  const files = new Set(namedBy(way).files);
  assert.ok(files.size > 12 && files.size <= 18, `${files.size} files`);
});

test('docs/architecture.md tells every room of src, and no more than two pages', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of rooms) assert.match(map, new RegExp(`\`${name}/\``), name);
  assert.deepEqual(rooms.map(({ name }) => name).sort(), floors.flat().sort());
  assert.ok(map.split(/\s+/).length < 1_400);
});

test('README and CONTRIBUTING lead to the map', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md'])
    assert.match(readFileSync(join(root, page), 'utf8'), /\]\(docs\/architecture\.md\)/);
});
