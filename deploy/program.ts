import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build, type OutputFile, type Plugin } from 'esbuild';
import { messageForms } from '../src/sources/tiktok/provider.ts';

/** Where the program is built to in the folder that holds package.json and node_modules: as deep as a room of `src/`. */
export const programFolder = 'program/js';

/** Packages that bring compiled files, which they look for beside their own: they stay as they are. */
export const unbundled = ['better-sqlite3', '@serialport/bindings-cpp', 'onoff'];
/** Packages that others look for and do without; they are not installed. */
const lookedFor = ['bufferutil', 'utf-8-validate', 'supports-color'];

/**
 * Builds the program as it is installed, into `home`/program/js: plain JavaScript in few files, of which a start reads
 * only those that it needs, with what it uses of its packages but for those that are `unbundled`. Maps lead from its
 * lines to those of the source, which `home`/src is to hold.
 */
export async function buildProgram(root: string, home: string): Promise<void> {
  const folder = join(home, programFolder);
  const { outputFiles } = await build({
    absWorkingDir: root,
    // A file above a megabyte is kept at two bytes a character: the largest one is cut in two. Drawings are read by a
    // process of their own, which `openDrawingReader` starts, and each plugin has one of `startPluginProgram`.
    entryPoints: {
      main: 'src/main.ts',
      'sign-client': 'tiktok-live-api-sdk',
      'drawing-child': 'src/commands/drawing-child.ts',
      'plugin-child': 'src/commands/plugin-child.ts',
    },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    outdir: folder,
    write: false,
    sourcemap: 'linked',
    sourcesContent: false,
    // Names stay, and so do the lines that a stack shows where a map is missing.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    legalComments: 'none',
    // What packages load by `require` is compiled, and stays beside the program.
    banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
    external: [...unbundled, ...lookedFor],
    plugins: [lazyBuiltins, onlyMessagesInUse],
    logLevel: 'warning',
  });
  mkdirSync(folder, { recursive: true });
  for (const file of outputFiles) {
    const text = file.path.endsWith('.map') ? mapOf(file) : file.text;
    if (text !== null) writeFileSync(file.path, text);
  }
  cpSync(join(root, 'src/api/page'), join(folder, 'page'), { recursive: true });
  cpSync(join(root, 'src/commands/plugin-inside.js'), join(folder, 'plugin-inside.js'));
}

/** A map names the source as it is installed: `src/` beside the program's folder. Null where nothing is of ours. */
function mapOf({ text }: OutputFile): string | null {
  const map: { sources: string[] } = JSON.parse(text);
  const sources = map.sources.map((source) => source.replace(/^.*?(?=(?:src|node_modules)\/)/, '../../'));
  return sources.some((source) => source.startsWith('../../src/')) ? JSON.stringify({ ...map, sources }) : null;
}

/**
 * Parts of Node are got when something of them is used, not when they are imported: `node:util` with all that it offers
 * takes 25 ms of a start, and an import of `node:http` loads an HTTP client and a WebSocket that nobody asked for.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    const known = new Set(builtinModules);
    onResolve({ filter: /^(?:node:)?[a-z_/]+$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, '');
      if (!known.has(name)) return null;
      // What is required may be changed by whoever requires it, and a function has to be itself.
      const isLazy = kind === 'import-statement' && typeof process.getBuiltinModule(`node:${name}`) === 'object';
      return { path: name, namespace: isLazy ? 'lazy-builtin' : 'builtin' };
    });
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
    onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => ({
      contents: `
        let part;
        for (const name of ${JSON.stringify(Object.getOwnPropertyNames(process.getBuiltinModule(`node:${path}`)))})
          Object.defineProperty(exports, name, {
            enumerable: true,
            get: () => (part ??= process.getBuiltinModule('node:${path}'))[name],
          });`,
    }));
  },
};

/** The connector looks decoders up by name, so all thousand would stay; the program names those that it uses. */
const onlyMessagesInUse: Plugin = {
  name: 'only-messages-in-use',
  setup({ onResolve, onLoad }) {
    const whole = 'tiktok-live-proto/v3';
    onResolve({ filter: /^tiktok-live-proto\/v3$/ }, ({ namespace }) =>
      namespace === 'in-use' ? null : { path: whole, namespace: 'in-use' },
    );
    onLoad({ filter: /./, namespace: 'in-use' }, () => ({
      contents: `export { ${messageForms.join(', ')} } from '${whole}';`,
      resolveDir: import.meta.dirname,
    }));
  },
};
