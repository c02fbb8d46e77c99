import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { originalOf } from '../domain/cause.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import {
  type PassedEvent,
  type PassedPage,
  type PassingAnswer,
  type PassingEvent,
  type PassingKind,
  type PassingQuestion,
  passedOf,
} from '../domain/passing.ts';
import { diskFault, isDamage } from './faults.ts';

/** What waits for the worker; of more the oldest go. */
export const passingKept = 10_000;
/** Entries that were not fetched for so long, ms, are deleted, since names stand in them. */
const keptMaxMs = 24 * 60 * 60_000;
const lookEveryMs = 60 * 60_000;
/** What comes within so long is written together. */
const gatherMs = 50;
/** More than that do not come within it: of more the oldest go. */
const waitingMax = 2_000;
const pageMax = 200;
const busyMs = 100;
const lettersMax = 500;
const cursorForm = /^([0-9a-f]{8}):(\d{1,15})$/;

const tables = `
CREATE TABLE wish (one INTEGER PRIMARY KEY CHECK (one = 1), generation TEXT NOT NULL, kinds TEXT NOT NULL) STRICT;
CREATE TABLE heard (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
`;

/** The file while it is open. */
interface Ring {
  readonly db: Database.Database;
  readonly generation: string;
  /** The number of the last one, also of one that is gone again. */
  last: number;
}

/**
 * Passing events, kept for the worker that asked for them until it has fetched them: in a file of its own beside the
 * ledger, which exists only while they are wanted. It never delays gifts: what its disk does not take is left out, and
 * gaps in the numbers show how many that were.
 */
export class PassingRing {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #ring: Ring | null = null;
  #kinds: ReadonlySet<string> = new Set();
  #waiting: PassingEvent[] = [];
  #leftOut = 0;
  #isOverrun = false;
  #isRefused = false;
  #timer: Cancel | null = null;
  #look: Cancel | null = null;
  #settling: (() => void)[] = [];

