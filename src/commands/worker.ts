import { readFileSync } from 'node:fs';
import { formatProblems } from '../config/load.ts';
import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { plainText } from '../domain/plain-text.ts';
import { secretsFrom } from '../sources/connection/secrets.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { machineWeb } from '../worker/outlets/web.ts';
import type { Plugins } from '../worker/plugins/plugins.ts';
import { readWorkerSettings, type WorkerSettings } from '../worker/settings.ts';
import { WorkerStore } from '../worker/store.ts';
import { goneOutletCode, Worker } from '../worker/worker.ts';
import { type Arguments, type Command, type Console, exit, untilSignal, whyOf, wrapLines } from './command.ts';
import { isLoopback, tokenIn } from './tokens.ts';
import { deadLetters } from './worker-dead.ts';
import { askBoardOf, askPassedOf, feedOf, reportWorker } from './worker-feed.ts';
import { orderPlugins } from './worker-plugins.ts';

const defaultUrl = 'http://127.0.0.1:8420';
const defaultFile = 'config/worker.toml';
const firstReportMs = 1_000;
const reportPatienceMs = 10_000;

/** Carries out elsewhere what rules made due: a client of the appliance, on its machine or on another one. */
export const workerCommand: Command = {
  name: 'worker',
  summary: 'carry out elsewhere what rules made due: OBS, OSC, webhooks, ...',
  usage: 'worker [dead WHAT] [--config FILE] [--url URL] [--token-file FILE]',
  details: [
    'Follows what the appliance writes down, and sends what rules are to do outside. It draws',
    'nothing; when it is missing, ink does not notice. What could not be delivered waits as dead',
    'letters:',
    '',
    '  dead list       shows them',
    '  dead send N     lets number N, or `all`, be tried again',
    '  dead drop N     drops number N, or `all`',
    '',
    `  --config FILE      what goes where (default ${defaultFile}, or LIVEPEN_WORKER_CONFIG)`,
    `  --url URL          where the appliance answers (default ${defaultUrl}, or LIVEPEN_URL)`,
    "  --token-file FILE  a copy of the file worker-token beside the appliance's ledger; on the",
    '                     same machine none is needed while only that reaches the appliance',
    '  --json             log lines as JSON',
  ].join('\n'),
  options: {
    config: { type: 'string' },
    url: { type: 'string' },
    'token-file': { type: 'string' },
    json: { type: 'boolean' },
  },
  words: [0, 4],
  async run(args, console) {
    const settings = settingsOf(args, console);
    if (settings === null) return exit.config;
    const [word, ...rest] = args.words;
    if (word === undefined) return work(settings, args, console);
    if (word === 'dead') return deadLetters(settings.file, rest, console);
    console.err('Run `livepen worker`, or `livepen worker dead list`, `send` or `drop`.');
    return exit.usage;
  },
};

function settingsOf({ options }: Arguments, console: Console): WorkerSettings | null {
  const named = typeof options.config === 'string' ? options.config : console.env.LIVEPEN_WORKER_CONFIG;
  try {
    const read = readWorkerSettings(named ?? defaultFile, {
      readFile: (path) => readFileSync(path),
      stateDirectory: console.env.LIVEPEN_WORKER_STATE,
      secretsIn: (file) => optional(secretsFrom(file, console.env)),
    });
    if (read.ok) return read.settings;
    console.err(formatProblems(read.problems));
  } catch (error) {
    console.err(`The worker's secrets file cannot be read: ${whyOf(error, console)}.`);
  }
  return null;
}

