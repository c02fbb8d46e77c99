import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleAppliance } from '../../src/appliance/assemble.ts';
import type { Appliance } from '../../src/appliance/contract.ts';
import { type GiftBook, openGiftBook } from '../../src/appliance/gift-book.ts';
import type { PenSettings } from '../../src/appliance/pen-use.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { Fault } from '../../src/domain/fault.ts';
import type { Goal } from '../../src/domain/goals.ts';
import { type Log, silentLog } from '../../src/domain/log.ts';
import type { PointsTerms } from '../../src/domain/points.ts';
import type { RuleDesk } from '../../src/domain/rules.ts';
import type { SheetLayout } from '../../src/domain/sheet.ts';
import { type LayoutSettings, layOut } from '../../src/drawing/layout.ts';
import type { PicturesOfRows } from '../../src/drawing/picture-rows.ts';
import { readAsLetters } from '../../src/drawing/plan-text.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { PassingRing } from '../../src/ledger/passing-ring.ts';
import type { PortFinder } from '../../src/marlin/wire/port.ts';
import { VirtualPorts } from '../../src/simulators/plotter/cable.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { type VirtualClock, virtualClock } from '../../src/simulators/virtual-clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { testPlotterSettings } from '../marlin/settings.ts';
import { HandSource } from './hand-source.ts';
import { mortalProcess } from './mortal.ts';
import { smallGifts, smallLayout } from './small-sheet.ts';

export interface WorldOptions {
  readonly layout?: LayoutSettings;
  readonly gifts?: string;
  readonly sheetFull?: 'all-rows' | 'first-row';
  readonly origin?: 'confirm' | 'power-on';
  readonly order?: 'row' | 'oldest' | 'nearest' | 'live';
  /** Other ports than the one with the virtual plotter. */
  readonly ports?: PortFinder;
  readonly log?: Log;
  readonly pen?: PenSettings;
  /** The pictures of rows, as they were read. */
  readonly pictures?: PicturesOfRows;
  readonly layoutFault?: () => Fault | null;
  readonly points?: PointsTerms;
  readonly goals?: readonly Goal[];
  readonly rules?: RuleDesk;
}

/** The real appliance between a plotter and a live in software. */
export interface RunningWorld {
  readonly clock: Clock;
  readonly ports: VirtualPorts;
  readonly board: VirtualPlotter;
  readonly source: HandSource;
  readonly appliance: Appliance;
  readonly gifts: GiftBook;
  readonly passing: PassingRing;
  readonly ledger: Ledger;
  readonly layout: SheetLayout;
  close(): Promise<void>;
}

/** One on a clock that a test moves. */
export interface World extends RunningWorld {
  readonly clock: VirtualClock;
  /** Runs until the state has this name. */
  until(state: ReturnType<Appliance['state']>['name'], limitMs?: number): Promise<void>;
  /** Ends the process as a power cut of the Pi would: nobody says goodbye. Gives a new world on the same disk. */
  crash(options?: WorldOptions): Promise<World>;
}

interface Hardware<C extends Clock> {
  readonly clock: C;
  readonly ports: VirtualPorts;
  readonly board: VirtualPlotter;
  readonly folder: string;
  readonly lives: number;
}

export const portPath = '/dev/ttyUSB0';

/** A fresh machine with an empty ledger. */
export function buildWorld(options: WorldOptions = {}): World {
  return openWorld(hardwareOn(virtualClock()), options);
}

/** A fresh machine with an empty ledger whose time runs by itself; events arrive when they are given. */
export function runWorld(clock: Clock, options: WorldOptions = {}): RunningWorld {
  return joinParts(hardwareOn(clock), options, clock.wallMs).world;
}

function hardwareOn<C extends Clock>(clock: C): Hardware<C> {
  const ports = new VirtualPorts(clock);
  const board = createVirtualPlotter({ clock });
  ports.plug(portPath, board, { id: 'virtual-plotter' });
  const folder = mkdtempSync(join(tmpdir(), 'livepen-test-'));
  return { clock, ports, board, folder, lives: 1 };
}

function openWorld(hardware: Hardware<VirtualClock>, options: WorldOptions): World {
  const { world, kill } = joinParts(hardware, options, null);
  const { appliance, ledger } = world;
  const { clock, lives } = hardware;
  return {
    ...world,
    clock,
    async until(state, limitMs = 300_000) {
      const here = () => appliance.state().name;
      await clock.runUntil(() => here() === state, limitMs, `the state ${state} (it was ${here()})`);
    },
    async crash(next = options) {
      kill();
      ledger.close();
      return openWorld({ ...hardware, lives: lives + 1 }, next);
    },
  };
}

interface Joined {
  readonly world: RunningWorld;
  kill(): void;
}

function joinParts(hardware: Hardware<Clock>, options: WorldOptions, wallMs: (() => number) | null): Joined {
  const { clock, ports, board, folder, lives } = hardware;
  const settings = options.layout ?? smallLayout;
  const { pictures, layoutFault } = options;
  const laid = layOut(settings, null, pictures);
  if (!laid.ok) throw new Error(JSON.stringify(laid.problems));
  const life = mortalProcess(clock, options.ports ?? ports);
  const opened = openLedger({
    file: join(folder, 'livepen.db'),
    allot,
    wallMs: clock.wallMs,
    nowMs: clock.nowMs,
    clockIsRight: () => false,
    readText: readAsLetters,
    points: options.points ?? null,
    goals: options.goals ?? [],
  });
  if (!opened.ok) throw new Error(opened.fault.what);
  const { ledger } = opened;
  const source = new HandSource(`session-${lives}`, wallMs);
  const passing = new PassingRing(join(folder, 'livepen.db-passing'), life.clock, options.log ?? silentLog);
  const gifts = giftBook(options.gifts ?? smallGifts, settings);
  const { appliance } = assembleAppliance({
    clock: life.clock,
    log: options.log ?? silentLog,
    random: seededRandom(lives),
    ledger,
    ports: life.ports,
    plotter: { ...testPlotterSettings, origin: options.origin ?? 'power-on', bed: settings.bed },
    sourceOf: () => source,
    gifts,
    passing,
    ...(options.rules === undefined ? {} : { rules: options.rules }),
    points: options.points ?? null,
    settings: {
      layout: laid.layout,
      layoutOf: (sheet) => {
        const lettered = layOut(settings, { sheet, date: '2026-01-01', user: 'ink_host_01' }, pictures);
        if (!lettered.ok) throw new Error(JSON.stringify(lettered.problems));
        return lettered.layout;
      },
      order: options.order ?? 'row',
      newGiverWithinMs: 10_000,
      sheetFull: options.sheetFull ?? 'all-rows',
      idleParkMs: 2_000,
      motionDelayMs: 3_000,
      afterLive: { draw: true, maxMinutes: 1 },
      ...(layoutFault === undefined ? {} : { layoutFault }),
      ...(options.pen === undefined ? {} : { pen: options.pen }),
      testSession: `test-${lives}`,
    },
  });
  const world: RunningWorld = {
    clock,
    ports,
    board,
    source,
    appliance,
    gifts,
    passing,
    ledger,
    layout: laid.layout,
    async close() {
      life.kill();
      passing.close();
      ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return { world, kill: life.kill };
}

function giftBook(text: string, { rows, plates = [] }: LayoutSettings): GiftBook {
  let kept = text;
  const opened = openGiftBook(
    {
      read: () => ({ ok: true, text: kept }),
      write(now) {
        kept = now;
        return null;
      },
    },
    rows.map(({ id }) => id),
    silentLog,
    [],
    {},
    plates.length > 0,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems));
  return opened.book;
}
