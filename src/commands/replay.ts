import { createReadStream, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openInbox } from '../appliance/inbox.ts';
import { causeInWords, originalOf } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { counted } from '../domain/plain-text.ts';
import { readAsLetters } from '../drawing/plan-text.ts';
import { allot } from '../gifts/gift-map.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { newSessionId } from '../sources/connection/session.ts';
import { createReplaySource, type ReplaySource, recordedItems } from '../sources/replay-source.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { systemRandom } from '../system/random.ts';
import { sendCommand, urlHelp, urlOption } from './client.ts';
import { type Command, type Console, exit, logOriginal } from './command.ts';
import { configPath, serve } from './run.ts';
import { defaultConfig, readSettings, type Settings } from './settings.ts';

/** Plays a recording again, the same way a live comes in. */
export const replay: Command = {
  name: 'replay',
  summary: 'play a recording again',
  usage: 'replay FILE [--speed N] [--ledger FILE] [--draw]  |  replay --session ID [--draw] [--speed N]',
  details: [
    'Credits what the recording holds to a ledger of its own, by the present gift map, and',
    'reports the result. Nothing is drawn.',
    '',
    '  --speed N       so many times as fast as it was (default: as fast as it goes)',
    '  --ledger FILE   the ledger to credit, which must not be there yet (default: a',
    '                  temporary one)',
    '  --draw          run the appliance with the recording instead of the live: its gifts',
    '                  go to your ledger as a replay, and are drawn. The speed is then 1',
    '                  unless given. No other service may be running.',
    '  --session ID    instead of a recording, a past session of the running service (see',
    '                  `livepen sessions`): shows what it would credit by the present gift map, or',
    '                  with --draw credits it as a replay, which the service draws',
    `  --config FILE   the config (default ${defaultConfig})`,
    urlHelp,
  ].join('\n'),
  options: {
    speed: { type: 'string' },
    ledger: { type: 'string' },
    draw: { type: 'boolean' },
    session: { type: 'string' },
    ...urlOption,
  },
  words: [0, 1],
  async run(args, console) {
    const { words, options } = args;
    const [file = ''] = words;
    const speed = options.speed === undefined ? null : Number(options.speed);
    if (speed !== null && !(speed > 0)) {
      console.err(`"${options.speed}" is no speed. Give a number such as 1 or 20.`);
      return exit.usage;
    }
    if (typeof options.session === 'string' && file === '') {
      const path = `/sessions/${encodeURIComponent(options.session)}/replay`;
      return sendCommand(args, console, path, { draw: options.draw === true, speed: speed ?? 1 });
    }
    if (file === '' || options.session !== undefined) {
      console.err('Name either the file of a recording, or a past session with --session.');
      return exit.usage;
    }
    if (!existsSync(file)) {
      console.err(`There is no file ${file}.`);
      return exit.failed;
    }
    const clock = systemClock();
    const log = stderrLog(clock.wallMs, 'text');
    const read = readSettings(configPath(options), log, console.env.STATE_DIRECTORY);
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    const { settings } = read;
    const sourceAt = (rate: number) => replaySource(clock, log, settings, file, rate);
    if (options.draw === true) return serve({ clock, log, settings, sourceOf: () => sourceAt(speed ?? 1), console });
    const ledgerFile = typeof options.ledger === 'string' ? options.ledger : temporaryLedger();
    return credit({ clock, log, settings, source: sourceAt(speed ?? Number.POSITIVE_INFINITY), ledgerFile, console });
  },
};

function temporaryLedger(): string {
  return join(mkdtempSync(join(tmpdir(), 'livepen-replay-')), 'replay.db');
}

function replaySource(clock: Clock, log: Log, { gifts }: Settings, file: string, speed: number): ReplaySource {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const { wanted } = gifts;
  const name = newSessionId(clock, systemRandom);
  return createReplaySource({ clock, items: readable(recordedItems(lines, wanted), file, log), speed, wanted, name });
}

/** The items, and in place of an error of the disk what it means. */
async function* readable(items: ReturnType<typeof recordedItems>, file: string, log: Log): typeof items {
  try {
    yield* items;
  } catch (error) {
    log.debug(`The recording was not read: ${originalOf(error)}`);
    const what = `The recording ${file} cannot be read: ${causeInWords(error)}.`;
    const remedy = 'Name a file that `livepen record` has written.';
    yield { ok: false, fault: { code: 'recording-unreadable', what, remedy } };
  }
}

interface Crediting {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly source: ReplaySource;
  /** Where the ledger of the replay is to be. */
  readonly ledgerFile: string;
  readonly console: Console;
}

/** Credits the replay to a ledger of its own. */
async function credit(to: Crediting): Promise<number> {
  const { clock, ledgerFile, console } = to;
  if (existsSync(ledgerFile)) {
    console.err(`${ledgerFile} is there already. A replay is credited to a ledger of its own.`);
    return exit.failed;
  }
  const opened = openLedger({
    file: ledgerFile,
    allot,
    wallMs: clock.wallMs,
    readText: readAsLetters,
    logOriginal: (_, error) => logOriginal(error, console),
  });
  if (!opened.ok) {
    console.err(`${opened.fault.what}\n${opened.fault.remedy}`);
    return exit.failed;
  }
  const code = await creditTo(opened.ledger, to);
  opened.ledger.close();
  console.out(`The ledger of this replay is ${ledgerFile}.`);
  return code;
}

/** Lets the replay run through the real inbox, and reports what was credited. */
async function creditTo(ledger: Ledger, { clock, log, settings, source, console }: Crediting): Promise<number> {
  const inbox = openInbox({
    clock,
    log,
    ledger,
    worthOf: (event) => settings.gifts.worthOf(event),
    keeps: new Set(settings.config.lives.flatMap(({ keep }) => keep)),
    recorded: () => {},
    changed: () => {},
  });
  source.start({ event: (event) => inbox.offer(event), changed: () => {} });
  const { events, problem } = await source.done;
  inbox.flush();
  const accounts = ledger.questions.accounts();
  const strokes = accounts.reduce((sum, { credited }) => sum + credited, 0);
  console.out(`${counted(events, 'event')}; ${counted(strokes, 'stroke')} credited.`);
  for (const { row, credited } of accounts) console.out(`  row ${row.padEnd(8)} ${credited}`);
  if (problem === null) return exit.ok;
  console.err(`${problem.what} ${problem.remedy}`);
  return exit.failed;
}
