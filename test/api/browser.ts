import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type PageScreenshotOptions,
} from 'playwright-core';
import { type Api, createApi, localOptions, type Tokens } from '../../src/api/app.ts';
import { type Listening, listen } from '../../src/commands/api-server.ts';
import type { DrawingReader } from '../../src/domain/drawing-reader.ts';
import { silentLog } from '../../src/domain/log.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type RunningWorld, runWorld, type WorldOptions } from '../appliance/world.ts';

const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Starts the Chromium of this machine, with what switches it is given. */
export function startBrowser(...switches: readonly string[]): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? programs.find(existsSync);
  if (executablePath === undefined) throw new Error('There is no Chromium. On Debian: apt-get install chromium');
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', ...switches];
  return chromium.launch({ executablePath, args });
}

/** A world whose API is served over HTTP, and whose time runs by itself. */
export interface ServedWorld {
  readonly world: RunningWorld;
  readonly api: Api;
  readonly url: string;
  /** Ends the server as a service that dies would; `serveAgain` takes its port again. */
  cutOff(): Promise<void>;
  serveAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface ServedOptions extends WorldOptions {
  /** Time runs so many times as fast as in life. */
  readonly speed?: number;
  readonly tokens?: Tokens;
  /** What reads drawings, where there are plates. */
  readonly drawings?: DrawingReader;
  /** With which a worker may report. */
  readonly workerToken?: string;
  /** The API's own times (gathering, beats) pass so many times as fast. */
  readonly apiSpeed?: number;
}

/** Serves a world until the test ends, however it ends. */
export async function serveWorld(t: TestContext, options: ServedOptions = {}): Promise<ServedWorld> {
  const world = runWorld(systemClock(options.speed ?? 5), options);
  const tokens = options.tokens ?? null;
  const api = createApi(world.appliance, {
    ...localOptions(systemClock(options.apiSpeed ?? 1), silentLog, '1.2.3'),
    tokens,
    drawings: options.drawings ?? null,
    workerToken: options.workerToken ?? null,
  });
  let server = await serve(0);
  const port = Number(new URL(server.url).port);

  async function serve(wanted: number): Promise<Extract<Listening, { ok: true }>> {
    const listening = await listen(api.app, '127.0.0.1', wanted);
    if (!listening.ok) throw new Error(listening.what);
    return listening;
  }
  let isOpen = true;
  const served: ServedWorld = {
    world,
    api,
    url: server.url,
    cutOff: () => server.close(),
    async serveAgain() {
      server = await serve(port);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      api.close();
      await server.close();
      await world.close();
    },
  };
  t.after(() => served.close());
  return served;
}

export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };

/** A page that keeps everything that goes wrong in it, and every address that it asks for. */
export interface Watched {
  readonly page: Page;
  readonly troubles: string[];
  readonly asked: string[];
}

const waitMs = 30_000;

/** Opens a page that is closed when the test ends. */
export async function openPage(
  t: TestContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
): Promise<Watched> {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  // Short of a test's own time, so that it fails with what it waited for.
  context.setDefaultTimeout(waitMs);
  const page = await context.newPage();
  const troubles: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(url);
  return { page, troubles, asked };
}

/** What axe finds against a page as it is now, one line each. */
export async function barriers(page: Page): Promise<string[]> {
  // The policy of the page lets no script in; the protocol of the browser does.
  await page.evaluate(axe);
  // What fades in has less contrast on its way; an animation without an end cannot be finished, and stays.
  await page.evaluate(`for (const each of document.getAnimations()) {
    if (each.effect.getComputedTiming().endTime !== Infinity) each.finish();
  }`);
  const found = await page.evaluate<
    { id: string; help: string; nodes: { target: string[]; failureSummary: string }[] }[]
  >('axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)');
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Keeps a picture for people to look at, when LIVEPEN_SHOTS names a folder. */
export async function shoot(page: Page, name: string, options: PageScreenshotOptions = {}): Promise<void> {
  const folder = process.env.LIVEPEN_SHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ ...options, path: join(folder, `${name}.png`) });
}

/** Where something lies on the page: what is drawn anew all the time, as the sheet is, may be out of it for an instant. */
export async function boxOf(what: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  for (let attempts = 0; attempts < 100; attempts++) {
    await what.waitFor();
    const box = await what.boundingBox();
    if (box !== null) return box;
    await delay(20);
  }
  throw new Error(`${what} has no place on the page`);
}
