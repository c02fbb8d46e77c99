import { rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createApi, localOptions } from '../api/app.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { counted } from '../domain/plain-text.ts';
import type { Point, SheetLayout } from '../domain/sheet.ts';
import { strokePath } from '../drawing/place.ts';
import { makeFolder } from '../ledger/connection.ts';
import type { Recorded } from '../ledger/record.ts';
import { play, recordedLive } from '../simulators/live/script.ts';
import type { Paper } from '../simulators/plotter/paper.ts';
import { systemClock } from '../system/clock.ts';
import { createLog } from '../system/log.ts';
import { listen } from './api-server.ts';
import {
  type Arguments,
  type Command,
  type Console,
  exit,
  logOriginal,
  programVersion,
  untilSignal,
  whyOf,
} from './command.ts';
import { demoScenes } from './demo/scenes.ts';
import { openScreen, type Screen } from './demo/screen.ts';
import { buildDemoWorld, type DemoWorld } from './demo/world.ts';

/** A streak's frames that come within this time are reported in one line. */
const gatherMs = 3_000;

interface Gathered {
  readonly viewer: string;
  readonly gift: string;
  gifts: number;
  mapped: boolean;
  readonly strokes: Map<string, number>;
}

/** Writes a line for each gift; what a streak adds within a moment stands in one. */
function giftLines(clock: Clock, rowName: (row: string) => string, line: (text: string) => void) {
  const waiting = new Map<string, Gathered>();

  function show(key: string): void {
    const it = waiting.get(key);
    waiting.delete(key);
    if (it === undefined) return;
    const strokes = [...it.strokes].map(([row, count]) => `${count} in ${rowName(row)}`).join(', ');
    line(
      `  ${it.viewer.padEnd(12)} ${String(it.gifts).padStart(3)} x ${it.gift.padEnd(16)} ${it.mapped ? strokes : 'not in the gift map'}`,
    );
  }

  return {
    recorded(records: readonly Recorded[]): void {
      for (const { event, grown, mapped, credits } of records) {
        if (event.kind !== 'gift' || grown === 0) continue;
        const viewer = event.user?.name ?? 'a test';
        const { id, name } = event.payload.gift;
        const gift = name === '' ? `gift ${id}` : name;
        const key = `${viewer}\n${gift}`;
        const it = waiting.get(key) ?? { viewer, gift, gifts: 0, mapped, strokes: new Map<string, number>() };
        if (!waiting.has(key)) clock.after(gatherMs, () => show(key));
        waiting.set(key, it);
        it.gifts += grown;
        for (const { row, strokes } of credits) it.strokes.set(row, (it.strokes.get(row) ?? 0) + strokes);
      }
    },
    /** Shows at once what still waits. */
    end(): void {
      for (const key of [...waiting.keys()]) show(key);
    },
  };
}

/** The recorded live takes four minutes; with the drawing behind it the demo ends after about half a minute. */
const speed = 32;
/** How often the picture is looked at anew, in the demo's own time. */
const lookEveryMs = 1_500;
/** How long the demo's person takes to change the paper. */
const paperChangeMs = 4_000;
/** Much longer than any run; then something is wrong, and it says so. */
const patienceMs = 20 * 60_000;

const usualPort = 8420;

export const demo: Command = {
  name: 'demo',
  summary: 'see it draw, without a plotter or a live',
  usage: 'demo [--picture | --drawings] [--serve [--port N]] [--out FOLDER]',
  details: [
    'Plays a recorded live through the real listener, ledger and streamer to a plotter in',
    `software, ${speed} times as fast as in life. Draws on A6 paper, changes it once.`,
    '',
    '  --picture      instead of rows, a rose of which each gift draws the next piece',
    '  --drawings     a rose and a name on plates, with rows beneath them',
    '  --serve        stay up with the API for a look around, until Ctrl-C',
    `  --port N       serve on another port than ${usualPort}`,
    '  --out FOLDER   where the drawn sheets go (default: demo)',
  ].join('\n'),
  options: {
    picture: { type: 'boolean' },
    drawings: { type: 'boolean' },
    serve: { type: 'boolean' },
    port: { type: 'string' },
    out: { type: 'string' },
  },
  run: runDemo,
};

