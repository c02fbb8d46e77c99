import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../../src/domain/log.ts';
import type { PlannedStroke } from '../../src/domain/motion.ts';
import { noPlotterRecord } from '../../src/domain/plotter.ts';
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
  const opened = await serialPorts().open(path, baudRate, { heard: (text) => hear(text), closed: () => {} });
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

/** What the planner needs for these strokes when it never waits for a line, s; the same lines, all at once. */
async function motionSeconds(): Promise<number> {
  const time = virtualClock();
  const board = createVirtualPlotter({ clock: time });
  let oks = 0;
  board.listener = (text) => {
    oks += text.split('\n').filter((line) => line === 'ok').length;
  };
  const all: string[] = [];
  for (let n = 1; n <= strokes; n += 1) {
    for (const move of stroke(n).moves) {
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
async function drawSeconds(path: string, stallMs: number): Promise<number> {
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
    ports: serialPorts(),
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
  for (let n = 1; n <= strokes; n += 1) {
    const result = await plotter.draw(stroke(n));
    if (result.kind !== 'done') throw new Error(result.fault.what);
  }
  await plotter.drain();
  const seconds = (performance.now() - beganMs) / 1000;
  await plotter.close();
  return seconds;
}

/** A benchmark of its own process each, so that a stall of one does not stall the other. */
const [only, stall] = process.argv.slice(2);
if (only !== undefined) {
  const board = await serve(Number(only));
  const seconds = await drawSeconds(board.path, Number(stall ?? 0));
  board.end();
  process.send?.({ seconds });
} else {
  await all();
}

function inProcess(latencyMs: number, stallMs: number): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [String(latencyMs), String(stallMs)]);
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
  const motion = await motionSeconds();
  say(`${strokes} strokes need ${motion.toFixed(2)} s of motion; drawn with looks:`);
  const runs = [
    { what: 'on the pty', latencyMs: 0, stallMs: 0 },
    { what: 'with 20 ms of latency', latencyMs: 20, stallMs: 0 },
    { what: 'with the disk stalling 200 ms at each stroke', latencyMs: 0, stallMs: 200 },
  ];
  const seconds = await Promise.all(runs.map(({ latencyMs, stallMs }) => inProcess(latencyMs, stallMs)));
  let missed = share < 0.85;
  for (const [index, { what }] of runs.entries()) {
    const ofMotion = (seconds[index] ?? Number.NaN) / motion;
    missed ||= !(ofMotion <= 1.02);
    say(`  ${what}: ${(seconds[index] ?? 0).toFixed(2)} s, ${ofMotion.toFixed(3)} of the motion (at most 1.02)`);
  }
  process.exitCode = missed ? 1 : 0;
}
