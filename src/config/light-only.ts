import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import type { Config } from './schema.ts';
import { sections } from './schema.ts';
import { type ReadFile, readText } from './text-file.ts';

const lightSchema = v.object(sections.light);

/**
 * What a config says about the light, however broken the rest of it is: a service that cannot start for its config
 * should at least be able to show that. What cannot be read is as if it were not there.
 */
export function lightOnly(path: string, readFile: ReadFile): Config['light'] {
  const read = readText(path, readFile);
  if (read.ok) {
    try {
      const checked = v.safeParse(lightSchema, parse(read.text).light ?? {});
      if (checked.success) return checked.output;
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
    }
  }
  return v.parse(lightSchema, {});
}
