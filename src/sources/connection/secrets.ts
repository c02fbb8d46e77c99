import { readFileSync } from 'node:fs';

/**
 * Returns a finder of secrets, which looks in the environment and then in a file of `NAME=value` lines. The finder
 * throws when a file is named and cannot be read.
 */
export function secretsFrom(
  file: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): (name: string) => string | null {
  return (name) => {
    const own = environment[name]?.trim() ?? '';
    if (own !== '' || file === null) return own === '' ? null : own;
    const written = parseSecrets(readFileSync(file, 'utf8'))[name]?.trim() ?? '';
    return written === '' ? null : written;
  };
}

/** Lines of `NAME=value`, with or without quotes and `export`; `#` begins a comment line. */
export function parseSecrets(text: string): Record<string, string> {
  const entries = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => /^\s*(?:export\s+)?([A-Z_]+)\s*=\s*(.*?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', value = '']): [string, string] => [name, value.replace(/^(["'])(.*)\1$/, '$2')]);
  return Object.fromEntries(entries);
}
