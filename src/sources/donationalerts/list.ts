import * as v from 'valibot';
import type { Clock } from '../../domain/clock.ts';
import type { SourceMarks } from '../../domain/live-source.ts';
import type { ConnectionEnding } from '../connection/ending.ts';
import type { Account, DonationApi } from './api.ts';
import { hasFields, idOf, momentOf } from './donation.ts';
import { donationPlatform as platform } from './platform.ts';

/** Who has listened to an account for the first time looks back so far at most: the evening on which they signed in. */
const lookBackMaxMs = 24 * 60 * 60_000;
const donationsOfPage = 30;
/** Three hundred thousand donations since the last reading: a list that is longer has no end. */
const pagesMax = 10_000;

/** How far the list has been read for good: kept with the ledger, so that it is never ahead of it. */
const markForm = v.object({
  /** What was given before is not ours: nobody listened yet. */
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
  /** Hands one over, as it was sent. */
  readonly donation: (given: unknown, account: Account) => void;
}

/** What a reading of the list came to. */
type ListResult = { readonly ok: true } | { readonly ok: false; readonly ending: ConnectionEnding };

/**
 * Reads the list of donations, the newest first, until one that is known: what the socket did not bring is in it, whatever
 * the reason. All of a page is handed over, also what was heard before: the ledger drops it by its id, and nothing else
 * knows for certain (docs/decisions/0018).
 */
export class DonationList {
  readonly #deps: ListDeps;
  /** As the ledger has it, by account. */
  #mark: { readonly account: string; readonly mark: Mark } | null = null;

  constructor(deps: ListDeps) {
    this.#deps = deps;
  }

  /** Whether a donation was given since somebody listens; one that does not say when is. */
  isOurs(given: unknown, account: Account): boolean {
    return !isBefore(given, this.#markOf(account, null));
  }

  /** Reads until a known one; `signal` gives it up. Throws what the ledger says that cannot keep how far it was read. */
  async read(account: Account, signal: AbortSignal): Promise<ListResult> {
    let newest = '';
    let total: number | null = null;
    let pages = 0;
    for (let number = 1; ; number += 1) {
      const answer = await this.#deps.api.page(number, signal);
      if (!answer.ok) return answer;
      const { donations, isLast, total: totalNow } = answer.value;
      const mark = this.#markOf(account, answer.atMs);
      const ids = donations.flatMap((each) => (hasFields(each) ? (idOf(each.id) ?? []) : []));
      newest = largest([newest, ...ids]);
      this.#handOver(donations, account, mark);
      if (!(await this.#isSettled())) return lost('the disk does not take what is in it');
      if (signal.aborted) return lost('it was given up');
      pages += 1;
      if (pages >= pagesMax) return lost(`it has no end within ${pagesMax} pages`);
      // Where some were deleted the rest moved up: what should stand at the top of this page is on one before it.
      const gone: number = total === null || totalNow === null ? 0 : total - totalNow;
      total = totalNow;
      if (gone > 0 && number > 1) number = Math.max(0, number - 1 - Math.ceil(gone / donationsOfPage));
      else if (isLast || this.#isKnown(donations, ids, mark)) break;
    }
    const { sinceMs, through } = this.#markOf(account, null);
    this.#keep(account, { sinceMs, through: largest([through, newest]) });
    return { ok: true };
  }

  /** Whether it was read so far before. */
  #isKnown(donations: readonly unknown[], ids: readonly string[], mark: Mark): boolean {
    return ids.some((id) => !isAfter(id, mark.through)) || donations.every((each) => isBefore(each, mark));
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

  async #isSettled(): Promise<boolean> {
    try {
      await this.#deps.settled();
      return true;
    } catch {
      // Whoever keeps the disk logs why. It is handed over again with the next reading.
      return false;
    }
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
