import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startPluginProgram } from '../../src/commands/plugin-program.ts';
import type { Log } from '../../src/domain/log.ts';
import { systemClock } from '../../src/system/clock.ts';
import type { Patience } from '../../src/worker/plugins/plugin-process.ts';
import { Plugins } from '../../src/worker/plugins/plugins.ts';
import type { AskBoard } from '../../src/worker/sound/stage.ts';
import { WorkerStore } from '../../src/worker/store.ts';
import { untilSo } from './tools.ts';

/** Long enough for whatever a busy machine does; those tests that wait for an end take less. */
const patient: Patience = { startMs: 60_000, pingEveryMs: 500, answerMs: 60_000 };

/** A plugin as it is written: its files by their paths, and what its plugin.json says otherwise. */
export interface Written {
  readonly files?: Readonly<Record<string, string>>;
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** Writes a plugin into a folder of plugins. */
export function writePlugin(
  folder: string,
  id: string,
  main: string,
  { files = {}, manifest = {} }: Written = {},
): void {
  const place = join(folder, id);
  mkdirSync(place, { recursive: true });
  for (const [path, text] of Object.entries({ 'main.js': main, ...files })) writeFileSync(join(place, path), text);
  const usual = { id, name: `Plugin ${id}`, version: '1.0.0', entry: 'main.js', enabled: true };
  writeFileSync(join(place, 'plugin.json'), JSON.stringify({ ...usual, ...manifest }));
}

/** A folder for plugins, and the worker's own file beside it. */
export function yardOf(context: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'livepen-plugins-'));
  context.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }));
  const folder = join(home, 'plugins');
  mkdirSync(folder);
  return { home, folder };
}

interface Options {
  readonly patience?: Partial<Patience>;
  /** The plugins' time runs so much faster. */
  readonly factor?: number;
  /** What is started in the place of the program. */
  readonly start?: () => ChildProcess;
  /** The appliance, where it is another than one that shows every alert. */
  readonly askBoard?: AskBoard;
}

/** Plugins that run from a folder, each in its own real process. */
export function pluginsIn(context: TestContext, { home, folder }: ReturnType<typeof yardOf>, options: Options = {}) {
  const { factor = 1, patience = {}, start = startPluginProgram } = options;
  const clock = systemClock(factor);
  const said: string[] = [];
  const take = (text: string) => void said.push(text);
  const log: Log = { debug: () => {}, info: take, warn: take, error: take };
  const cues: unknown[] = [];
  const askBoard: AskBoard = async ({ body }) => {
    cues.push(JSON.parse(body));
    return { kind: 'answered', status: 200, detail: '' };
  };
  const opened = WorkerStore.open(join(home, 'worker.db'), clock.wallMs);
  if (!opened.ok) throw new Error(opened.fault.what);
  const { store } = opened;
  const children: ChildProcess[] = [];
  const plugins = new Plugins(folder, {
    clock,
    log,
    store,
    askBoard: options.askBoard ?? askBoard,
    patience: { ...patient, ...patience },
    start() {
      const child = start();
      children.push(child);
      return child;
    },
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await plugins.close();
    store.close();
  };
  context.after(async () => {
    await close();
    for (const child of children) child.kill('SIGKILL');
  });
  const frame = (event: string, entry: object) => ({ id: null, event, data: JSON.stringify(entry) });
  return {
    plugins,
    clock,
    log,
    store,
    cues,
    children,
    close,
    said: () => said.join('\n'),
    /** Waits for words of the log. */
    hears: (words: string | RegExp) =>
      untilSo(`${words}`, () =>
        typeof words === 'string' ? said.join('\n').includes(words) : words.test(said.join('\n')),
      ).catch((error) => Promise.reject(new Error(`${error}: the log has\n${said.join('\n')}`))),
    /** Says something on the live. */
    chat: (text: string, ageMs = 0) => plugins.passOn([frame('chat', { viewer: 'mila', text, atMs: 0 })], () => ageMs),
    gift: (gift: string, seq: number) =>
      plugins.passOn([frame('gift', { kind: 'gift', gift, seq, viewer: 'mila', count: 1, arrivedAtMs: 0 })], () => 0),
    state: (id: string) => store.shownPlugins().find((each) => each.id === id) ?? null,
  };
}

/** Starts a script in the place of the program that holds plugins: what one would do that broke out of it. */
export function scriptAs(script: string): () => ChildProcess {
  return () => spawn(process.execPath, ['-e', script], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A plugin whose `init(api)` does this. */
export const pluginOf = (init: string) => `module.exports = { init(api) { ${init} } };`;
/** Says what it hears, so that it shows whether it still does. */
export const echo = pluginOf("api.registerLiveEvent('chat', ({ text }) => api.log('echo ' + text)); api.log('here');");
