/**
 * Gathers the licences of all packages that Livepen needs to run, as THIRD_PARTY_NOTICES.
 *
 *     node deploy/notices.mjs    writes the file anew
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Longer texts stay beside their package: only Node has one, for everything that it is made of. */
const textCharsMax = 100_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'THIRD_PARTY_NOTICES');

/**
 * @typedef {object} Package
 * @property {string} path
 * @property {string} version
 * @property {string} license
 */

/** The text of THIRD_PARTY_NOTICES, from what is installed. */
export function notices() {
  /** @type {Map<string, Package[]>} */
  const byText = new Map();
  for (const found of productionPackages()) {
    const text = licenceText(found);
    byText.set(text, [...(byText.get(text) ?? []), found]);
  }
  byText.set(hersheyNotice(), [
    { path: 'node_modules/Hershey Sans 1-stroke', version: 'font data', license: 'Hershey' },
  ]);
  const parts = [...byText].map(([text, packages]) => `${packages.map(title).join('\n')}\n\n${text}\n`);
  const rule = `\n${'-'.repeat(80)}\n\n`;
  return [
    'Livepen is free software under the GNU Affero General Public License, version 3\nor later (see LICENSE). ' +
      'It uses the packages below, each under its own licence.\n',
    ...parts,
  ].join(rule);
}

/** The acknowledgement that the font's makers ask for stands at the head of its data. */
function hersheyNotice() {
  const head = readFileSync(join(root, 'src/drawing/hershey-sans.ts'), 'utf8').split('*/', 1)[0] ?? '';
  return head
    .split('\n')
    .map((line) => line.replace(/^\/?\s?\*\s?/, ''))
    .join('\n')
    .trim();
}

/** @returns {Package[]} */
function productionPackages() {
  /** @type {Record<string, { version: string, license?: string, dev?: boolean, devOptional?: boolean }>} */
  const packages = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && !isPlatformOfTypeScript(path))
    .map(([path, { version, license }]) => ({ path, version, license: license ?? 'unknown' }));
}

/** They are optional parts of a package that is only used in development; the lock does not say so. */
function isPlatformOfTypeScript(/** @type {string} */ path) {
  return path.startsWith('node_modules/@typescript/');
}

function title(/** @type {Package} */ { path, version, license }) {
  return `${nameOf(path)} ${version} (${license})`;
}

function nameOf(/** @type {string} */ path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function licenceText(/** @type {Package} */ { path, license }) {
  if (nameOf(path).startsWith('node-linux-'))
    return 'Its licences lie beside the program, in the file LICENSE of the package.';
  const folder = join(root, path);
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  const texts = files.sort().map((name) => tidy(readFileSync(join(folder, name), 'utf8')));
  const text = texts.length > 0 ? texts.join('\n\n') : fromReadme(folder, license);
  if (text.length > textCharsMax) throw new Error(`the licence of ${path} is ${text.length} characters long`);
  return text;
}

/** Some packages have their licence only in their description. */
function fromReadme(/** @type {string} */ folder, /** @type {string} */ license) {
  const section = /^(?:#+ *Licen[cs]e *\n|Licen[cs]e\n-+\n)([\s\S]*?)(?=\n#|\n\[|$(?![\s\S]))/im;
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const said = section.exec(readme)?.[1];
  /** @type {{ author?: string | { name: string } }} */
  const { author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const by = typeof author === 'object' ? author.name : author;
  return tidy(
    said ?? `Licence: ${license}${by === undefined ? '' : `. Author: ${by}`}. The package holds no further text.`,
  );
}

function tidy(/** @type {string} */ text) {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, notices());
