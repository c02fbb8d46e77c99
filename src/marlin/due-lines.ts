import type { PlotterResult } from '../domain/plotter.ts';
import type { Body } from './body.ts';
import { faults } from './faults.ts';
import type { Link } from './link.ts';
import { lookSurely } from './stream.ts';
import { tell } from './tell.ts';
import { isMove } from './user-lines.ts';

const done: PlotterResult = { kind: 'done' };

/**
 * Sends the lines that begin a session, once, before whatever moves first in it. Those that move the pen themselves
 * wait until it is known where it is, and until it is clear of the paper.
 */
export function startLines(body: Body, link: Link): Promise<PlotterResult> {
  const waits = body.settings.startLines.some(isMove) && (!body.record.originKnown || body.isLow);
  return waits ? Promise.resolve(done) : userLines(body, link, 'start');
}

/**
 * Sends lines of the user's own that are due; they may move the pen, so the plan's end is read anew. They stay due
 * until all were taken: one that the firmware does not know is a fault that a person has to mend.
 */
export async function userLines(body: Body, link: Link, which: 'start' | 'sheet' | 'end'): Promise<PlotterResult> {
  const { settings, due } = body;
  const lines = { start: settings.startLines, sheet: settings.sheetLines, end: settings.endLines }[which];
  if (which !== 'end' && !due[which]) return done;
  if (lines.length > 0) {
    const sent = await sendAll(body, link, lines);
    if (sent.kind !== 'done') return sent;
  }
  if (which !== 'end') due[which] = false;
  return done;
}

async function sendAll(body: Body, link: Link, lines: readonly string[]): Promise<PlotterResult> {
  const lost = (): PlotterResult => ({ kind: 'interrupted', fault: faults.lost(link.lost ?? 'stuck'), blemishes: [] });
  await link.catchUp();
  for (const text of [...lines, 'M400']) {
    const told = await tell(link, text);
    if (told === null) return lost();
    if (told.unknown) {
      body.fault = faults.unknownCommand(text);
      body.changed();
      return { kind: 'interrupted', fault: body.fault, blemishes: [] };
    }
  }
  const seen = await lookSurely(link);
  if (seen === null) return lost();
  body.stand(seen);
  return done;
}
