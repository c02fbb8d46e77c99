import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { WorkerFile } from '../domain/moment.ts';
import { deadReportedMax } from '../domain/outside.ts';
import { type PassedPage, passingKinds } from '../domain/passing.ts';
import { BoxStateLane } from './box-state.ts';
import { DurableLane, InstantLane } from './delivery.ts';
import {
  type AgeOf,
  type BoxView,
  boxViewOf,
  FeedFollower,
  type FeedFrame,
  type OpenFeed,
  roomHeardOn,
  tasksOf,
} from './feed.ts';
import { NoticeLane } from './notices.ts';
import type { Outlet, OutletReport, Task } from './outlet.ts';
import { accountChatOutlet } from './outlets/account-chat.ts';
import { alertOutlet } from './outlets/alert.ts';
import { chatOutlet } from './outlets/chat.ts';
import { logOutlet } from './outlets/log.ts';
import { mqttOutlet } from './outlets/mqtt.ts';
import { notifyOutlet } from './outlets/notify.ts';
import { obsOutlet } from './outlets/obs.ts';
import { oscOutlet } from './outlets/osc.ts';
import { sayOutlet } from './outlets/say.ts';
import { soundOutlet } from './outlets/sound.ts';
import type { WebPorts } from './outlets/web.ts';
import { webhookOutlet } from './outlets/webhook.ts';
import { type AskPassed, PassedFollower, tasksOfPassed } from './passing.ts';
import type { WorkerSettings } from './settings.ts';
import { LoudSounds } from './sound/loud-sounds.ts';
import { type AskBoard, Stage } from './sound/stage.ts';
import type { DeadLetter, Kept, WorkerStore } from './store.ts';

/** While there are no tasks, the place in the feed is written this often, ms; reading something twice does no harm. */
const placeEveryMs = 30_000;
const actionsNamedMax = 100;
const outletGone = 'the config has no such outlet any more';
/** Of outlets that the config has no more, so many are reported while there are dead letters of them. */
const goneReportedMax = 10;
export const goneOutletCode = 'outlet-gone';
/** What the appliance shows by itself. */
const ofAppliance = 'alert';

/** What of the machine a worker needs. */
interface WorkerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: WorkerStore;
  readonly open: OpenFeed;
  readonly askBoard: AskBoard;
  readonly askPassed: AskPassed;
  readonly web: WebPorts;
  /** Takes a line of the outlet `log`. */
  readonly write: (line: string) => Promise<void>;
  /** Is given all frames too, for plugins; null: nobody is. */
  readonly passOn: ((frames: readonly FeedFrame[], ageOf: AgeOf) => void) | null;
}

/** The order of a person about a dead letter. */
export interface DeadOrder {
  readonly act: 'send' | 'drop';
  readonly seq: number;
  /** All before it, too. */
  readonly earlier: boolean;
}

/** The state of a worker. */
export interface WorkerReport {
  /** Why the appliance is not reached; null while it is. */
  readonly fault: Fault | null;
  readonly outlets: readonly OutletReport[];
  /** Up to where it has read the feed; null: it has read nothing yet. */
  readonly place: string | null;
  /** The newest dead letters. */
  readonly dead: readonly DeadLetter[];
  /** The file in which they are. */
  readonly file: WorkerFile;
  /** Actions of rules for which there is no outlet. */
  readonly unclaimed: number;
}

