import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { notices } from '../../deploy/notices.mjs';

const root = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('THIRD_PARTY_NOTICES tells the licences of what is installed; node deploy/notices.mjs writes it anew', () => {
  assert.ok(
    readFileSync(join(root, 'THIRD_PARTY_NOTICES'), 'utf8') === notices(),
    'THIRD_PARTY_NOTICES is out of date',
  );
});

test('every package that we ask for has a line in docs/dependencies.md with its licence', () => {
  const text = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
  const asked = Object.keys({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  });
  for (const name of asked) {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`| \`${name}\``));
    assert.ok(line, `${name} has no line`);
    const { version, license } = lock.packages[`node_modules/${name}`];
    assert.ok(line.includes(license), `${name} is ${license}`);
    assert.ok(line.includes(version), `${name} is at ${version}`);
  }
});

test('the lock names no registry, so that any will do, and holds every platform that its packages ask for', () => {
  for (const [path, entry] of Object.entries<Record<string, unknown>>(lock.packages)) {
    assert.equal(entry.resolved, undefined, path);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      assert.ok(lock.packages[`node_modules/${name}`], `${path} asks for ${name}`);
    }
  }
});

test('every version is pinned', () => {
  const asked = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  for (const [name, version] of Object.entries<string>(asked)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

test('npm ci puts at most 115 packages there, on a PC and on a Pi', () => {
  for (const cpu of ['x64', 'arm64']) {
    const fits = (wanted: unknown, here: string) => !Array.isArray(wanted) || wanted.includes(here);
    const there = Object.entries<Record<string, unknown>>(lock.packages).filter(
      ([path, { os, cpu: cpus, libc }]) => path !== '' && fits(os, 'linux') && fits(cpus, cpu) && fits(libc, 'glibc'),
    );
    assert.ok(there.length <= 115, `${there.length} on ${cpu}: ${there.map(([path]) => path).join(', ')}`);
    assert.ok(there.length > 50, 'the lock is read');
  }
});