/** A secrets file that is not there has no secrets in it. */
function optional(find: (name: string) => string | null): (name: string) => string | null {
  return (name) => {
    try {
      return find(name);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  };
}

/** The plugins of the worker: listed, switched on and off. */
export const pluginsCommand: Command = {
  name: 'plugins',
  summary: 'the plugins of the worker: list, switch on and off',
  usage: 'plugins [list | enable ID | disable ID | reload ID]',
  details: [
    'Works on the machine of the worker, in whose folder plugins lie, each in a folder of its',
    'name with plugin.json and main.js. Without a word it lists them. A worker that runs',
    'follows within some seconds.',
    '',
    `  --config FILE   the config of the worker (default ${defaultFile}, or LIVEPEN_WORKER_CONFIG)`,
  ].join('\n'),
  options: { config: { type: 'string' } },
  words: [0, 3],
  async run(args, console) {
    const settings = settingsOf(args, console);
    return settings === null ? exit.config : orderPlugins(settings, args.words, console);
  },
};

async function work(settings: WorkerSettings, { options }: Arguments, console: Console): Promise<number> {
  const clock = systemClock();
  const log = stderrLog(clock.wallMs, options.json === true ? 'json' : 'text');
  const appliance = applianceOf(options, console);
  if (appliance === null) return exit.usage;
  const opened = WorkerStore.open(settings.file, clock.wallMs);
  if (!opened.ok) {
    console.err(wrapLines(`${opened.fault.what} ${opened.fault.remedy}`));
    return exit.failed;
  }
  const signal = untilSignal(clock);
  const { store } = opened;
  const askBoard = askBoardOf(appliance);
  const plugins =
    settings.plugins === null ? null : await openPlugins(settings.plugins, { clock, log, store, askBoard });
  const worker = new Worker(settings, {
    clock,
    log,
    store,
    open: feedOf(appliance, clock, plugins !== null),
    askBoard,
    askPassed: askPassedOf(appliance),
    passOn: plugins?.passOn ?? null,
    web: machineWeb,
    write: (line) =>
      new Promise((resolve, reject) => {
        process.stdout.write(line, (error) => (error == null ? resolve() : reject(error)));
      }),
  });
  const outlets = worker.report().outlets.filter(({ fault }) => fault?.code !== goneOutletCode);
  log.info(
    `The worker follows ${appliance.url.origin}, with ${outlets.map(({ name }) => name).join(', ') || 'no outlet'}.`,
  );
  if (settings.accountChat !== null && settings.accountChat.allow.length > 0)
    log.warn(
      "What rules announce there ([accountChat]) is written with your account's session, which the sign service gets for it: at your own risk.",
    );
  const stopReporting = keepReporting(appliance, worker, clock, log);
  await signal;
  stopReporting();
  await plugins?.close();
  worker.close();
  log.info('Stopped.');
  return exit.ok;
}

/** Where there are none, nothing of them is loaded. */
async function openPlugins(
  { folder, ...address }: NonNullable<WorkerSettings['plugins']>,
  deps: Omit<ConstructorParameters<typeof Plugins>[1], 'start'>,
) {
  const [{ Plugins }, { servePlugins }, { startPluginProgram }] = await Promise.all([
    import('../worker/plugins/plugins.ts'),
    import('../worker/plugins/plugin-server.ts'),
    import('./plugin-program.ts'),
  ]);
  const plugins = new Plugins(folder, { ...deps, start: startPluginProgram });
  const stopServing = servePlugins(address, { ...deps, plugins });
  return {
    passOn: plugins.passOn.bind(plugins),
    close() {
      stopServing();
      return plugins.close();
    },
  };
}

/** Reports to the appliance how the worker is, again and again. @returns ends it */
function keepReporting(appliance: Parameters<typeof reportWorker>[0], worker: Worker, clock: Clock, log: Log): Cancel {
  let end = clock.after(firstReportMs, report);
  let isOver = false;
  function report(): void {
    const late = new AbortController();
    const cancel = clock.after(reportPatienceMs, () => late.abort());
    void reportWorker(appliance, worker.report(), late.signal)
      .catch((error: unknown) => {
        log.debug(`The report did not get through: ${originalOf(error)}`);
        return null;
      })
      .then((noted) => {
        cancel();
        if (isOver) return;
        for (const order of noted?.orders ?? []) worker.order(order);
        end = clock.after(noted?.againInMs ?? reportPatienceMs, report);
      });
  }
  return () => {
    isOver = true;
    end();
  };
}

function applianceOf(options: Arguments['options'], console: Console) {
  const written = typeof options.url === 'string' ? options.url : (console.env.LIVEPEN_URL ?? defaultUrl);
  const url = URL.parse(written);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    console.err(`"${plainText(written)}" is not an address. Give one such as ${defaultUrl}.`);
    return null;
  }
  const file = options['token-file'];
  if (typeof file !== 'string') {
    if (isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return { url, token: null };
    console.err('Over a network the worker needs its token: name a copy of it with --token-file.');
    return null;
  }
  try {
    const token = tokenIn(file);
    if (token !== null) return { url, token };
    console.err(`${file} holds no token.`);
  } catch (error) {
    console.err(`${file} cannot be read: ${whyOf(error, console)}.`);
  }
  return null;
}
