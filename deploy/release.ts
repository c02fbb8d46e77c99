/**
 * Makes a release of what is committed: both packages, their checksums, a tag. What the changelog has under "Unreleased"
 * becomes that of the version of package.json, in a commit of its own. It publishes nothing.
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
import { released } from './deb/changelog.ts';
import { run, say } from './deb/shell.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out ?? join(root, 'dist'));

const git = (...words: readonly string[]) => run('git', ['-C', root, ...words]).trim();
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const tag = `v${version}`;

if (git('status', '--porcelain') !== '')
  stop('There are changes that are not committed. A release is made of commits.');
const tagged = git('tag', '--list', tag) !== '' ? git('rev-list', '-n', '1', tag) : null;
if (tagged !== null && tagged !== git('rev-parse', 'HEAD'))
  stop(`${tag} is another commit already. Raise the version in package.json.`);

// Before anything is written: without a name and an address git makes no commit and no tag.
git('var', 'GIT_COMMITTER_IDENT');
const changelog = join(root, 'CHANGELOG.md');
const before = readFileSync(changelog, 'utf8');
const after = released(before, version, new Date().toISOString().slice(0, 10));
if (after === null) stop(`CHANGELOG.md says nothing about ${version}.`);
if (after !== before) {
  writeFileSync(changelog, after);
  git('commit', '--quiet', '--message', `Release ${version}`, '--', 'CHANGELOG.md');
}

const files: string[] = [];
for (const arch of arches) files.push(await buildDeb(arch, out));
const sums = files.map((file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}`);
writeFileSync(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`);
if (tagged === null) git('tag', '--annotate', '--message', `Livepen ${version}`, tag);
say(`${tag}: ${files.length} packages and SHA256SUMS in ${out}. Publish: git push origin HEAD ${tag}`);

function stop(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
