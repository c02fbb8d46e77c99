import { readFileSync } from 'node:fs';
import type { Config } from '../config/load.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { choosePort } from '../marlin/wire/choose-port.ts';
import type { PortFinder } from '../marlin/wire/port.ts';
import { frame } from '../marlin/wire/replies.ts';
import { serialPorts } from '../marlin/wire/serial-port.ts';
import { systemClock } from '../system/clock.ts';
import { stderrLog } from '../system/log.ts';
import { askPersonOrNobody, type Command, type Console, exit, untilSignal, wrapLines } from './command.ts';
import { type BareBoard, openBoard, openRemedies } from './doctor/plotter.ts';
import { askService } from './doctor/service.ts';
import { defaultConfig, readSettings, replaceFile } from './settings.ts';

/** What is tried, mm/s²: from what is sure to hold to what no such machine bears. */
const accelerations = [180, 300, 450, 700, 1_000, 1_400, 2_000] as const;
/** Of what still held, so much is written down: a cold morning and a dry rail are no test. */
const share = 0.8;
/** A cross, from its middle; the next one lies so far to the right. */
const armMm = 4;
const columnMm = 14;
/** Up to there the pen races between the two times that a cross is drawn, and back. */
const raceXMm = 40;
const raceYMm = 30;
const races = 6;
const slowFeed = 1_200;
/** A board that resets when its port is opened needs so long. */
const bootMs = 2_000;
/** A board that is busy says so every two seconds; one that does not is asked again. */
const silenceMs = 6_000;
/** So many lines may be lost of a few; of many, as many as there are. */
const triesMax = 20;

export const tune: Command = {
  name: 'tune',
  summary: 'find out how fast the plotter can speed up, and set it',
  usage: 'tune [--config FILE]',
  details: [
    'Draws a row of crosses on a sheet that you can spare. Each is drawn twice; in between the',
    'pen races to and fro, from cross to cross with a higher acceleration. You say where a cross',
    'no longer lies on itself; four fifths of the last one that did become [plotter]',
    'acceleration. The service must be stopped meanwhile, and asks for the origin afterwards.',
    '',
    `  --config FILE   the config (default ${defaultConfig})`,
  ].join('\n'),
  options: { config: { type: 'string' } },
  async run({ options }, console) {
    const log = stderrLog(systemClock().wallMs, 'text');
    const path = typeof options.config === 'string' ? options.config : defaultConfig;
    const asked = await askService(path, console);
    if (asked.kind === 'answers' || asked.kind === 'silent') {
      console.err('The service has the plotter. Stop it first: sudo systemctl stop livepen');
      return exit.refused;
    }
    const read = readSettings(path, log, console.env.STATE_DIRECTORY);
    if (!read.ok) {
      console.err(read.problems);
      return exit.config;
    }
    const { config, file } = read.settings;
    const clock = systemClock();
    let isEnded = false;
    const end = () => {
      isEnded = true;
    };
    void untilSignal(clock, { hangup: end }).then(end);
    return tunePlotter({
      config,
      ports: serialPorts(clock),
      clock,
      ask: askPersonOrNobody,
      isEnded: () => isEnded,
      console,
      write: (acceleration) => {
        const text = withSetting(readFileSync(file, 'utf8'), 'plotter', 'acceleration', String(acceleration));
        return replaceFile(file, text, log);
      },
    });
  },
};

interface Tuning {
  readonly config: Pick<Config, 'plotter' | 'pen' | 'servo' | 'penLines'>;
  readonly ports: PortFinder;
  readonly clock: Clock;
  /** A person's yes or no; null where nobody answers any more. */
  readonly ask: (question: string) => Promise<boolean | null>;
  /** Whether the person has ended it (Ctrl-C). */
  readonly isEnded: () => boolean;
  readonly console: Pick<Console, 'out' | 'err'>;
  /** Writes the acceleration into the config; why it could not be written, else null. */
  readonly write: (acceleration: number) => string | null;
}

