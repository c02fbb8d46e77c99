/** A command as the firmware's parser sees it. */
export interface GcodeCommand {
  /** e.g. "G1", "M114"; null when it is none. */
  readonly code: string | null;
  /** Without line number and checksum. */
  readonly text: string;
  readonly args: string;
  readonly values: ReadonlyMap<string, number>;
}

/** Parses a line; `mode` is the last motion command, which a line that begins with an axis goes on with. */
export function parseCommand(line: string, mode: string | null): GcodeCommand {
  let text = line.replace(/^ *(N-?\d+ *)?/, '');
  const star = text.indexOf('*');
  if (star >= 0) text = text.slice(0, star).trimEnd();
  const named = /^([GMT]) *(\d+)/.exec(text);
  if (named !== null) {
    const code = `${named[1]}${Number(named[2])}`;
    const args = text.slice(named[0].length).trimStart();
    return { code, text, args, values: valuesOf(args) };
  }
  if (mode !== null && /^[XYZF]/.test(text)) return { code: mode, text, args: text, values: valuesOf(text) };
  return { code: null, text, args: '', values: new Map() };
}

function valuesOf(args: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [, letter, digits] of args.matchAll(/([A-Z]) *([-+]?\d*\.?\d*)/g)) {
    const value = Number(digits);
    if (letter !== undefined) values.set(letter, digits === '' || Number.isNaN(value) ? Number.NaN : value);
  }
  return values;
}
