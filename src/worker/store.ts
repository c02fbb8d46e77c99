import { existsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import type { Fault } from '../domain/fault.ts';
import type { WorkerFile } from '../domain/moment.ts';
import { passedGapAction, type Task } from './outlet.ts';
import { openStoreFile, type StoreFile, storeFault } from './store-file.ts';

/** So many wait for one outlet; of more the oldest become dead letters. */
const waitingMax = 10_000;
/** So many dead letters of one outlet are kept; of more the oldest are lost, and counted. */
const deadMax = 10_000;
/** Dead letters name people: after so long they are gone. */
const deadDaysMax = 30;
const gapsKept = 100;
const dayMs = 24 * 60 * 60_000;

/** A task, and for which outlet it is. */
interface OutletTask {
  readonly outlet: string;
  readonly task: Task;
}

/** A task that waits for an outlet. */
export interface WaitingTask {
  readonly seq: number;
  readonly task: Task;
  /** How often it was tried. */
  readonly tries: number;
}

/** One that was given up. */
export interface DeadLetter {
  readonly seq: number;
  readonly outlet: string;
  readonly task: Task;
  readonly why: string;
  readonly atMs: number;
}

/** What of the feed was left out. */
interface FeedGap {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
}

/** The state of a plugin: off, starting, running, about to be restarted, given up, or impossible to start. */
export interface PluginState {
  readonly id: string;
  readonly state: 'off' | 'starting' | 'running' | 'waiting' | 'given-up' | 'broken';
  /** What is wrong; '' where nothing is. */
  readonly why: string;
}

/** Whether a write is on disk, or why not. */
export type Kept = { readonly ok: true } | { readonly ok: false; readonly fault: Fault };

/** How many were changed on disk, or why none could be. */
export type Changed = { readonly ok: true; readonly count: number } | { readonly ok: false; readonly fault: Fault };

type OpenedStore<Store = WorkerStore> =
  | { readonly ok: true; readonly store: Store }
  | { readonly ok: false; readonly fault: Fault };

/** What is counted for each outlet and kept. */
type Tallied = 'sent' | 'retried' | 'dropped' | 'lost';

/** The worker's own file: its place in the feed, what waits for durable outlets, and what was given up. */
export class WorkerStore {
  readonly #db: Database.Database;
  readonly #lock: Database.Database | null;
  readonly #wallMs: () => number;
  /** Outlets for which too many waited. */
  readonly overrun = new Set<string>();

  /** Names the file: numbers of dead letters are valid for this file only. */
  readonly file: WorkerFile;

  private constructor({ db, lock, id, isNew }: StoreFile, wallMs: () => number) {
    this.#db = db;
    this.#lock = lock;
    this.#wallMs = wallMs;
    this.file = { id, isNew };
  }

  /** Opens it for the worker, and makes it where there is none; only one worker at a time has it. */
  static open(file: string, wallMs: () => number): OpenedStore {
    return WorkerStore.#openedIn(file, wallMs, true);
  }

  /**
   * Opens it beside a running worker, to read it and to change dead letters. Null where there is no file: only its
   * worker makes it.
   */
  static look(file: string, wallMs: () => number): OpenedStore<WorkerStore | null> {
    if (!existsSync(file)) return { ok: true, store: null };
    return WorkerStore.#openedIn(file, wallMs, false);
  }

  static #openedIn(file: string, wallMs: () => number, asWorker: boolean): OpenedStore {
    const opened = openStoreFile(file, asWorker);
    return opened.ok ? { ok: true, store: new WorkerStore(opened, wallMs) } : opened;
  }

  /** Up to where the feed was read; null when nothing was read yet. */
  place(): string | null {
    return this.#one<{ cursor: string }>('SELECT cursor FROM place')?.cursor ?? null;
  }

  /** Takes what the feed brought up to a place: all of it and the place are on disk, or nothing is. */
  take(cursor: string, tasks: readonly OutletTask[]): Kept {
    return this.#write(() => {
      this.#add(tasks);
      this.#goOn(cursor);
    });
  }

  /** Up to where passing events were fetched; null when none were. */
  passedPlace(): string | null {
    return this.#one<{ cursor: string }>('SELECT cursor FROM passed_place')?.cursor ?? null;
  }

  /** Takes passing events in the same way; null: they are not asked for any more. */
  takePassed(cursor: string | null, tasks: readonly OutletTask[]): Kept {
    return this.#write(() => {
      this.#add(tasks);
      for (const { outlet, task } of tasks) {
        // Missing ones are counted as lost by the outlet.
        if (task.action === passedGapAction) this.#tally(outlet, 'lost', Number(task.values.lost ?? 1));
      }
      this.#run('DELETE FROM passed_place');
      if (cursor !== null) this.#run('INSERT INTO passed_place VALUES (1, ?)', cursor);
    });
  }

  /** Goes on from another place, and keeps what was left out. */
  skip(from: string, to: string): Kept {
    return this.#write(() => {
      this.#run('INSERT INTO gap (from_cursor, to_cursor, at_ms) VALUES (?, ?, ?)', from, to, this.#wallMs());
      this.#run('DELETE FROM gap WHERE seq <= (SELECT max(seq) FROM gap) - ?', gapsKept);
      this.#goOn(to);
    });
  }

  /** What was left out of the feed, the newest first. */
  gaps(): readonly FeedGap[] {
    return this.#all('SELECT from_cursor AS "from", to_cursor AS "to", at_ms AS atMs FROM gap ORDER BY seq DESC');
  }

  /** The task that has waited longest for an outlet; null when none waits. */
  head(outlet: string): WaitingTask | null {
    const found = this.#one<{ seq: number; task: string; tries: number }>(
      'SELECT seq, task, tries FROM waiting WHERE outlet = ? ORDER BY seq LIMIT 1',
      outlet,
    );
    return found === undefined ? null : { ...found, task: taskOf(found.task) };
  }

  /** It arrived. */
  done(outlet: string, { seq }: WaitingTask): Kept {
    return this.#write(() => {
      this.#run('DELETE FROM waiting WHERE seq = ?', seq);
      this.#tally(outlet, 'sent', 1);
    });
  }

  /** A try failed, and it is to be tried again. */
  again(outlet: string, { seq }: WaitingTask): Kept {
    return this.#write(() => {
      this.#run('UPDATE waiting SET tries = tries + 1 WHERE seq = ?', seq);
      this.#tally(outlet, 'retried', 1);
    });
  }

  /** It is given up, until a person sends it again. */
  bury(outlet: string, { seq }: WaitingTask, why: string): Kept {
    return this.#write(() => this.#bury(outlet, 'seq = ?', why, seq));
  }

  /** For which outlets anything waits. */
  waitedFor(): readonly string[] {
    return this.#all<{ outlet: string }>('SELECT DISTINCT outlet FROM waiting').map(({ outlet }) => outlet);
  }

  /** All that waits for an outlet is given up. */
  buryAll(outlet: string, why: string): Kept {
    return this.#write(() => this.#bury(outlet, '1', why));
  }

  /** The receiver at this address wants nothing more: all that waits for it is given up. */
  switchOff(outlet: string, address: string, why: string): Kept {
    return this.#write(() => {
      this.#run('INSERT OR REPLACE INTO off (outlet, address) VALUES (?, ?)', outlet, address);
      this.#bury(outlet, '1', why);
    });
  }

  /** Whether the receiver at this address wants nothing more. */
  isOff(outlet: string, address: string): boolean {
    return this.#one('SELECT 1 FROM off WHERE outlet = ? AND address = ?', outlet, address) !== undefined;
  }

  /** The newest dead letters, the newest first. */
  newestDead(limit: number): readonly DeadLetter[] {
    const last = this.#one<{ seq: number }>('SELECT seq FROM dead ORDER BY seq DESC LIMIT 1 OFFSET ?', limit - 1);
    return this.dead(limit, last?.seq).toReversed();
  }

  /** The dead letters from a number on, the oldest first; their addresses and secrets are not in them. */
  dead(limit: number, from = 0): readonly DeadLetter[] {
    return this.#all<Omit<DeadLetter, 'task'> & { readonly task: string }>(
      'SELECT seq, outlet, task, why, at_ms AS atMs FROM dead WHERE seq >= ? ORDER BY seq LIMIT ?',
      from,
      limit,
    ).map((each) => ({ ...each, task: taskOf(each.task) }));
  }

  /** Outlets of which there are dead letters, so many at most. */
  outletsOfDead(limit: number): readonly string[] {
    return this.#all<{ outlet: string }>('SELECT DISTINCT outlet FROM dead LIMIT ?', limit).map(({ outlet }) => outlet);
  }

  /** How many dead letters there are. */
  deadCount(): number {
    return this.#one<{ count: number }>('SELECT count(*) AS count FROM dead')?.count ?? 0;
  }

  /** Lets dead letters wait again, behind all that waits: one, with `earlier` all up to it, or with null all. */
  revive(seq: number | null, earlier = false): Changed {
    return this.#change(() => {
      const chosen = seq === null ? '1' : `seq ${earlier ? '<=' : '='} ${Math.trunc(seq)}`;
      this.#run(`DELETE FROM off WHERE outlet IN (SELECT outlet FROM dead WHERE ${chosen})`);
      this.#run(
        `INSERT OR IGNORE INTO waiting (outlet, id, task) SELECT outlet, id, task FROM dead WHERE ${chosen} ORDER BY seq`,
      );
      return this.#run(`DELETE FROM dead WHERE ${chosen}`);
    });
  }

  /** Drops dead letters: one, with `earlier` all up to it, or with null all. */
  drop(seq: number | null, earlier = false): Changed {
    const which = seq === null ? '1' : `seq ${earlier ? '<=' : '='} ${Math.trunc(seq)}`;
    return this.#change(() => this.#run(`DELETE FROM dead WHERE ${which}`));
  }

  /** How many wait for an outlet, are dead, and what was counted of it. */
  counts(outlet: string): Readonly<Record<Tallied | 'waiting' | 'dead', number>> {
    const count = (sql: string) => this.#one<{ count: number }>(sql, outlet)?.count ?? 0;
    const tallied = this.#all<{ what: string; count: number }>(
      'SELECT what, count FROM tally WHERE outlet = ?',
      outlet,
    );
    const of = (what: Tallied) => tallied.find((each) => each.what === what)?.count ?? 0;
    return {
      waiting: count('SELECT count(*) AS count FROM waiting WHERE outlet = ?'),
      dead: count('SELECT count(*) AS count FROM dead WHERE outlet = ?'),
      sent: of('sent'),
      retried: of('retried'),
      dropped: of('dropped'),
      lost: of('lost'),
    };
  }

  /** The notices that were sent to a target and are not over. */
  notifiedOf(target: string): readonly string[] {
    return this.#all<{ notice: string }>('SELECT notice FROM notified WHERE target = ?', target).map(
      (each) => each.notice,
    );
  }

  /** Notes that a notice was sent to a target, or that it is over. */
  noteNotified(target: string, notice: string, isOver: boolean): Kept {
    return this.#write(() => {
      if (isOver) this.#run('DELETE FROM notified WHERE target = ? AND notice = ?', target, notice);
      else this.#run('INSERT OR IGNORE INTO notified (target, notice) VALUES (?, ?)', target, notice);
    });
  }

  /** What a plugin keeps, as JSON. */
  pluginSettings(id: string): string {
    return this.#one<{ settings: string }>('SELECT settings FROM plugin WHERE id = ?', id)?.settings ?? '{}';
  }

  keepPluginSettings(id: string, settings: string): Kept {
    return this.#write(() => {
      this.#run(
        'INSERT INTO plugin VALUES (?, ?) ON CONFLICT DO UPDATE SET settings = excluded.settings',
        id,
        settings,
      );
    });
  }

  /** Shows how the plugins are, in the place of what was shown before. */
  showPlugins(states: readonly PluginState[]): Kept {
    return this.#write(() => {
      this.#run('DELETE FROM plugin_state');
      for (const { id, state, why } of states) this.#run('INSERT INTO plugin_state VALUES (?, ?, ?)', id, state, why);
    });
  }

  /** The states of the plugins, as the running worker has written them. */
  shownPlugins(): readonly PluginState[] {
    return this.#all('SELECT id, state, why FROM plugin_state ORDER BY id');
  }

  /** Closes the file, and lets another worker have it. */
  close(): void {
    this.#db.close();
    this.#lock?.close();
  }

  #goOn(cursor: string): void {
    this.#run('INSERT INTO place VALUES (1, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor', cursor);
  }

  #add(tasks: readonly OutletTask[]): void {
    const add = this.#db.prepare('INSERT OR IGNORE INTO waiting (outlet, id, task) VALUES (?, ?, ?)');
    for (const { outlet, task } of tasks) add.run(outlet, task.id, JSON.stringify(task));
    for (const outlet of new Set(tasks.map((each) => each.outlet))) this.#boundWaiting(outlet);
  }

  #boundWaiting(outlet: string): void {
    const over = `seq <= (SELECT seq FROM waiting WHERE outlet = ? ORDER BY seq DESC LIMIT 1 OFFSET ${waitingMax})`;
    if (this.#one(`SELECT 1 FROM waiting WHERE outlet = ? LIMIT 1 OFFSET ${waitingMax}`, outlet) === undefined) return;
    this.#bury(outlet, over, `more than ${waitingMax} waited`, outlet);
    this.overrun.add(outlet);
  }

  #bury(outlet: string, chosen: string, why: string, ...values: readonly (string | number)[]): void {
    const nowMs = this.#wallMs();
    this.#run(
      `INSERT INTO dead (outlet, id, task, why, at_ms)
       SELECT outlet, id, task, ?, ? FROM waiting WHERE outlet = ? AND ${chosen} ORDER BY seq`,
      why,
      nowMs,
      outlet,
      ...values,
    );
    this.#run(`DELETE FROM waiting WHERE outlet = ? AND ${chosen}`, outlet, ...values);
    const lost = this.#run(
      `DELETE FROM dead WHERE at_ms < ? OR (outlet = ? AND
         seq <= (SELECT seq FROM dead WHERE outlet = ? ORDER BY seq DESC LIMIT 1 OFFSET ${deadMax}))`,
      nowMs - deadDaysMax * dayMs,
      outlet,
      outlet,
    );
    if (lost > 0) this.#tally(outlet, 'lost', lost);
  }

  #tally(outlet: string, what: Tallied, by: number): void {
    this.#run(
      'INSERT INTO tally VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
      outlet,
      what,
      by,
    );
  }

  #write(work: () => void): Kept {
    const changed = this.#change(() => {
      work();
      return 0;
    });
    return changed.ok ? { ok: true } : changed;
  }

  #change(work: () => number): Changed {
    try {
      return { ok: true, count: this.#db.transaction(work).immediate() };
    } catch (error) {
      const fault = storeFault(error, this.#db.name);
      if (fault === null) throw error;
      return { ok: false, fault };
    }
  }

  #run(sql: string, ...values: readonly (string | number)[]): number {
    return this.#db.prepare(sql).run(...values).changes;
  }

  #one<Row>(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.#db.prepare<unknown[], Row>(sql).get(...values);
  }

  #all<Row>(sql: string, ...values: readonly (string | number)[]): Row[] {
    return this.#db.prepare<unknown[], Row>(sql).all(...values);
  }
}

/** Reads a task that this program has written itself, so it is not checked. */
function taskOf(text: string): Task {
  return JSON.parse(text) as Task;
}
