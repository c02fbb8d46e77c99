import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../../src/domain/log.ts';
import type { PlannedStroke } from '../../src/domain/motion.ts';
import { noPlotterRecord } from '../../src/domain/plotter.ts';
import { planDrawing } from '../../src/drawing/svg/plan-drawing.ts';
import { createPlotter } from '../../src/marlin/plotter.ts';
import { handshake } from '../../src/marlin/session/handshake.ts';
import { Link } from '../../src/marlin/wire/link.ts';
import { isRefusal } from '../../src/marlin/wire/port.ts';
import { senderTiming } from '../../src/marlin/wire/sender.ts';
import { serialPorts } from '../../src/marlin/wire/serial-port.ts';
import { createVirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { systemClock } from '../../src/system/clock.ts';
import { testPlotterSettings } from '../marlin/settings.ts';
import { park, pen } from '../marlin/world.ts';

const clock = systemClock();
const baudRate = 250_000;
const rounds = 60;
const linesInARound = 100;
const strokes = 40;

interface Served {
  readonly path: string;
  end(): void;
}

/** A virtual plotter on a pty, in a process of its own. */
function serve(latencyMs = 0): Promise<Served> {
  const script = fileURLToPath(new URL('../marlin/plotter-process.ts', import.meta.url));
  const child = fork(script, [String(latencyMs)]);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('path' in message)) return;
      if (typeof message.path === 'string') resolve({ path: message.path, end: () => child.disconnect() });
    });
  });
}

interface Pace {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

/** Line times of many rounds, ms; the median tells what one costs, whatever else the machine was doing. */
function paceOf(times: readonly number[]): Pace {
  const sorted = times.toSorted((a, b) => a - b);
  const medianMs = sorted[sorted.length >> 1] ?? Number.NaN;
  return { perSecond: 1000 / medianMs, medianMs, worstMs: sorted.at(-1) ?? Number.NaN };
}

async function timed(count: number, times: number[], once: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const sentMs = performance.now();
    await once();
    times.push(performance.now() - sentMs);
  }
}

/**
 * The least that a sender can do (write a line, wait for its ok) beside our talk (numbers, checksums, time-outs and
 * all), on the same pty and in turns, so that both meet the same machine.
 */
async function compare(path: string): Promise<{ readonly bare: Pace; readonly ours: Pace }> {
  let hear: (text: string) => void = () => {};
  const opened = await serialPorts(clock).open(path, baudRate, { heard: (text) => hear(text), closed: () => {} });
  if (isRefusal(opened)) throw new Error(opened.what);
  const link = new Link(opened, clock, senderTiming, () => {});
  const listen = (text: string) => link.heard(text);
  hear = listen;
  const heard = await handshake(link, clock);
  if (heard.kind !== 'marlin') throw new Error(`no Marlin: ${heard.kind}`);
  link.adopt(heard.lastLine);
  const bareTimes: number[] = [];
  const ourTimes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await timed(linesInARound, bareTimes, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let text = '';
      hear = (piece) => {
        text += piece;
        if (text.endsWith('ok\n')) resolve();
      };
      opened.write('G21\n');
      return promise;
    });
    hear = listen;
    await timed(linesInARound, ourTimes, async () => {
      const verdict = await link.send('G21');
      if (verdict.kind !== 'accepted') throw new Error(verdict.kind);
    });
  }
  await link.close();
  // The first rounds are spent on compiling.
  const warm = linesInARound * 5;
  return { bare: paceOf(bareTimes.slice(warm)), ours: paceOf(ourTimes.slice(warm)) };
}

/** Stroke n of a serpentine with low hops, the densest work there is for the link. */
function stroke(n: number): PlannedStroke {
  const xMm = 10 + n;
  const [from, to] = n % 2 === 0 ? [30, 20] : [20, 30];
  return {
    stroke: { sheet: 1, row: 'row', n },
    from: null,
    moves: [
      { kind: 'travel', xMm, yMm: from, pen: 'hop', feedMmPerMin: 9000 },
      { kind: 'pen', to: 'down' },
      { kind: 'ink', xMm, yMm: to, feedMmPerMin: 9000 },
      { kind: 'pen', to: 'hop' },
    ],
  };
}

