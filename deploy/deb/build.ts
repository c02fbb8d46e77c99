/**
 * Builds the Debian packages, on any Debian with npm; nothing of them is compiled or fetched on the Pi.
 *
 *     npm run build:deb [-- --arch arm64] [--out FOLDER]
 */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildProgram } from '../program.ts';
import { type Arch, arches } from './arch.ts';
import { writeControl } from './control.ts';
import { buildEpoll, fetchSpiTools, installNode, installSpiTools } from './native.ts';
import { installPackages } from './packages.ts';
import { need, run, say } from './shell.ts';
import { writeSource } from './source.ts';

/** A card is slow, and so is a phone's line. */
const packageBytesMax = 30_000_000;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Builds the package for one kind of machine; gives its path. */
export async function buildDeb(arch: Arch, out: string): Promise<string> {
  need('dpkg-deb', 'dpkg');
  need('ar', 'binutils');
  need('xz', 'xz-utils');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const work = mkdtempSync(join(tmpdir(), 'livepen-deb-'));
  try {
    const stage = join(work, 'stage');
    const home = join(stage, 'usr/lib/livepen');
    const doc = join(stage, 'usr/share/doc/livepen');
    cpSync(join(root, 'deploy/root'), stage, { recursive: true });
    say(`${arch.debian}: fetching the packages that it runs on…`);
    const modules = installPackages(root, home, work, arch);
    const node = join(modules, `node-linux-${arch.node}`);
    await buildProgram(root, home);
    say(`${arch.debian}: compiling and fetching what the drivers need…`);
    buildEpoll(modules, home, node, arch);
    installNode(node, home, arch);
    installSpiTools(fetchSpiTools(work, arch), home, doc);
    copyOwn(stage, home, doc, node);
    writeSource(root, modules, doc, version);
    writeControl(root, stage, version, arch);
    setRights(stage);
    const file = join(out, `livepen_${version}_${arch.debian}.deb`);
    mkdirSync(out, { recursive: true });
    say(`${arch.debian}: packing…`);
    const when = run('git', ['-C', root, 'log', '-1', '--format=%ct']).trim();
    pack(stage, file, work, arch, { ...process.env, SOURCE_DATE_EPOCH: when });
    const { size } = statSync(file);
    if (size > packageBytesMax) throw new Error(`${file} has ${size} bytes, more than ${packageBytesMax}.`);
    say(`${file}  ${(size / 1e6).toFixed(1)} MB`);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Packs as dpkg-deb does, but for xz' filter, which dpkg-deb cannot be asked for: its three members are joined by ar. */
function pack(stage: string, file: string, work: string, { xzFilter }: Arch, env: NodeJS.ProcessEnv): void {
  const parts = join(work, 'parts');
  mkdirSync(parts);
  const plain = join(parts, 'plain.deb');
  run('dpkg-deb', ['--root-owner-group', '-Znone', '--build', stage, plain], { env });
  run('ar', ['x', plain], { cwd: parts });
  run('xz', ['--lzma2=preset=9e', 'control.tar'], { cwd: parts });
  run('xz', [...(xzFilter === null ? [] : [xzFilter]), '--lzma2=preset=9e', 'data.tar'], { cwd: parts });
  rmSync(file, { force: true });
  run('ar', ['rcDS', file, 'debian-binary', 'control.tar.xz', 'data.tar.xz'], { cwd: parts });
}

/** Our own files: the program, its units, its settings to begin with, and what comes with it to read. */
export function copyOwn(stage: string, home: string, doc: string, node: string): void {
  const copy = (from: string, to: string) => cpSync(join(root, from), to, { recursive: true });
  // It is not what runs: it is what stacks name, and what the licence wants beside the program.
  copy('src', join(home, 'src'));
  copy('package.json', join(home, 'package.json'));
  copy('systemd/drop-ins', join(home, 'drop-ins'));
  for (const unit of ['livepen', 'livepen-boot', 'livepen-install', 'livepen-worker']) {
    copy(`systemd/${unit}.service`, join(stage, `usr/lib/systemd/system/${unit}.service`));
  }
  for (const file of ['livepen.toml', 'gifts.json', 'rules.json', 'ready-rules.json', 'rose.svg', 'worker.toml'])
    copy(`config/${file}`, join(stage, 'usr/share/livepen', file));
  copy('config/plugins', join(stage, 'usr/share/livepen/plugins'));
  copy('config/worker-secrets.example.env', join(stage, 'usr/share/livepen/worker-secrets.env'));
  copy('deploy/boot/user-data', join(doc, 'user-data'));
  for (const file of ['README.md', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES']) copy(file, join(doc, file));
  copy('docs/worker.md', join(doc, 'worker.md'));
  copy('LICENSE', join(doc, 'copyright'));
  copy('hardware', join(doc, 'hardware'));
  cpSync(join(node, 'LICENSE'), join(doc, 'node-LICENSE'));
}

function setRights(stage: string): void {
  run('chmod', ['-R', 'u=rwX,go=rX', stage]);
  for (const file of [
    'usr/bin/livepen',
    'usr/lib/livepen/install-from-card',
    'usr/lib/livepen/bin/node',
    'usr/lib/livepen/bin/spi-pipe',
  ]) {
    chmodSync(join(stage, file), 0o755);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { arch: { type: 'string', multiple: true }, out: { type: 'string' } } });
  const wanted = values.arch ?? arches.map(({ debian }) => debian);
  for (const arch of arches.filter(({ debian }) => wanted.includes(debian)))
    await buildDeb(arch, resolve(values.out ?? 'dist'));
}
