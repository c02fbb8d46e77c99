import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { causeCode, causeInWords } from '../../domain/cause.ts';
import { escapeUnprintable, isPlain, plainText } from '../../domain/plain-text.ts';
import { ruleInWords } from '../../domain/problems.ts';

/** So many plugins run at a time. */
export const pluginsMax = 20;
/** So many folders of plugins are looked at. */
const foldersMax = 100;
/** The files of a plugin: how many, how deep, and how many bytes in all. */
const filesMax = 64;
const depthMax = 3;
const charsMax = 1_000_000;
const manifestBytesMax = 16_384;

/** The name of its folder, too, and a part of its addresses: nothing that leads elsewhere. */
const pluginId = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const partOfPath = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$/;
const textFile = /\.(?:js|json|html|css|svg|txt)$/;
const manifestName = 'plugin.json';

const words = (most: number) =>
  v.pipe(
    v.string('must be a text'),
    v.transform(plainText),
    v.minLength(1, 'must not be empty'),
    v.maxLength(most, `must have at most ${most} letters`),
  );
/** Other keys, such as an author, are ignored. */
const manifestForm = v.object({
  id: v.pipe(v.string('must be a text'), v.regex(pluginId, 'must be small letters, digits and -, 40 at most')),
  name: words(80),
  version: words(40),
  entry: v.optional(
    v.pipe(
      v.string('must be a text'),
      v.check(
        (path) => path.endsWith('.js') && path.split('/').every((part) => partOfPath.test(part)),
        'must be a file of the plugin that ends in .js',
      ),
    ),
    'main.js',
  ),
  enabled: v.boolean('must be true or false'),
});

/** A plugin as it lies in the folder. */
export interface FoundPlugin {
  /** The name of its folder; in quotes and with escapes, where that is no plain text. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly isEnabled: boolean;
  /** Changes whenever its plugin.json or its entry file is written. */
  readonly stamp: string;
  readonly entry: string;
  /** Why it cannot be started; null where nothing is known against it. */
  readonly why: string | null;
}

/** All plugins of a folder, by their names; a folder that is not there has none. Throws where it cannot be read. */
export function findPlugins(folder: string): readonly FoundPlugin[] {
  let enabled = 0;
  return namesIn(folder)
    .slice(0, foldersMax)
    .map((name) => {
      const found = foundAt(folder, name);
      if (!found.isEnabled || found.why !== null) return found;
      enabled += 1;
      return enabled > pluginsMax
        ? { ...found, why: `${pluginsMax} plugins at most are on: disable another one` }
        : found;
    });
}

function namesIn(folder: string): string[] {
  try {
    // Links are ignored: they could lead out of this folder.
    const all = readdirSync(folder, { withFileTypes: true }).filter(
      (each) => each.isDirectory() && !each.name.startsWith('.'),
    );
    // What is no UTF-8 may come as the same name twice.
    return [...new Set(all.map(({ name }) => name))].toSorted();
  } catch (error) {
    if (causeCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function foundAt(folder: string, name: string): FoundPlugin {
  const nothing = { id: shownName(name), name: '', version: '', isEnabled: false, entry: '' };
  const place = join(folder, name);
  const broken = (why: string): FoundPlugin => ({ ...nothing, stamp: stampOf(place, [manifestName]), why });
  if (!pluginId.test(name)) return broken('the name of its folder must be small letters, digits and -, 40 at most');
  const read = textOf(join(place, manifestName), manifestBytesMax);
  if (!read.ok) return broken(`its ${manifestName} cannot be read: ${read.why}`);
  const manifest = v.safeParse(manifestForm, parsed(read.text), { message: ruleInWords });
  if (!manifest.success) {
    const [issue] = manifest.issues;
    return broken(
      `${manifestName}: ${v.getDotPath(issue) ?? 'it'} ${issue.path === undefined ? 'must be an object of JSON' : issue.message}`,
    );
  }
  const { id, version, entry, enabled } = manifest.output;
  const stamp = stampOf(place, [manifestName, entry]);
  const found = { id: name, name: manifest.output.name, version, isEnabled: enabled, entry, stamp };
  if (id !== name) return { ...found, why: `${manifestName}: id must be the name of its folder, "${name}"` };
  return { ...found, why: null };
}

/** The name of a folder as it is shown, without invisible characters; no two names look the same. */
function shownName(name: string): string {
  return isPlain(name) && !name.startsWith('"') ? name : escapeUnprintable(JSON.stringify(name));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** When these were written, as far as the disk says. */
function stampOf(place: string, names: readonly string[]): string {
  return names
    .map((name) => {
      const found = lstatSync(join(place, name), { throwIfNoEntry: false });
      return found === undefined ? '-' : `${found.ino}.${found.size}.${found.mtimeMs}`;
    })
    .join(' ');
}

type FilesRead =
  | { readonly ok: true; readonly files: readonly (readonly [path: string, text: string])[] }
  | { readonly ok: false; readonly why: string };

/** Reads what a plugin consists of: its files of text. Links are not followed. */
export function readPlugin(folder: string, { id, entry }: Pick<FoundPlugin, 'id' | 'entry'>): FilesRead {
  const files: (readonly [string, string])[] = [];
  let chars = 0;
  try {
    for (const path of filesIn(join(folder, id), '', 1)) {
      const read = textOf(join(folder, id, path), charsMax);
      if (!read.ok) return { ok: false, why: `${path} cannot be read: ${read.why}` };
      chars += read.text.length;
      if (files.push([path, read.text]) > filesMax) return { ok: false, why: `it has more than ${filesMax} files` };
      if (chars > charsMax) return { ok: false, why: `it has more than ${charsMax / 1_000_000} MB of text` };
    }
  } catch (error) {
    return { ok: false, why: `it cannot be read: ${causeInWords(error)}` };
  }
  if (!files.some(([path]) => path === entry)) return { ok: false, why: `it has no file ${entry}` };
  return { ok: true, files };
}

/** The paths of a plugin's files of text below a folder of it. */
function* filesIn(place: string, folder: string, depth: number): Generator<string> {
  for (const each of readdirSync(join(place, folder), { withFileTypes: true })) {
    if (!partOfPath.test(each.name)) continue;
    const path = folder === '' ? each.name : `${folder}/${each.name}`;
    if (each.isDirectory() && depth < depthMax) yield* filesIn(place, path, depth + 1);
    if (each.isFile() && textFile.test(each.name)) yield path;
  }
}

type TextRead = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

function textOf(path: string, bytesMax: number): TextRead {
  let file: number | null = null;
  try {
    // A pipe without a writer would block when it is opened.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(file);
    if (!found.isFile()) return { ok: false, why: 'that is no file' };
    if (found.size > bytesMax) return { ok: false, why: `it has more than ${bytesMax} bytes` };
    const bytes = Buffer.alloc(found.size);
    return { ok: true, text: bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0)) };
  } catch (error) {
    return { ok: false, why: causeCode(error) === 'ELOOP' ? 'it is a link' : causeInWords(error) };
  } finally {
    if (file !== null) closeSync(file);
  }
}
