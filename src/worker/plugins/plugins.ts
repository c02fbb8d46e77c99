import type { ChildProcess } from 'node:child_process';
import * as v from 'valibot';
import { boardAlert } from '../../domain/alert.ts';
import { causeCode, causeInWords, UserFacingError } from '../../domain/cause.ts';
import type { Cancel, Clock } from '../../domain/clock.ts';
import type { LiveEventKind } from '../../domain/live-event.ts';
import { type Log, logLevels } from '../../domain/log.ts';
import { plainText } from '../../domain/plain-text.ts';
import type { AgeOf, FeedFrame } from '../feed.ts';
import { type AskBoard, cueBoard } from '../sound/stage.ts';
import type { PluginState, WorkerStore } from '../store.ts';
import { type FoundPlugin, findPlugins, readPlugin } from './plugin-folder.ts';
import { Allowance, type Patience, type PluginAnswer, PluginProcess } from './plugin-process.ts';

/** Kinds of live events that plugins get. */
const kinds: ReadonlySet<string> = new Set<LiveEventKind>([
  'gift',
  'donation',
  'tip',
  'chat',
  'like',
  'join',
  'follow',
  'share',
  'subscribe',
  'wheel',
  'goal',
  'raid',
  'raid-out',
]);
/** An event that is older than this, ms, is not sent to plugins any more. */
const freshMs = 10_000;
const lookEveryMs = 2_000;
const kindsMax = 32;
const routesMax = 32;
const routeForm = /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/;
const routePathMax = 100;
const logAllowed = { burst: 20, perSecond: 5 };
const logLettersMax = 500;
const cueAllowed = { burst: 5, perSecond: 1 };
const cueWithinMs = 10_000;
const settingsEveryMs = 1_000;
/**
 * After these pauses, ms, a plugin that ended is started again; then not any more, until it is changed or a person
 * reloads it.
 */
const restartAfterMs = [1_000, 4_000, 15_000, 60_000] as const;
/** A plugin that ran for so long, ms, has all its restarts again. */
const soundAfterMs = 300_000;

export const usualPatience: Patience = { startMs: 20_000, pingEveryMs: 2_000, answerMs: 5_000 };

interface PluginsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: WorkerStore;
  readonly askBoard: AskBoard;
  /** Starts the program that holds a plugin. */
  readonly start: () => ChildProcess;
  readonly patience?: Patience;
}

const giftForm = v.looseObject({ kind: v.string(), arrivedAtMs: v.number() });
const passingForm = v.looseObject({ atMs: v.number() });

/**
 * All plugins of a folder. Those that are on run, each in a process of its own; changes in the folder take effect while
 * the worker runs.
 */
export class Plugins {
  readonly #folder: string;
  readonly #deps: PluginsDeps;
  readonly #all = new Map<string, Plugin>();
  #found: readonly FoundPlugin[] = [];
  #shown = '';
  #isClosed = false;
  #look: Cancel = () => {};
  #fault: string | null = null;

  /** Starts them. */
  constructor(folder: string, deps: PluginsDeps) {
    this.#folder = folder;
    this.#deps = deps;
    this.#lookAgain();
  }

