import type { Body } from './body.ts';
import { consistent } from './gauge.ts';
import { strayMarks } from './missed.ts';
import { look, lookSurely, samePlace } from './stream.ts';

/** Nothing is asked of the plotter: is it there, and where it was left? */
export async function idleLook(body: Body): Promise<void> {
  const { link, plan } = body;
  if (link === null || plan === null || link.lost !== null) return;
  if (body.isUnwritten || body.fault?.code === 'memory-failed') body.save({});
  const seen = await look(link);
  if (seen.kind === 'lost' || samePlace(seen.position, plan)) return;
  const again = await lookSurely(link);
  if (again === null || samePlace(again, plan)) return;
  if (consistent(link.gauge, again)) {
    body.log.warn('The plotter was moved at its own display.');
    body.blemished(strayMarks(body, plan, [], again, null));
    body.stand(again);
    body.save({ parked: null });
  } else {
    body.log.warn('The plotter was given another origin at its own display.');
    body.originIsLost();
    link.end('numbering');
  }
}
