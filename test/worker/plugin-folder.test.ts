import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPlugins, pluginsMax, readPlugin } from '../../src/worker/plugins/plugin-folder.ts';
import { writePlugin, yardOf } from './plugin-yard.ts';

const main = 'module.exports = { init() {} };';

/** Why the only plugin of a folder cannot be started. */
function whyOf(folder: string): string {
  const [found, ...more] = findPlugins(folder);
  assert.deepEqual(more, []);
  assert.ok(found !== undefined);
  if (found.why !== null) return found.why;
  const read = readPlugin(folder, found);
  return read.ok ? '' : read.why;
}

test('a folder that is not there has no plugins, and what else lies in it is none', (context) => {
  const { folder, home } = yardOf(context);
  assert.deepEqual(findPlugins(join(home, 'nowhere')), []);
  writeFileSync(join(folder, 'readme.txt'), 'hello');
  mkdirSync(join(folder, '.git'));
  assert.deepEqual(findPlugins(folder), []);
});

test('a plugin brings its files of text, and nothing else of its folder', (context) => {
  const { folder } = yardOf(context);
  writePlugin(folder, 'many', main, { files: { 'page.html': '<p>', '.env': 'x', 'picture.png': 'x', 'a b.js': 'x' } });
  mkdirSync(join(folder, 'many/lib/deep/deeper'), { recursive: true });
  writeFileSync(join(folder, 'many/lib/deep/one.js'), '1');
  writeFileSync(join(folder, 'many/lib/deep/deeper/two.js'), '2');
  const read = readPlugin(folder, { id: 'many', entry: 'main.js' });
  assert.ok(read.ok);
  assert.deepEqual(read.files.map(([path]) => path).toSorted(), [
    'lib/deep/one.js',
    'main.js',
    'page.html',
    'plugin.json',
  ]);
});

for (const entry of [
  '../other/main.js',
  '/etc/passwd',
  '../../secrets.js',
  'lib/../../x.js',
  './main.js',
  '..',
  '',
  '.hidden.js',
  'main.mjs',
  'a\\b.js',
  'x\u0000.js',
  7,
])
  test(`an entry ${JSON.stringify(entry)} is refused`, (context) => {
    const { folder } = yardOf(context);
    writePlugin(folder, 'sly', main, { manifest: { entry } });
    assert.match(whyOf(folder), /^plugin\.json: entry must be/);
  });

for (const id of ['..', '../x', 'a/b', 'Big', '-x', 'x-', '', 'ä', 'x'.repeat(41), '__proto__', 'constructor ', null])
  test(`an id ${JSON.stringify(id)} is refused`, (context) => {
    const { folder } = yardOf(context);
    writePlugin(folder, 'sly', main, { manifest: { id } });
    assert.match(whyOf(folder), /^plugin\.json: id must be/);
  });

test('a folder of another name than its id, or of a name that is none, is refused', (context) => {
  const { folder } = yardOf(context);
  writePlugin(folder, 'one', main);
  renameSync(join(folder, 'one'), join(folder, 'two'));
  assert.equal(whyOf(folder), 'plugin.json: id must be the name of its folder, "two"');
  renameSync(join(folder, 'two'), join(folder, 'T wo\u202e'));
  assert.equal(whyOf(folder), 'the name of its folder must be small letters, digits and -, 40 at most');
});

for (const [what, text] of [
  ['no JSON', '{'],
  ['a list', '[]'],
  ['null', 'null'],
  ['nothing', ''],
] as const)
  test(`a plugin.json that is ${what} is refused`, (context) => {
    const { folder } = yardOf(context);
    writePlugin(folder, 'odd', main);
    writeFileSync(join(folder, 'odd/plugin.json'), text);
    assert.match(whyOf(folder), /^plugin\.json: /);
  });

test('links are not followed: neither a folder, nor plugin.json, nor the entry, nor a file', (context) => {
  const { folder, home } = yardOf(context);
  writePlugin(join(home, 'elsewhere'), 'linked', main);
  symlinkSync(join(home, 'elsewhere/linked'), join(folder, 'linked'));
  assert.deepEqual(findPlugins(folder), []);

  mkdirSync(join(folder, 'half'));
  symlinkSync(join(home, 'elsewhere/linked/plugin.json'), join(folder, 'half/plugin.json'));
  assert.equal(whyOf(folder), 'its plugin.json cannot be read: it is a link');

  renameSync(join(folder, 'half'), join(home, 'half'));
  writePlugin(folder, 'whole', main, { manifest: { entry: 'other.js' } });
  symlinkSync('/etc/passwd', join(folder, 'whole/other.js'));
  symlinkSync('/etc', join(folder, 'whole/etc'));
  assert.equal(whyOf(folder), 'it has no file other.js');
});

test('what is too much is refused: a large plugin.json, many files, many letters', (context) => {
  const { folder } = yardOf(context);
  writePlugin(folder, 'large', main, { manifest: { more: 'x'.repeat(20_000) } });
  assert.match(whyOf(folder), /more than 16384 bytes/);
  writePlugin(folder, 'large', main);
  writeFileSync(join(folder, 'large/page.html'), 'x'.repeat(600_000));
  assert.equal(whyOf(folder), '');
  writeFileSync(join(folder, 'large/more.html'), 'x'.repeat(600_000));
  assert.match(whyOf(folder), /more than 1 MB of text/);
  writePlugin(folder, 'large', main, {
    files: { 'more.html': '', ...Object.fromEntries(Array.from({ length: 64 }, (_, n) => [`${n}.js`, ''])) },
  });
  assert.match(whyOf(folder), /more than 64 files/);
});

test('of 21 that are on, one is refused and says why; those that are off do not count', (context) => {
  const { folder } = yardOf(context);
  for (let n = 0; n <= pluginsMax; n++) writePlugin(folder, `plugin-${String(n).padStart(2, '0')}`, main);
  const refused = () => findPlugins(folder).filter(({ why }) => why !== null);
  assert.deepEqual(
    refused().map(({ id, why }) => `${id}: ${why}`),
    ['plugin-20: 20 plugins at most are on: disable another one'],
  );
  writePlugin(folder, 'plugin-03', main, { manifest: { enabled: false } });
  assert.deepEqual(refused(), []);
});
