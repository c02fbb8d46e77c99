import type { ReadFile } from '../../src/config/load.ts';

/** The least that a config must say. */
export const smallestConfig = `
[live]
user = "somebody"

[[rows]]
id = "1"
yMm = 100
`;

/** Files in memory; anything else does not exist. */
export function filesOf(files: Readonly<Record<string, string | Uint8Array>>): ReadFile {
  return (path) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
}
