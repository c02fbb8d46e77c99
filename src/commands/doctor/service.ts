import * as v from 'valibot';
import type { Config } from '../../config/load.ts';
import { buttonDriver, thisMachine } from '../../panel/drivers.ts';
import { ask } from '../client.ts';
import { type Console, exit } from '../command.ts';
import { isWildcard } from '../tokens.ts';
import { type Check, ok, problem, warning } from './check.ts';
import { remedyFor } from './panel.ts';

const serviceForm = v.object({
  state: v.object({
    name: v.string(),
    what: v.string(),
    fault: v.nullable(v.object({ code: v.string(), what: v.string(), remedy: v.string() })),
  }),
  plotter: v.object({ link: v.string(), port: v.nullable(v.string()), firmware: v.nullable(v.string()) }),
});

export type ServiceForm = v.InferOutput<typeof serviceForm>;

/** What the running service says of its ports, which it has for itself. */
export function serviceChecks({ state, plotter }: ServiceForm, config: Config | null): Check[] {
  const { fault } = state;
  const device = [plotter.firmware, plotter.port].filter((part) => part !== null).join(' on ');
  const baud = config === null ? '' : ` at ${config.plotter.baudRate} baud`;
  return [
    ok('service', `it runs: ${state.name}. ${state.what}`),
    plotterCheck(plotter, `${device}${baud}`),
    fault === null
      ? ok('panel', 'button and light work, or there are none')
      : problem(
          'fault',
          fault.what,
          remedyFor(fault, config === null ? 'none' : buttonDriver(config.button, thisMachine())),
        ),
  ];
}

/** A plotter that is just being greeted is not one that does not answer. */
function plotterCheck({ link }: ServiceForm['plotter'], device: string): Check {
  if (link === 'ready') return ok('plotter', device);
  if (link === 'connecting')
    return warning('plotter', `${device} is just being greeted`, 'Run this again in half a minute.');
  return problem(
    'plotter',
    'no plotter answers',
    'Switch it on and plug its USB cable in; to look closer, stop the service and run this again.',
  );
}

/** The service's status; null when none answers, `locked` when it answers only to its group. */
export async function askService(
  { host, port }: { readonly host: string; readonly port: number },
  console: Console,
): Promise<ServiceForm | 'locked' | null> {
  const name = isWildcard(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const quiet = { ...console, err: () => {} };
  const answer = await ask({ words: [], options: { url: `http://${name}:${port}` } }, quiet, 'GET', '/status');
  if (!answer.ok) return answer.code === exit.refused ? 'locked' : null;
  const checked = v.safeParse(serviceForm, answer.value);
  return checked.success ? checked.output : null;
}