/** A serpentine of short strokes. */
const serpentine = Array.from({ length: strokes }, (_, index) => stroke(index + 1));

/** Curves of all radii that a pen draws, from letters to a plate: rings, and a rosette that is nothing else. */
const curves = [0.4, 0.8, 1.5, 3, 6, 12]
  .map((radius, index) => `<circle cx="${8 + 9 * index}" cy="${14}" r="${radius}"/>`)
  .concat(`<path d="M40 60 ${Array.from({ length: 18 }, (_, n) => petal(n)).join(' ')}Z"/>`);

/** A petal around 40/60 that begins and ends there. */
function petal(n: number): string {
  const at = (degrees: number, mm: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${(40 + mm * Math.cos(angle)).toFixed(3)} ${(60 + mm * Math.sin(angle)).toFixed(3)}`;
  };
  return `C${at(20 * n - 16, 34)} ${at(20 * n + 16, 34)} 40 60`;
}

/** The same curves as a drawing is planned: by chords. */
function drawing(): PlannedStroke[] {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80mm" height="100mm" viewBox="0 0 80 100" fill="none" stroke="black">${curves.join('')}</svg>`;
  const options = { boxWidthMm: 80, boxHeightMm: 100, mayTurn: false, keepOrder: false, hatchMm: null } as const;
  const planned = planDrawing(svg, { ...options, mode: 'mm' });
  if (!planned.ok) throw new Error(planned.fault.what);
  return planned.paths.paths.map((path, index) => {
    const points = Array.from({ length: path.length / 2 }, (_, at) => ({
      xMm: 10 + (path[2 * at] ?? 0) / 1000,
      yMm: 10 + (path[2 * at + 1] ?? 0) / 1000,
    }));
    const [first = { xMm: 0, yMm: 0 }, ...rest] = points;
    return {
      stroke: { sheet: 1, row: 'drawing', n: index + 1 },
      from: null,
      moves: [
        { kind: 'travel', ...first, pen: 'hop', feedMmPerMin: 9000 },
        { kind: 'pen', to: 'down' },
        ...rest.map((point) => ({ kind: 'ink', ...point, feedMmPerMin: 9000 }) as const),
        { kind: 'pen', to: 'hop' },
      ],
    };
  });
}

const works = { serpentine: () => serpentine, drawing };
type Work = keyof typeof works;

/** What the planner needs for these strokes when it never waits for a line, s; the same lines, all at once. */
async function motionSeconds(planned: readonly PlannedStroke[]): Promise<number> {
  const time = virtualClock();
  const board = createVirtualPlotter({ clock: time });
  let oks = 0;
  board.listener = (text) => {
    oks += text.split('\n').filter((line) => line === 'ok').length;
  };
  const all: string[] = [];
  for (const {
    stroke: { n },
    moves,
  } of planned) {
    for (const move of moves) {
      if (move.kind === 'pen') all.push(move.to === 'down' ? `G1 Z${pen.downMm} F300` : `G1 Z${pen.hopMm} F900`);
      else all.push(`G1 X${move.xMm} Y${move.yMm} ${move.kind === 'travel' && n === 1 ? `Z${pen.hopMm} ` : ''}F9000`);
    }
  }
  board.receive('G1 Z5 F900\nM400\n');
  await time.runUntil(() => oks === 2, 10_000);
  const beganMs = time.nowMs();
  board.receive(`${[...all, 'M400'].join('\n')}\n`);
  await time.runUntil(() => oks === all.length + 3, 600_000);
  return (time.nowMs() - beganMs) / 1000;
}

/** Draws the strokes in real time, s; `stallMs` is how long the disk blocks the process at each certain stroke. */
async function drawSeconds(path: string, stallMs: number, planned: readonly PlannedStroke[]): Promise<number> {
  let record = noPlotterRecord;
  const plotter = createPlotter({
    clock,
    random: () => 0.5,
    log: silentLog,
    memory: {
      load: () => record,
      save: (changed) => {
        record = changed;
      },
    },
    ports: serialPorts(clock),
    settings: { ...testPlotterSettings, port: path, origin: 'power-on' },
    sheetIsEmpty: () => true,
  });
  plotter.use(pen, park);
  const ready = Promise.withResolvers<void>();
  plotter.start({
    changed: () => {
      const { link, origin, pen: at } = plotter.facts();
      if (link === 'ready' && origin === 'known' && at?.pen === 'up') ready.resolve();
    },
    uncertain: () => {},
    strayMarks: () => {},
    certain: () => {
      if (stallMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
    },
  });
  await ready.promise;
  await plotter.drain();
  const beganMs = performance.now();
  for (const each of planned) {
    const result = await plotter.draw(each);
    if (result.kind !== 'done') throw new Error(result.fault.what);
  }
  await plotter.drain();
  const seconds = (performance.now() - beganMs) / 1000;
  await plotter.close();
  return seconds;
}

/** A benchmark of its own process each, so that a stall of one does not stall the other. */
const [only, stall, work] = process.argv.slice(2);
if (only !== undefined) {
  const board = await serve(Number(only));
  const seconds = await drawSeconds(
    board.path,
    Number(stall ?? 0),
    works[work === 'drawing' ? 'drawing' : 'serpentine'](),
  );
  board.end();
  process.send?.({ seconds });
} else {
  await all();
}

function inProcess(latencyMs: number, stallMs: number, work: Work): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [String(latencyMs), String(stallMs), work]);
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`ended with ${code}`)));
    child.on('message', (message) => {
      if (typeof message !== 'object' || message === null || !('seconds' in message)) return;
      child.disconnect();
      resolve(Number(message.seconds));
    });
  });
}

