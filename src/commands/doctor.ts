import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, isOfNobody, isOfUser, isSignedIn, lightOnly } from '../config/load.ts';
import { localTime } from '../domain/plain-text.ts';
import { serialPorts } from '../marlin/wire/serial-port.ts';
import { buttonDriver, createButton, createLight, lightDriver, thisMachine } from '../panel/drivers.ts';
import { clockIsSynchronized, systemClock } from '../system/clock.ts';
import { checkSettings } from './card/take-over.ts';
import { startedBy } from './client.ts';
import { type Arguments, askPerson, type Command, type Console, exit, programVersion, whyOf } from './command.ts';
import { type Check, checkLine, jsonOf, ok, problem, warning } from './doctor/check.ts';
import { checkClock, checkPower, checkRights, checkSpace, checkSyncs, readOr } from './doctor/machine.ts';
import { checkNetwork } from './doctor/network.ts';
import { checkButton, checkLight, playScenes, showPresses } from './doctor/panel.ts';
import { checkMotion, checkPlotterPort } from './doctor/plotter.ts';
import { askService, type ServiceForm, serviceChecks } from './doctor/service.ts';
import { defaultConfig } from './settings.ts';

const sceneMs = 3_000;
const quickSceneMs = 1_200;
const pressesMs = 20_000;

export const doctor: Command = {
  name: 'doctor',
  summary: 'check everything that can be wrong, and say what to do',
  usage: 'doctor [--json]  |  doctor [--light [--quick]] [--button] [--move]',
  details: [
    'Shows ok, warning or problem for each part, with the remedy.',
    '',
    '  --json          a JSON object a line: check, verdict, what, remedy (null when ok)',
    `  --config FILE   the config (default ${defaultConfig})`,
    '',
    'With one of these it needs the ports for itself (systemctl stop livepen):',
    '',
    '  --light         play the scene of every state on the strip',
    '  --button        show presses as they come',
    '  --move          move the pen a little and ask whether it moved',
    '  --quick         play the scenes faster',
  ].join('\n'),
  options: {
    json: { type: 'boolean' },
    light: { type: 'boolean' },
    button: { type: 'boolean' },
    move: { type: 'boolean' },
    quick: { type: 'boolean' },
    config: { type: 'string' },
  },
  run: examine,
};

async function examine({ options }: Arguments, console: Console): Promise<number> {
  const wantsPorts = options.light === true || options.button === true || options.move === true;
  if (wantsPorts && options.json === true) {
    console.err('--light, --button and --move are for a person: leave out --json.');
    return exit.usage;
  }
  const path = typeof options.config === 'string' ? options.config : defaultConfig;
  const checked = checkSettings(path, (file) => readFileSync(file));
  const asked = await askService(path, console);
  if (asked.kind === 'silent') {
    console.err(asked.why);
    return exit.refused;
  }
  const service = asked.kind === 'answers' ? asked.service : null;
  if (wantsPorts) {
    if (service !== null) {
      console.err('The service runs and has the ports. Stop it first: sudo systemctl stop livepen');
      return exit.refused;
    }
    return tryOut(options, path, checked.ok ? checked.config : null, console);
  }
  const verdicts = new Set<Check['verdict']>();
  const print = (checks: readonly Check[]) => {
    for (const check of checks) {
      console.out(options.json === true ? jsonOf(check) : checkLine(check));
      verdicts.add(check.verdict);
    }
  };
  print([
    ok('version', `Livepen ${programVersion()} on Node ${process.versions.node}, ${process.platform} ${process.arch}`),
    checked.ok
      ? ok('config', `${path} and its gift map are sound`)
      : problem(
          'config',
          checked.why,
          isForUs(path) ? `Correct ${checked.at}.` : 'Run the doctor as root: sudo livepen doctor',
        ),
  ]);
  if (service === null && checked.ok && checked.config.lives.every(isOfNobody))
    print([
      warning(
        'live',
        'no TikTok user is set, so there is no live to connect to',
        'Write it into the config: [live] user.',
      ),
    ]);
  if (checked.ok) await lookAtPorts(checked.config, service, print);
  else if (service !== null) print(serviceChecks(service, null));
  else if (asked.kind === 'unknown')
    print([
      warning(
        'service',
        'not checked: the config, which says where it answers, is broken',
        'Correct the config first.',
      ),
    ]);
  else print([problem('service', 'it does not run', `Correct the config, then start it: ${startedBy}`)]);
  await lookAtMachine(checked.ok ? checked.config : null, path, print, console);
  return verdicts.has('problem') ? exit.failed : exit.ok;
}

