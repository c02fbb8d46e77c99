import type { SeenGift } from '../../src/ledger/payers.ts';
import type { Fail } from './broken.ts';
import { type Told, worthlessGift } from './live.ts';
import type { PlannedGift } from './plan.ts';
import type { Process } from './process.ts';

/** What was heard this long before a death must be on disk, not counting times in which the process stood still. */
const writtenWithinMs = 100;
/** The inbox tries a failing disk again this often. */
const diskRetryMs = 1_000;

interface Heard {
  readonly what: Told | string;
  readonly process: Process;
  /** The process's own time, less what it has stood still. */
  readonly atMs: number;
  readonly nowMs: number;
}

/** What the frames that reached the appliance are worth, counted without the ledger. */
export class Accounts {
  readonly #gifts: readonly PlannedGift[];
  /** How far each gift surely is, and how far it may be. */
  readonly #sure = new Map<number, number>();
  readonly #perhaps = new Map<number, number>();
  /** The same of what somebody said. */
  readonly #surelySaid = new Set<string>();
  readonly #perhapsSaid = new Set<string>();
  #fresh: Heard[] = [];

  constructor(gifts: readonly PlannedGift[]) {
    this.#gifts = gifts;
  }

  heard(told: Told, process: Process): void {
    this.#perhaps.set(told.gift, Math.max(this.#perhaps.get(told.gift) ?? 0, told.count));
    this.#isFresh(told, process);
  }

  said(text: string, process: Process): void {
    this.#perhapsSaid.add(text);
    this.#isFresh(text, process);
  }

  /** What was said, as far as it surely was heard, and may be. */
  get chats(): { readonly sure: ReadonlySet<string>; readonly perhaps: ReadonlySet<string> } {
    return { sure: this.#surelySaid, perhaps: this.#perhapsSaid };
  }

  /** A process has died, or has written down all that it heard; `failedAtMs` is when the disk refused a write last. */
  died(process: Process, failedAtMs: number): void {
    const nowMs = process.nowMs - process.stalledMs;
    for (const heard of this.#fresh) {
      const diskMs = Math.max(0, failedAtMs + diskRetryMs - heard.nowMs);
      if (nowMs - heard.atMs - diskMs > writtenWithinMs) this.#isSure(heard);
    }
    this.#fresh = [];
  }

  /** All that a living process was told is on disk now. */
  settled(): void {
    for (const heard of this.#fresh) this.#isSure(heard);
    this.#fresh = [];
  }

  /** After a backup was restored nobody is promised what came since. */
  forgetAll(): void {
    this.#sure.clear();
    this.#surelySaid.clear();
  }

  /** Holds what the ledger has against what it was told; `worths` are the strokes of a gift by every map that was in force. */
  check(seen: readonly SeenGift[], worths: ReadonlyMap<string, ReadonlySet<number>>, fail: Fail): void {
    const live = seen.filter(({ origin, gift }) => origin === 'live' && gift !== worthlessGift);
    const kinds = new Set([...live.map(keyOfSeen), ...[...this.#perhaps.keys()].map((index) => this.#keyOf(index))]);
    for (const kind of kinds) {
      const events = live.filter((each) => keyOfSeen(each) === kind);
      const gifts = this.#gifts.map((_, index) => index).filter((index) => this.#keyOf(index) === kind);
      const sum = (counts: ReadonlyMap<number, number>) =>
        gifts.reduce((all, index) => all + (counts.get(index) ?? 0), 0);
      const counted = events.reduce((all, { count }) => all + count, 0);
      const [least, most] = [sum(this.#sure), sum(this.#perhaps)];
      if (counted < least || counted > most) {
        fail('no loss', `${kind}: ${counted} counted, ${least} to ${most} were heard`);
      }
      const allowed = worths.get(events[0]?.gift ?? '') ?? new Set([0]);
      for (const { strokes, count } of events) {
        if ([...allowed].some((worth) => worth * count === strokes)) continue;
        fail('no loss', `${kind}: ${count} gifts are credited with ${strokes} strokes`);
      }
    }
  }

  #isFresh(what: Told | string, process: Process): void {
    this.#fresh.push({ what, process, atMs: process.nowMs - process.stalledMs, nowMs: process.nowMs });
  }

  #isSure({ what }: Heard): void {
    if (typeof what === 'string') {
      this.#surelySaid.add(what);
      return;
    }
    const { gift, count } = what;
    this.#sure.set(gift, Math.max(this.#sure.get(gift) ?? 0, count));
  }

  #keyOf(index: number): string {
    const gift = this.#gifts[index];
    return gift === undefined ? '' : `${gift.gift} of ${gift.viewer}`;
  }
}

function keyOfSeen({ gift, viewer }: SeenGift): string {
  return `${gift} of ${viewer}`;
}
