import { dirname, join } from 'node:path';
import type { Api, ApiOptions } from '../api/app.ts';
import type { Appliance } from '../appliance/contract.ts';
import { type Config, isOfUser, isSignedIn, writesChat } from '../config/load.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import type { DrawingReader } from '../domain/drawing-reader.ts';
import type { LiveSource } from '../domain/live-source.ts';
import { type Log, silentLog } from '../domain/log.ts';
import { hasPicture } from '../drawing/picture-rows.ts';
import { thisMachine } from '../panel/drivers.ts';
import { openKeptFrames } from '../sources/kept-frames.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { systemRandom } from '../system/random.ts';
import { notifyThroughHelper, serviceManagerOf } from '../system/systemd.ts';
import { processVitals } from '../system/vitals.ts';
import { listen } from './api-server.ts';
import { openBox } from './box.ts';
import { type Arguments, type Command, type Console, exit, programVersion, untilSignal } from './command.ts';
import { type Lives, openLives } from './lives.ts';
import type { RowPictures } from './pictures.ts';
import { openService, type SourceNeeds } from './service.ts';
import { defaultConfig, openRules, readSettings, type Settings, type SettingsResult } from './settings.ts';
import { hostsOf, openTokens, openWorkerToken } from './tokens.ts';

/** What the API is by a config: whom it lets in, and which of its optional parts there are. */
export function apiOptionsOf(
  config: Config,
  {
    drawings = null,
    rules = null,
    workerToken = null,
    ...parts
  }: Pick<ApiOptions, 'clock' | 'log' | 'vitals'> & Partial<Pick<ApiOptions, 'drawings' | 'rules' | 'workerToken'>>,
): ApiOptions {
  return {
    ...parts,
    version: programVersion(),
    tokens: openTokens(config),
    workerToken,
    worker: null,
    hosts: hostsOf(config.api),
    allowOrigins: config.api.allowOrigins,
    homes: config.plotter.origin === 'endstops',
    switchesLives: config.lives.length > 1,
    signsIn: config.lives.some(isSignedIn),
    writesChat: config.lives.some(writesChat),
    drawings,
    rules,
    points: config.points,
    hasGoals: config.goals.length > 0,
  };
}

/** Only where there are plates to draw on, or pictures in rows, is it loaded. */
async function drawingReaderOf({ plates, rows }: Config, clock: Clock): Promise<DrawingReader | null> {
  if (plates.length === 0 && !rows.some(hasPicture)) return null;
  const { openDrawingReader } = await import('./drawing-reader.ts');
  return openDrawingReader({ clock });
}

/** The pictures of a config's rows, which are not read yet; null where no row has one, and nothing of it is loaded. */
async function picturesOf(
  { config, usePictures }: Settings,
  reader: DrawingReader | null,
  { clock, log, changed }: { readonly clock: Clock; readonly log: Log; readonly changed: () => void },
): Promise<RowPictures | null> {
  const { rows, stroke } = config;
  if (reader === null || !rows.some(hasPicture)) return null;
  const { RowPictures: Pictures } = await import('./pictures.ts');
  return new Pictures({
    rows,
    stroke,
    reader,
    clock,
    log,
    changed(pictures) {
      usePictures(pictures);
      changed();
    },
  });
}

/** Reads the pictures of rows for a command that draws nothing; what is wrong with them is said, and they stay empty. */
export async function readPictures(settings: Settings, clock: Clock, log: Log): Promise<void> {
  const reader = settings.config.rows.some(hasPicture) ? await drawingReaderOf(settings.config, clock) : null;
  const faultsOnly: Log = {
    ...silentLog,
    debug: (sentence) => log.debug(sentence),
    error: (sentence) => log.error(sentence),
  };
  const pictures = await picturesOf(settings, reader, { clock, log: faultsOnly, changed: () => {} });
  await pictures?.load();
  reader?.close();
}

/** A state that is over sooner is not worth a line. */
const lastsMs = 1_000;

/**
 * Writes a line for every change of the state that lasts: what holds now, and what a person should do.
 * @returns ends it
 */
function logState(appliance: Appliance, clock: Clock, log: Log): () => void {
  let last = '';
  let cancel: (() => void) | null = null;
  const write = () => {
    cancel = null;
    const { name, what, todo } = appliance.state();
    const sentence = todo === null ? what : `${what} ${todo}`;
    if (sentence === last) return;
    last = sentence;
    if (name === 'fault') log.error(sentence);
    else log.info(sentence);
  };
  const look = () => {
    cancel ??= clock.after(lastsMs, write);
  };
  const unwatch = appliance.watch({ changed: look });
  look();
  return () => {
    unwatch();
    cancel?.();
  };
}