async function all(): Promise<void> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const board = await serve();
  const { bare, ours } = await compare(board.path);
  board.end();
  const share = ours.perSecond / bare.perSecond;
  const told = ({ perSecond, medianMs, worstMs }: Pace) =>
    `${perSecond.toFixed(0)} lines/s, ${medianMs.toFixed(3)} ms a line (worst ${worstMs.toFixed(1)} ms)`;
  say(`bare ping-pong: ${told(bare)}`);
  say(`numbered:       ${told(ours)}`);
  say(`numbered is ${share.toFixed(2)} of bare (at least 0.85)`);
  const dense = drawing();
  const motion = { serpentine: await motionSeconds(serpentine), drawing: await motionSeconds(dense) };
  const chords = dense.reduce((sum, { moves }) => sum + moves.filter(({ kind }) => kind === 'ink').length, 0);
  say(`${strokes} strokes need ${motion.serpentine.toFixed(2)} s of motion; drawn with looks:`);
  say(
    `${chords} chords of curves need ${motion.drawing.toFixed(2)} s, ${((1000 * motion.drawing) / chords).toFixed(0)} ms each`,
  );
  const runs = [
    { what: 'on the pty', latencyMs: 0, stallMs: 0, work: 'serpentine', atMost: 1.02 },
    { what: 'with 20 ms of latency', latencyMs: 20, stallMs: 0, work: 'serpentine', atMost: 1.02 },
    {
      what: 'with the disk stalling 200 ms at each stroke',
      latencyMs: 0,
      stallMs: 200,
      work: 'serpentine',
      atMost: 1.02,
    },
    { what: 'dense curves with 16 ms of latency', latencyMs: 16, stallMs: 0, work: 'drawing', atMost: 1.1 },
  ] as const;
  const drawn = ({ latencyMs, stallMs, work: of }: (typeof runs)[number]) => inProcess(latencyMs, stallMs, of);
  const seconds = await Promise.all(runs.slice(0, -1).map(drawn));
  // Beside them it would be the third that wants a core.
  seconds.push(...(await Promise.all(runs.slice(-1).map(drawn))));
  let missed = share < 0.85;
  for (const [index, { what, work: of, atMost }] of runs.entries()) {
    const ofMotion = (seconds[index] ?? Number.NaN) / motion[of];
    missed ||= !(ofMotion <= atMost);
    say(`  ${what}: ${(seconds[index] ?? 0).toFixed(2)} s, ${ofMotion.toFixed(3)} of the motion (at most ${atMost})`);
  }
  process.exitCode = missed ? 1 : 0;
}
