import type { Random } from '../domain/clock.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Plotter } from '../domain/plotter.ts';
import { createPlotter } from '../marlin/plotter.ts';
import type { PlotterSettings } from '../marlin/settings.ts';
import type { PortFinder } from '../marlin/wire/port.ts';
import { createAppliance } from './appliance.ts';
import type { Appliance, ApplianceDeps } from './contract.ts';

/** What differs between the service, the demo and a test; how the parts are joined is the same. */
interface Assembly<Source extends LiveSource> extends Omit<ApplianceDeps, 'plotter' | 'source'> {
  readonly random: Random;
  readonly ports: PortFinder;
  readonly plotter: PlotterSettings;
  /** Makes the source; `settled` resolves once all that it has handed over is on disk. */
  readonly sourceOf: (settled: Appliance['settled']) => Source;
}

/** Joins a ledger, a plotter at one of these ports and a live; nothing moves and nobody is listened to before `start`. */
export function assembleAppliance<Source extends LiveSource>({
  random,
  ports,
  plotter: settings,
  sourceOf,
  ...parts
}: Assembly<Source>): { readonly appliance: Appliance; readonly plotter: Plotter; readonly source: Source } {
  const { clock, log, ledger } = parts;
  const sheetIsEmpty = () => ledger.questions.places().every(({ certain }) => certain === 0);
  const plotter = createPlotter({ clock, random, log, memory: ledger, ports, settings, sheetIsEmpty });
  const source = sourceOf(() => appliance.settled());
  const appliance: Appliance = createAppliance({ ...parts, plotter, source });
  return { appliance, plotter, source };
}
