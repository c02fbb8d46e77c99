import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts the whole source into the package, with all that builds it, and a page that says where it is: whoever uses the
 * program over a network may ask for it (section 13 of the licence), and so may whoever got the package. Packages under
 * the same licence of which parts are built into the program go along whole, as they were fetched into `modules`.
 */
export function writeSource(root: string, modules: string, doc: string, version: string): void {
  // As it is: what packs the package sees that its files are there twice, and packs them once.
  const name = `livepen-${version}.tar`;
  execFileSync('git', ['-C', root, 'archive', `--prefix=livepen-${version}/`, '--output', join(doc, name), 'HEAD']);
  const ofOthers = copyleftPackages(root);
  mkdirSync(join(doc, 'packages'));
  for (const path of ofOthers) {
    const archive = join(doc, 'packages', `${path}.tar.xz`);
    execFileSync('tar', ['--create', '--xz', '--file', archive, '-C', modules, '--exclude=*.map', path]);
  }
  const { homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(
    join(doc, 'SOURCE'),
    [
      `The source of Livepen ${version} as a whole, with what builds this package:`,
      `  /usr/share/doc/livepen/${name}`,
      ...(typeof homepage === 'string' ? [`  ${homepage}`] : []),
      'What runs is built of it, in /usr/lib/livepen/program: plain JavaScript with parts of the packages that it uses.',
      'The files that it is built of are in /usr/lib/livepen/src, where they are named when something goes wrong.',
      '',
      `Of the parts by others, ${ofOthers.join(' and ')} are under the same licence:`,
      '  /usr/share/doc/livepen/packages/',
      'spi-pipe (GPL-2.0) is a compiled program; its source:',
      '  /usr/share/doc/livepen/spi-tools/',
      'All others, with their licences: THIRD_PARTY_NOTICES beside this file.',
      '',
    ].join('\n'),
  );
}

/** The packages in use whose licence wants their source to go along with a program that they are a part of. */
function copyleftPackages(root: string): string[] {
  const lock: { packages: Record<string, { license?: string; dev?: boolean }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages)
    .filter(([path, { license = '', dev = false }]) => path !== '' && !dev && /\bA?GPL/.test(license))
    .map(([path]) => path.replace(/^node_modules\//, ''));
}
