import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assembleAppliance } from '../../appliance/assemble.ts';
import type { Appliance } from '../../appliance/contract.ts';
import { type GiftBook, openGiftBook } from '../../appliance/gift-book.ts';
import { type Config, isOfUser, parseConfig } from '../../config/load.ts';
import type { Clock } from '../../domain/clock.ts';
import type { DrawingPaths } from '../../domain/drawing-paths.ts';
import type { DrawingReader } from '../../domain/drawing-reader.ts';
import type { Log } from '../../domain/log.ts';
import type { SheetLayout } from '../../domain/sheet.ts';
import { strokesFor } from '../../domain/worth.ts';
import { layOut } from '../../drawing/layout.ts';
import { noPictures, type PicturesOfRows } from '../../drawing/picture-rows.ts';
import { planText } from '../../drawing/plan-text.ts';
import { allot } from '../../gifts/gift-map.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { startVirtualLive, type VirtualLive } from '../../simulators/live/virtual-live.ts';
import { VirtualPorts } from '../../simulators/plotter/cable.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../simulators/plotter/plotter.ts';
import { testGiftEvent } from '../../sources/test-gift.ts';
import { hostVariable } from '../../sources/tiktok/platform.ts';
import { createTikTokSource } from '../../sources/tiktok/source.ts';
import { systemClock } from '../../system/clock.ts';
import { seededRandom } from '../../system/random.ts';
import { shippedFile } from '../command.ts';
import { openDrawingReader } from '../drawing-reader.ts';
import { RowPictures } from '../pictures.ts';
import { applianceSettings, plotterSettings } from '../settings.ts';
import { type DemoScene, demoScenes } from './scenes.ts';

/** The whole appliance between a live and a plotter in software; everything between them is the real part. */
export interface DemoWorld {
  readonly appliance: Appliance;
  readonly live: VirtualLive;
  readonly plotter: VirtualPlotter;
  /** The sheet that lies there, with its drawings; before the first, the one that will. */
  sheetLayout(): SheetLayout;
  /**
   * What the gifts that the live says were given are worth, computed without the ledger; null once a person changed the
   * gift map: what came before and after is worth otherwise then.
   */
  expectedStrokes(): number | null;
  /** `beforeClosing` lets those go who still read the ledger. */
  close(beforeClosing?: () => Promise<void>): Promise<void>;
}

/** As often as the platform's own pages do it. */
const heartbeatMs = 10_000;
/** How many messages are sent again after the dropped connection: a slow machine may take long to come back. */
const replayed = 200;
const seed = 20_261_120;

/** The demo's config, with its sheet blank and with the words that the pen writes on it. */
function embeddedConfig(folder: string, scene: DemoScene, pictures?: PicturesOfRows) {
  const parsed = parseConfig(scene.config, join(folder, 'livepen.toml'));
  if (!parsed.ok) throw new Error(`the embedded config has problems: ${JSON.stringify(parsed.problems)}`);
  const { config } = parsed;
  const laid = layOut(config, null, pictures);
  if (!laid.ok) throw new Error(`the embedded layout has problems: ${JSON.stringify(laid.problems)}`);
  // Nothing in its labels depends on the day or the number of the sheet.
  const lettered = layOut(config, { sheet: 1, date: '', user: '' }, pictures);
  if (!lettered.ok) throw new Error(`the embedded layout has problems: ${JSON.stringify(lettered.problems)}`);
  return { config, layout: laid.layout, lettered: lettered.layout };
}

/** What gifts are worth that were given. */
function strokesOf(
  book: GiftBook,
  given: { readonly giftId: string; readonly giftName: string; readonly count: number },
) {
  const { giftId: id, giftName: name, count } = given;
  const head = { id: '', session: '', sequence: 0, wallMs: 0 };
  const worth = book.worthOf(testGiftEvent({ ...head, gift: { id, name, coins: 0 }, count }));
  return worth === null ? 0 : strokesFor(worth, count);
}

/**
 * Builds the demo's world on one clock, which runs `speed` times as fast as real time; its ledger is begun anew in
 * `folder`.
 */
