/** The lines of a TOML file on which its tables and keys stand, by their places: `plotter.port`, `rows[2].yMm`. */
export type TomlLines = ReadonlyMap<string, number>;

const listHeader = /^\s*\[\[\s*([\w.-]+)\s*\]\]/;
const tableHeader = /^\s*\[\s*([\w.-]+)\s*\]/;
const keyForm = /^\s*(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*=/;

/** Looks through a file that has been read as TOML without an error. */
export function linesOfToml(text: string): TomlLines {
  const lines = new Map<string, number>();
  const entries = new Map<string, number>();
  let table = '';
  const note = (place: string, line: number) => {
    // A table within another begins that one, too.
    for (let at = place; at !== ''; at = at.replace(/\.?[^.]*$/, '')) if (!lines.has(at)) lines.set(at, line);
  };
  for (const [index, written] of text.split('\n').entries()) {
    const list = listHeader.exec(written)?.[1];
    const header = list ?? tableHeader.exec(written)?.[1];
    const found = keyForm.exec(written);
    if (list !== undefined) {
      const number = entries.get(list) ?? 0;
      entries.set(list, number + 1);
      table = `${list}[${number}]`;
      note(list, index + 1);
    } else if (header !== undefined) table = header;
    if (header !== undefined) note(table, index + 1);
    else if (found !== null) {
      const key = found[1] ?? found[2] ?? found[3] ?? '';
      note(table === '' ? key : `${table}.${key}`, index + 1);
    }
  }
  return lines;
}

/** The line of a place; of what is missing, or within a value, that of what it is missing in. */
export function lineOf(lines: TomlLines, place: string): number | undefined {
  for (let at = place; at !== ''; at = at.replace(/(?:^|\.)[\w-]+$|\[\d+\]$/, '')) {
    const line = lines.get(at);
    if (line !== undefined) return line;
    if (!/(?:^|\.)[\w-]+$|\[\d+\]$/.test(at)) return undefined;
  }
  return undefined;
}
