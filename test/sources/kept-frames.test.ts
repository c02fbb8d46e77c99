import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { openKeptFrames } from '../../src/sources/kept-frames.ts';

const frame = (wallMs: number) => ({
  wallMs,
  room: '73',
  method: 'WebcastGiftMessage',
  what: 'no such field',
  bytes: new Uint8Array([1, 2, 3]),
});

test('frames that did not decode outlive a restart, the last twenty of them, until they are deleted', (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'livepen-frames-')), 'undecodable');
  t.after(() => rmSync(join(folder, '..'), { recursive: true }));
  const first = openKeptFrames(folder, silentLog);
  assert.equal(first.facts(), null);
  for (let each = 0; each < 25; each += 1) first.keep(frame(1_767_225_600_000 + each));
  const again = openKeptFrames(folder, silentLog);
  const { files, lastAtMs } = again.facts() ?? {};
  assert.equal(files, 20);
  assert.ok((lastAtMs ?? 0) > 0);
  const [oldest = ''] = readdirSync(folder).sort();
  assert.deepEqual(JSON.parse(readFileSync(join(folder, oldest), 'utf8')), {
    at: '2026-01-01T00:00:00.005Z',
    room: '73',
    method: 'WebcastGiftMessage',
    what: 'no such field',
    data: 'AQID',
  });
  assert.equal(again.clear(), 20);
  assert.equal(again.facts(), null);
  assert.equal(openKeptFrames(folder, silentLog).facts(), null);
});

test('a disk that takes no frame is told of, and nothing else happens', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-frames-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), '');
  const told: string[] = [];
  const frames = openKeptFrames(join(folder, 'file'), { ...silentLog, warn: (sentence) => told.push(sentence) });
  frames.keep(frame(0));
  assert.match(told.join(), /could not be saved/);
  assert.equal(frames.facts(), null);
});

test('a kept frame at which the disk cannot even look ends nothing', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-frames-'));
  t.after(() => rmSync(folder, { recursive: true }));
  symlinkSync('z.frame.json', join(folder, 'z.frame.json'));
  const kept = openKeptFrames(folder, silentLog);
  kept.keep(frame(1_767_225_600_000));
  assert.deepEqual(kept.facts(), { folder, files: 2, lastAtMs: 0 });
});
