import type { Fault } from '../domain/fault.ts';
import type { PersonsOrder } from '../domain/plotter.ts';
import type { Body } from './body.ts';
import { faults } from './faults.ts';
import { able, ableToDraw, isFault, presses, strays } from './order-parts.ts';

/** Why a person's order would be refused if it were given now; null when it would be carried out. */
export function refusalOf(body: Body, order: PersonsOrder): Fault | null {
  const ready = order.kind === 'park' ? ableToDraw(body) : able(body);
  if (isFault(ready)) return ready;
  const known = body.record.originKnown;
  switch (order.kind) {
    case 'park':
    case 'origin':
      return null;
    case 'lift':
      return !known && body.record.liftDone ? faults.liftDone() : null;
    case 'home':
      return body.settings.origin === 'endstops' ? null : faults.homingNotConfigured();
    case 'jog': {
      const { xMm, yMm } = ready.plan;
      if (known && presses(ready, order.dzMm)) return faults.intoPaper();
      return known ? strays(body, [{ end: { xMm: xMm + order.dxMm, yMm: yMm + order.dyMm } }]) : null;
    }
  }
}
