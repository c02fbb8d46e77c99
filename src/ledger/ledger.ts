import type { Fault } from '../domain/fault.ts';
import type { ReadText } from '../domain/ink-text.ts';
import type { LiveEvent, Viewer } from '../domain/live-event.ts';
import type { SourceMarks } from '../domain/live-source.ts';
import type { DeadLetterSeen, Moment, WorkerFile } from '../domain/moment.ts';
import type { PlotterMemory } from '../domain/plotter.ts';
import { corrections, grants } from './amend.ts';
import { type BackupResult, openBackups } from './backups.ts';
import { type Books, booksOf, type LedgerOptions, type OpenSheet } from './books.ts';
import { checkLedger, type LedgerCheck } from './check.ts';
import { type LedgerConnection, lockLedger, type OpenedFile, openFileForReading, openingFault } from './connection.ts';
import { drawingWriter } from './drawings.ts';
import { type ExportFormat, exportLedger } from './export.ts';
import { diskFault, isDamage, type LogOriginal } from './faults.ts';
import type { Due } from './firings.ts';
import { beginGeneration, isPutBack, noteJournal, noteRun } from './generation.ts';
import { goalsBook } from './goals.ts';
import { type InkWriter, inkWriter, type SheetTurner, sheetTurner } from './ink.ts';
import { isAboutConnection, type LiveTimes, liveTimes } from './live-times.ts';
import { type Decisions, decisionsOf, plotterRecords, sourceMarksOf } from './memory.ts';
import { momentBook, type RulesFollowed } from './moments.ts';
import { pointsByHand } from './people.ts';
import { pointsBook } from './points.ts';
import { type Privacy, privacyOf } from './privacy.ts';
import { type Questions, questionsOf } from './questions.ts';
import { type QueueReader, queueReader } from './queue.ts';
import { recentEvents } from './recent-events.ts';
import { type Recordable, type Recorded, recorder } from './record.ts';
import { watchClockJumps } from './reports.ts';
import { openOrRescue, type Restoration, restorationOf, suspect } from './rescue.ts';
import { eventVoids } from './void-event.ts';

/** Corrections and credits by a person; within a transaction only. */
type Amender = ReturnType<typeof corrections> &
  ReturnType<typeof eventVoids> &
  ReturnType<typeof grants> &
  ReturnType<typeof pointsByHand>;

/** What can be asked of a ledger without writing. */
export interface LedgerReader {
  readonly file: string;
  sheet(): OpenSheet | null;
  readonly queue: QueueReader;
  readonly questions: Questions;
  /** How the ledger came to be a backup, null when it never had to. */
  restoration(): Restoration | null;
  check(depth: 'quick' | 'full'): LedgerCheck;
  /** All entries as text, piece by piece; the memory that it takes does not grow with the ledger. */
  export(format: ExportFormat): Generator<string, void>;
  close(): void;
}

/**
 * The stroke ledger: what gifts are owed, what was drawn, and the proof. One writer at a time.
 * Every method that writes is one durable transaction: it returns when all of it is on disk, or throws and wrote nothing.
 */
