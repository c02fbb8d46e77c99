import { sleep } from '../domain/clock.ts';
import { handshake } from './handshake.ts';
import type { Link } from './link.ts';
import type { PlotterState } from './plotter-state.ts';
import type { QuickStop } from './quick-stop.ts';
import type { Position } from './replies.ts';
import { checkPositionSurely } from './stream.ts';

/** After M410 moves are dropped for a second; only then does M114 tell the truth. */
export const quietAfterStopMs = 1200;
const stopMaxMs = 8000;

/** Waits until a stopped firmware has come to the end of its second and says no more, or the link is lost. */
export async function becomeStill(link: Link, stop: QuickStop): Promise<void> {
  const { clock } = link;
  const stoppedMs = clock.nowMs();
  let quietMs = 0;
  const isStill = () => stop.isDone && quietMs >= quietAfterStopMs;
  while (!isStill() && clock.nowMs() - stoppedMs < stopMaxMs && link.lost === null) {
    await sleep(clock, Math.max(1, quietAfterStopMs - quietMs));
    quietMs = clock.nowMs() - Math.max(link.heardMs, stop.lastMs);
  }
  stop.end();
}

/** Takes up the talk with a firmware that stands still, and reads where the pen is; null when the session is lost. */
export async function regainTalk(state: PlotterState, link: Link): Promise<Position | null> {
  const { personStops } = state;
  if (link.lost !== null) return null;
  const heard = await handshake(link, link.clock);
  if (heard.kind !== 'marlin') link.end('silent');
  else if (!isOurs(state, heard.lastLine)) link.end('numbering');
  if (heard.kind !== 'marlin' || link.lost !== null) return null;
  // Stopped again meanwhile: whoever did that takes the talk up.
  if (state.personStops !== personStops) return null;
  link.adopt(heard.lastLine);
  link.held = false;
  return checkPositionSurely(link);
}

function isOurs({ record }: PlotterState, lastLine: number): boolean {
  return record.lineBase !== null && lastLine >= record.lineBase;
}
