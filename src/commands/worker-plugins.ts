import { closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import { plainText } from '../domain/plain-text.ts';
import { systemClock } from '../system/clock.ts';
import { type FoundPlugin, findPlugins } from '../worker/plugins/plugin-folder.ts';
import type { WorkerSettings } from '../worker/settings.ts';
import { type PluginState, WorkerStore } from '../worker/store.ts';
import { type Console, exit, whyOf, wrapEntry, wrapLines } from './command.ts';

const inWords: Readonly<Record<PluginState['state'], string>> = {
  off: 'off',
  starting: 'starts',
  running: 'runs',
  waiting: 'is started again in a moment',
  'given-up': 'given up',
  broken: 'cannot be started',
};

/**
 * What `livepen plugins` stands for: plugins are listed, switched on or off, or begun anew. It looks into the worker's own
 * folder, on the worker's machine; a worker that runs follows that folder within some seconds.
 */
export function orderPlugins(settings: WorkerSettings, words: readonly string[], console: Console): number {
  const [what = 'list', id, more] = words;
  const isOrder = what === 'enable' || what === 'disable' || what === 'reload';
  if (more !== undefined || (isOrder ? id === undefined : what !== 'list' || id !== undefined)) {
    console.err(
      wrapLines('Run `livepen plugins`, or `livepen plugins enable`, `disable` or `reload` with the id of one.'),
    );
    return exit.usage;
  }
  if (settings.plugins === null) {
    console.err(wrapLines("Plugins are off: the worker's config has no [plugins]."));
    return exit.refused;
  }
  const { folder } = settings.plugins;
  const clock = systemClock();
  try {
    const all = findPlugins(folder);
    if (!isOrder) return list(all, folder, settings.file, clock, console);
    const found = all.find((each) => each.id === id);
    if (found === undefined) {
      console.err(wrapLines(`There is no plugin "${plainText(id ?? '')}" in ${folder}.`));
      return exit.refused;
    }
    if (found.entry === '') {
      console.err(wrapLines(`Plugin ${found.id} cannot be started as it is: ${found.why}.`));
      return exit.refused;
    }
    const manifest = join(folder, found.id, 'plugin.json');
    if (what === 'reload') touch(manifest, clock);
    else enable(manifest, what === 'enable');
    console.out(wrapLines(saidOf(what, found)));
    return exit.ok;
  } catch (error) {
    console.err(wrapLines(`The plugins in ${folder} cannot be changed: ${whyOf(error, console)}.`));
    return exit.failed;
  }
}

function list(all: readonly FoundPlugin[], folder: string, file: string, clock: Clock, console: Console): number {
  const looked = WorkerStore.look(file, clock.wallMs);
  if (!looked.ok) {
    console.err(wrapLines(`${looked.fault.what} ${looked.fault.remedy}`));
    return exit.failed;
  }
  const states = looked.store?.shownPlugins() ?? [];
  looked.store?.close();
  for (const { id, name, version, isEnabled, why } of all) {
    const shown = states.find((each) => each.id === id);
    const state = why !== null ? 'broken' : isEnabled ? (shown?.state ?? null) : 'off';
    const its = state === null ? 'on, and no worker runs it' : inWords[state];
    const because = why ?? shown?.why ?? '';
    const title = name === '' ? '' : `, ${name} ${version}`;
    const said = `${its}${title}${because === '' || state === 'off' ? '' : `: ${because}`}`;
    console.out(wrapEntry(`${id}  `, plainText(said)).join('\n'));
  }
  if (all.length === 0) console.out(wrapLines(`There are no plugins in ${folder}.`));
  return exit.ok;
}

/** Everything else in it stays as its author wrote it. */
function enable(manifest: string, isEnabled: boolean): void {
  const text = readFileSync(manifest, 'utf8');
  const written = JSON.stringify({ ...JSON.parse(text), enabled: isEnabled }, null, 2);
  const beside = `${manifest}.new`;
  // Whole or not at all, and readable for the worker, whoever gives the order.
  const file = openSync(
    beside,
    constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_NOFOLLOW,
    0o644,
  );
  try {
    writeSync(file, `${written}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, manifest);
}

function touch(manifest: string, clock: Clock): void {
  const now = clock.wallMs() / 1_000;
  utimesSync(manifest, now, now);
}

function saidOf(what: string, { id, why }: FoundPlugin): string {
  if (what === 'reload') return `Plugin ${id} is started anew within some seconds, if it is on and a worker runs.`;
  if (what === 'disable') return `Plugin ${id} is off; a running worker ends it within some seconds.`;
  const doubt = why === null ? '' : ` But ${why}.`;
  return `Plugin ${id} is on; a running worker starts it within some seconds.${doubt}`;
}