export interface Ledger extends LedgerReader, PlotterMemory, Decisions, SourceMarks {
  /** Records events with what they are worth; see `record.ts` for what makes it idempotent. */
  record(items: Iterable<Recordable>): readonly Recorded[];
  /** People wrote in the chat, which earns points once in a window of time. Returns how many earned. */
  chatted(messages: Iterable<{ readonly user: Viewer; readonly atMs: number }>): number;
  /** Runs writes of ink in one transaction. */
  write<T>(work: (ink: InkWriter) => T): T;
  turnSheet: SheetTurner['turn'];
  amend<T>(work: (amend: Amender) => T): T;
  /** Asks for drawings, places them, takes them back. */
  draw<T>(work: (drawings: ReturnType<typeof drawingWriter>) => T): T;
  /** Notes sessions and gaps from what a source says of its connection; other events are passed over. */
  noteLive(event: LiveEvent): void;
  /** From now on, moments are written down for which these rules fire; before, and without rules, none are. */
  followRules(rules: RulesFollowed): void;
  /** A moment that stands nowhere else in the ledger: `id` names it among all of its kind and live. */
  momentCame(moment: Moment, id: readonly string[]): void;
  /** The state of the appliance changed. */
  stateChanged(from: string, to: string): void;
  /** The worker has reported its newest dead letters; those that were seen before, or are old, fire no rules. */
  deadLettersReported(file: WorkerFile, letters: readonly DeadLetterSeen[]): void;
  /** Since when a live has been connected, wall time in ms; null where it never was. */
  heardSinceMs(room: string): number | null;
  /** Writes sessions and gaps directly, such as the end of a gap in a live that ended while there was no connection. */
  live<T>(work: (times: LiveTimes) => T): T;
  /** Counts up with every transaction that was tried: as long as it stands, what is owed has not changed. */
  transactions(): number;
  readonly privacy: Privacy;
  /** Copies the ledger while it goes on; `nowMs` is monotonic. On every sheet's turn. */
  backup(nowMs: number): Promise<BackupResult>;
  /** The same when the last one was an hour ago or more and something is new. */
  backupIfDue(nowMs: number): Promise<BackupResult>;
}

type OpenedLedger =
  /** `isPutBack`: the file is a copy that was put back by hand; what lies on the paper is not known. */
  | { readonly ok: true; readonly ledger: Ledger; readonly isPutBack: boolean }
  | { readonly ok: false; readonly fault: Fault };

type OpenedLedgerReader =
  | { readonly ok: true; readonly ledger: LedgerReader }
  | { readonly ok: false; readonly fault: Fault };

export type { LedgerOptions } from './books.ts';
export type { Decision } from './memory.ts';

const unopened = 'The ledger was not opened';
const nobody: LogOriginal = () => {};
const anyText: ReadText = () => ({ ok: true, changed: [], left: [] });

/**
 * Opens the ledger for its one writer, creates it when it is not there, and checks its balances. A damaged file is moved
 * aside and the newest good backup takes its place: then `restoration` says so, no sheet is open, the origin is unknown.
 * The latter two hold of a copy that somebody has put back, too.
 */
export function openLedger(options: LedgerOptions): OpenedLedger {
  const logOriginal = options.logOriginal ?? nobody;
  const locked = lockLedger(options.file);
  if (!locked.ok) {
    if (locked.cause !== undefined) logOriginal(unopened, locked.cause);
    return { ok: false, fault: locked.fault };
  }
  const { lock } = locked;
  let opened: OpenedLedger | null = null;
  try {
    opened = openLocked(lock, options);
    return opened;
  } catch (error) {
    const fault = openingFault(error, options.file);
    if (fault === null) throw error;
    logOriginal(unopened, error);
    return { ok: false, fault };
  } finally {
    if (opened?.ok !== true) lock.close();
  }
}

function openLocked(lock: LedgerConnection, options: LedgerOptions): OpenedLedger {
  const { file, wallMs, logOriginal = nobody } = options;
  const opened = openOrRescue(file, wallMs(), (db) => startAnew(db, options), logOriginal);
  if (opened.kind !== 'open') return notOpened(opened, logOriginal);
  const { db, findings } = opened;
  if (findings.length === 0) {
    const copied = isPutBack(db, file);
    if (copied) {
      db.transaction(() => {
        beginGeneration(db);
        startAnew(db, options);
      }).immediate();
    }
    return { ok: true, ledger: assemble(db, lock, options), isPutBack: copied };
  }
  db.close();
  return {
    ok: false,
    fault: {
      code: 'ledger-unbalanced',
      what: `The ledger ${file} does not add up: ${findings[0]}.`,
      remedy: 'Run `livepen ledger check` to see everything it finds, and keep a copy of the file.',
    },
  };
}