interface ReloadDeps {
  readonly log: Log;
  readonly settings: Settings;
  /** Reads the files anew. */
  readonly read: () => SettingsResult;
  /** Listens to other users at once, in the order of the config. */
  readonly changeUsers: (users: readonly (string | null)[]) => void;
}

/** What of the config holds at once; all else waits for a restart, and is named. */
const atOnce = /^live(?:\[\d+\])?\.user$/;

/**
 * Makes what takes over a changed config while the service runs, as far as that can be; a broken file changes nothing.
 * Says in the log what was taken over and what needs a restart.
 */
function configReloader({ log, settings, read, changeUsers }: ReloadDeps): () => void {
  let inForce: Config = settings.config;
  let last = '';

  /** Once for each state of the file: SIGHUP and a look at the file may come together. */
  function write(sentence: string, say: (sentence: string) => void): void {
    if (sentence !== last) say(sentence);
    last = sentence;
  }

  return () => {
    const found = read();
    if (!found.ok) {
      write(`The config was not taken over, the old one stays. ${found.problems}`, (sentence) => log.warn(sentence));
      return;
    }
    const { config } = found.settings;
    const changed = changedKeys(inForce, config);
    if (changed.some((key) => atOnce.test(key))) {
      const users = config.lives.map(({ user }) => user);
      const [first, ...others] = inForce.lives.map((live, index) =>
        isOfUser(live) ? { ...live, user: users[index] ?? null } : live,
      );
      if (first !== undefined) inForce = { ...inForce, lives: [first, ...others] };
      const named = users.filter((user) => user !== null);
      log.info(
        named.length === 0
          ? 'No live is listened to any more.'
          : `The live of ${named.join(' and of ')} is listened to from now on.`,
      );
      changeUsers(users);
      settings.rename(users[0] ?? null);
    }
    const waiting = changed.filter((key) => !atOnce.test(key));
    if (waiting.length === 0) last = '';
    else write(`These changes need a restart: ${waiting.join(', ')}.`, log.warn);
  };
}

/** The keys of two configs that differ, as `section.key`; lists of tables as a whole, but lives one by one. */
function changedKeys(before: Config, after: Config): string[] {
  const a = keyed(before);
  const b = keyed(after);
  return Object.keys({ ...a, ...b }).flatMap((section) => {
    const [was, is] = [a[section], b[section]];
    if (same(was, is)) return [];
    if (!isTable(was) || !isTable(is)) return [section];
    const keys = Object.keys({ ...was, ...is }).filter((key) => !same(was[key], is[key]));
    return keys.map((key) => `${section}.${key}`);
  });
}

/** A config by its sections, as the file names them. */
function keyed({ lives, ...config }: Config): Readonly<Record<string, unknown>> {
  const names = lives.map((_, index) => (lives.length === 1 ? 'live' : `live[${index}]`));
  return { ...config, ...Object.fromEntries(lives.map((live, index) => [names[index], live])) };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The appliance as a service: real port, real live, ledger on disk. */
export const run: Command = {
  name: 'run',
  summary: 'run the appliance',
  usage: 'run [--config FILE] [--json]',
  details: [
    'Listens to the live, credits gifts, draws. Without a plotter it waits for one. Ends',
    'cleanly on Ctrl-C or SIGTERM: the pen parks first. The gift map and the config are read',
    'again when they change, and on SIGHUP: a new [live] user counts at once; the log says what',
    'needs a restart.',
    '',
    `  --config FILE   the config (default ${defaultConfig})`,
    '  --json          log lines as JSON',
  ].join('\n'),
  options: { config: { type: 'string' }, json: { type: 'boolean' } },
  async run({ options }, console) {
    const clock = systemClock();
    const log = stderrLog(clock.wallMs, options.json === true ? 'json' : 'text');
    const readAgain = () => readSettings(configPath(options), log, console.env.STATE_DIRECTORY);
    const read = readAgain();
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    const { settings } = read;
    log.setLevel(settings.config.log.level);
    const kept = openKeptFrames(join(dirname(settings.config.ledger.file), 'undecodable'), log);
    let lives: Lives | null = null;
    const sourceOf = (needs: SourceNeeds) => {
      lives = openLives(settings.config.lives, {
        clock,
        random: systemRandom,
        log,
        secrets: console.env,
        kept,
        ...needs,
      });
      return lives.source;
    };
    const reload = configReloader({
      log,
      settings,
      read: readAgain,
      changeUsers: (users) => lives?.changeUsers(users),
    });
    return serve({ clock, log, settings, sourceOf, console, reload, forgetFrames: () => kept.clear() });
  },
};

/** The config that a command's options name. */
export function configPath(options: Arguments['options']): string {
  return typeof options.config === 'string' ? options.config : defaultConfig;
}

interface ServeDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly sourceOf: (needs: SourceNeeds) => LiveSource;
  readonly console: Console;
  /** Takes over a config that changed; what is played from a file has none to take over. */
  readonly reload?: () => void;
  /** Deletes what could not be decoded: a viewer is to be forgotten. */
  readonly forgetFrames?: () => number;
}

