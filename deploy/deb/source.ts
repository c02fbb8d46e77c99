import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts the whole source into the package, with all that builds it, and a page that says where it is: whoever uses the
 * program over a network may ask for it (section 13 of the licence), and so may whoever got the package.
 */
export function writeSource(root: string, doc: string, version: string): void {
  const name = `livepen-${version}.tar.gz`;
  const words = [
    '-C',
    root,
    'archive',
    '--format=tar.gz',
    `--prefix=livepen-${version}/`,
    '--output',
    join(doc, name),
    'HEAD',
  ];
  execFileSync('git', words, { stdio: 'inherit' });
  const { homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(
    join(doc, 'SOURCE'),
    [
      `The source of Livepen ${version} as a whole, with what builds this package:`,
      `  /usr/share/doc/livepen/${name}`,
      ...(typeof homepage === 'string' ? [`  ${homepage}`] : []),
      'It runs as it is written: the same files are in /usr/lib/livepen/src.',
      '',
      'Of the parts by others, spi-pipe (GPL-2.0) is a compiled program; its source:',
      '  /usr/share/doc/livepen/spi-tools/',
      'All others, with their licences: THIRD_PARTY_NOTICES beside this file.',
      '',
    ].join('\n'),
  );
}
