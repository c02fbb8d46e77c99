import * as v from 'valibot';
import { statusForm } from '../../api/status-form.ts';
import type { Config } from '../../config/load.ts';
import { localTime } from '../../domain/plain-text.ts';
import { buttonDriver, thisMachine } from '../../panel/drivers.ts';
import { callService } from '../client.ts';
import { type Console, exit } from '../command.ts';
import { standInWords } from '../status.ts';
import { type Check, ok, problem, warning } from './check.ts';
import { remedyFor } from './panel.ts';

const { state, live, plotter } = statusForm.entries;
const serviceForm = v.object({ state, live, plotter });

export type ServiceForm = v.InferOutput<typeof serviceForm>;

/** What these states say stands in lines of their own. */
const saidBelow = ['fault', 'no-plotter', 'off-air'];

/** What the running service says of its ports, which it has for itself. */
export function serviceChecks({ state, plotter, live }: ServiceForm, config: Config | null): Check[] {
  const { fault } = state;
  const device = [plotter.firmware, plotter.port].filter((part) => part !== null).join(' on ');
  const baud = config === null ? '' : ` at ${config.plotter.baudRate} baud`;
  const ofPanel = fault !== null && fault.code !== plotter.fault?.code ? fault : null;
  return [
    ok('service', `it runs: ${state.name}${saidBelow.includes(state.name) ? '' : `. ${state.what}`}`),
    plotterCheck(plotter, `${device}${baud}`),
    ...liveChecks(live),
    ofPanel === null
      ? ok('panel', 'button and light work, or there are none')
      : problem(
          'fault',
          ofPanel.what,
          remedyFor(ofPanel, config === null ? 'none' : buttonDriver(config.button, thisMachine())),
        ),
  ];
}

function liveChecks(live: ServiceForm['live']): readonly Check[] {
  const { lives = [] } = live;
  if (lives.length < 2 && lives[0]?.isOff !== true) return [liveCheck('live', live)];
  return lives.map((each) =>
    each.isOff
      ? ok(each.name, `switched off; \`livepen live on ${each.name}\` listens to it again`)
      : liveCheck(each.name, each),
  );
}

/** Whether a live is heard, or why not and until when. */
function liveCheck(
  name: string,
  { heard, silence = null, standIn = null }: Pick<ServiceForm['live'], 'heard' | 'silence' | 'standIn'>,
): Check {
  if (heard && standIn === null) return ok(name, 'connected');
  if (heard && standIn !== null) {
    const by = `connected ${standInWords({ ...standIn, todo: null })}`;
    return standIn.todo === null ? ok(name, by) : warning(name, by, standIn.todo);
  }
  const next = silence?.nextAtMs ?? null;
  const what = `${silence?.what ?? 'Not connected to the live.'}${next === null ? '' : ` Next attempt at ${localTime(next).slice(11)}.`}`;
  if (silence === null || silence.code === 'off-air' || silence.code === 'trying') return ok(name, what);
  return warning(name, what, silence.todo ?? 'Nothing needs to be done: it is tried again by itself.');
}

/** A plotter that is just connecting is not one that does not answer. */
function plotterCheck({ link, fault }: ServiceForm['plotter'], device: string): Check {
  if (fault !== null) return problem('plotter', fault.what, fault.remedy);
  if (link === 'ready') return ok('plotter', device);
  if (link === 'connecting')
    return warning('plotter', `${device} is just connecting`, 'Run this again in half a minute.');
  return problem(
    'plotter',
    'no plotter answers',
    'Switch it on and plug its USB cable in; to look closer, stop the service and run this again.',
  );
}

/** What came of asking the service how it is. */
type Asked =
  | { readonly kind: 'answers'; readonly service: ServiceForm }
  /** Something is there and says nothing: it answers only to its group, or hangs. */
  | { readonly kind: 'silent'; readonly why: string }
  | { readonly kind: 'absent' }
  /** The config cannot be read that says where it answers. */
  | { readonly kind: 'unknown' };

/** Asks the service where the config at `path` says that it answers. */
export async function askService(path: string, console: Console): Promise<Asked> {
  const said: string[] = [];
  const quiet = { ...console, err: (line: string) => void said.push(line) };
  const args = { words: [], options: { config: path } };
  const answer = await callService(args, quiet, { method: 'GET', path: '/status' }, serviceForm);
  if (answer.ok) return { kind: 'answers', service: answer.value };
  if (answer.isSilent) return { kind: 'silent', why: said.join('\n') };
  if (answer.code === exit.config) return { kind: 'unknown' };
  const why = 'The service runs and answers only to its group. Run the doctor as root: sudo livepen doctor';
  return answer.code === exit.refused ? { kind: 'silent', why } : { kind: 'absent' };
}
