import type { PlotterResult } from '../domain/plotter.ts';
import { plotterFaults } from './faults.ts';
import type { Link } from './link.ts';
import type { PlotterState } from './plotter-state.ts';
import { checkPositionSurely } from './stream.ts';
import { sendUntilAccepted } from './tell.ts';
import { isMove } from './user-lines.ts';

const done: PlotterResult = { kind: 'done' };

/**
 * Sends the lines that begin a session, once, before whatever moves first in it. Those that move the pen themselves
 * wait until it is known where it is, and until it is clear of the paper.
 */
export function startLines(state: PlotterState, link: Link): Promise<PlotterResult> {
  const waits = state.settings.startLines.some(isMove) && (!state.record.originKnown || state.isLow);
  return waits ? Promise.resolve(done) : userLines(state, link, 'start');
}

/**
 * Sends lines of the user's own that are due; they may move the pen, so the plan's end is read anew. They stay due
 * until all were taken: one that the firmware does not know is a fault that a person has to mend.
 */
export async function userLines(
  state: PlotterState,
  link: Link,
  which: 'start' | 'sheet' | 'end',
): Promise<PlotterResult> {
  const { settings, due } = state;
  const lines = { start: settings.startLines, sheet: settings.sheetLines, end: settings.endLines }[which];
  if (which !== 'end' && !due[which]) return done;
  if (lines.length > 0) {
    const sent = await sendAll(state, link, lines);
    if (sent.kind !== 'done') return sent;
  }
  if (which !== 'end') due[which] = false;
  return done;
}

async function sendAll(state: PlotterState, link: Link, lines: readonly string[]): Promise<PlotterResult> {
  const lost = (): PlotterResult => ({
    kind: 'interrupted',
    fault: plotterFaults.lost(link.lost ?? 'stuck'),
    blemishes: [],
  });
  await link.catchUp();
  for (const text of [...lines, 'M400']) {
    const told = await sendUntilAccepted(link, text);
    if (told === null) return lost();
    if (told.unknown) {
      state.fault = plotterFaults.unknownCommand(text);
      state.changed();
      return { kind: 'interrupted', fault: state.fault, blemishes: [] };
    }
  }
  const seen = await checkPositionSurely(link);
  if (seen === null) return lost();
  state.stand(seen);
  return done;
}
