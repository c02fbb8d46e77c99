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

/** Longest line that the firmware keeps; the rest is dropped. */
const lineCharsMax = 95;

/** What a completed line means to the command queue. */
type Received =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'error'; readonly what: string }
  | { readonly kind: 'nothing' };

/** The firmware's way from bytes to commands: line assembly, line numbers, checksums. */
export class LineReader {
  lastLine = 0;
  private buffer = '';
  private skipping = false;

  /** One byte from the receive buffer; a value when it completed a line. */
  take(char: string): Received | null {
    if (char !== '\n' && char !== '\r') {
      this.keep(char);
      return null;
    }
    const line = this.buffer;
    this.buffer = '';
    this.skipping = false;
    return line === '' ? null : this.judge(line.replace(/^ +/, ''));
  }

  /** Forgets the half line, as after an error or a reset. */
  clear(): void {
    this.buffer = '';
    this.skipping = false;
  }

  private keep(char: string): void {
    if (this.skipping) return;
    if (char === ';') {
      this.skipping = true;
    } else if (char === '\b') {
      this.buffer = this.buffer.slice(0, -1);
    } else {
      this.buffer += char;
      if (this.buffer.length >= lineCharsMax) this.skipping = true;
    }
  }

  private judge(line: string): Received {
    if (!line.startsWith('N')) return { kind: 'command', text: line };
    const sets = line.includes('M110');
    const second = sets ? line.indexOf('N', 4) : -1;
    const number = leadingInteger(line.slice((second < 0 ? 0 : second) + 1));
    if (number !== this.lastLine + 1 && !sets) {
      if (number === this.lastLine || number === this.lastLine - 1) return { kind: 'nothing' };
      return { kind: 'error', what: 'Line Number is not Last Line Number+1' };
    }
    const star = line.lastIndexOf('*');
    if (star < 0) return { kind: 'error', what: 'No Checksum with line number' };
    if (leadingInteger(line.slice(star + 1)) !== xorOf(line.slice(0, star))) {
      return { kind: 'error', what: 'checksum mismatch' };
    }
    this.lastLine = number;
    return { kind: 'command', text: line };
  }
}

function leadingInteger(text: string): number {
  const digits = /^\s*[-+]?\d+/.exec(text);
  return digits === null ? 0 : Number.parseInt(digits[0], 10);
}

function xorOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i += 1) sum ^= text.charCodeAt(i);
  return sum & 0xff;
}
