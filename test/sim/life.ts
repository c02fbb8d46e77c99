import { assembleAppliance } from '../../src/appliance/assemble.ts';
import type { Appliance } from '../../src/appliance/contract.ts';
import { type GiftBook, openGiftBook } from '../../src/appliance/gift-book.ts';
import { createHousekeeping } from '../../src/appliance/housekeeping.ts';
import { panelAppliance, startHeartbeat } from '../../src/commands/box.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { Plotter } from '../../src/domain/plotter.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { type Button, noButton } from '../../src/panel/button/button.ts';
import { noLight } from '../../src/panel/light/light.ts';
import { createPanel, meaningOf, type Panel, type PanelCommand } from '../../src/panel/panel.ts';
import { firstFacts, shownKey } from '../../src/panel/scene.ts';
import type { VirtualClock } from '../../src/simulators/virtual-clock.ts';
import { createListener, type Listener } from '../../src/sources/tiktok/listener.ts';
import { seededRandom } from '../../src/system/random.ts';
import { testPlotterSettings } from '../marlin/settings.ts';
import type { Fail } from './broken.ts';
import type { Disk } from './disk.ts';
import { guardedLedger, type LedgerWatch } from './guarded-ledger.ts';
import type { Hardware } from './hardware.ts';
import type { SimLive } from './live.ts';
import type { Setup } from './plan.ts';
import { Process, type ProcessWatch } from './process.ts';
import { readTexts, ruledDesk, ruledGoals, ruledTerms } from './ruled.ts';
import { layoutOf } from './settings.ts';
import { simulatedSystemd } from './systemd.ts';
import { simulatedBed } from './witness.ts';

export const motionDelayMs = 3_000;
/** After the end of a live the pen draws on for so long. */
export const drawsOnMinutes = 60;
/** A press counts only for what the light has shown for so long. */
const shownForMs = 1_000;

/** What a process is started into. */
export interface LifeWorld {
  readonly clock: VirtualClock;
  readonly hardware: Hardware;
  readonly disk: Disk;
  readonly live: SimLive;
  readonly setup: Setup;
  readonly seed: number;
  /** Which process of this world it is, from 1. */
  readonly number: number;
  /** Which config and gift map are in force. */
  readonly version: number;
  /** The file of the gift map, as it is now. */
  giftMap(): string;
  /** Somebody presses the button while it starts. */
  readonly fingerIsDown: boolean;
  readonly watch: ProcessWatch & LedgerWatch;
  /** A file was opened; whoever ends the world closes it. */
  opened(ledger: Ledger): void;
  fail: Fail;
  /** Whether a person would mean this command, with what they see. */
  isMeant(command: PanelCommand): boolean;
  /** A command of the panel was carried out. */
  commanded(command: PanelCommand, atMs: number): void;
}

/** One process of the service: everything that `livepen run` joins, on a machine in software. */
export interface Life {
  readonly process: Process;
  readonly appliance: Appliance;
  readonly ledger: Ledger;
  readonly plotter: Plotter;
  readonly source: Listener;
  readonly gifts: GiftBook;
  finger(down: boolean): void;
  /** As on SIGTERM. */
  stop(): Promise<void>;
}