/** Plotter, button and light, as the config has them. */
async function lookAtPorts(
  config: Config,
  service: ServiceForm | null,
  print: (checks: readonly Check[]) => void,
): Promise<void> {
  if (service !== null) {
    print(serviceChecks(service, config));
    return;
  }
  const clock = systemClock();
  const machine = thisMachine(config.light.device);
  print([problem('service', 'it does not run', `Start it: ${startedBy}`)]);
  print(await checkPlotterPort(serialPorts(clock), clock, config.plotter));
  print([
    await checkButton(createButton(config.button, clock, machine), buttonDriver(config.button, machine), clock),
    await checkLight(createLight(config.light, clock, machine), lightDriver(config.light, machine), clock),
  ]);
}

/** What is around: a broken config, null here, leaves it as it is. */
async function lookAtMachine(
  config: Config | null,
  path: string,
  print: (checks: readonly Check[]) => void,
  console: Console,
): Promise<void> {
  const clock = systemClock();
  const folder = dirname(config?.ledger.file ?? path);
  const state = console.env.STATE_DIRECTORY ?? folder;
  const where = existsSync(state) ? state : folder;
  print([
    checkRights(readOr),
    checkClock(clockIsSynchronized(), existsSync('/run/systemd/system'), localTime(clock.wallMs())),
    safely('disk', () => checkSpace(where), console),
    safely('syncs', () => checkSyncs(where, clock), console),
    checkPower(),
  ]);
  const signedIn = config?.lives.filter(isSignedIn) ?? [];
  if (signedIn.length > 0) print((await import('./doctor/sign-ins.ts')).checkSignIns(signedIn, clock, console));
  const ofUsers = config?.lives.filter(isOfUser) ?? [];
  if (config === null || ofUsers.length > 0) print(await checkNetwork(ofUsers[0]?.signUrl ?? null, console));
}

/** Whether this user may look at a file, if it is there. */
function isForUs(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EACCES');
  }
}

function safely(about: string, look: () => Check, console: Console): Check {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return problem(
      about,
      `it cannot be looked at: ${whyOf(error, console)}`,
      'Run the doctor as root: sudo livepen doctor',
    );
  }
}

/** Lets a person see and feel. */
async function tryOut(
  options: Arguments['options'],
  path: string,
  config: Config | null,
  console: Console,
): Promise<number> {
  const clock = systemClock();
  const light = lightOnly(path, (file) => readFileSync(file));
  const machine = thisMachine(light.device);
  const say = (line: string) => console.out(line);
  let isWell = true;
  if (options.light === true) {
    const eachMs = options.quick === true ? quickSceneMs : sceneMs;
    const strip = { driver: lightDriver(light, machine), leds: light.leds };
    isWell = await playScenes(createLight(light, clock, machine), strip, clock, eachMs, say);
  }
  if (options.button !== true && options.move !== true) return isWell ? exit.ok : exit.failed;
  if (config === null) {
    console.err('The config is broken; run the doctor without options.');
    return exit.config;
  }
  if (options.button === true) {
    const driver = buttonDriver(config.button, machine);
    const button = createButton(config.button, clock, machine);
    isWell = (await showPresses(button, driver, clock, pressesMs, say)) && isWell;
  }
  if (options.move === true) {
    const check = await checkMotion(serialPorts(clock), clock, config.plotter, askPerson);
    console.out(checkLine(check));
    isWell = check.verdict === 'ok' && isWell;
  }
  return isWell ? exit.ok : exit.failed;
}
