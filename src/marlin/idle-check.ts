import { consistent } from './gauge.ts';
import { strayMarks } from './missed.ts';
import { samePlace } from './place.ts';
import type { PlotterState } from './plotter-state.ts';
import { checkPosition, checkPositionSurely } from './stream.ts';

/** Nothing is asked of the plotter: is it there, and where it was left? */
export async function checkWhenIdle(state: PlotterState): Promise<void> {
  const { link, plan } = state;
  if (link === null || plan === null || link.lost !== null) return;
  if (state.isUnwritten || state.fault?.code === 'memory-failed') state.save({});
  const seen = await checkPosition(link);
  if (seen.kind === 'lost' || samePlace(seen.position, plan)) return;
  const again = await checkPositionSurely(link);
  if (again === null || samePlace(again, plan)) return;
  if (consistent(link.gauge, again)) {
    state.log.warn('The plotter was moved at its own display.');
    state.reportStrayMarks(strayMarks(state, plan, [], again, null));
    state.stand(again);
    state.save({ parked: null });
  } else {
    state.log.warn('The plotter was given another origin at its own display.');
    state.originIsLost();
    link.end('numbering');
  }
}
