import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblems } from '../../src/config/load.ts';
import { suggest } from '../../src/config/unknown-keys.ts';

test('problems are told file by file, a line each, with place, value and rule', () => {
  const text = formatProblems([
    { file: 'livepen.toml', place: 'api.port', value: '70000', rule: 'must be smaller' },
    { file: 'livepen.toml', place: 'live.user', value: '', rule: 'is missing' },
    { file: 'gifts.json', place: '', value: '', rule: 'does not exist' },
  ]);
  assert.equal(
    text,
    [
      'livepen.toml has 2 problems:',
      '  api.port = 70000 must be smaller',
      '  live.user is missing',
      'gifts.json has a problem:',
      '  the file does not exist',
    ].join('\n'),
  );
});

test('a word is suggested when it is near, whatever its case and its separators', () => {
  const known = ['baudRate', 'port', 'downFeedMmPerMin', 'upFeedMmPerMin', 'yMm'];
  assert.equal(suggest('baud_rate', known), 'baudRate');
  assert.equal(suggest('prot', known), 'port');
  assert.equal(suggest('upFeedMmPerMinute', known), 'upFeedMmPerMin');
  assert.equal(suggest('Y_MM', known), 'yMm');
  assert.equal(suggest('colour', known), null);
  assert.equal(suggest('x'.repeat(100_000), known), null);
});
