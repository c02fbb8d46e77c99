/** Migration where the process dies and where the disk is full: the ledger is of the one schema or of the other. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { originalOf } from '../../src/domain/cause.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { migrations } from '../../src/ledger/schema.ts';
import { assertStrace, onSmallDisk } from './spoilt-disk.ts';
import { accountOf, openOk, optionsFor, tempFolder } from './world.ts';

/** Of every schema that ever landed and is not the newest. */
const kept = migrations.slice(1).map((_, index) => ({
  version: index + 1,
  bytes: gunzipSync(readFileSync(join(import.meta.dirname, 'schemas', `v${index + 1}.db.gz`))),
}));
const child = join(import.meta.dirname, 'children', 'opener.ts');

function versionOf(file: string): unknown {
  const db = new Database(file);
  const version = db.pragma('user_version', { simple: true });
  db.close();
  return version;
}

/** Opens and closes the ledger in a process that is killed at its n-th call of this kind; whether it got so far. */
function openUntilKilled(file: string, call: string, n: number): boolean {
  const { signal } = spawnSync('strace', [
    ...['-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${n}`],
    ...[process.execPath, child, file],
  ]);
  return signal === 'SIGKILL';
}

for (const { version: before, bytes } of kept) {
  test(`killed before any write, sync or rename, a migration of version ${before} is taken up again by the next start`, (t) => {
    assertStrace();
    const folder = tempFolder(t);
    let [old, done] = [0, 0];
    for (const call of ['pwrite64', 'fdatasync', 'fsync', 'rename', 'ftruncate']) {
      for (let n = 1, killed = true; killed; n += call === 'pwrite64' ? 7 : 1) {
        const place = join(folder, `${call}-${n}`);
        mkdirSync(place);
        const file = join(place, 'l.db');
        writeFileSync(file, bytes);
        killed = openUntilKilled(file, call, n);
        // Looked at in a copy: whoever looks recovers.
        for (const name of readdirSync(place).filter((each) => /^l\.db(-wal)?$/.test(each)))
          copyFileSync(join(place, name), join(folder, name));
        const version = versionOf(join(folder, 'l.db'));
        assert.ok(version === before || version === migrations.length, `${call} ${n}: version ${version}`);
        if (version === before) old += 1;
        else done += 1;
        for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `l.db${end}`), { force: true });
        const ledger = openOk(file);
        assert.equal(ledger.restoration(), null, `${call} ${n}`);
        assert.deepEqual(ledger.check('full').findings, [], `${call} ${n}`);
        assert.equal(accountOf(ledger, 'a').credited, 11);
        ledger.close();
        assert.equal(versionOf(file), migrations.length);
        const backups = readdirSync(join(place, 'backups'));
        assert.deepEqual(backups, ['l.db.000001'], `${call} ${n}: one backup, and nothing unfinished`);
        assert.equal(versionOf(join(place, 'backups', 'l.db.000001')), before);
      }
    }
    t.diagnostic(`killed with the old schema on disk ${old} times, with the new one ${done} times`);
    assert.ok(old > 10 && done > 0);
  });

  test(`on a disk that has no room for backup or migration, a ledger of version ${before} stays as it was, and opens later`, (t) =>
    onSmallDisk(tempFolder(t), 2, (disk) => {
      const file = join(disk.folder, 'l.db');
      for (const spare of [0, 40_000, 100_000, 200_000, 300_000]) {
        for (const name of readdirSync(disk.folder)) rmSync(join(disk.folder, name), { recursive: true });
        writeFileSync(file, bytes);
        disk.fill(2 * 1024 * 1024 - Math.ceil(bytes.length / 4_096) * 4_096 - 16_384 - spare);
        const said: string[] = [];
        const logOriginal = (_: string, error: unknown) => void said.push(originalOf(error));
        const opened = openLedger({ ...optionsFor(file), logOriginal });
        if (!opened.ok) {
          assert.equal(opened.fault.code, 'disk-full', said.join(' '));
          assert.match(opened.fault.remedy, /^Free \d+ MB or more .* start Livepen again: the ledger is as it was\.$/);
          disk.free();
          assert.equal(versionOf(file), before, `${spare} bytes spare`);
        } else {
          opened.ledger.close();
          disk.free();
        }
        const ledger = openOk(file);
        assert.deepEqual(ledger.check('full').findings, []);
        assert.equal(accountOf(ledger, 'a').credited, 11);
        ledger.close();
        if (spare === 0) assert.equal(opened.ok, false);
      }
    }));
}
