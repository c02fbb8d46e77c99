/** A line with its number and checksum, as the firmware wants it; the checksum is the XOR of all before the star. */
export function frame(number: number, text: string): string {
  const body = `N${number} ${text}`;
  let sum = 0;
  for (let i = 0; i < body.length; i += 1) sum ^= body.charCodeAt(i);
  return `${body}*${sum & 0xff}\n`;
}

/** A number that no line has: the error that answers it names the last line that the firmware has. */
const farTooHigh = 2_000_000_000;

/**
 * Asks for the last line number. The end of line before it closes whatever half line the firmware holds. Its command
 * must not be one that a disturbed byte or two turn into M110, which would set the number.
 */
export const probe = `\n${frame(farTooHigh, 'G21')}`;

/** The longest answer that is kept; what comes after is dropped up to the end of the line. */
const answerCharsMax = 512;

/** Cuts a stream of text into lines. The rest of an unfinished line is kept, bounded. */
export class LineSplitter {
  private rest = '';

  /** Complete lines, without their ends, empty ones left out. */
  push(text: string): readonly string[] {
    const parts = (this.rest + text).split(/[\r\n]+/);
    this.rest = (parts.pop() ?? '').slice(0, answerCharsMax);
    return parts.filter((line) => line !== '').map((line) => line.slice(0, answerCharsMax));
  }
}

/** Places that are further apart than this are different, mm; M114 has two decimals. */
const toleranceMm = 0.05;

/** Where the pen is, mm. */
export interface Place {
  readonly xMm: number;
  readonly yMm: number;
  readonly zMm: number;
}

/** Whether two places are the same, as far as M114 can tell. */
export function samePlace(a: Place, b: Place, withinMm = toleranceMm): boolean {
  const apart = Math.max(Math.abs(a.xMm - b.xMm), Math.abs(a.yMm - b.yMm), Math.abs(a.zMm - b.zMm));
  return apart <= withinMm + 1e-9;
}

/** Where the plan ends, mm, and the motors' step counts; where those are reported in mm, in hundredths of one. */
export interface Position {
  readonly xMm: number;
  readonly yMm: number;
  /** 0 where the firmware has no such axis. */
  readonly zMm: number;
  readonly hasZ: boolean;
  readonly count: readonly [number, number, number];
}

/** One message of the firmware. */
export type Reply =
  /** `free`: places in the planner, as ADVANCED_OK reports them. */
  | { readonly kind: 'ok'; readonly number: number | null; readonly free: number | null }
  /** `lastLine` is the last line that the firmware has: it wants the one after it. */
  | { readonly kind: 'rejected'; readonly lastLine: number; readonly by: 'error' | 'resend' }
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'busy' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'start' }
  | { readonly kind: 'halted' }
  | { readonly kind: 'unknown-command'; readonly text: string }
  /** Other messages of a Marlin. */
  | { readonly kind: 'info'; readonly text: string }
  /** What no Marlin sends: noise, or another device. */
  | { readonly kind: 'garbage'; readonly text: string };

const [decimal, count] = [String.raw`(-?\d+\.\d+)`, String.raw`(-?\d+(?:\.\d+)?)`];
/** Places with two decimals, in firmwares of two, three and more axes; Marlin 1.0 leaves blanks out. */
const place = new RegExp(
  `^X:${decimal} ?Y:${decimal}(?: ?Z:${decimal})?(?: ?[A-Z]:-?\\d+\\.\\d+)*` +
    ` Count [XA]: ?${count} ?[YB]: ?${count}(?: ?[ZC]: ?${count})?(?: ?[A-Z]: ?-?\\d+(?:\\.\\d+)?)*$`,
);
const chatter =
  /^(echo:|\/\/|Cap:|FIRMWARE_NAME:|Line: |T:|Marlin |PowerUp$| ?(?:External|Brown out|Watchdog|Software) Reset$|Error:|Reporting endstop|[xyz]_(min|max): | {2}M211| {2}Min:|mark-)/;

/**
 * What a line of the firmware means; more than one thing where the end of a line was lost.
 * A line that is not exactly one of the known forms is garbage: answers carry no checksum.
 */
export function readReplies(line: string): readonly Reply[] {
  const whole = readOne(line);
  if (whole.kind !== 'garbage') return [whole];
  const glued = unglue(line);
  return glued ?? [whole];
}

/**
 * Whether the firmware reports that somebody releases the motors at its display. Marlin 1 echoes what its menu puts
 * into the queue; Marlin 2 reports nothing. It may stand behind an answer whose line did not end.
 */
export function letsGoOfMotors(line: string): boolean {
  return /echo:\s*enqueueing "M(?:18|84)\b/.test(line);
}

const unnumberedOk: Reply = { kind: 'ok', number: null, free: null };

function unglue(line: string): readonly Reply[] | null {
  if (/^(ok ?){2,8}$/.test(line)) return [unnumberedOk];
  const ahead = /^ok *(?=[A-Zesbw])/.exec(line);
  if (ahead !== null) {
    const rest = readOne(line.slice(ahead[0].length));
    if (rest.kind !== 'garbage' && rest.kind !== 'info') return [unnumberedOk, rest];
  }
  if (line.endsWith('ok')) {
    const first = readOne(line.slice(0, -2));
    if (first.kind === 'position') return [first, unnumberedOk];
  }
  // A board that resets says so wherever it was in a line.
  if (line.endsWith('start')) return [{ kind: 'start' }];
  return null;
}

function readOne(text: string): Reply {
  const ok = /^ok(?: N?:?(\d+))?(?: P(\d+) B\d+| T:.*)? *$/.exec(text);
  if (ok !== null) return { kind: 'ok', number: numberOr(ok[1]), free: numberOr(ok[2]) };
  if (text === 'start') return { kind: 'start' };
  if (text === 'wait') return { kind: 'wait' };
  if (/^(echo:)?busy: /.test(text)) return { kind: 'busy' };
  const at = place.exec(text);
  if (at !== null && (at[3] === undefined) === (at[6] === undefined)) {
    return { kind: 'position', position: readPosition(at) };
  }
  const resend = /^(?:Resend:|rs N?) ?(\d+)$/.exec(text);
  if (resend !== null) return { kind: 'rejected', lastLine: Number(resend[1]) - 1, by: 'resend' };
  const error = /^Error:.*, Last Line: (-?\d+)$/.exec(text);
  if (error !== null) return { kind: 'rejected', lastLine: Number(error[1]), by: 'error' };
  if (/^Error:.*(halted|kill\(\)|stopped|STOP called)/i.test(text)) return { kind: 'halted' };
  const unknown = /^echo:Unknown command: "(.*)"$/.exec(text);
  if (unknown !== null) return { kind: 'unknown-command', text: unknown[1] ?? '' };
  return chatter.test(text) ? { kind: 'info', text } : { kind: 'garbage', text };
}

function numberOr(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}

function readPosition(at: RegExpExecArray): Position {
  const number = (index: number) => Number(at[index] ?? 0);
  const isInMm = at[4]?.includes('.') === true;
  const steps = (index: number) => (isInMm ? Math.round(number(index) * 100) : number(index));
  return {
    xMm: number(1),
    yMm: number(2),
    zMm: number(3),
    hasZ: at[3] !== undefined,
    count: [steps(4), steps(5), steps(6)],
  };
}
