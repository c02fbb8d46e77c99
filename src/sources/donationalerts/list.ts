import * as v from 'valibot';
import type { Clock } from '../../domain/clock.ts';
import type { SourceMarks } from '../../domain/live-source.ts';
import type { ConnectionEnding } from '../connection/ending.ts';
import { hasFields } from '../connection/json.ts';
import type { Account, DonationApi } from './api.ts';
import { idOf, momentOf } from './donation.ts';
import { donationPlatform as platform } from './platform.ts';

/**
 * On the first reading, donations that are older than this, ms, are not credited: it covers the evening of the sign-in.
 */
const lookBackMaxMs = 24 * 60 * 60_000;
const donationsOfPage = 30;
/** So many pages are read at most, which are 300,000 donations: a longer list is taken to be endless. */
const pagesMax = 10_000;

/** How far the list has been read for good: kept with the ledger, so that it is never ahead of it. */
const markForm = v.object({
  /** Donations before this wall time are not credited: nobody listened yet. */
  sinceMs: v.pipe(v.number(), v.safeInteger()),
  /** All up to this one are in the ledger; '' before the first. */
  through: v.pipe(v.string(), v.regex(/^\d*$/)),
});

type Mark = v.InferOutput<typeof markForm>;

interface ListDeps {
  readonly clock: Clock;
  readonly api: DonationApi;
  readonly marks: SourceMarks;
  /** Resolves when all that was handed over is on disk; rejects when some of it never will be. */
  readonly settled: () => Promise<void>;
  /** Is given one donation, as it was sent. */
  readonly donation: (given: unknown, account: Account) => void;
}

/** How far a reading has come. */
interface Reading {
  readonly account: string;
  /** The largest id in it; '' before the first. */
  newest: string;
  /** The page that comes next. */
  next: number;
  /** How many donations there were; null where it is not said. */
  total: number | null;
}

/** What a reading of the list came to. */
type ListResult = { readonly ok: true } | { readonly ok: false; readonly ending: ConnectionEnding };

/**
 * Reads the list of donations, the newest first, until one that is known: whatever the socket did not bring is in it.
 * All of a page is handed over, also what came before: the ledger drops repeats by their ids, and only it can be sure
 * (docs/decisions/0018).
 */
export class DonationList {
  readonly #deps: ListDeps;
  /** What is not yet read to its end. */
  #unfinished: Readonly<Reading> | null = null;
  /** As the ledger has it, by account. */
  #mark: { readonly account: string; readonly mark: Mark } | null = null;

  constructor(deps: ListDeps) {
    this.#deps = deps;
  }