async function runDemo({ options }: Arguments, console: Console): Promise<number> {
  const folder = typeof options.out === 'string' ? options.out : 'demo';
  const trouble = folderTrouble(folder, console);
  if (trouble !== null) {
    console.err(trouble);
    return exit.failed;
  }
  const port = options.port === undefined ? usualPort : Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    console.err(`"${options.port}" is not a port. Give a number from 1 to 65535, as in \`--port 8421\`.`);
    return exit.usage;
  }
  if (options.picture === true && options.drawings === true) {
    console.err('--picture and --drawings are two demos: give one of them.');
    return exit.usage;
  }
  const scene = options.picture === true ? 'picture' : options.drawings === true ? 'drawings' : 'strokes';
  const clock = systemClock(speed);
  const screen = openScreen(console);
  const log = demoLog(screen);
  let stopped = false;
  const asked = untilSignal(systemClock()).then(() => {
    stopped = true;
  });
  screen.line(`A recorded live of four minutes, ${speed} times as fast: the real listener, ledger and streamer,`);
  screen.line('and a plotter in software that records the ink it really laid.\n');
  const world = await buildDemoWorld(clock, speed, log, folder, demoScenes[scene]);
  const api =
    options.serve === true ? createApi(world.appliance, localOptions(systemClock(), log, programVersion())) : null;
  const server = api === null ? null : await listen(api.app, '127.0.0.1', port);
  if (server?.ok === false) {
    logOriginal(server.original, console);
    console.err(`${server.what} Stop the other program, or take another port, as in \`--serve --port 8421\`.`);
    await world.close();
    return exit.failed;
  }

  const story = playStory({ world, clock, screen, folder, isOver: () => stopped });
  const outcome = await Promise.race([story, asked.then(() => null)]);
  const agrees = outcome === null || summarize(outcome, world, console, screen);
  if (outcome !== null && server?.ok === true) {
    const at = port === usualPort ? '' : ` --url ${server.url}`;
    console.out(`\nThe page is at ${server.url}/, the board for viewers at ${server.url}/board.`);
    console.out(`In another terminal: npm run livepen -- status${at}`);
    console.out('Ctrl-C ends it.');
    await asked;
  }
  screen.end();
  await world.close(async () => {
    api?.close();
    if (server?.ok === true) await server.close();
  });
  await story;
  if (outcome === null) console.out('Stopped.');
  return agrees ? exit.ok : exit.failed;
}

/** Makes the folder for the sheets and sees whether it takes files; null, or why it cannot. */
function folderTrouble(folder: string, console: Console): string | null {
  const probe = join(folder, '.livepen-demo');
  try {
    makeFolder(folder, 0o755);
    writeFileSync(probe, '');
    rmSync(probe);
    return null;
  } catch (error) {
    return `--out ${folder} must be a folder that takes files: ${whyOf(error, console)}.\nName another one, such as \`--out demo\`.`;
  }
}

function demoLog(screen: Screen): Log {
  return createLog({
    write: (line) => screen.line(`  ${line.trimEnd()}`),
    format: 'text',
    wallMs: null,
    journald: false,
  });
}

interface Story {
  readonly world: DemoWorld;
  readonly clock: Clock;
  readonly screen: Screen;
  readonly folder: string;
  readonly isOver: () => boolean;
}

/** What the demo has to show for itself; `sheets` in the order in which they were drawn. */
interface Outcome {
  readonly sheets: readonly { readonly file: string; readonly proof: Proof }[];
  readonly complete: boolean;
}

/**
 * The live begins once it is heard; a person changes the paper when the light asks for it; it ends when all is drawn.
 */
async function playStory({ world, clock, screen, folder, isOver }: Story): Promise<Outcome> {
  const { appliance, live, plotter } = world;
  const rowNames = new Map(world.sheetLayout().rows.map(({ id, name }) => [id, name]));
  const lines = giftLines(
    clock,
    (row) => rowNames.get(row) ?? row,
    (text) => screen.line(text),
  );
  appliance.watch({ recorded: (records) => lines.recorded(records) });
  appliance.start();
  const endMs = clock.nowMs() + patienceMs;
  const sheets: Outcome['sheets'][number][] = [];
  let playing: ReturnType<typeof play> | null = null;
  let played = false;

  function keepSheet(): void {
    const picture = appliance.picture();
    if (picture === null) return;
    const file = join(folder, `sheet-${sheets.length + 1}.svg`);
    writeFileSync(file, picture);
    sheets.push({ file: shortPath(file), proof: provePaper(world.sheetLayout(), plotter.changePaper()) });
  }

  async function changePaper(asked: string): Promise<void> {
    screen.line(asked);
    await sleep(clock, paperChangeMs);
    if (isOver()) return;
    keepSheet();
    screen.line('Fresh paper is put in and confirmed.');
    const changed = appliance.operator.paperChanged();
    if (!changed.ok) screen.line(changed.fault.what);
  }

  while (!isOver() && clock.nowMs() < endMs) {
    const status = appliance.status();
    screen.picture(status);
    if (playing === null && status.live.heard && status.sheet !== null) {
      playing = play(live, recordedLive, clock);
      void playing.done.then(() => {
        played = true;
      });
    }
    if (status.state.name === 'needs-sheet') await changePaper(status.state.what);
    const drawnAll =
      played &&
      status.inbox.waiting === 0 &&
      status.strokes.pending === 0 &&
      status.strokes.inHand === 0 &&
      status.drawings.length === 0;
    if (drawnAll && status.plotter.parked) break;
    await sleep(clock, lookEveryMs);
  }
  playing?.stop();
  lines.end();
  const complete = !isOver() && clock.nowMs() < endMs;
  if (complete) keepSheet();
  return { sheets, complete };
}

