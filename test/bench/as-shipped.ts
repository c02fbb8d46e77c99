import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the installed wrapper runs Node with. */
interface Shipped {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The program, as it is installed. */
  readonly main: string;
}

/** Reads the wrapper of the package: `root` is the folder that it is unpacked to, by default what it is built from. */
export function shipped(root = join(import.meta.dirname, '../../deploy/root')): Shipped {
  const wrapper = readFileSync(join(root, 'usr/bin/livepen'), 'utf8');
  const [, flags = '', main = ''] = /bin\/node (.*) (\/usr\/lib\/livepen\/\S+) "\$@"/.exec(wrapper) ?? [];
  const env = [...wrapper.matchAll(/^(MALLOC_[A-Z_]+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]);
  return { flags: flags.split(' '), env: Object.fromEntries(env), main };
}