  /** Whether a donation was given since somebody listens; one that does not say when is. */
  isOurs(given: unknown, account: Account): boolean {
    return !isBefore(given, this.#markOf(account, null));
  }

  /**
   * Reads until a known one; `signal` gives it up. What ends before is gone on with by the next reading, once that has met
   * what this one has read. Throws what the ledger says that cannot keep how far it was read.
   */
  async read(account: Account, signal: AbortSignal): Promise<ListResult> {
    const before = this.#unfinished?.account === account.id ? this.#unfinished : null;
    const now: Reading = { account: account.id, newest: '', next: 1, total: null };
    let hasMet = before === null;
    for (let pages = 0; pages < pagesMax; pages += 1) {
      // What was read before stays the better half until both meet.
      if (hasMet) this.#unfinished = { ...now };
      const answer = await this.#deps.api.page(now.next, signal);
      if (!answer.ok) return answer;
      const { donations, isLast, total } = answer.value;
      const mark = this.#markOf(account, answer.atMs);
      const ids = donations.flatMap((each) => (hasFields(each) ? (idOf(each.id) ?? []) : []));
      this.#handOver(donations, account, mark);
      if (!(await this.#isSettled(signal))) return lost('the disk does not take what is in it');
      if (signal.aborted) return lost('it was given up');
      now.newest = largest([now.newest, ...ids]);
      const back = pagesBack(now.total, total);
      const isThrough = back === 0 && (isLast || this.#isKnown(donations, ids, mark));
      if (isThrough) return this.#finish(account, now.newest);
      now.next = back === 0 ? now.next + 1 : Math.max(1, now.next - back);
      now.total = total;
      if (hasMet || before === null || !endsWithin(ids, before.newest)) continue;
      hasMet = true;
      now.next = Math.max(now.next, before.next - pagesBack(before.total, total));
    }
    this.#unfinished = null;
    return lost(`it has no end within ${pagesMax} pages`);
  }

  /** All up to the newest are in the ledger. */
  #finish(account: Account, newest: string): ListResult {
    this.#unfinished = null;
    const { sinceMs, through } = this.#markOf(account, null);
    this.#keep(account, { sinceMs, through: largest([through, newest]) });
    return { ok: true };
  }

  /** Whether it was read so far before. */
  #isKnown(donations: readonly unknown[], ids: readonly string[], mark: Mark): boolean {
    return endsWithin(ids, mark.through) || donations.every((each) => isBefore(each, mark));
  }

  /** The oldest first. */
  #handOver(donations: readonly unknown[], account: Account, mark: Mark): void {
    for (const given of donations.toReversed()) {
      const id = hasFields(given) ? idOf(given.id) : null;
      const isNew = id !== null && isAfter(id, mark.through);
      // Of one without a time only its number says that it is not as old as the list.
      const isOld = hasFields(given) && momentOf(given.created_at) === null && (mark.through === '' || !isNew);
      if (isOld || isBefore(given, mark)) continue;
      this.#deps.donation(given, account);
    }
  }

  /** A disk that takes nothing does not keep those who give it up. */
  #isSettled(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(true), { once: true });
      if (signal.aborted) resolve(true);
      // The inbox logs why. It is handed over again with the next reading.
      this.#deps.settled().then(
        () => resolve(true),
        () => resolve(false),
      );
    });
  }

  /** `platformMs` is the platform's time, null where it was not heard: then nothing is fixed yet. */
  #markOf(account: Account, platformMs: number | null): Mark {
    if (this.#mark?.account === account.id) return this.#mark.mark;
    const stored = this.#deps.marks.mark(nameOf(account));
    if (stored !== null) {
      const mark = v.parse(markForm, JSON.parse(stored));
      this.#mark = { account: account.id, mark };
      return mark;
    }
    // A sign-in that is older was read for another ledger.
    const nowMs = platformMs ?? this.#deps.clock.wallMs();
    const earliestMs = nowMs - lookBackMaxMs;
    const beganMs = this.#deps.marks.mark(platform) === null ? account.firstSince : account.since;
    // Nobody signed in later than now: the clock of then was ahead. The platform says whole seconds.
    const sinceMs = Math.floor(Math.max(Math.min(beganMs, nowMs), earliestMs) / 1_000) * 1_000;
    const mark = { sinceMs, through: '' };
    if (platformMs !== null) this.#keep(account, mark);
    return mark;
  }

  #keep(account: Account, mark: Mark): void {
    const text = JSON.stringify(mark);
    if (JSON.stringify(this.#mark?.mark) === text) return;
    // From now on another account begins with its own sign-in.
    if (this.#deps.marks.mark(platform) === null) this.#deps.marks.setMark(platform, account.id);
    this.#deps.marks.setMark(nameOf(account), text);
    this.#mark = { account: account.id, mark };
  }
}

/** Whether a page, the newest first, reaches down to this id; one that came late may stand further up. */
function endsWithin(ids: readonly string[], id: string): boolean {
  const last = ids.at(-1);
  return last !== undefined && !isAfter(last, id);
}

/** Where some were deleted the rest moved up: what should stand at the top of a page is on one before it. */
function pagesBack(totalBefore: number | null, total: number | null): number {
  if (totalBefore === null || total === null) return 0;
  return Math.ceil(Math.max(0, totalBefore - total) / donationsOfPage);
}

function lost(why: string): ListResult {
  return { ok: false, ending: { kind: 'lost', why } };
}

function nameOf({ id }: Account): string {
  return `${platform}:${id}`;
}

/** Whether this donation was given before anybody listened. */
function isBefore(given: unknown, { sinceMs }: Mark): boolean {
  const atMs = hasFields(given) ? momentOf(given.created_at) : null;
  return atMs !== null && atMs < sinceMs;
}

/** Ids count up; they are text, and may be longer than a number is exact. */
function isAfter(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length;
}

function largest(ids: readonly string[]): string {
  return ids.reduce((most, id) => (isAfter(id, most) ? id : most), '');
}
