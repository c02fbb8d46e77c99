/**
 * Which platform a live is on is a fact in a field. Only its own room of `sources/`, the config, and the words of the page
 * know it by name; commands and simulators join its parts and say what it is called.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFiles } from './source-tree.ts';

const platforms = /tiktok|donation-?alerts|joystick/i;
/** Where a platform may be named: its own room, the config, the words of the page. */
const knows = /^src\/(?:sources\/(?:tiktok|donationalerts|joystick)|config|api\/page\/(?:words|texts))\//;
/** Where its parts are joined: they are imported, and people are told what it is called. */
const joins = /^src\/(?:commands|sources|simulators)\//;
/** A platform as a value that code could compare with. */
const asValue = /(['"`])(?:tiktok|donation-?alerts|joystick)\1/;

test('no code outside the sources, the config and the words of the page names a platform', () => {
  const named = sourceFiles('src')
    .filter(({ path, text }) => platforms.test(text) && !knows.test(path) && !joins.test(path))
    .map(({ path }) => path);
  assert.deepEqual(named, []);
});

test('no code but that of a platform asks which one it is', () => {
  const asking = sourceFiles('src')
    .filter(({ path }) => !knows.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, n) => (asValue.test(line) ? [`${path}:${n + 1}`] : [])),
    );
  assert.deepEqual(asking, []);
  const inOwnRoom = sourceFiles('src').filter(({ path, text }) => knows.test(path) && asValue.test(text));
  assert.notDeepEqual(inOwnRoom, [], 'it would be found');
});
