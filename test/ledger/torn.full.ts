import { test } from 'node:test';
import { cutLog, layLog, ledgerWithLog, opensAsPrefix } from './torn.ts';
import { tempFolder } from './world.ts';

test('a log cut at every byte of its last transactions opens as an exact prefix of what was committed', (t) => {
  const torn = ledgerWithLog(tempFolder(t));
  layLog(torn, torn.log);
  for (let bytes = torn.log.length; bytes >= (torn.commits[1]?.logBytes ?? 0); bytes--) {
    cutLog(torn, bytes);
    opensAsPrefix(torn, bytes);
  }
});

test('a log whose end is nulls or garbage from some byte on opens as an exact prefix too', (t) => {
  const torn = ledgerWithLog(tempFolder(t));
  for (const rubbish of [0, 0xa5]) {
    for (let bytes = torn.commits[1]?.logBytes ?? 0; bytes < torn.log.length; bytes += 41) {
      const log = Buffer.from(torn.log);
      log.fill(rubbish, bytes);
      layLog(torn, log);
      opensAsPrefix(torn, firstDifference(torn.log, log, bytes));
    }
  }
});

/** What was there may have been this very byte. */
function firstDifference(a: Buffer, b: Buffer, from: number): number {
  let at = from;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}