/** Draws, asks and writes; resolves with the exit code. */
export async function tunePlotter(tuning: Tuning): Promise<number> {
  const { config, ports, clock, ask, console, write } = tuning;
  const choice = choosePort(config.plotter.port, await ports.list(), null, true);
  const path = choice.kind === 'try' ? choice.ports[0]?.path : undefined;
  if (path === undefined) {
    console.err(wrapLines('There is no plotter, or it is not clear which one. `livepen doctor` says more.'));
    return exit.failed;
  }
  console.out(wrapLines(begin));
  if (!(await ask('Is it ready?'))) {
    console.out('Nothing was drawn, and nothing is written.');
    return exit.refused;
  }
  const board = await openBoard(ports, path, config.plotter.baudRate);
  if ('kind' in board) {
    console.err(wrapLines(`${path} does not open: ${board.why}. ${openRemedies[board.refusal]}`));
    return exit.failed;
  }
  try {
    await sleep(clock, bootMs);
    board.lines();
    const climbed = await climb(board, tuning);
    if (climbed.kind === 'silent') {
      console.err(wrapLines('The plotter does not answer any more, so nothing is written. Is it still switched on?'));
      return exit.failed;
    }
    await forgetOrigin(board, clock);
    console.out(
      wrapLines('Before it draws again, set the origin anew: put the tip on the mark, then `livepen origin`.'),
    );
    if (climbed.kind === 'ended') {
      console.out('Ended: nothing is written.');
      return exit.refused;
    }
    if (climbed.held === 0) {
      console.err(wrapLines(noneHeld));
      return exit.failed;
    }
    const acceleration = Math.floor((share * climbed.held) / 10) * 10;
    const problem = write(acceleration);
    if (problem !== null) {
      console.err(
        wrapLines(`The config could not be written: ${problem}. Write [plotter] acceleration = ${acceleration}.`),
      );
      return exit.failed;
    }
    console.out(wrapLines(`Written: [plotter] acceleration = ${acceleration}. It holds from the next start.`));
    return exit.ok;
  } finally {
    await board.port.close();
  }
}

const begin = [
  'Lay down a sheet that you can spare. Put the tip on it, touching, where 160 mm to the right and 45 mm behind it are',
  'free and within reach. The pen draws a row of crosses; it gets faster from one to the next.',
].join(' ');

const noneHeld =
  'Even the first cross does not lie on itself, so nothing is written. Look for a loose belt, pulley or pen, a rail ' +
  'that jams, or motor drivers that are set too weak.';

/** `held`: the highest acceleration at which a cross lay on itself, mm/s²; 0 where none did. */
type Climbed =
  | { readonly kind: 'held'; readonly held: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'ended' };

async function climb(board: BareBoard, { config, clock, ask, isEnded, console }: Tuning): Promise<Climbed> {
  const pen = penLinesOf(config);
  const race = raceLines(config.pen.travelFeedMmPerMin);
  let held = 0;
  if (!(await send(board, clock, ['G91', 'G21', ...pen.up]))) return { kind: 'silent' };
  for (const [index, acceleration] of accelerations.entries()) {
    console.out(`Drawing cross ${index + 1}, at ${acceleration} mm/s², for up to a minute.`);
    const cross = [...limits(accelerations[0]), ...crossLines(pen), 'M400'];
    const lines = [...cross, ...limits(acceleration), ...race, 'M400', ...cross];
    // While it races the pen is up, so that it can be left there.
    const races = (line: number) => line >= cross.length && line < lines.length - cross.length;
    if (!(await send(board, clock, lines, (line) => isEnded() && races(line)))) return { kind: 'silent' };
    const answer = isEnded() ? null : await ask('Does it lie on itself, one clean cross?');
    if (answer === null) return { kind: 'ended' };
    if (!answer) return { kind: 'held', held };
    held = acceleration;
    if (!(await send(board, clock, [`G1 X${columnMm} F${slowFeed}`, 'M400']))) return { kind: 'silent' };
  }
  return { kind: 'held', held };
}

function limits(acceleration: number): string[] {
  return [`M201 X${acceleration} Y${acceleration}`, `M204 P${acceleration} T${acceleration}`];
}