  /** `file`: of its own. What was asked for before a restart is kept from the beginning. */
  constructor(file: string, clock: Clock, log: Log) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    if (!existsSync(file)) return;
    const fault = this.#guarded(() => this.#open(null));
    if (fault !== null) this.#sayRefused(fault);
  }

  /** Whether any kind is wanted. */
  get isWanted(): boolean {
    return this.#kinds.size > 0;
  }

  /** Takes one, if its kind is kept. */
  take(event: PassingEvent): void {
    if (!this.#kinds.has(event.kind)) return;
    this.#waiting.push(event);
    if (this.#waiting.length > waitingMax) {
      this.#waiting.shift();
      this.#leftOut += 1;
    }
    this.#timer ??= this.#clock.after(gatherMs, () => this.#write());
  }

  /** Resolves once what was taken so far is on disk, or was left out. */
  settled(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settling.push(resolve);
    });
  }

  /** Keeps what is asked for, lets go what the worker has, and gives what comes after that. */
  ask({ kinds, after }: PassingQuestion): PassingAnswer {
    this.#write();
    const nothing: PassedPage = { entries: [], cursor: null, lost: 0, more: false };
    if (kinds.length === 0) {
      this.#end();
      return { ok: true, page: nothing };
    }
    let page = nothing;
    const fault = this.#guarded(() => {
      const ring = this.#ring ?? this.#open(kinds);
      this.#want(ring, kinds);
      page = this.#pageAfter(ring, after);
    });
    return fault === null ? { ok: true, page } : { ok: false, fault };
  }

  /** Forgets all that waits, since names stand in it; gives how many. */
  clear(): number {
    this.#leftOut += this.#waiting.length;
    const waiting = this.#waiting.length;
    this.#waiting = [];
    const ring = this.#ring;
    return waiting + (ring === null ? 0 : ring.db.prepare('DELETE FROM heard').run().changes);
  }

  close(): void {
    this.#write();
    this.#closeFile();
  }

  /**
   * Opens the file, and makes it where there is none. `kinds`: what is asked for; null: what was before a restart. Throws
   * where the disk refuses it: then nothing is open, as before, and the next who asks tries again.
   */
  #open(kinds: readonly string[] | null): Ring {
    const db = new Database(this.#file, { timeout: busyMs });
    try {
      const { kept, ...ring } = prepared(db, kinds);
      this.#ring = ring;
      this.#kinds = kept;
      this.#lookLater();
      return ring;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #want({ db }: Ring, kinds: readonly PassingKind[]): void {
    if (kinds.length === this.#kinds.size && kinds.every((kind) => this.#kinds.has(kind))) return;
    db.prepare('UPDATE wish SET kinds = ?').run(JSON.stringify(kinds));
    this.#kinds = new Set(kinds);
  }

  #pageAfter(ring: Ring, after: string | null): PassedPage {
    const { db, generation, last } = ring;
    const [, its, seq] = cursorForm.exec(after ?? '') ?? [];
    // A place in another file, or in this one before it was lost: it begins anew, and how many are missing is unknown.
    const isOurs = its === generation && Number(seq) <= last;
    const from = isOurs ? Number(seq) : 0;
    const had = isOurs ? db.prepare('DELETE FROM heard WHERE seq <= ?').run(from).changes : 0;
    if (had > 0) this.#isOverrun = false;
    const rows = db
      .prepare<[number, number], { seq: number; entry: string }>(
        'SELECT seq, entry FROM heard WHERE seq > ? ORDER BY seq LIMIT ?',
      )
      .all(from, pageMax + 1);
    const first = rows[0]?.seq ?? last + 1;
    const missing = isOurs ? first - from - 1 : 0;
    // Where numbers are missing a page ends: the next one begins with how many.
    const whole = rows.findIndex((row, index) => row.seq !== first + index);
    const shown = rows.slice(0, Math.min(pageMax, whole < 0 ? rows.length : whole));
    return {
      entries: shown.map((row) => ({ seq: row.seq, ...(JSON.parse(row.entry) as PassedEvent) })),
      cursor: `${generation}:${shown.at(-1)?.seq ?? last}`,
      lost: isOurs || after === null ? missing : null,
      more: shown.length < rows.length,
    };
  }

  #write(): void {
    this.#timer?.();
    this.#timer = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) {
      const fault = this.#guarded(() => this.#append(waiting));
      if (fault !== null) this.#leftOut += waiting.length;
      if (fault === null) this.#isRefused = false;
      else this.#sayRefused(fault);
    }
    for (const resolve of this.#settling.splice(0)) resolve();
  }

  /** Once, until its disk takes something again. */
  #sayRefused({ what, remedy }: Fault): void {
    if (!this.#isRefused) this.#log.warn(`What is said on the live is not kept for the worker: ${what} ${remedy}`);
    this.#isRefused = true;
  }

  #append(waiting: readonly PassingEvent[]): void {
    const ring = this.#ring;
    if (ring === null) return;
    const { db } = ring;
    const first = ring.last + 1 + this.#leftOut;
    const end = first + waiting.length - 1;
    db.transaction(() => {
      const add = db.prepare('INSERT INTO heard VALUES (?, ?, ?)');
      for (const [index, event] of waiting.entries()) {
        const passed = passedOf(event, lettersMax);
        add.run(first + index, JSON.stringify(passed), Math.trunc(this.#clock.wallMs()));
      }
      const gone = db.prepare('DELETE FROM heard WHERE seq <= ?').run(end - passingKept).changes;
      if (gone > 0 && !this.#isOverrun) {
        this.#isOverrun = true;
        this.#log.warn(
          `More than ${passingKept} messages of the live wait for the worker: the oldest are left out. Is it there?`,
        );
      }
    }).immediate();
    ring.last = end;
    this.#leftOut = 0;
  }

  #lookLater(): void {
    this.#look?.();
    this.#look = this.#clock.after(lookEveryMs, () => {
      this.#guarded(() => {
        this.#ring?.db.prepare('DELETE FROM heard WHERE at_ms < ?').run(Math.trunc(this.#clock.wallMs()) - keptMaxMs);
      });
      this.#lookLater();
    });
  }

  /** Runs what its disk may refuse. A file that is damaged is given up: another one begins. */
  #guarded(work: () => void): Fault | null {
    try {
      work();
      return null;
    } catch (error) {
      const fault = diskFault(error);
      const isBroken = isDamage(error);
      if (fault === null && !isBroken) throw error;
      this.#log.debug(`What is kept for the worker: ${originalOf(error)}`);
      if (isBroken) this.#end();
      return isBroken ? damaged : fault;
    }
  }

  #closeFile(): void {
    this.#look?.();
    this.#look = null;
    this.#ring?.db.close();
    this.#ring = null;
    this.#kinds = new Set();
  }

  #end(): void {
    this.#waiting = [];
    this.#leftOut = 0;
    this.#closeFile();
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#file}${end}`, { force: true });
  }
}

/** Puts a file into shape that was opened, and reads where it is and what it keeps. */
function prepared(
  db: Database.Database,
  kinds: readonly string[] | null,
): Ring & { readonly kept: ReadonlySet<string> } {
  db.pragma('journal_mode = WAL');
  // It is safe from the end of this process. A power cut may take it: no disk is waited for on the thread of the pen.
  db.pragma('synchronous = OFF');
  db.pragma('secure_delete = ON');
  db.transaction(() => {
    const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (isNew) db.exec(tables);
    // One that could not be opened at the start has missed events since, and it is unknown how many, as with a new one.
    if (isNew || kinds !== null)
      db.prepare('INSERT OR REPLACE INTO wish VALUES (1, ?, ?)').run(
        randomBytes(4).toString('hex'),
        JSON.stringify(kinds ?? []),
      );
  }).immediate();
  const wish = db.prepare<[], { generation: string; kinds: string }>('SELECT generation, kinds FROM wish').get();
  const last = db.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'heard'").get();
  return {
    db,
    generation: wish?.generation ?? '',
    last: last?.seq ?? 0,
    kept: new Set(JSON.parse(wish?.kinds ?? '[]') as string[]),
  };
}

const damaged: Fault = {
  code: 'passing-damaged',
  what: 'What was kept of the live for the worker is damaged, and given up.',
  remedy: 'There is nothing to do; another file begins.',
};
