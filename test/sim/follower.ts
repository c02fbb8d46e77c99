import type { Cursor, FeedEntry } from '../../src/ledger/feed.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import type { Fail } from './broken.ts';

const entriesPerPage = 50;
/** So many places behind the last one are looked at again: nothing may have come there since. */
const placesBehind = 20;

type Told = FeedEntry & { readonly seq: number };

/** What somebody knows who has read the feed: of gifts, gaps and drawings the last word, all else in its order. */
interface Knowledge {
  readonly gifts: Map<number, SeenGift>;
  readonly gaps: Map<string, string>;
  readonly drawings: Map<number, string>;
  readonly others: string[];
  /** The places that were read. */
  readonly places: Set<number>;
}

const nothingKnown = (): Knowledge => ({
  gifts: new Map(),
  gaps: new Map(),
  drawings: new Map(),
  others: [],
  places: new Set(),
});

/**
 * A program elsewhere that reads along for the whole time, goes on after each death of the service from where it was,
 * and knows in the end what somebody knows who reads all of it at once.
 */
export class Follower {
  readonly #fail: Fail;
  #cursor: Cursor | null = null;
  #known = nothingKnown();
  #isRestored = false;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  /** A backup takes the ledger's place: whoever goes on there would miss what is written now. */
  restored(): void {
    this.#isRestored = true;
  }

  /** Reads what is new. */
  follow({ questions }: Ledger): void {
    const end = questions.feedEnd();
    const isOther = this.#cursor !== null && this.#cursor.generation !== end.generation;
    if (isOther && !this.#isRestored) this.#fail('journal', 'the feed began anew, though no backup was put back');
    if (!isOther && this.#isRestored && this.#cursor !== null)
      this.#fail('journal', 'a backup was put back, and the feed is said to go on');
    if (!isOther && this.#cursor !== null && this.#cursor.seq > end.seq)
      this.#fail('journal', `the feed ends at ${end.seq}, and ${this.#cursor.seq} of it was read`);
    this.#isRestored = false;
    if (isOther) this.#known = nothingKnown();
    const from = isOther ? null : this.#cursor;
    if (from !== null) this.#lookBehind(questions, from);
    this.#cursor = end;
    for (const told of read(questions, from ?? questions.feedBegin(), entriesPerPage)) this.#take(this.#known, told);
  }

  /** What is written comes behind all that was read. */
  #lookBehind(questions: Ledger['questions'], { generation, seq }: Cursor): void {
    const behind = questions.feedSince({ generation, seq: Math.max(0, seq - placesBehind) }, 2 * placesBehind);
    for (const { seq: place } of behind.entries) {
      if (place <= seq && !this.#known.places.has(place))
        this.#fail('journal', `entry ${place} of the feed was put in front of what was read`);
    }
  }

  /** Holds the gifts that are known against the ledger. */
  judgeGifts({ questions }: Ledger): void {
    const now = new Map(questions.lastGifts(100_000).map((gift) => [gift.seq, gift]));
    for (const [seq, gift] of now) {
      if (JSON.stringify(gift) !== JSON.stringify(this.#known.gifts.get(seq)))
        this.#fail('journal', `who has read along does not know event ${seq} as it is`);
    }
  }

  /** Holds what is known against all of the feed, entry by entry, and that against the ledger. */
  judge(ledger: Ledger): void {
    this.follow(ledger);
    const { questions } = ledger;
    const all = nothingKnown();
    const inked = new Map<string, number>();
    for (const told of read(questions, questions.feedBegin(), 1)) {
      if (told.kind === 'ink') {
        const { row, from, to } = told.entry;
        inked.set(row, (inked.get(row) ?? 0) + to - from + 1);
      }
      this.#inOrder(told, all);
      this.#take(all, told);
    }
    if (textOf(all) !== textOf(this.#known)) this.#fail('journal', 'who has read along knows something else');
    for (const { row, drawn } of questions.accounts()) {
      const told = inked.get(row) ?? 0;
      if (told !== drawn)
        this.#fail('journal', `the feed tells ${told} strokes of row ${row}, of which ${drawn} are drawn`);
    }
    this.judgeGifts(ledger);
  }

  /** What comes next cannot have been written before what is known. */
  #inOrder(told: Told, { gifts, others }: Knowledge): void {
    if (told.kind === 'gift' && !gifts.has(told.entry.seq) && told.entry.seq < Math.max(0, ...gifts.keys()))
      this.#fail('journal', `the feed tells event ${told.entry.seq} after a newer one`);
    if (told.kind !== 'ink') return;
    const { sheet, seq } = told.entry;
    if (!gifts.has(seq)) this.#fail('journal', `the feed tells ink of event ${seq} before that`);
    if (!others.some((text) => text.startsWith(`{"kind":"sheet","entry":{"sheet":${sheet},`)))
      this.#fail('journal', `the feed tells ink on sheet ${sheet} before it is open`);
  }

  #take({ gifts, gaps, drawings, others, places }: Knowledge, { seq: place, ...told }: Told): void {
    places.add(place);
    const isOnce = told.kind === 'ink' || told.kind === 'sheet' || told.kind === 'rule';
    if (isOnce && others.includes(JSON.stringify(told))) this.#fail('journal', `the feed tells ${told.kind} twice`);
    if (told.kind === 'gift') gifts.set(told.entry.seq, told.entry);
    else if (told.kind === 'gap') gaps.set(`${told.entry.room} ${told.entry.fromMs}`, JSON.stringify(told.entry));
    else if (told.kind === 'drawing') drawings.set(told.entry.id, JSON.stringify(told.entry));
    else others.push(JSON.stringify(told));
  }
}

/** All entries from a place on. */
function* read(questions: Ledger['questions'], from: Cursor, limit: number): Generator<Told, void> {
  for (let at = from, more = true; more; ) {
    const page = questions.feedSince(at, limit);
    yield* page.entries;
    ({ cursor: at, more } = page);
  }
}

function textOf({ gifts, gaps, drawings, others }: Knowledge): string {
  const sorted = <K extends string | number, V>(map: ReadonlyMap<K, V>) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(gifts), sorted(gaps), sorted(drawings), others]);
}
