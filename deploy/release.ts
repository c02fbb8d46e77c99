/**
 * Makes a release of what is committed: a tag, both packages, their checksums. It publishes nothing.
 *
 *     npm run release [-- --out FOLDER]
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { arches } from './deb/arch.ts';
import { buildDeb } from './deb/build.ts';
import { run, say } from './deb/shell.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out ?? join(root, 'dist'));

const git = (...words: readonly string[]) => run('git', ['-C', root, ...words]).trim();
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const tag = `v${version}`;

if (git('status', '--porcelain') !== '')
  stop('There are changes that are not committed. A release is made of commits.');
if (!readFileSync(join(root, 'CHANGELOG.md'), 'utf8').includes(version))
  stop(`CHANGELOG.md says nothing about ${version}.`);
const tagged = git('tag', '--list', tag) !== '' ? git('rev-list', '-n', '1', tag) : null;
if (tagged !== null && tagged !== git('rev-parse', 'HEAD'))
  stop(`${tag} is another commit already. Raise the version in package.json.`);

const files = arches.map((arch) => buildDeb(arch, out));
const sums = files.map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}`);
writeFileSync(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`);
if (tagged === null) git('tag', '--annotate', '--message', `Livepen ${version}`, tag);
say(`${tag}: ${files.length} packages and SHA256SUMS in ${out}. Publish: git push origin ${tag}`);

function stop(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
