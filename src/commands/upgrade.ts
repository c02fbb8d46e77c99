import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as v from 'valibot';
import { sleep } from '../domain/clock.ts';
import { systemClock } from '../system/clock.ts';
import { callService, serviceHelp, urlOption } from './client.ts';
import { type Arguments, type Command, type Console, exit, whyOf } from './command.ts';

/** What of a service's status decides whether it may be interrupted. */
interface Busyness {
  readonly linkReady: boolean;
  readonly parked: boolean;
  readonly pending: number;
  readonly inHand: number;
  readonly heard: boolean;
}

/** Nothing owed for this long, and the next gift is not just about to come. */
const idleForMs = 60_000;

/** Why the service is not to be interrupted now, null when nothing speaks against it. */
export function busyWith({ linkReady, parked, pending, inHand, heard }: Busyness): string | null {
  if (heard) return 'a live is on';
  if (inHand > 0) return 'the pen draws';
  if (pending > 0) return `${pending} strokes are owed`;
  if (linkReady && !parked) return 'the pen is not parked';
  return null;
}

const lookEveryMs = 2_000;
/** A busy machine may not answer once; a service that does not answer so often in a row is not there. */
const lostAnswersMax = 2;
const lostAnswerMs = 1_000;
/** A live with its drawing does not last longer; then whoever waits should know. */
const defaultHours = 12;

/** No more of a status than is needed: the service that runs may be of another version than this program. */
const idleForm = v.object({
  state: v.object({ heard: v.boolean() }),
  plotter: v.object({ link: v.string(), parked: v.boolean() }),
  strokes: v.object({ pending: v.number(), inHand: v.number() }),
});

export const waitIdle: Command = {
  name: 'wait-idle',
  summary: 'wait until the service may be interrupted',
  usage: 'wait-idle [--hours N] [--url URL]',
  details: [
    `Waits until the pen is parked, nothing has been owed for ${idleForMs / 1000} s and no live is on. An`,
    'upgrade of the package runs it first.',
    '',
    `  --hours N       give up after so long (default ${defaultHours})`,
    serviceHelp,
  ].join('\n'),
  options: { ...urlOption, hours: { type: 'string' } },
  run: waitUntilIdle,
};

async function waitUntilIdle(args: Arguments, console: Console): Promise<number> {
  const hours = args.options.hours === undefined ? defaultHours : Number(args.options.hours);
  if (!(hours > 0)) {
    console.err(`"${args.options.hours}" is not a number of hours.`);
    return exit.usage;
  }
  const clock = systemClock();
  const giveUpMs = clock.nowMs() + hours * 3_600_000;
  let idleSinceMs: number | null = null;
  let last = '';
  let lost = 0;
  while (clock.nowMs() < giveUpMs) {
    const isLast = lost === lostAnswersMax;
    const answer = await callService(
      args,
      isLast ? console : { ...console, err: () => {} },
      { method: 'GET', path: '/status' },
      v.unknown(),
    );
    if (!answer.ok && !isLast) {
      lost += 1;
      await sleep(clock, lostAnswerMs);
      continue;
    }
    // For who waits, a service that hangs is as one that is not there.
    if (!answer.ok) return answer.isSilent ? exit.noService : answer.code;
    lost = 0;
    const checked = v.safeParse(idleForm, answer.value);
    if (!checked.success) return exit.noService;
    const { state, plotter, strokes } = checked.output;
    const why = busyWith({
      ...strokes,
      heard: state.heard,
      linkReady: plotter.link === 'ready',
      parked: plotter.parked,
    });
    const nowMs = clock.nowMs();
    if (why === null) idleSinceMs ??= nowMs;
    else idleSinceMs = null;
    if (idleSinceMs !== null && nowMs - idleSinceMs >= idleForMs) return exit.ok;
    const sentence = why ?? `it has been idle for less than ${idleForMs / 1000} s`;
    if (sentence !== last) console.out(`Waiting: ${sentence}.`);
    last = sentence;
    await sleep(clock, lookEveryMs);
  }
  console.err(`It was not idle within ${hours} hours.`);
  return exit.refused;
}

export const upgrade: Command = {
  name: 'upgrade',
  summary: 'install a newer package, when nothing is being drawn',
  usage: 'upgrade FILE [--now]',
  details: [
    'Installs a package file with dpkg, as root. Waits until the pen is parked, nothing has',
    `been owed for ${idleForMs / 1000} s and no live is on.`,
    '',
    '  --now   at once: the pen parks in the middle of the sheet, and goes on afterwards',
  ].join('\n'),
  options: { now: { type: 'boolean' } },
  words: [1, 1],
  async run({ words: [file = ''], options }, console) {
    if (!existsSync(file)) {
      console.err(`There is no file ${file}. Give the package's path, such as ./livepen_VERSION_arm64.deb.`);
      return exit.usage;
    }
    if (process.getuid?.() !== 0) {
      console.err(`A package is installed as root: sudo livepen upgrade ${file}`);
      return exit.failed;
    }
    const env = { ...console.env, ...(options.now === true ? { LIVEPEN_NOW: '1' } : {}) };
    const { status, error } = spawnSync('dpkg', ['--install', '--force-confold', file], { stdio: 'inherit', env });
    if (error !== undefined) console.err(`dpkg cannot be run: ${whyOf(error, console)}.`);
    return status === 0 ? exit.ok : exit.failed;
  },
};
