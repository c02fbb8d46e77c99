import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { withSetting } from '../../src/commands/tune.ts';
import { smallestConfig } from './texts.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../config/livepen.toml'), 'utf8');

/** The lines of the one that do not stand in the other. */
function added(after: string, before: string): string[] {
  const old = new Set(before.split(/\r?\n/));
  return after.split(/\r?\n/).filter((line) => !old.has(line));
}

test('a setting that stands behind a # in the shipped config is set in its place, and its note stays', () => {
  const text = withSetting(shipped, 'plotter', 'acceleration', '560');
  const [line = '', ...more] = added(text, shipped);
  assert.deepEqual(more, []);
  assert.match(line, /^acceleration = 560 +# how fast/);
  assert.equal((parse(text).plotter as { acceleration: number }).acceleration, 560);
  const again = withSetting(text, 'plotter', 'acceleration', '240');
  assert.equal(added(again, shipped).length, 1);
  assert.equal((parse(again).plotter as { acceleration: number }).acceleration, 240);
});

test('whatever a config looks like, only the one setting changes', () => {
  const texts = [
    smallestConfig,
    `${smallestConfig}\n[plotter]\nport = "auto"`,
    `${smallestConfig}\n  [ plotter ] # mine\n  port = "auto"\n[bed]\nxMaxMm = 300\n`,
    `[plotter]\r\nacceleration = 100 # slow\r\nport = "auto"\r\n${smallestConfig.replaceAll('\n', '\r\n')}`,
    `# acceleration = 5\n${smallestConfig}\n[bed]\n# acceleration = 7\n`,
    '',
  ];
  for (const text of texts) {
    const before = parse(text);
    const after = parse(withSetting(text, 'plotter', 'acceleration', '560'));
    const wanted = { ...before, plotter: { ...(before.plotter as object), acceleration: 560 } };
    assert.deepEqual(JSON.parse(JSON.stringify(after)), JSON.parse(JSON.stringify(wanted)), text);
  }
});
