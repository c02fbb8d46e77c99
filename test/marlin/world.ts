import type { Fault } from '../../src/domain/fault.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { PlannedStroke } from '../../src/domain/motion.ts';
import {
  noPlotterRecord,
  type Plotter,
  type PlotterRecord,
  type PlotterResult,
  type StrayMark,
} from '../../src/domain/plotter.ts';
import type { PenGeometry, StrokeRef } from '../../src/domain/sheet.ts';
import { createPlotter, type PlotterSettings } from '../../src/marlin/plotter.ts';
import { type Cable, VirtualPorts } from '../../src/simulators/plotter/cable.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { type VirtualClock, virtualClock } from '../../src/simulators/virtual-clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { testPlotterSettings } from './settings.ts';

export const pen: PenGeometry = {
  downMm: 0,
  hopMm: 1.2,
  upMm: 5,
  downFeedMmPerMin: 300,
  upFeedMmPerMin: 900,
  travelFeedMmPerMin: 9000,
  inkFeedMmPerMin: 9000,
};

export const park = { xMm: 0, yMm: 0 };

/** The n-th stroke of a row at Y 20, 1 mm apart, 10 mm long. */
export function stroke(n: number): PlannedStroke {
  const xMm = 10 + n;
  return {
    from: null,
    stroke: { sheet: 1, row: 'row', n },
    moves: [
      { kind: 'travel', xMm, yMm: 20, pen: 'hop', feedMmPerMin: 9000 },
      { kind: 'pen', to: 'down' },
      { kind: 'ink', xMm, yMm: 30, feedMmPerMin: 9000 },
      { kind: 'pen', to: 'hop' },
    ],
  };
}

export interface WorldOptions {
  readonly seed?: number;
  readonly board?: Partial<VirtualOptions>;
  readonly cable?: Partial<Omit<Cable, 'device'>>;
  readonly settings?: Partial<PlotterSettings>;
  readonly record?: PlotterRecord;
}

/** A plotter with its driver on a virtual clock. */
export interface World {
  readonly clock: VirtualClock;
  readonly board: VirtualPlotter;
  readonly ports: VirtualPorts;
  readonly cable: Cable;
  /** The driver of the service that runs now. */
  plotter: Plotter;
  /** Strokes that became certain, in their order. */
  readonly certain: StrokeRef[];
  /** How often it was told that nothing more can become certain. */
  doubts: number;
  /** Marks that no order's result told. */
  readonly strayMarks: StrayMark[];
  /** All lines that were written to the board. */
  readonly sent: string[];
  /** What is on disk. */
  record: PlotterRecord;
  /** Called with each record before it is on disk. */
  onSave: (record: PlotterRecord) => void;
  sheetIsEmpty: boolean;
  /** Starts a service, as after the end of the one before. */
  startService(settings?: Partial<PlotterSettings>): void;
  /** The service dies without a word; its port is closed by the kernel. */
  killService(): Promise<void>;
  until(what: string, predicate: () => boolean, limitMs?: number): Promise<number>;
  /** Runs the clock until the promise is settled. */
  run<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** Waits until the plotter is ready and its origin known. */
  ready(): Promise<void>;
}

export const path = '/dev/ttyUSB0';

export function makeWorld(options: WorldOptions = {}): World {
  const clock = virtualClock();
  const board = createVirtualPlotter({ clock, ...options.board });
  const ports = new VirtualPorts(clock);
  const cable = ports.plug(path, board, { id: 'usb-board-1', latencyMs: 1, byteMs: 0.04, ...options.cable });
  const random = seededRandom(options.seed ?? 1);
  const { receive } = board;
  board.receive = (text, byteMs) => {
    world.sent.push(...text.split('\n').filter((line) => line !== ''));
    receive(text, byteMs);
  };
  let record = options.record ?? noPlotterRecord;
  const make = (settings: Partial<PlotterSettings>): Plotter => {
    const plotter = createPlotter({
      clock,
      random,
      log: silentLog,
      memory: {
        load: () => record,
        save: (changed) => {
          world.onSave(changed);
          record = changed;
        },
      },
      ports,
      settings: { ...testPlotterSettings, origin: 'power-on', ...options.settings, ...settings },
      sheetIsEmpty: () => world.sheetIsEmpty,
    });
    plotter.use(pen, park);
    return plotter;
  };
  const world: World = {
    clock,
    board,
    ports,
    cable,
    plotter: make({}),
    certain: [],
    doubts: 0,
    strayMarks: [],
    sent: [],
    get record() {
      return record;
    },
    set record(stored) {
      record = stored;
    },
    onSave: () => {},
    sheetIsEmpty: true,
    startService(settings = {}) {
      world.plotter = make(settings);
      world.plotter.start({
        changed: () => {},
        uncertain: () => {
          world.doubts += 1;
        },
        certain: (strokes) => world.certain.push(...strokes),
        strayMarks: (marks) => world.strayMarks.push(...marks),
      });
    },
    killService: () => world.run(world.plotter.close()),
    until: (what, predicate, limitMs = 60_000) => clock.runUntil(predicate, limitMs, what),
    async run(promise, limitMs = 600_000) {
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      await clock.runUntil(() => settled, limitMs, 'an order');
      return promise;
    },
    async ready() {
      await world.until('a ready plotter', () => {
        const { link, origin } = world.plotter.facts();
        return link === 'ready' && origin === 'known';
      });
    },
  };
  return world;
}

/** A world whose plotter is ready to draw. */
export async function readyWorld(options: WorldOptions = {}): Promise<World> {
  const world = makeWorld(options);
  world.startService();
  await world.ready();
  return world;
}

/** Draws what is not certain of the strokes 1 to `strokes`, as whoever gives the orders does after any doubt, and drains. */
export async function drawRest(world: World, strokes: number): Promise<void> {
  for (let n = world.certain.length + 1; n <= strokes; n += 1) {
    const drawn = await world.run(world.plotter.draw(stroke(n)));
    if (drawn.kind !== 'done') throw new Error(`stroke ${n}: ${drawn.fault.what}`);
  }
  await world.run(world.plotter.drain());
}

/** The ink on the paper as "x,y-x,y" rounded to 0.01 mm, lower end first, sorted, each once. */
export function inkOf(board: VirtualPlotter): string[] {
  const round = (mm: number) => (Math.round(mm * 100) / 100 + 0).toString();
  const all = board.paper().ink.map(({ fromX, fromY, toX, toY }) => {
    const ends = [`${round(fromX)},${round(fromY)}`, `${round(toX)},${round(toY)}`];
    if (fromY > toY) ends.reverse();
    return ends.join('-');
  });
  return [...new Set(all)].toSorted();
}

/** What `stroke(n)` leaves on the paper. */
export function inkOfStroke(n: number): string {
  return `${10 + n},20-${10 + n},30`;
}

/** The fault of a result that is none of `done`. */
export function faultOf(result: PlotterResult): Fault | null {
  return result.kind === 'done' ? null : result.fault;
}
