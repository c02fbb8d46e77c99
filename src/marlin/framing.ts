/** A line with its number and checksum, as the firmware wants it; the checksum is the XOR of all before the star. */
export function frame(number: number, text: string): string {
  const body = `N${number} ${text}`;
  let sum = 0;
  for (let i = 0; i < body.length; i += 1) sum ^= body.charCodeAt(i);
  return `${body}*${sum & 0xff}\n`;
}

/** A number that no line has: its error tells the last line that the firmware has. */
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