  /** Passes live events in these frames on to plugins. `ageOf`: how long ago something happened, ms. */
  passOn(frames: readonly FeedFrame[], ageOf: AgeOf): void {
    if (this.#all.size === 0) return;
    for (const frame of frames) {
      const heard = liveEventIn(frame);
      if (heard === null || ageOf(heard) > freshMs) continue;
      for (const plugin of this.#all.values()) plugin.hear(heard.kind, heard.event);
    }
  }

  /** The plugin of this id; null where none is on. */
  find(id: string): Pick<Plugin, 'methodsOf' | 'ask'> | null {
    return this.#all.get(id) ?? null;
  }

  /** Ends them all; they get a moment to clean up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#look();
    await Promise.all([...this.#all.values()].map((plugin) => plugin.stop()));
    this.#deps.store.showPlugins([]);
  }

  #lookAgain(): void {
    if (this.#isClosed) return;
    this.#look = this.#deps.clock.after(lookEveryMs, () => this.#lookAgain());
    try {
      this.#found = findPlugins(this.#folder);
      this.#follow(this.#found);
      this.#show();
      this.#fault = null;
    } catch (error) {
      const why = `The folder of plugins ${this.#folder} cannot be read: ${causeInWords(error)}.`;
      if (why !== this.#fault) this.#deps.log.warn(why);
      this.#fault = why;
    }
  }

  /** Ends plugins that were removed, disabled or changed, and starts those that are on and do not run. */
  #follow(found: readonly FoundPlugin[]): void {
    for (const [id, plugin] of this.#all) {
      const now = found.find((each) => each.id === id);
      if (now?.isEnabled === true && now.why === null && now.stamp === plugin.found.stamp) continue;
      // Its settings must be on disk, and its process gone, before another one of its name begins.
      void plugin.stop();
      if (plugin.isOver) this.#all.delete(id);
    }
    for (const each of found) {
      if (!each.isEnabled || each.why !== null || this.#all.has(each.id)) continue;
      this.#all.set(each.id, new Plugin(this.#folder, each, { ...this.#deps, changed: () => this.#show() }));
    }
  }

  /** Writes the states for `livepen plugins`, when one has changed. */
  #show(): void {
    if (this.#isClosed) return;
    const states = this.#found.map(({ id, isEnabled, why }): PluginState => {
      const running = this.#all.get(id);
      if (running !== undefined) return { id, ...running.state() };
      return { id, state: why !== null ? 'broken' : isEnabled ? 'starting' : 'off', why: why ?? '' };
    });
    const text = JSON.stringify(states);
    if (text === this.#shown) return;
    const kept = this.#deps.store.showPlugins(states);
    if (!kept.ok) return;
    for (const { id, state, why } of states)
      if (state === 'broken' && !this.#shown.includes(JSON.stringify({ id, state, why }).slice(1, -1)))
        this.#deps.log.warn(`Plugin ${id}: ${why}.`);
    this.#shown = text;
  }
}

/** A live event as plugins get it; null where a frame is none. */
function liveEventIn({ event, data }: FeedFrame): { kind: string; atMs: number; event: object } | null {
  if (event === 'gift') {
    const read = v.safeParse(giftForm, JSON.parse(data));
    if (!read.success || !kinds.has(read.output.kind)) return null;
    return { kind: read.output.kind, atMs: read.output.arrivedAtMs, event: read.output };
  }
  if (event !== 'chat' && event !== 'like' && event !== 'join') return null;
  const read = v.safeParse(passingForm, JSON.parse(data));
  return read.success ? { kind: event, atMs: read.output.atMs, event: read.output } : null;
}

interface PluginDeps extends PluginsDeps {
  /** Called when its state has changed. */
  readonly changed: () => void;
}

/** One plugin that is on: it runs, waits to be started again, or was given up. */
class Plugin {
  readonly found: FoundPlugin;
  readonly #folder: string;
  readonly #deps: PluginDeps;
  readonly #log: Allowance;
  readonly #cues: Allowance;
  readonly #heard = new Set<string>();
  readonly #routes = new Map<string, Set<string>>();
  #process: PluginProcess | null = null;
  #settings: string | null = null;
  #keeping: Cancel | null = null;
  #waits: Cancel | null = null;
  #failures = 0;
  #startedMs = 0;
  #state: PluginState['state'] = 'starting';
  #why = '';
  #unsaid = 0;
  #isStopping = false;
  #ended: (() => void) | null = null;

  constructor(folder: string, found: FoundPlugin, deps: PluginDeps) {
    this.#folder = folder;
    this.found = found;
    this.#deps = deps;
    this.#log = new Allowance(deps.clock, logAllowed);
    this.#cues = new Allowance(deps.clock, cueAllowed);
    this.#start();
  }

  state(): Omit<PluginState, 'id'> {
    return { state: this.#state, why: this.#why };
  }

  /** It was stopped, and its process is gone. */
  get isOver(): boolean {
    return this.#isStopping && this.#process === null;
  }

  hear(kind: string, event: object): void {
    if (this.#heard.has(kind)) this.#process?.hear(kind, event);
  }

  /** By which methods a path of it may be asked; null where it has no such path. */
  methodsOf(path: string): ReadonlySet<string> | null {
    return this.#routes.get(path) ?? null;
  }

  /** Asks one of its routes; null where it does not answer. */
  ask(method: string, path: string, request: object): Promise<PluginAnswer | null> {
    return this.#process?.ask(`${method} ${path}`, request) ?? Promise.resolve(null);
  }

  /** Ends it. Resolves once its process is gone and its settings are kept. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#waits?.();
    this.#process?.stop();
    if (this.#process === null) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#ended;
      this.#ended = () => {
        before?.();
        resolve();
      };
    });
  }

  #start(): void {
    const { clock, log, store, start, patience = usualPatience } = this.#deps;
    const { id, entry } = this.found;
    this.#state = 'starting';
    const read = readPlugin(this.#folder, this.found);
    if (!read.ok) {
      this.#giveUp(read.why);
      return;
    }
    this.#startedMs = clock.nowMs();
    try {
      const settings = this.#settings ?? store.pluginSettings(id);
      const process = new PluginProcess(
        { clock, patience, start, wishes: (wish) => this.#grant(wish), ended: (why) => this.#over(why) },
        { id, entry, settings, files: read.files },
      );
      this.#process = process;
      log.debug(`Plugin ${id} ${this.found.version} starts.`);
    } catch (error) {
      // An error without a code of the system is a mistake of this program.
      if (causeCode(error) === '' && !(error instanceof UserFacingError)) throw error;
      this.#over(`it cannot be started: ${causeInWords(error)}`);
    }
  }

  #over(why: string | null): void {
    const { clock, log } = this.#deps;
    const { id } = this.found;
    this.#process = null;
    this.#heard.clear();
    this.#routes.clear();
    this.#keepSettings();
    if (this.#isStopping || why === null) {
      log.info(`Plugin ${id} is off.`);
      this.#ended?.();
      return;
    }
    if (clock.nowMs() - this.#startedMs > soundAfterMs) this.#failures = 0;
    const waitMs = restartAfterMs[this.#failures];
    this.#failures += 1;
    if (waitMs === undefined) {
      this.#giveUp(why);
      return;
    }
    this.#state = 'waiting';
    this.#why = why;
    log.warn(`Plugin ${id}: ${why}. It is started again in ${waitMs / 1_000} s.`);
    this.#waits = clock.after(waitMs, () => this.#start());
    this.#deps.changed();
  }

  #giveUp(why: string): void {
    this.#state = 'given-up';
    this.#why = why;
    this.#deps.log.error(
      `Plugin ${this.found.id}: ${why}. It is not started again until it is changed, or until \`livepen plugins reload ${this.found.id}\`.`,
    );
    this.#deps.changed();
  }

  #grant(wish: Parameters<ConstructorParameters<typeof PluginProcess>[0]['wishes']>[0]): void {
    if (wish.say === 'ready') {
      this.#state = 'running';
      this.#why = '';
      this.#deps.changed();
      this.#deps.log.info(`Plugin ${this.found.id} ${this.found.version} runs.`);
    } else if (wish.say === 'log') this.#write(wish.level, wish.text);
    else if (wish.say === 'hear') this.#hearToo(wish.kind);
    else if (wish.say === 'route') this.#addRoute(wish.method, wish.path);
    else if (wish.say === 'settings') this.#takeSettings(wish.text);
    else void this.#show(wish.n, wish.alert);
  }

  #write(level: string, said: string): void {
    if (!this.#log.take(1)) {
      this.#unsaid += 1;
      return;
    }
    const { log } = this.#deps;
    const known = logLevels.find((each) => each === level) ?? 'info';
    const rest = this.#unsaid > 0 ? ` (${this.#unsaid} lines of it were left out before)` : '';
    this.#unsaid = 0;
    log[known](`Plugin ${this.found.id} says: ${plainText(said).slice(0, logLettersMax)}${rest}`);
  }

  #hearToo(kind: string): void {
    if (!kinds.has(kind)) this.#write('warn', `there is no live event "${kind}"; known are ${[...kinds].join(', ')}`);
    else if (this.#heard.size < kindsMax) this.#heard.add(kind);
  }

  #addRoute(method: string, path: string): void {
    const isFine = (method === 'GET' || method === 'POST') && path.length <= routePathMax && routeForm.test(path);
    const isTooMany = this.#routes.size >= routesMax && !this.#routes.has(path);
    if (!isFine || isTooMany || path.split('/').some((part) => /^\.+$/.test(part))) {
      this.#write(
        'warn',
        `a route is GET or POST and a path such as /now, ${routesMax} at most: not ${method} ${path}`,
      );
      return;
    }
    this.#routes.set(path, new Set([...(this.#routes.get(path) ?? []), method]));
  }

  /** The newest is kept, once a second at most. */
  #takeSettings(written: string): void {
    if (!isObject(written)) {
      this.#write('warn', 'its settings are no object of JSON');
      return;
    }
    this.#settings = written;
    this.#keeping ??= this.#deps.clock.after(settingsEveryMs, () => this.#keepSettings());
  }

  #keepSettings(): void {
    this.#keeping?.();
    this.#keeping = null;
    if (this.#settings === null) return;
    const kept = this.#deps.store.keepPluginSettings(this.found.id, this.#settings);
    if (!kept.ok) this.#write('warn', `its settings are not kept: ${kept.fault.what}`);
  }

  /** What keeps an alert from the board is in the log, and no fault of the plugin: nobody needs to catch it there. */
  async #show(n: number, asked: unknown): Promise<void> {
    const { clock, askBoard } = this.#deps;
    const process = this.#process;
    if (!this.#cues.take(1)) {
      this.#write('warn', 'an alert is not shown: at most one a second, five at once');
      return process?.cued(n, true, 'not shown');
    }
    const alert = v.is(v.record(v.string(), v.unknown()), asked) ? boardAlert(asked) : null;
    if (alert === null) return process?.cued(n, false, 'an alert has a text');
    const { emoji, ...shown } = alert;
    const late = new AbortController();
    const cancel = clock.after(cueWithinMs, () => late.abort());
    const cue = { alert: { ...shown, ...(emoji === '' ? {} : { emoji }) } };
    const sent = await cueBoard(askBoard, 'an alert is not shown', cue, [], late.signal);
    cancel();
    if (!sent.ok) this.#write('warn', sent.fault.what);
    process?.cued(n, true, sent.ok ? 'shown' : 'not shown');
  }
}

function isObject(written: string): boolean {
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}