/** From here, unless that leads out of here. */
function shortPath(file: string): string {
  const short = relative('.', file);
  return short.startsWith('..') ? resolve(file) : short;
}

/** Prints what came of it; true when ink and debt agree. */
function summarize(
  { sheets, complete }: Outcome,
  { appliance, live, expectedStrokes }: DemoWorld,
  console: Console,
  screen: Screen,
): boolean {
  const { strokes, unmappedGifts, events, drawings } = appliance.status();
  screen.picture(appliance.status());
  screen.end();
  const given = live.room.gifts;
  const inked = sheets.reduce((sum, { proof }) => sum + proof.inked, 0);
  const stray = sheets.reduce((sum, { proof }) => sum + proof.stray, 0);
  const expected = expectedStrokes();
  const lost = (expected === null ? strokes.credited : expected + strokes.creditedByTests) - inked;
  console.out(
    [
      complete ? 'Done.' : 'It did not come to an end: this is a bug.',
      `  gifts      ${given} given, recorded as ${counted(events, 'event')}, ${unmappedGifts} of them not in the gift map`,
      `  strokes    ${strokes.credited} credited, ${strokes.drawn} drawn, ${strokes.pending} owed`,
      `  on paper   ${counted(inked, 'stroke')} in place, ${counted(stray, 'line')} elsewhere`,
      `  sheets     ${sheets.length}, uncertain: ${strokes.uncertain}, lost: ${lost}`,
      ...sheets.map(({ file }) => `  ${file}`),
    ].join('\n'),
  );
  const isPaid = strokes.pending === 0 && strokes.drawn === strokes.credited && drawings.length === 0;
  return complete && lost === 0 && stray === 0 && isPaid;
}

/** What the paper itself shows, without the ledger. */
interface Proof {
  /** Places of strokes that have ink from end to end. */
  readonly inked: number;
  /** Lines of ink that lie on no stroke's place, and belong to no letter and no drawing. */
  readonly stray: number;
}

/** As near as this, ink lies on its place. */
const nearMm = 0.05;

type Line = readonly [Point, Point];

/** Holds the ink that a virtual plotter really laid against the places of a sheet. */
function provePaper(layout: SheetLayout, paper: Paper): Proof {
  const places = layout.rows.flatMap((row) =>
    Array.from({ length: row.capacity }, (_, index) => linesOf(strokePath(row, index + 1))),
  );
  const letters = (layout.lettering ?? []).flatMap(linesOf);
  const drawn = (layout.drawings ?? []).flatMap(({ count, pathOf }) =>
    Array.from({ length: count }, (_, index) => linesOf(pathOf(index + 1))),
  );
  const ink = paper.ink.map(
    ({ fromX, fromY, toX, toY }): Line => [
      { xMm: fromX, yMm: fromY },
      { xMm: toX, yMm: toY },
    ],
  );
  const known = [...places.flat(), ...letters, ...drawn.flat()];
  return {
    inked: places.filter((place) => place.every((line) => ink.some((each) => isSame(line, each)))).length,
    stray: ink.filter((line) => !known.some((each) => isSame(line, each))).length,
  };
}

function linesOf(path: readonly Point[]): Line[] {
  return path.slice(1).map((to, index) => [path[index] ?? to, to]);
}

function isSame([a, b]: Line, [c, d]: Line): boolean {
  return (isNear(a, c) && isNear(b, d)) || (isNear(a, d) && isNear(b, c));
}

function isNear(a: Point, b: Point): boolean {
  return Math.abs(a.xMm - b.xMm) <= nearMm && Math.abs(a.yMm - b.yMm) <= nearMm;
}