/** Starts the service; gives the reason when it does not start. */
export function startLife(world: LifeWorld): Life | string {
  const { clock, hardware, disk, live, setup, number, version, watch } = world;
  const process = new Process(clock, hardware.ports, watch);
  const points = setup.rules === true ? ruledTerms : null;
  const texts = setup.rules === true ? { readText: readTexts } : {};
  const goals = setup.rules === true ? ruledGoals : [];
  const opened = openLedger({ file: disk.file, allot, wallMs: process.clock.wallMs, points, goals, ...texts });
  if (!opened.ok) return opened.fault.what;
  world.opened(opened.ledger);
  const ledger = guardedLedger(opened.ledger, process, disk, watch);
  const layout = layoutOf(setup, version);
  const gifts = giftBook(world.giftMap, layout.rows);
  const random = seededRandom(world.seed * 1_000 + number);
  const { appliance, plotter, source } = assembleAppliance({
    clock: process.clock,
    log: silentLog,
    random,
    ledger,
    ports: process.ports,
    plotter: { ...testPlotterSettings, origin: setup.origin, bed: simulatedBed },
    sourceOf: (settled) =>
      createListener({
        clock: process.clock,
        random,
        log: silentLog,
        provider: live.ear(process, settled),
        user: 'somebody',
        wanted: new Set(['gift', 'stream-end', 'follow', 'share', 'like', 'subscribe', 'chat']),
        raw: () => {},
        undecodable: () => {},
      }),
    gifts,
    ...(setup.rules === true ? { rules: ruledDesk(setup.plates === true) } : {}),
    sheetTurned: () => housekeeping.sheetTurned(),
    settings: {
      layout,
      order: setup.order,
      newGiverWithinMs: 30_000,
      sheetFull: setup.sheetFull,
      idleParkMs: 10_000,
      motionDelayMs,
      afterLive: { draw: true, maxMinutes: drawsOnMinutes },
      testSession: `test-${number}`,
    },
  });
  const housekeeping = createHousekeeping({
    clock: process.clock,
    log: silentLog,
    ledger,
    viewerDays: 30,
    clockIsRight: () => true,
  });
  const button = simulatedButton(world.fingerIsDown);
  const panel = panelOf(world, process, appliance, button);
  appliance.start();
  housekeeping.start();
  panel.start();
  const manager = simulatedSystemd(clock, process, world.seed, world.fail);
  manager.ready('ready');
  const endHeartbeat = startHeartbeat({
    clock: process.clock,
    log: silentLog,
    manager,
    stuck: () => appliance.stuck(),
  });
  return {
    process,
    appliance,
    ledger,
    plotter,
    source,
    gifts,
    finger: (down) => process.enter(() => button.level(down)),
    async stop() {
      housekeeping.stop();
      await appliance.stop();
      await panel.stop();
      endHeartbeat();
    },
  };
}

/** The real panel; what it does is held against what the light has shown. */
function panelOf(
  { isMeant, commanded, fail }: LifeWorld,
  process: Process,
  appliance: Appliance,
  button: SimButton,
): Panel {
  const real = panelAppliance(appliance);
  let shown = firstFacts;
  let shownSinceMs = process.nowMs;
  let touched = firstFacts;
  const look = () => {
    const facts = real.look();
    if (shownKey(facts) !== shownKey(shown)) shownSinceMs = process.nowMs;
    shown = facts;
    return facts;
  };
  button.onTouch = () => {
    touched = look();
  };
  return createPanel({
    clock: process.clock,
    log: silentLog,
    button,
    light: noLight,
    leds: 8,
    changed: () => appliance.lookAgain(),
    appliance: {
      ...real,
      look,
      command(command) {
        if (!isMeant(command)) return false;
        const pressedMs = process.nowMs;
        const isKnown = (['press', 'hold'] as const).some((each) => meaningOf(each, touched).includes(command));
        if (!isKnown) fail('hands', `"${command}" is not what the finger meant when it came, at ${shownKey(touched)}`);
        if (pressedMs - shownSinceMs < shownForMs) fail('hands', `"${command}" for a light that has only just come`);
        const isDone = real.command(command);
        if (isDone) commanded(command, pressedMs);
        return isDone;
      },
    },
  });
}

type SimButton = Button & { level(down: boolean): void; onTouch: () => void };

function simulatedButton(isDown: boolean): SimButton {
  let listener: Parameters<Button['start']>[0] | null = null;
  const button: SimButton = {
    ...noButton,
    start(heard) {
      listener = heard;
      if (isDown) heard.level({ down: true, found: true });
    },
    onTouch: () => {},
    level(down) {
      if (down) button.onTouch();
      listener?.level({ down, found: false });
    },
  };
  return button;
}

function giftBook(read: () => string, rows: readonly { readonly id: string }[]): GiftBook {
  const opened = openGiftBook(
    { read: () => ({ ok: true, text: read() }), write: () => null },
    rows.map(({ id }) => id),
    silentLog,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems));
  return opened.book;
}
