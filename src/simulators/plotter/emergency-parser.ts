/** Longer beginnings of a line tell nothing new: a line number and a command. */
const lineStartMax = 24;

/** Commands that the firmware obeys as soon as their line has arrived, whatever it is doing. */
export type Emergency = 'kill' | 'stop';

/** Which of them a line is; what follows the command does not count. */
export function emergencyIn(line: string): Emergency | null {
  const code = /^ *(?:N[-\d ]*)?M(112|410)/.exec(line)?.[1];
  if (code === undefined) return null;
  return code === '112' ? 'kill' : 'stop';
}

/** EMERGENCY_PARSER: reads every byte at its receipt, before it is known whether its line is right. */
export class EmergencyParser {
  private beginning = '';

  /** One byte; an emergency when it ends the line of one. */
  take(char: string): Emergency | null {
    if (char !== '\n' && char !== '\r') {
      if (this.beginning.length < lineStartMax) this.beginning += char;
      return null;
    }
    const line = this.beginning;
    this.beginning = '';
    return emergencyIn(line);
  }
}