/** Reads again what a person may have changed. */
function reloadAll(files: readonly ({ reload(): unknown } | null)[], reloadConfig: (() => void) | undefined): void {
  for (const file of files) file?.reload();
  reloadConfig?.();
}

/** Runs the service with this source until a signal ends it; returns the exit code. */
export async function serve(deps: ServeDeps): Promise<number> {
  const { clock, log, settings, sourceOf, console, reload } = deps;
  const { config } = settings;
  const manager = serviceManagerOf(console.env, notifyThroughHelper(console.env), (why) => {
    log.warn(`Systemd does not get the service's messages: ${causeInWords(why)}. They are sent again.`);
    log.debug(`What keeps messages from systemd: ${originalOf(why)}`);
  });
  manager.status('Starting: opening the ledger.');
  const box = openBox({ clock, log, config, manager, machine: thisMachine(config.light.device) });
  await box.start();
  const drawings = await drawingReaderOf(config, clock);
  const look = { clock, log, changed: () => opened.ok && opened.service.appliance.lookAgain() };
  const pictures = await picturesOf(settings, drawings, look);
  const rules = await openRules(settings, log);
  const opened = openService({
    clock,
    log,
    settings,
    sourceOf,
    rules,
    boxFaults: () => box.faults(),
    hasButton: box.hasButton,
    pictures,
    ...(reload === undefined ? {} : { reload }),
    ...(deps.forgetFrames === undefined ? {} : { forgetFrames: deps.forgetFrames }),
  });
  if (!opened.ok) {
    await box.stop();
    console.err(`${opened.fault.what}\n${opened.fault.remedy}`);
    return exit.failed;
  }
  const { service } = opened;
  const options = apiOptionsOf(config, {
    clock,
    log,
    vitals: processVitals(),
    drawings: config.plates.length === 0 ? null : drawings,
    rules,
    workerToken: openWorkerToken(config, log),
  });
  const { promise: api, resolve: loaded } = Promise.withResolvers<Api>();
  const { host, port } = config.api;
  const answering = api.then(({ app }) => app);
  const server = await listen(answering, host, port);
  if (!server.ok) {
    await box.stop();
    service.ledger.close();
    log.debug(`The API does not listen: ${server.original}`);
    console.err(`${server.what}\nChange [api] host or port in the config, or stop what has that port.`);
    return exit.failed;
  }
  const hangup = () => {
    reloadAll([settings.gifts, rules], reload);
    void pictures?.load();
  };
  // Whoever is notified that it runs may end it at once; the pen parks then, too.
  const signal = untilSignal(clock, { hangup });
  service.start();
  box.join(service.appliance);
  // Whoever asks this early waits; systemd does not.
  void import('../api/app.ts').then(({ createApi }) => loaded(createApi(service.appliance, options)));
  log.info(`Livepen is running; its API listens on ${server.url}.`);
  const stopLogging = logState(service.appliance, clock, log);
  if (config.lives.every((live) => isOfUser(live) && live.user === null))
    log.warn('No TikTok name is in the config ([live] user): there is no live to connect to.');
  await signal;
  stopLogging();
  log.info('Stopping: the pen finishes what is planned and parks.');
  box.stopping();
  const { close } = await api;
  drawings?.close();
  await service.stop(() => {
    close();
    return server.close();
  });
  await box.stop();
  log.info('Stopped.');
  return exit.ok;
}
