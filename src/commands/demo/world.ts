import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { assembleAppliance } from '../../appliance/assemble.ts';
import type { Appliance } from '../../appliance/contract.ts';
import { openGiftBook } from '../../appliance/gift-book.ts';
import { isOfUser, parseConfig } from '../../config/load.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { SheetLayout } from '../../domain/sheet.ts';
import { strokesFor } from '../../domain/worth.ts';
import { layOut } from '../../drawing/layout.ts';
import { allot } from '../../gifts/gift-map.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { startVirtualLive, type VirtualLive } from '../../simulators/live/virtual-live.ts';
import { VirtualPorts } from '../../simulators/plotter/cable.ts';
import { createVirtualPlotter, type VirtualPlotter } from '../../simulators/plotter/plotter.ts';
import { testGiftEvent } from '../../sources/test-gift.ts';
import { hostVariable } from '../../sources/tiktok/platform.ts';
import { createTikTokSource } from '../../sources/tiktok/source.ts';
import { seededRandom } from '../../system/random.ts';
import { applianceSettings, plotterSettings } from '../settings.ts';

/**
 * The demo's machine: A6 paper, four rows of 40 strokes with their names, a plotter that stands on the corner mark when
 * it gets power.
 */
const demoConfig = `
version = 1

[live]
user = "ink_host_01"

[plotter]
origin = "power-on"
idleParkSeconds = 2

[paper]
widthMm = 105
heightMm = 148
marginMm = 12

[stroke]
lengthMm = 22
spacingMm = 2
style = "tally"
jitterMm = 0.35

[lettering]
label = "{row}"
labelMm = 2.8
heading = ""
headingMm = 4
marginMm = 5

[drawing]
order = "oldest"

[[rows]]
id = "1"
name = "Roses"
yMm = 112
maxStrokes = 40

[[rows]]
id = "2"
name = "Fingers and hearts"
yMm = 80
maxStrokes = 40

[[rows]]
id = "3"
name = "Cheers"
yMm = 48
maxStrokes = 40

[[rows]]
id = "4"
name = "Treasures"
yMm = 16
maxStrokes = 40
`;

/** Gifts of the recorded live; when a gift's row is full it goes on in the next one. "Virtual Inkwell" is left out. */
const demoGifts = `
{
  "version": 1,
  "gifts": [
    { "name": "Rose", "rows": ["1", "2", "3", "4"] },
    { "name": "Finger Heart", "rows": ["2", "3", "4", "1"] },
    { "name": "Hand Hearts", "rows": ["2", "3", "4", "1"], "strokes": 3 },
    { "name": "TikTok", "rows": ["3", "4", "1", "2"] },
    { "name": "GG", "rows": ["3", "4", "1", "2"] },
    { "name": "Perfume", "rows": ["4", "1", "2", "3"] },
    { "name": "Doughnut", "rows": ["4", "1", "2", "3"], "strokes": 2 },
    { "name": "Corgi", "rows": ["4", "1", "2", "3"], "strokes": 5 },
    { "name": "Galaxy", "rows": ["4", "1", "2", "3"], "strokes": 10 }
  ]
}
`;

/** The whole appliance between a live and a plotter in software; everything between them is the real part. */
export interface DemoWorld {
  readonly appliance: Appliance;
  readonly live: VirtualLive;
  readonly plotter: VirtualPlotter;
  readonly layout: SheetLayout;
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
function embeddedConfig(folder: string) {
  const parsed = parseConfig(demoConfig, join(folder, 'livepen.toml'));
  if (!parsed.ok) throw new Error(`the embedded config has problems: ${JSON.stringify(parsed.problems)}`);
  const { config } = parsed;
  const laid = layOut(config);
  if (!laid.ok) throw new Error(`the embedded layout has problems: ${JSON.stringify(laid.problems)}`);
  // Nothing in its labels depends on the day or the number of the sheet.
  const lettered = layOut(config, { sheet: 1, date: '', user: '' });
  if (!lettered.ok) throw new Error(`the embedded layout has problems: ${JSON.stringify(lettered.problems)}`);
  return { config, layout: laid.layout, lettered: lettered.layout };
}

/**
 * Builds the demo's world on one clock, which runs `speed` times as fast as real time; its ledger is begun anew in
 * `folder`.
 */
export async function buildDemoWorld(clock: Clock, speed: number, log: Log, folder: string): Promise<DemoWorld> {
  const file = join(folder, 'demo.db');
  for (const ending of ['', '-wal', '-shm', '-lock', '-run']) rmSync(`${file}${ending}`, { force: true });

  const { config, layout, lettered } = embeddedConfig(folder);
  const rowIds = config.rows.map(({ id }) => id);
  let giftMap = demoGifts;
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
  return {
    appliance,
    live,
    plotter,
    layout: lettered,
    expectedStrokes() {
      if (giftMap !== demoGifts) return null;
      return live.room.given().reduce((sum, { giftId: id, giftName: name, count }) => {
        const event = testGiftEvent({
          id: '',
          session: '',
          sequence: 0,
          gift: { id, name, coins: 0 },
          count,
          wallMs: 0,
        });
        const worth = gifts.book.worthOf(event);
        return sum + (worth === null ? 0 : strokesFor(worth, count));
      }, 0);
    },
    async close(beforeClosing = async () => {}) {
      await appliance.stop();
      await beforeClosing();
      ledger.close();
      await live.close();
    },
  };
}