interface PenLines {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** What raises and lowers the pen, where moves are relative. */
function penLinesOf({ pen, servo, penLines }: Tuning['config']): PenLines {
  if (servo !== null) {
    const turn = (degrees: number) => ['M400', `M280 P${servo.index} S${degrees}`, `G4 P${servo.settleMs}`];
    return { up: turn(servo.upDegrees), down: turn(servo.downDegrees) };
  }
  if (penLines !== null) return { up: ['M400', ...penLines.up], down: ['M400', ...penLines.down] };
  return { up: [`G1 Z${pen.upMm} F${pen.upFeedMmPerMin}`], down: [`G1 Z-${pen.upMm} F${pen.downFeedMmPerMin}`] };
}

/** A cross around where the pen is, which ends there, up. */
function crossLines({ up, down }: PenLines): string[] {
  const way = (x: number, y: number) => `G1 X${x} Y${y} F${slowFeed}`;
  return [
    ...[way(-armMm, 0), ...down, way(2 * armMm, 0), ...up],
    ...[way(-armMm, -armMm), ...down, way(0, 2 * armMm), ...up, way(0, -armMm)],
  ];
}

/** To and fro and round corners, back to where it began. */
function raceLines(feedMmPerMin: number): string[] {
  const lap = [
    [raceXMm, 0],
    [-raceXMm, raceYMm],
    [raceXMm, 0],
    [-raceXMm, -raceYMm],
    [0, raceYMm],
    [raceXMm, -raceYMm],
    [-raceXMm, 0],
  ].map(([x, y]) => `G1 X${x} Y${y} F${feedMmPerMin}`);
  return Array.from({ length: races }, () => lap).flat();
}

/**
 * Steps may be lost, and the board does not know: its numbering and the name of its place are changed, so that the
 * service asks a person. Accelerations go back to what is saved in the board.
 */
async function forgetOrigin(board: BareBoard, clock: Clock): Promise<void> {
  await send(board, clock, ['M400', 'M501', 'G90', 'G92 X-7 Y-7']);
}

/**
 * Sends lines one after the other, each once the one before was taken; false when the board does not take one. They are
 * numbered from 0 anew with each call, so that one that was disturbed is sent again and none is carried out twice. The
 * rest is left out where `mayEnd` says so of the line that would come next.
 */
async function send(
  board: BareBoard,
  clock: Clock,
  lines: readonly string[],
  mayEnd: (line: number) => boolean = () => false,
): Promise<boolean> {
  // Last a question: where a line before it was not taken, the board asks for that line in place of an answer.
  const all = ['M110 N0', ...lines, 'M114'];
  let number = 0;
  for (let left = 2 * all.length + triesMax; number < all.length && left > 0; left -= 1) {
    if (mayEnd(number - 1)) return true;
    board.port.write(frame(number, all[number] ?? ''));
    number = Math.min(await answer(board, clock, number), all.length);
  }
  return number === all.length;
}

/** The number of the line that the board wants next: the same one where it was disturbed, or where nothing was heard. */
async function answer(board: BareBoard, clock: Clock, number: number): Promise<number> {
  const wanted = await wantedNext(board, clock, number);
  if (wanted !== null || number === 0) return wanted ?? 0;
  // Either the line was lost or its answer: a line that it has already would be passed over in silence.
  board.port.write('\nM110\n');
  return (await wantedNext(board, clock, number)) ?? number;
}

/** What the board says that it wants next; null when it says nothing. */
async function wantedNext(board: BareBoard, clock: Clock, number: number): Promise<number | null> {
  let wanted = number + 1;
  for (let untilMs = clock.nowMs() + silenceMs; clock.nowMs() < untilMs; await sleep(clock, 5)) {
    for (const said of board.lines()) {
      untilMs = clock.nowMs() + silenceMs;
      const again = /^Resend: ?(\d+)/.exec(said)?.[1];
      const last = /^Line: ?(\d+)/.exec(said)?.[1];
      const next = again === undefined ? Number(last ?? number) + 1 : Number(again);
      // Until the first line is taken, the board counts as it did before.
      if (again !== undefined || last !== undefined) wanted = number === 0 || next > number + 1 ? number : next;
      if (/^ok\b/.test(said)) return wanted;
    }
  }
  return null;
}

/**
 * A config's text with one key of a section set, everything else as it was written. A line that stands there, also behind
 * a #, is replaced and keeps the note behind it; else the key comes below the section's head, or with it at the end.
 */
export function withSetting(text: string, section: string, key: string, value: string): string {
  const line = `${key} = ${value}`;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const parts = text.split(/^(?=[ \t]*\[)/m);
  const at = parts.findIndex((part) => new RegExp(`^[ \\t]*\\[[ \\t]*${section}[ \\t]*\\]`).test(part));
  const part = parts[at];
  if (part === undefined) {
    const end = text === '' || text.endsWith('\n') ? '' : newline;
    return `${text}${end}${newline}[${section}]${newline}${line}${newline}`;
  }
  const written = ['', '#[ \\t]*'].map(
    (mark) => new RegExp(`^([ \\t]*)${mark}${key}[ \\t]*=[^#\\r\\n]*?([ \\t]*(?:#.*)?)$`, 'm'),
  );
  const found = written.find((pattern) => pattern.test(part));
  const set =
    found === undefined
      ? part.replace(/^(.*)$/m, (head) => `${head}${newline}${line}`)
      : part.replace(found, (_, indent: string, note: string) => `${indent}${line}${note}`);
  return parts.with(at, set).join('');
}
