import type { Fault } from '../domain/fault.ts';
import type { PersonsOrder } from '../domain/plotter.ts';
import { plotterFaults } from './faults.ts';
import { able, ableAlone, isFault, presses, strays } from './order-parts.ts';
import type { PlotterState } from './plotter-state.ts';

/** Why a person's order would be refused if it were given now; null when it would be carried out. */
export function refusalOf(state: PlotterState, order: PersonsOrder): Fault | null {
  const ready = order.kind === 'park' ? ableAlone(state, true) : able(state);
  if (isFault(ready)) return ready;
  const known = state.record.originKnown;
  switch (order.kind) {
    case 'park':
    case 'origin':
      return null;
    case 'lift':
      return !known && state.record.liftDone ? plotterFaults.liftDone() : null;
    case 'home':
      return state.settings.origin === 'endstops' ? null : plotterFaults.homingNotConfigured();
    case 'jog': {
      const { xMm, yMm } = ready.plan;
      if (known && presses(ready, order.dzMm)) return plotterFaults.intoPaper();
      return known ? strays(state, [{ end: { xMm: xMm + order.dxMm, yMm: yMm + order.dyMm } }]) : null;
    }
  }
}