/** A running worker: it follows the feed, and carries out what rules made due elsewhere. */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #lanes: ReturnType<typeof lanesOf>;
  readonly #follower: FeedFollower;
  readonly #passed: PassedFollower;
  readonly #unclaimed = new Set<string>();
  readonly #overrun = new Set<string>();
  #unclaimedCount = 0;
  #place: string | null;
  #view: BoxView | null = null;
  #fault: Fault | null = null;
  #writing: Cancel | null = null;

  /** Starts it. */
  constructor(settings: WorkerSettings, deps: WorkerDeps) {
    this.#deps = deps;
    this.#lanes = lanesOf(settings, deps, (platform) =>
      this.#view === null ? null : roomHeardOn(platform, this.#view),
    );
    this.#place = deps.store.place();
    const { clock, log, open, store } = deps;
    const named = [...settings.webhooks, ...(settings.mqtt === null ? [] : [settings.mqtt])];
    this.#passed = new PassedFollower({
      clock,
      log,
      ask: deps.askPassed,
      kinds: passingKinds.filter((kind) => named.some(({ kinds }) => kinds.includes(kind))),
      place: () => store.passedPlace(),
      take: (page, wallMs) => this.#takePassed(page, wallMs),
    });
    this.#follower = new FeedFollower({
      clock,
      log,
      open,
      place: () => this.#place,
      take: (frames, ageOf) => this.#take(frames, ageOf),
      skip: (from, to) => {
        const isKept = this.#kept(deps.store.skip(from, to));
        if (isKept) this.#place = to;
        return isKept;
      },
    });
  }

  report(): WorkerReport {
    this.#giveUpOthers();
    const { durable, instant, notices } = this.#lanes;
    return {
      fault: this.#fault ?? this.#follower.fault,
      outlets: [...[...durable, ...instant, ...notices].map((lane) => lane.report()), ...this.#gone()],
      place: this.#place,
      dead: this.#deps.store.newestDead(deadReportedMax),
      file: this.#deps.store.file,
      unclaimed: this.#unclaimedCount,
    };
  }

  /** Carries out an order about dead letters that a person gave to the appliance. */
  order({ act, seq, earlier }: DeadOrder): void {
    const { store, log } = this.#deps;
    const changed = act === 'send' ? store.revive(seq, earlier) : store.drop(seq, earlier);
    if (!this.#kept(changed) || !changed.ok) return;
    if (changed.count > 0)
      log.info(`Asked on the page: ${changed.count} ${act === 'send' ? 'sent again' : 'dropped'}.`);
    for (const lane of this.#lanes.durable) lane.wake();
  }

  close(): void {
    this.#follower.close();
    this.#passed.close();
    this.#writing?.();
    this.#writePlace();
    const { durable, instant, notices, state } = this.#lanes;
    for (const each of [...state, ...durable, ...instant, ...notices]) each.close();
    this.#deps.store.close();
  }

  /** Whether something was written; if not, it is logged once, and the caller asks for it again. */
  #kept(written: Kept): boolean {
    if (!written.ok && this.#fault === null) this.#deps.log.error(`${written.fault.what} ${written.fault.remedy}`);
    this.#fault = written.ok ? null : written.fault;
    return written.ok;
  }

  /**
   * Takes frames of the feed. Durable tasks, and the place, are on disk first: so instant tasks are done at most once.
   */
  #take(frames: readonly FeedFrame[], ageOf: AgeOf): boolean {
    const { durable, instant } = this.#lanes;
    const tasks = frames.flatMap(tasksOf);
    const end = frames.findLast(({ id }) => id !== null)?.id ?? this.#place;
    const outletTasks = this.#durableFor(tasks);
    if (!this.#goOn(end, outletTasks, tasks.length > 0)) return false;
    for (const task of tasks) {
      const takers = instant.filter(({ outlet }) => outlet.takes(task));
      for (const lane of takers) lane.enter(task, ageOf(task));
      if (takers.length === 0 && !outletTasks.some((each) => each.task === task)) this.#noteUnclaimed(task);
    }
    if (outletTasks.length > 0) for (const lane of durable) lane.wake();
    this.#show(frames);
    this.#deps.passOn?.(frames, ageOf);
    return true;
  }

  /** Takes a page of passing events; they are on disk together with the place up to which they were fetched. */
  #takePassed(page: PassedPage, wallMs: number): boolean {
    const { store, log } = this.#deps;
    const outletTasks = this.#durableFor(tasksOfPassed(page, wallMs));
    if (page.lost !== 0)
      log.warn(
        `Chats, likes and joins of the live are missing (${page.lost ?? 'nobody knows how many'}): they were dropped before the worker fetched them.`,
      );
    if (page.entries.length === 0 && page.lost === 0 && page.cursor === store.passedPlace()) return true;
    if (!this.#kept(store.takePassed(page.cursor, outletTasks))) return false;
    this.#noteOverruns();
    if (outletTasks.length > 0) for (const lane of this.#lanes.durable) lane.wake();
    return true;
  }

  #durableFor(tasks: readonly Task[]): Parameters<WorkerStore['take']>[1] {
    return tasks.flatMap((task) =>
      this.#lanes.durable
        .filter(({ outlet }) => outlet.takes(task))
        .map(({ outlet }) => ({ outlet: outlet.name, task })),
    );
  }

  #goOn(end: string | null, outletTasks: Parameters<WorkerStore['take']>[1], hasTasks: boolean): boolean {
    if (end === null || end === this.#place) return true;
    if (this.#place !== null && !hasTasks) {
      this.#place = end;
      this.#writing ??= this.#deps.clock.after(placeEveryMs, () => this.#writePlace());
      return true;
    }
    if (!this.#kept(this.#deps.store.take(end, outletTasks))) return false;
    this.#noteOverruns();
    if (this.#place === null) this.#deps.log.info('The worker begins with what comes from now on.');
    this.#place = end;
    return true;
  }

  /**
   * Logs for which outlets too many tasks waited: once for each until the worker restarts; the status goes on counting.
   */
  #noteOverruns(): void {
    for (const outlet of this.#deps.store.overrun) {
      if (this.#overrun.has(outlet)) continue;
      this.#overrun.add(outlet);
      this.#deps.log.warn(
        `${outlet}: too many wait, so the oldest become dead letters. Can it be reached, and is it fast enough?`,
      );
    }
  }

  #show(frames: readonly FeedFrame[]): void {
    const view = frames.map(boxViewOf).findLast((each) => each !== null);
    if (view === null || view === undefined) return;
    this.#view = view;
    for (const each of this.#lanes.notices) each.show(view.state);
    for (const each of this.#lanes.state) each.show(view);
  }

  #noteUnclaimed({ action }: Task): void {
    if (action === ofAppliance) return;
    this.#unclaimedCount += 1;
    if (this.#unclaimed.has(action) || this.#unclaimed.size >= actionsNamedMax) return;
    this.#unclaimed.add(action);
    this.#deps.log.warn(`A rule does "${action}", and this worker's config has no outlet for that.`);
  }

  /**
   * Gives up what waits for an outlet that the config no longer has, also when a person sends it again: it would wait
   * unseen.
   */
  #giveUpOthers(): void {
    const { store, log } = this.#deps;
    for (const name of store.waitedFor()) {
      if (this.#lanes.durable.some(({ outlet }) => outlet.name === name)) continue;
      if (!this.#kept(store.buryAll(name, outletGone))) return;
      log.warn(`${name}: ${outletGone}, so what waited for it was given up. \`livepen worker dead list\` shows it.`);
    }
  }

  /** Outlets that the config has no more, while there are dead letters of them: each waits for a person. */
  #gone(): readonly OutletReport[] {
    const { store } = this.#deps;
    const { durable } = this.#lanes;
    const others = store
      .outletsOfDead(durable.length + goneReportedMax)
      .filter((name) => !durable.some(({ outlet }) => outlet.name === name));
    return others.slice(0, goneReportedMax).map((name) => {
      const { waiting, sent, retried, dead, lost } = store.counts(name);
      const what = `${name}: ${outletGone}.`;
      const fault = { code: goneOutletCode, what, remedy: 'Drop its dead letters, or put it into the config again.' };
      return { name, kind: 'durable', fault, waiting, sent, retried, dead, dropped: lost };
    });
  }

  #writePlace(): void {
    this.#writing = null;
    if (this.#place !== null) this.#kept(this.#deps.store.take(this.#place, []));
  }
}

/** A lane for each outlet of the config. */
function lanesOf(
  settings: WorkerSettings,
  { clock, log, store, askBoard, web, write }: WorkerDeps,
  roomOn: (platform: string) => string | null,
) {
  const deps = { clock, log, store };
  const mqtt = settings.mqtt === null ? null : { outlet: mqttOutlet(settings.mqtt, clock), ...settings.mqtt };
  const { audio, sound, say, chat, accountChat } = settings;
  const stage = new Stage({ board: audio.onBoard ? askBoard : null, player: audio.player }, clock);
  const sounds = new LoudSounds({
    clock,
    ffmpeg: 'ffmpeg',
    hasPlayer: audio.player !== null,
    note: (sentence) => log.info(sentence),
  });
  const instants: readonly Outlet[] = [
    ...(sound === null ? [] : [soundOutlet(sound, stage, sounds), alertOutlet(sound.folder, askBoard, sounds)]),
    ...(say === null ? [] : [sayOutlet(say, stage, clock, sounds)]),
    ...(settings.hasLog ? [logOutlet(write)] : []),
    ...settings.osc.map((target) => oscOutlet(target, clock)),
    ...(chat === null ? [] : [chatOutlet(chat, askBoard)]),
    ...(accountChat === null ? [] : [accountChatOutlet(accountChat, clock, web, () => roomOn(accountChat.platform))]),
    ...(settings.obs === null ? [] : [obsOutlet(settings.obs, clock)]),
  ];
  return {
    durable: [
      ...settings.webhooks.map((each) => new DurableLane(webhookOutlet(each, clock, web), each.url.href, deps)),
      ...(mqtt === null ? [] : [new DurableLane(mqtt.outlet, `${mqtt.host}:${mqtt.port}`, deps)]),
    ],
    instant: instants.map((outlet) => new InstantLane(outlet, deps)),
    notices: settings.notify.map((each) => new NoticeLane(notifyOutlet(each, web), each.notices, deps)),
    state: mqtt === null ? [] : [new BoxStateLane(mqtt.outlet, mqtt.topic, deps)],
  };
}
