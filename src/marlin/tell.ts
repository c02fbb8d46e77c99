import type { Link } from './link.ts';

/** How often a line is sent before the session is given up. */
const triesMax = 20;

/** What the firmware did with a line that moves nothing. */
interface Reply {
  readonly said: readonly string[];
  /** It does not know the command. */
  readonly unknown: boolean;
}

/** Sends a line that moves nothing until the firmware has it; null when the session was lost. */
export async function sendUntilAccepted(link: Link, text: string): Promise<Reply | null> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const verdict = await link.send(text);
    if (verdict.kind === 'lost') return null;
    if (verdict.kind === 'accepted') return { said: verdict.line.said, unknown: verdict.line.unknown };
  }
  link.end('stuck');
  return null;
}

/** Sends such lines one after the other; false when the session was lost. A firmware need not know them. */
export async function sendAllUntilAccepted(link: Link, texts: readonly string[]): Promise<boolean> {
  for (const text of texts) {
    if ((await sendUntilAccepted(link, text)) === null) return false;
  }
  return true;
}

/** Millimetres, and places from the origin. */
export const unitsAndMode: readonly string[] = ['G21', 'G90'];