export async function buildDemoWorld(
  clock: Clock,
  speed: number,
  log: Log,
  folder: string,
  scene: DemoScene = demoScenes.strokes,
): Promise<DemoWorld> {
  const file = join(folder, 'demo.db');
  for (const ending of ['', '-wal', '-shm', '-lock', '-run']) rmSync(`${file}${ending}`, { force: true });

  const reader = openDrawingReader({ clock: systemClock() });
  const bare = embeddedConfig(folder, scene);
  const pictures = await picturesOf(bare.config, reader, log);
  const { config, layout, lettered } = embeddedConfig(folder, scene, pictures);
  const rowIds = config.rows.map(({ id }) => id);
  let giftMap = scene.gifts;
  const gifts = openGiftBook(
    {
      read: () => ({ ok: true, text: giftMap }),
      write(text) {
        giftMap = text;
        return null;
      },
    },
    rowIds,
    log,
  );
  if (!gifts.ok) throw new Error(`the embedded gift map has problems: ${JSON.stringify(gifts.problems)}`);
  const opened = openLedger({ file, allot, wallMs: clock.wallMs });
  if (!opened.ok) throw new Error(`${opened.fault.what} ${opened.fault.remedy}`);

  const { ledger } = opened;
  const random = seededRandom(seed);
  const settings = config.lives.find(isOfUser);
  if (settings === undefined) throw new Error('the demo listens to a user');
  const live = await startVirtualLive({ clock, user: settings.user ?? '', replay: replayed });
  const plotter = createVirtualPlotter({ clock });
  const ports = new VirtualPorts(clock);
  ports.plug('/dev/serial/by-id/virtual-plotter', plotter, { id: 'virtual-plotter' });
  const { appliance } = assembleAppliance({
    clock,
    log,
    random,
    ledger,
    ports,
    plotter: plotterSettings(config),
    sourceOf: (settled) =>
      createTikTokSource({
        clock,
        random,
        log,
        settings: { ...settings, signUrl: live.url },
        secrets: { [hostVariable]: live.pagesHost },
        settled,
        heartbeatMs: heartbeatMs / speed,
      }),
    gifts: gifts.book,
    settings: {
      ...applianceSettings(config),
      layout,
      layoutOf: () => lettered,
      testSession: 'demo',
    },
  });
  await askForDrawings(scene, layout, appliance, reader);
  reader.close();
  return {
    appliance,
    live,
    plotter,
    sheetLayout: () => ledger.sheet()?.layout ?? lettered,
    expectedStrokes() {
      if (giftMap !== scene.gifts) return null;
      return live.room.given().reduce((sum, gift) => sum + strokesOf(gifts.book, gift), 0);
    },
    async close(beforeClosing = async () => {}) {
      await appliance.stop();
      await beforeClosing();
      ledger.close();
      await live.close();
    },
  };
}

/** The pictures of the scene's rows, read as the service reads them. Throws when the rose is not there. */
async function picturesOf({ rows: written, stroke }: Config, reader: DrawingReader, log: Log): Promise<PicturesOfRows> {
  const rows = written.map((row) => (row.picture === undefined ? row : { ...row, picture: shippedFile('rose.svg') }));
  let read: PicturesOfRows = noPictures;
  const changed = (found: PicturesOfRows) => {
    read = found;
  };
  const pictures = new RowPictures({ rows, stroke, reader, clock: systemClock(), log, changed });
  await pictures.load();
  const missing = pictures.missing();
  if (missing !== null) throw new Error(`${missing.what} ${missing.remedy}`);
  return read;
}

/** Asks for what the scene draws on plates. Throws when one of them cannot be drawn. */
async function askForDrawings(
  scene: DemoScene,
  { plates = [] }: SheetLayout,
  appliance: Appliance,
  reader: DrawingReader,
) {
  const ask = (name: string, plate: string, paths: DrawingPaths) => {
    const asked = appliance.operator.askForDrawing({ ownId: name, name, plate, scales: true, paths });
    if (!asked.ok) throw new Error(asked.fault.what);
  };
  const boxOf = (plate: string) => plates.find(({ id }) => id === plate) ?? { widthMm: 0, heightMm: 0 };
  if (scene.text !== undefined) {
    const text = planText(scene.text, boxOf('name'));
    if (!text.ok) throw new Error(text.fault.what);
    ask(scene.text, 'name', text.paths);
  }
  if (scene.drawsRose !== true) return;
  const { widthMm, heightMm } = boxOf('rose');
  const options = { boxWidthMm: widthMm, boxHeightMm: heightMm, mode: 'fit', mayTurn: false, keepOrder: true } as const;
  const rose = await reader.read(readFileSync(shippedFile('rose.svg')), { ...options, hatchMm: null });
  if (!rose.ok) throw new Error(rose.fault.what);
  ask('rose.svg', 'rose', rose.paths);
}
