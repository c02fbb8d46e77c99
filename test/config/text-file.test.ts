import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatProblems, loadConfig, readText } from '../../src/config/load.ts';
import { filesOf, smallestConfig } from './texts.ts';

function problemOf(content: Uint8Array): string {
  const result = readText('livepen.toml', filesOf({ 'livepen.toml': content }));
  assert.ok(!result.ok);
  return result.problem.rule;
}

test('a file to which an editor appended .txt is found, unless the right one is there', () => {
  const appended = loadConfig('livepen.toml', { readFile: filesOf({ 'livepen.toml.txt': smallestConfig }) });
  assert.ok(appended.ok);
  assert.equal(appended.file, 'livepen.toml.txt');
  const both = loadConfig('livepen.toml', {
    readFile: filesOf({ 'livepen.toml.txt': 'broken', 'livepen.toml': smallestConfig }),
  });
  assert.ok(both.ok);
  assert.equal(both.file, 'livepen.toml');
});

test('UTF-16 is named, with or without a byte order mark', () => {
  const littleEndian = Buffer.from(smallestConfig.trim(), 'utf16le');
  const bigEndian = Buffer.from(littleEndian).swap16();
  for (const bytes of [
    littleEndian,
    bigEndian,
    Buffer.from([0xff, 0xfe, ...littleEndian]),
    Buffer.from([0xfe, 0xff, ...bigEndian]),
  ]) {
    assert.match(problemOf(bytes), /is saved as UTF-16; save it as UTF-8/);
  }
});

test('another encoding is told with the line of the first letter that does not fit', () => {
  assert.match(problemOf(Buffer.from('[live]\nuser = "J\xf6rg"\n', 'latin1')), /not saved as UTF-8 \(see line 2\)/);
});

test('what is no text is told', () => {
  assert.match(problemOf(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0])), /is no text file/);
  assert.match(problemOf(Buffer.alloc(2_000_000, 'x')), /is larger than 1 MB/);
});

test('a byte order mark does no harm', () => {
  const result = loadConfig('livepen.toml', { readFile: filesOf({ 'livepen.toml': `\uFEFF${smallestConfig}` }) });
  assert.ok(result.ok);
});

test('a missing file, a folder and a file in a file are told with the remedy', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-config-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const ruleFor = (path: string) => {
    const result = loadConfig(path, { readFile: (name) => readFileSync(name) });
    assert.ok(!result.ok);
    assert.equal(result.problems.length, 1);
    assert.equal(result.problems[0]?.file, path);
    return formatProblems(result.problems);
  };
  assert.match(
    ruleFor(join(folder, 'livepen.toml')),
    /has a problem:\n {2}the file does not exist; check the name and the folder/,
  );
  assert.match(ruleFor(folder), /the file is a folder/);
});
