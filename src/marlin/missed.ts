import type { Mark, PlotterResult } from '../domain/plotter.ts';
import type { StrokeRef } from '../domain/sheet.ts';
import type { Body } from './body.ts';
import { faults } from './faults.ts';
import { isMeant } from './flight.ts';
import { type Plan, penSteps } from './gcode.ts';
import type { Link } from './link.ts';
import { lookSurely, type Place, type StreamEnd, stream } from './stream.ts';
import { tellAll, unitsAndMode } from './tell.ts';

/** Mismatches in a row, without a stroke becoming certain in between, that a person has to look at. */
const mostMisses = 3;

type Mismatch = Extract<StreamEnd, { kind: 'mismatch' }>;

/** The plan ends elsewhere: what could have left a mark is a blemish; the pen lifts; what came before is still true. */
export async function missed(body: Body, link: Link, miss: Mismatch, stroke: StrokeRef | null): Promise<PlotterResult> {
  const why = faults.mismatch(named(miss.step.end), named(miss.seen));
  body.log.warn(why.what);
  body.misses += 1;
  const marks = [...marksOf(body, miss, stroke)];
  body.stand(miss.seen);
  body.landed();
  if (miss.renamed) {
    // Places and step counts moved apart: somebody gave the place a new name, so the origin is not known any more.
    body.originIsLost();
    link.end('numbering');
    return { kind: 'interrupted', fault: faults.originUnknown(), blemishes: marks };
  }
  const lifted = await liftSurely(body, link, stroke, marks);
  if (body.misses >= mostMisses || !lifted) {
    body.fault = faults.keepsMissing();
    body.changed();
  }
  return { kind: 'interrupted', fault: why, blemishes: marks };
}

/** The mark that a mismatch may have left. */
function marksOf(body: Body, { from, step, seen }: Mismatch, stroke: StrokeRef | null): readonly Mark[] {
  return strayMarks(body, from, [step.end], seen, stroke);
}

/**
 * What lines may have left on the paper that were to end at `meant` and ended at `seen`; nothing where the pen was
 * clear of the paper, or where nobody knows where the paper lies.
 */
export function strayMarks(
  body: Body,
  from: Plan,
  meant: readonly Plan[],
  seen: Place,
  stroke: StrokeRef | null,
): readonly Mark[] {
  const { geometry, settings, record } = body;
  if (!record.originKnown || geometry === null) return [];
  const byZ = Math.min(from.zMm, seen.zMm) < geometry.hopMm - 0.05;
  const low = settings.pen.kind === 'z' ? byZ : [from, ...meant].some(({ pen }) => pen === 'down');
  if (!low) return [];
  return [
    {
      stroke: stroke ?? body.lastStroke,
      from: { xMm: from.xMm, yMm: from.yMm },
      to: { xMm: seen.xMm, yMm: seen.yMm },
      why: faults.mismatch(named(meant.at(-1) ?? from), named(seen)).what,
    },
  ];
}

/**
 * The talk goes on after it was cut short, by a lost link or a stop: lines that no look had proven may have gone
 * elsewhere, and what they left there is told.
 */
export function judgeFlight(body: Body, seen: Place): void {
  const { flight } = body;
  if (flight === null) return;
  const meant = isMeant(flight, seen, body.wasStopped ? body.trail : null);
  const marks = meant ? [] : strayMarks(body, flight.from, flight.ends, seen, flight.stroke);
  body.landed();
  body.blemished(marks);
}

/** Raises the pen from wherever the plan ends, after something went wrong; false when it cannot be seen to be up. */
async function liftSurely(body: Body, link: Link, stroke: StrokeRef | null, marks: Mark[]): Promise<boolean> {
  const { geometry } = body;
  // The line that went wrong may have been taken for one that changes the mode.
  if (!(await tellAll(link, unitsAndMode))) return true;
  for (let tries = 0; geometry !== null && tries < mostMisses; tries += 1) {
    const seen = await lookSurely(link);
    if (seen === null) return true;
    const from = body.stand(seen);
    const up = penSteps(from, 'up', geometry, body.settings.pen);
    const end = await stream(link, from, up, body.watch(from, stroke));
    if (end.kind === 'done' || end.kind === 'lost') return true;
    if (end.kind === 'mismatch') marks.push(...marksOf(body, end, stroke));
  }
  return geometry === null;
}

function named({ xMm, yMm, zMm }: Place): string {
  return `X ${xMm} Y ${yMm} Z ${zMm}`;
}
