import { causeInWords } from '../../domain/cause.ts';
import { type Clock, sleep } from '../../domain/clock.ts';
import { plotterFaults } from '../../marlin/faults.ts';
import { choosePort } from '../../marlin/wire/choose-port.ts';
import { isRefusal, type OpenPort, type PortFinder, type PortRefusal } from '../../marlin/wire/port.ts';
import { type Check, ok, problem, warning } from './check.ts';

/** A board that resets when its port is opened needs a moment before it answers. */
const answerWithinMs = 6_000;
const askAgainMs = 1_500;
/** The speeds that boards come with. */
const usualRates = [250_000, 115_200];
const moveMm = 3;

const nothingPlugged = 'Switch the plotter on and plug its USB cable in.';

interface PlotterPort {
  readonly port: string;
  readonly baudRate: number;
}

/** What answers on the plotter's port, asked with M115 and nothing that a board would remember. */
export async function checkPlotterPort(ports: PortFinder, clock: Clock, settings: PlotterPort): Promise<Check[]> {
  const listed = await ports.list();
  const choice = choosePort(settings.port, listed, null, true);
  const others = listed.map(({ path }) => path).join(', ') || 'none';
  if (choice.kind === 'none') {
    if (settings.port !== 'auto') return [missingPort(settings.port, others)];
    return [problem('port', `no serial port of a plotter (there is: ${others})`, nothingPlugged)];
  }
  if (choice.kind === 'ask') return [problem('port', choice.fault.what, choice.fault.remedy)];
  const [{ path } = { path: settings.port }] = choice.ports;
  const first = await askBoard(ports, clock, path, settings.baudRate);
  if (first.kind === 'refused' && first.refusal === 'missing') return [missingPort(path, others)];
  if (first.kind === 'refused')
    return [problem('port', `${path} does not open: ${first.why}`, openRemedies[first.refusal])];
  if (first.kind === 'marlin') return [ok('port', path), ok('plotter', `${first.name} at ${settings.baudRate} baud`)];
  for (const baudRate of usualRates.filter((rate) => rate !== settings.baudRate)) {
    const other = await askBoard(ports, clock, path, baudRate);
    if (other.kind === 'marlin') {
      return [
        ok('port', path),
        problem(
          'plotter',
          `${other.name} answers at ${baudRate} baud, not at ${settings.baudRate}`,
          `Set [plotter] baudRate = ${baudRate}.`,
        ),
      ];
    }
  }
  const what = first.kind === 'silent' ? 'nothing answers' : 'what answers is no Marlin';
  return [
    ok('port', path),
    problem(
      'plotter',
      what,
      'Is the board switched on? Is it the right port? Does its firmware use another baud rate?',
    ),
  ];
}

/** The port that the config names is not there; what is, may be the plotter under another name. */
function missingPort(path: string, others: string): Check {
  const { what, remedy } = plotterFaults.portMissing(path);
  return problem('port', `${what} There is: ${others}.`, remedy);
}

/** What to do about a port that does not open. */
export const openRemedies: Readonly<Record<PortRefusal['kind'], string>> = {
  denied: 'Join the group: sudo adduser $USER dialout, then log in again. Or run the doctor as root.',
  missing: nothingPlugged,
  'in-use': 'Another program uses it: close it. `sudo fuser -v PORT` shows which.',
  failed: 'Check its cable, and that it is the port of a plotter: [plotter] port in the config.',
};
const refusalWords: Readonly<Record<Exclude<PortRefusal['kind'], 'failed'>, string>> = {
  denied: 'this user may not',
  missing: 'it is not there',
  'in-use': 'another program uses it',
};

interface Refused {
  readonly kind: 'refused';
  readonly refusal: PortRefusal['kind'];
  readonly why: string;
}

type Answer =
  | { readonly kind: 'marlin'; readonly name: string }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'silent' }
  | Refused;

async function askBoard(ports: PortFinder, clock: Clock, path: string, baudRate: number): Promise<Answer> {
  const board = await openBoard(ports, path, baudRate);
  if ('kind' in board) return board;
  const name = () => /FIRMWARE_NAME:\s*(.+?)(?: SOURCE_CODE_URL| PROTOCOL_VERSION|$)/m.exec(board.heard())?.[1]?.trim();
  const endMs = clock.nowMs() + answerWithinMs;
  for (let nextMs = clock.nowMs(); clock.nowMs() < endMs && name() === undefined; await sleep(clock, 50)) {
    if (clock.nowMs() < nextMs) continue;
    board.port.write('\nM115\n');
    nextMs = clock.nowMs() + askAgainMs;
  }
  await board.port.close();
  const found = name();
  if (found !== undefined) return { kind: 'marlin', name: found };
  return { kind: board.heard().trim() === '' ? 'silent' : 'stranger' };
}

/** A board on an open port, and the last of what it said. */
export interface BareBoard {
  readonly port: OpenPort;
  heard(): string;
  /** Whole lines since it was last asked, oldest first. */
  lines(): readonly string[];
}

/** More than any board says to two questions. */
const heardCharsMax = 20_000;

/** Opens a port for a talk without the streamer. */
export async function openBoard(ports: PortFinder, path: string, baudRate: number): Promise<BareBoard | Refused> {
  let heard = '';
  let fresh = '';
  const port = await ports.open(path, baudRate, {
    heard: (text) => {
      heard = (heard + text).slice(-heardCharsMax);
      fresh = (fresh + text).slice(-heardCharsMax);
    },
    closed: () => {},
  });
  if (!isRefusal(port)) {
    const lines = () => {
      const whole = fresh.split('\n');
      fresh = whole.pop() ?? '';
      return whole.map((line) => line.trimEnd());
    };
    return { port, heard: () => heard, lines };
  }
  const { kind, what } = port;
  const why = kind === 'failed' ? causeInWords(what, 'its driver refuses') : refusalWords[kind];
  return { kind: 'refused', refusal: kind, why };
}

/** Lifts the pen a little and lowers it again, and lets a person say whether it did: a board on USB power says ok to all. */
export async function checkMotion(
  ports: PortFinder,
  clock: Clock,
  settings: PlotterPort,
  ask: (question: string) => Promise<boolean>,
): Promise<Check> {
  const choice = choosePort(settings.port, await ports.list(), null, true);
  const path = choice.kind === 'try' ? choice.ports[0]?.path : undefined;
  if (path === undefined) return problem('motion', 'there is no plotter to move', nothingPlugged);
  const board = await openBoard(ports, path, settings.baudRate);
  if ('kind' in board) return problem('motion', `${path} does not open: ${board.why}`, openRemedies[board.refusal]);
  await sleep(clock, answerWithinMs / 3);
  const before = board.heard().length;
  board.port.write(`G91\nG0 Z${moveMm} F300\nG0 Z-${moveMm} F300\nG90\nM400\n`);
  const endMs = clock.nowMs() + 2 * answerWithinMs;
  const answered = () => (board.heard().slice(before).match(/^ok/gm) ?? []).length >= 5;
  while (!answered() && clock.nowMs() < endMs) await sleep(clock, 50);
  await board.port.close();
  if (!answered())
    return problem(
      'motion',
      'the board did not carry out a small move',
      'Look at the plotter; does it wait for something?',
    );
  if (await ask(`Did the pen go up ${moveMm} mm and down again?`)) return ok('motion', 'the pen moves');
  return warning(
    'motion',
    'the board answers ok to everything, but nothing moves',
    'The motors have no power: the board gets its power from the USB cable. Switch their supply on, and block the 5 V of the cable (see hardware/).',
  );
}
