import { test } from 'node:test';
import { cutLog, layLog, ledgerWithLog, opensAsPrefix, opensSound } from './torn.ts';
import { tempFolder } from './world.ts';

test('a log cut anywhere in its last transactions opens as an exact prefix of what was committed', (t) => {
  const folder = tempFolder(t);
  const torn = ledgerWithLog(folder);
  const from = torn.commits[1]?.logBytes ?? 0;
  layLog(torn, torn.log);
  // A prime step visits every part of a frame; the full tests cut at every byte.
  for (let bytes = torn.log.length; bytes >= from; bytes -= 211) {
    cutLog(torn, bytes);
    opensAsPrefix(torn, bytes);
  }
  for (const { logBytes } of torn.commits.slice(1)) {
    for (const bytes of [logBytes - 1, logBytes]) {
      layLog(torn, torn.log.subarray(0, bytes));
      opensAsPrefix(torn, bytes);
      opensSound(torn, torn.log.subarray(0, bytes), folder);
    }
  }
});
