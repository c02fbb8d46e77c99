import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a file of the built program, as a stack names it. */
const place = /(file:\/\/[^\s()]+\.js|\/[^\s():]+\.js):(\d+):(\d+)/g;

/**
 * The stack of an error, with the lines of the source. Where the program was put together of many files it has maps
 * that lead back; they are read now and not at each start, which is what Node's own option does.
 */
export function sourceStack(error: Error): string {
  return sourcePlaces(error.stack ?? `${error.name}: ${error.message}`);
}

/** A text in which places of the built program are places of its source; without a map they stay. */
export function sourcePlaces(text: string): string {
  return text.replace(place, (whole: string, file: string, line: string, column: string) => {
    const path = file.startsWith('file://') ? fileURLToPath(file) : file;
    const entry = mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry) || entry.originalSource === undefined) return whole;
    return `${join(path, '..', entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function mapOf(path: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
  } catch {
    // The program runs as it is written, or its maps were left out.
    return null;
  }
}
