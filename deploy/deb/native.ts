import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Arch } from './arch.ts';
import { need, run } from './shell.ts';

/** Debian's release whose C library is the oldest that we run on, so its programs run on newer ones too. */
const suite = 'bookworm';
const archive = 'http://deb.debian.org/debian';

/** Compiles the add-on that the package onoff stands on, for the button's driver of that name. */
export function buildEpoll(modules: string, target: string, node: string, arch: Arch): void {
  const compiler = `${arch.triplet}-g++`;
  need(compiler, `g++-${arch.triplet.replace('_', '-')}`);
  const release = join(target, 'node_modules/epoll/build/Release');
  mkdirSync(release, { recursive: true });
  run(compiler, [
    '-shared',
    '-fPIC',
    '-O2',
    '-s',
    '-std=gnu++20',
    '-static-libstdc++',
    '-static-libgcc',
    '-Wno-deprecated-declarations',
    '-Wno-cast-function-type',
    '-DNODE_GYP_MODULE_NAME=epoll',
    '-DBUILDING_NODE_EXTENSION',
    `-I${join(node, 'include/node')}`,
    `-I${join(modules, 'nan')}`,
    join(modules, 'epoll/src/epoll.cc'),
    '-o',
    join(release, 'epoll.node'),
  ]);
}

/** Copies Node, without the names of its inner parts, which only a debugger reads: a sixth of its size. */
export function installNode(node: string, target: string, arch: Arch): void {
  mkdirSync(join(target, 'bin'), { recursive: true });
  const to = join(target, 'bin/node');
  run(`${arch.triplet}-strip`, ['--strip-unneeded', '-o', to, join(node, 'bin/node')]);
}

/** What was fetched from Debian: the program, and the files of its source, which its licence wants beside it. */
export interface SpiTools {
  readonly program: string;
  readonly sources: readonly string[];
  readonly copyright: string;
}

/** Fetches `spi-pipe` for `arch` from Debian's archive, signatures checked by apt, with its source. */
export function fetchSpiTools(work: string, arch: Arch): SpiTools {
  const home = join(work, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'state']) {
    mkdirSync(join(home, folder), { recursive: true });
  }
  const key = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  writeFileSync(
    join(home, 'sources.list'),
    `deb ${key} ${archive} ${suite} main\ndeb-src ${key} ${archive} ${suite} main\n`,
  );
  writeFileSync(join(home, 'state/status'), '');
  const settings = [
    `APT::Architecture "${arch.debian}"; APT::Architectures { "${arch.debian}"; };`,
    `Dir::State "${home}/state"; Dir::State::lists "${home}/lists"; Dir::State::status "${home}/state/status";`,
    `Dir::Cache "${home}/cache"; Dir::Etc::sourcelist "${home}/sources.list"; Dir::Etc::sourceparts "-";`,
    'Acquire::Languages "none"; APT::Sandbox::User "root";',
  ];
  writeFileSync(join(home, 'apt.conf'), settings.join('\n'));
  const options = { cwd: home, env: { ...process.env, APT_CONFIG: join(home, 'apt.conf') } };
  run('apt-get', ['update', '-qq'], options);
  run('apt-get', ['download', '-qq', 'spi-tools'], options);
  run('apt-get', ['source', '-qq', '--download-only', 'spi-tools'], options);
  const find = (pattern: RegExp) => {
    const name = readdirSync(home).find((each) => pattern.test(each));
    if (name === undefined) throw new Error(`Debian's archive did not give ${pattern}.`);
    return join(home, name);
  };
  const unpacked = join(home, 'unpacked');
  run('dpkg-deb', ['--extract', find(/^spi-tools_.*\.deb$/), unpacked]);
  return {
    program: join(unpacked, 'usr/bin/spi-pipe'),
    // What its author wrote, what Debian changed, and the page that joins them.
    sources: [find(/\.orig\.tar\.[a-z0-9]+$/), find(/\.debian\.tar\.[a-z0-9]+$/), find(/\.dsc$/)],
    copyright: join(unpacked, 'usr/share/doc/spi-tools/copyright'),
  };
}

/** Copies what was fetched to where the package has it. */
export function installSpiTools(tools: SpiTools, target: string, doc: string): void {
  mkdirSync(join(target, 'bin'), { recursive: true });
  cpSync(tools.program, join(target, 'bin/spi-pipe'));
  mkdirSync(join(doc, 'spi-tools'), { recursive: true });
  cpSync(tools.copyright, join(doc, 'spi-tools/copyright'));
  for (const source of tools.sources) cpSync(source, join(doc, 'spi-tools', basename(source)));
}
