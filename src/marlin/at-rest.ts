import type { Link } from './link.ts';
import type { Position } from './replies.ts';
import { checkPosition } from './stream.ts';
import { sendUntilAccepted } from './tell.ts';

/** Alike answers that are believed, counts included: they carry no checksum. */
const believedAfter = 3;
const triesMax = 60;

/** Waits until nothing moves, and reads place and counts; null when the session is lost. */
export async function comeToRest(link: Link): Promise<Position | null> {
  return (await sendUntilAccepted(link, 'M400')) === null ? null : readAtRest(link);
}

/** Reads place and counts of a plotter at rest; null when the session is lost. */
export async function readAtRest(link: Link): Promise<Position | null> {
  const heard = new Map<string, number>();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const seen = await checkPosition(link);
    if (seen.kind === 'lost') return null;
    const { position } = seen;
    const text = [position.xMm, position.yMm, position.zMm, ...position.count].join(' ');
    const alike = (heard.get(text) ?? 0) + 1;
    heard.set(text, alike);
    if (alike >= believedAfter) return position;
  }
  link.end('stuck');
  return null;
}
