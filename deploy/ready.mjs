/**
 * Makes sure that what package-lock.json names is installed, and that a Node is at hand that runs TypeScript.
 * It runs first in every npm script, on whatever Node and npm the machine has, so it is plain JavaScript for Node 20.
 *
 *     node deploy/ready.mjs          what Livepen needs to run
 *     node deploy/ready.mjs --dev    what its tests need, too
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest Node that runs our files as they are. */
const nodeMajorMin = 24;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const withDev = process.argv.includes('--dev');

if (!isInstalled() || !provideNode()) install();
if (!provideNode()) {
  fail(
    `Livepen runs on Node ${nodeMajorMin} or newer. It brings its own on 64-bit Linux (x64 and arm64, glibc 2.28 or ` +
      `newer); this machine is ${process.platform} ${process.arch} with Node ${process.versions.node}.\n` +
      `Install Node ${nodeMajorMin} and try again.`,
  );
}

/** Whether every package of the lock is there in the version that it names; npm writes down what it installed. */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json');
  const wanted = packagesOf('package-lock.json');
  return Object.entries(wanted)
    .filter(([path, { optional, dev, devOptional }]) => path !== '' && !optional && (withDev || !(dev || devOptional)))
    .every(([path, { version }]) => installed[path]?.version === version);
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, dev?: boolean, devOptional?: boolean }>}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages ?? {};
  } catch {
    // Not there, or cut off in the middle of an installation: both mean that it must be done again.
    return {};
  }
}

/**
 * npm 10 takes the link away again: it tidies up after the package for the other processor, whose link has that name.
 */
function linkNode() {
  const pinned = `node-linux-${process.arch}/bin/node`;
  const link = join(root, 'node_modules/.bin/node');
  if (process.platform !== 'linux' || existsSync(link) || !existsSync(join(root, 'node_modules', pinned))) return;
  mkdirSync(dirname(link), { recursive: true });
  try {
    symlinkSync(join('..', pinned), link);
  } catch (error) {
    // Two scripts that start at the same time both want to make it.
    if (!existsSync(link)) throw error;
  }
}

/** Tells whether the Node that comes with the packages runs here, or else the one of the machine is new enough. */
function provideNode() {
  linkNode();
  const pinned = spawnSync(join(root, 'node_modules/.bin/node'), ['--version'], { encoding: 'utf8' });
  const version = pinned.status === 0 ? pinned.stdout.trim().slice(1) : process.versions.node;
  return Number.parseInt(version, 10) >= nodeMajorMin;
}

function install() {
  process.stderr.write('Installing what Livepen needs, once (about 390 MB, a minute at most on a usual line)…\n');
  const npm = process.env.npm_execpath ?? '';
  const [command, ...first] = basename(npm) === 'npm-cli.js' ? [process.execPath, npm] : ['npm'];
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  const { status, signal, error } = spawnSync(command, [...first, 'ci', ...flags], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (signal !== null) process.exit(130);
  if (status !== 0)
    fail(`The installation failed${error ? ` (${error.message})` : ''}. Is the network there? Try again: npm ci`);
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
