/** The rules that stand in the guides as examples are rules: whoever copies one has no broken file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseRules } from '../../src/rules/rules-file.ts';

const root = join(import.meta.dirname, '../..');

for (const [guide, least] of [
  ['README.md', 2],
  ['docs/worker.md', 9],
] as const)
  test(`${guide}: each rule that is shown is sound`, () => {
    const blocks = readFileSync(join(root, guide), 'utf8').matchAll(/^```\w*\n([\s\S]*?)^```/gm);
    const written = [...blocks].map(([, text = '']) => text).filter((text) => text.includes('"then"'));
    let rules = 0;
    for (const text of written) {
      const read = parseRules(`{ "rules": [${text}] }`, ['1', '2', '3'], { hasPlates: true, hasPoints: true });
      assert.ok(read.ok, `${text}\n${JSON.stringify(read)}`);
      rules += read.rules.length;
    }
    assert.ok(rules >= least, `${rules} rules were found`);
  });
