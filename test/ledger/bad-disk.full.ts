import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { diskFault } from '../../src/ledger/faults.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { assertStrace, onSmallDisk } from './spoilt-disk.ts';
import {
  accountOf,
  connection,
  draw,
  gift,
  layoutOf,
  openOk,
  optionsFor,
  recordOne,
  tempFolder,
  worthOf,
} from './world.ts';

const child = join(import.meta.dirname, 'children', 'enduring.ts');

/** The fault of a write; null when the disk took it. */
function faultOf(write: () => void): string | null {
  try {
    write();
    return null;
  } catch (error) {
    const fault = diskFault(error);
    if (fault === null) throw error;
    return fault.code;
  }
}

test('a disk that fills up and is freed again loses nothing that was recorded, and takes the rest', (t) => {
  return onSmallDisk(tempFolder(t), 4, ({ folder, fill, free }) => {
    const file = join(folder, 'l.db');
    fill(3_000_000);
    const ledger = openOk(file);
    ledger.turnSheet(layoutOf({ a: 1_000 }));
    let recorded = 0;
    const record = () => recordOne(ledger, gift({ id: `${recorded}`, user: `u${recorded}` }), worthOf('a'));
    while (faultOf(record) === null) recorded += 1;
    assert.ok(recorded > 10, `${recorded} were recorded`);
    for (let again = 0; again < 20; again++) {
      assert.equal(faultOf(record), 'disk-full');
      assert.equal(
        faultOf(() => draw(ledger, 1)),
        'disk-full',
      );
    }
    assert.equal(accountOf(ledger, 'a').credited, recorded);
    assert.equal(accountOf(ledger, 'a').drawn, 0);
    free();
    for (let more = 0; more < 50; more++, recorded++) assert.equal(faultOf(record), null);
    assert.equal(draw(ledger, 30), 30);
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
    const again = openOk(file);
    assert.deepEqual([accountOf(again, 'a').credited, accountOf(again, 'a').drawn], [recorded, 30]);
    assert.equal(again.restoration(), null);
    again.close();
  });
});

const injections = [
  'fsync,fdatasync:error=EIO:when=9+7',
  'pwrite64:error=EIO:when=40+29',
  'pwrite64:error=ENOSPC:when=40+29',
  'ftruncate:error=EIO:when=1+3',
];

for (const injection of injections) {
  test(`with ${injection} every gift is credited once in the end, and nothing is taken for damage`, (t) => {
    const file = join(tempFolder(t), 'l.db');
    openOk(file).close();
    const paths = ['', '-wal', '-shm'].flatMap((companion) => ['-P', `${file}${companion}`]);
    const calls = injection.slice(0, injection.indexOf(':'));
    const tracing = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${injection}`, ...paths];
    assertStrace();
    const worker = spawnSync('strace', [...tracing, process.execPath, child, file, '300'], { encoding: 'utf8' });
    assert.equal(worker.status, 0, worker.stderr);
    const { failures, findings } = JSON.parse(worker.stdout);
    assert.deepEqual(findings, []);
    t.diagnostic(`the disk failed ${failures} times`);
    const ledger = openOk(file);
    assert.equal(ledger.restoration(), null);
    assert.equal(
      ledger.questions.accounts().reduce((sum, { credited }) => sum + credited, 0),
      300,
    );
    assert.deepEqual(ledger.check('full').findings, []);
    ledger.close();
  });
}

test('a disk that is full from the start is told as a fault, and the ledger opens once there is room', (t) => {
  return onSmallDisk(tempFolder(t), 2, ({ folder, fill, free }) => {
    const file = join(folder, 'l.db');
    fill();
    const refused = openLedger(optionsFor(file));
    assert.match(refused.ok ? '' : refused.fault.code, /^disk-/);
    free();
    const ledger = openOk(file);
    ledger.noteLive(connection('connected', {}));
    recordOne(ledger, gift({ id: '1' }), worthOf('a'));
    ledger.close();
    fill();
    const crowded = openLedger(optionsFor(file));
    if (crowded.ok) {
      assert.equal(
        faultOf(() => recordOne(crowded.ledger, gift({ id: '2' }), worthOf('a'))),
        'disk-full',
      );
      crowded.ledger.close();
    } else assert.match(crowded.fault.code, /^disk-/);
    free();
    const again = openOk(file);
    recordOne(again, gift({ id: '2' }), worthOf('a'));
    assert.equal(accountOf(again, 'a').credited, 2);
    assert.equal(again.restoration(), null);
    again.close();
  });
});