/** Why a ledger does not open. */
function notOpened(
  opened: Exclude<OpenedFile, { kind: 'open' }>,
  logOriginal: LogOriginal,
): { readonly ok: false; readonly fault: Fault } {
  if (opened.cause !== undefined) logOriginal(unopened, opened.cause);
  return { ok: false, fault: opened.kind === 'damaged' ? damagedFault(opened.what) : opened.fault };
}

/** Opens the ledger for reading, beside a service that may be writing it. Its balances are not checked: `check` does. */
export function readLedger(options: LedgerOptions): OpenedLedgerReader {
  const opened = openFileForReading(options.file);
  if (opened.kind !== 'open') return notOpened(opened, options.logOriginal ?? nobody);
  return { ok: true, ledger: readerOf(opened.db, booksOf(opened.db, options), options.file) };
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: joins the parts of one ledger, one by one
function assemble(db: LedgerConnection, lock: LedgerConnection, options: LedgerOptions): Ledger {
  const { file } = options;
  const books = booksOf(db, options);
  const recent = recentEvents(books);
  const { strokesPerGiftMax = null, readText = anyText } = options;
  const points = pointsBook(books, options.points);
  const goals = goalsBook(books, options.goals);
  const writer = recorder(books, recent, points, readText, strokesPerGiftMax);
  const ink = inkWriter(books);
  const sheets = sheetTurner(books);
  const amend: Amender = {
    ...corrections(books),
    ...eventVoids(books),
    ...grants(books, strokesPerGiftMax, readText),
    ...pointsByHand(books, points),
  };
  const drawings = drawingWriter(books);
  const times = liveTimes(books);
  let followed: RulesFollowed | null = null;
  const moments = momentBook(books, writer.firings, points, () => followed?.engine());
  const logOriginal = options.logOriginal ?? nobody;
  const plotter = plotterRecords(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');

  let transactions = 0;

  /** All or nothing: what was remembered of a transaction that failed is forgotten with it. */
  const atomically = <T>(work: () => T): T => {
    transactions += 1;
    try {
      begin.run();
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      if (db.inTransaction) rollback.run();
      recent.forget();
      writer.forget();
      goals.forget();
      books.forget();
      suspect(file, error);
      throw error;
    }
  };
  /** Writes something together with what it makes due; watchers are notified of the dues once they are on disk. */
  const withDues = <T>(work: (made: (dues?: readonly Due[]) => void) => T): T => {
    const dues: Due[] = [];
    /** Levels and goals that were reached are written behind the one thing that led to them, and so is what they lead to. */
    const made = (more: readonly Due[] = []): void => {
      dues.push(...more);
      const next = [...moments.levelsReached(), ...moments.goalsReached(goals.takeReached())];
      if (next.length > 0) made(next);
    };
    const result = atomically(() => {
      goals.begin();
      return work(made);
    });
    if (dues.length > 0) followed?.due(dues);
    return result;
  };
  /** What can wait: when the disk does not take it now, the next time does it. Returns whether it took it. */
  const whenTheDiskTakesIt = (work: () => void): boolean => {
    try {
      atomically(work);
      return true;
    } catch (error) {
      if (diskFault(error) === null) throw error;
      logOriginal('A write that can wait was not taken', error);
      return false;
    }
  };
  const writePictures = (): void => {
    const { pictures } = books.viewers;
    if (!pictures.isEmpty && whenTheDiskTakesIt(() => pictures.write())) pictures.written();
  };
  const noteBeside = (note: typeof noteRun): void => {
    try {
      note(db, file);
    } catch (error) {
      if (diskFault(error) === null) throw error;
      logOriginal('It was not noted beside the ledger how far it is', error);
    }
  };
  const backups = openBackups(db, file, options.wallMs, logOriginal, () => {
    writePictures();
    noteBeside(noteJournal);
  });
  noteBeside(noteRun);
  whenTheDiskTakesIt(() => {
    goals.begin();
    times.endAbandonedSessions();
  });
  const { wallMs, nowMs, clockIsRight = () => true } = options;
  const jumps = nowMs === undefined ? null : watchClockJumps(db, { wallMs, nowMs, clockIsRight });
  return {
    ...readerOf(db, books, file),
    record(items) {
      if (jumps?.hasJumped()) whenTheDiskTakesIt(() => jumps.write());
      const recorded = withDues((made) =>
        Array.from(items, (item) => {
          const written = writer.record(item);
          goals.came(written);
          made(written.likes === undefined ? [] : moments.likesCame(item.event, written.likes));
          return written;
        }),
      );
      if (books.keysAreDue()) whenTheDiskTakesIt(() => books.settleKeys());
      if (books.viewers.pictures.isDue) writePictures();
      return recorded;
    },
    chatted: (messages) =>
      withDues((made) => {
        points.begin();
        let earned = 0;
        for (const { user, atMs } of messages) if (points.chatted(books.viewers.seen(user, atMs), atMs)) earned += 1;
        made();
        return earned;
      }),
    write(work) {
      if (followed?.engine().waitsFor('drawing-done') !== true) return atomically(() => work(ink));
      return atomically(() => {
        const before = moments.lastStep();
        const result = work(ink);
        moments.drawingsDone(before);
        return result;
      });
    },
    turnSheet(layout) {
      writePictures();
      return atomically(() => {
        books.settleKeys();
        const turned = sheets.turn(layout);
        moments.sheetOpened(turned.opened);
        return turned;
      });
    },
    amend: (work) =>
      withDues((made) => {
        const result = work(amend);
        made();
        return result;
      }),
    draw: (work) => atomically(() => work(drawings)),
    noteLive(event) {
      if (!isAboutConnection(event)) return;
      withDues((made) => {
        const isFirst = moments.isFirstOf(event);
        times.note(event);
        made(moments.noted(event, isFirst));
      });
    },
    live: (work) => atomically(() => work(times)),
    followRules(rules) {
      followed = rules;
    },
    momentCame: (moment, id) => withDues((made) => made(moments.happened(moment, id))),
    stateChanged: (from, to) => withDues((made) => made(moments.stateChanged(from, to))),
    deadLettersReported(file, letters) {
      if (moments.bringsNews(file, letters)) withDues((made) => made(moments.deadLettersReported(file, letters)));
    },
    heardSinceMs: (room) => moments.heardSinceMs(room),
    transactions: () => transactions,
    ...decisionsOf(db),
    ...sourceMarksOf(db),
    privacy: privacyOf({
      db,
      keys: books.keys,
      file,
      wallMs: books.wallMs,
      changed() {
        books.viewers.pictures.forgetNameless();
        books.forget();
      },
      logOriginal,
    }),
    backup: (nowMs) => backups.make(nowMs),
    backupIfDue: (nowMs) => backups.makeIfDue(nowMs),
    ...plotter,
    close() {
      if (!db.open) return;
      backups.stop();
      try {
        if (writer.isDue()) whenTheDiskTakesIt(() => writer.settle());
        writePictures();
        noteBeside(noteRun);
      } catch (error) {
        // The next start sees to it.
        if (!isDamage(error)) throw error;
      }
      db.close();
      lock.close();
    },
  };
}

function readerOf(db: LedgerConnection, books: Books, file: string): LedgerReader {
  return {
    file,
    sheet: () => books.sheet(),
    queue: queueReader(books),
    questions: questionsOf(books),
    restoration: () => restorationOf(db),
    check: (depth) => checkLedger(db, depth),
    export: (format) => exportLedger(db, format),
    close: () => db.close(),
  };
}

/** Makes a restored backup ready: what lies on the paper now, and where the pen is, is unknown. */
function startAnew(db: LedgerConnection, options: LedgerOptions): void {
  sheetTurner(booksOf(db, options)).close();
  const { load, save } = plotterRecords(db);
  save({ ...load(), originKnown: false, parked: null, lineBase: null, hover: null, liftDone: false });
}

function damagedFault(what: string): Fault {
  return {
    code: 'ledger-damaged',
    what,
    remedy: 'Start the service: it moves the file aside and goes on with the newest good backup.',
  };
}
