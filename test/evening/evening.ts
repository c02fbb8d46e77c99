import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { openGiftBook } from '../../src/appliance/gift-book.ts';
import { type Inbox, openInbox } from '../../src/appliance/inbox.ts';
import type { SourceMarks } from '../../src/domain/live-source.ts';
import { silentLog } from '../../src/domain/log.ts';
import { comparableName } from '../../src/domain/plain-text.ts';
import { readAsLetters } from '../../src/drawing/plan-text.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { joinSources } from '../../src/sources/joined-source.ts';
import { seededRandom } from '../../src/system/random.ts';
import { emptyHand } from '../ledger/world.ts';
import type { Broken, Rule } from '../sim/broken.ts';
import { Disk } from '../sim/disk.ts';
import { Process } from '../sim/process.ts';
import { giftsOf } from '../sim/settings.ts';
import { whole } from './dice.ts';
import { DonationsOfAnEvening, donationLine } from './donations.ts';
import { GiftsOfAnEvening } from './gifts.ts';
import type { EveningPlatform } from './platform.ts';
import { writes, wrongTexts } from './texts.ts';
import { TipsOfAnEvening, tipLine } from './tips.ts';

/** Until then things go wrong. */
const troubleMs = 8 * 60_000;
/** Then the world is kind for so long: the longest wait between two attempts is over, and what was said is on disk. */
const calmMs = 4 * 60_000;
const eventsMax = 10_000;

const { gifts, ...restOfMap } = v.parse(
  v.looseObject({ gifts: v.array(v.looseObject({ name: v.string() })) }),
  JSON.parse(giftsOf(0)),
);
/** The gift map of the other world, with names in ink. */
const giftMap = { ...restOfMap, gifts: gifts.map((line) => ({ ...line, write: writes })) };
const paying = new Set(gifts.map(({ name }) => comparableName(name)));

const book = openGiftBook(
  {
    read: () => ({
      ok: true,
      text: JSON.stringify({ ...giftMap, events: { tip: tipLine, donation: donationLine } }),
    }),
    write: () => null,
  },
  ['1', '2', '3'],
  silentLog,
);

interface Life {
  readonly process: Process;
  readonly ledger: Ledger;
  readonly inbox: Inbox;
  readonly source: ReturnType<typeof joinSources>;
}

/** What came of an evening on several platforms, each of which fails at any moment, as does the machine. */
export interface EveningResult {
  readonly wrong: readonly Broken[];
  readonly seen: number;
  readonly deaths: number;
  readonly gaps: number;
}

/** Plays the evening of a seed: the same seed is the same evening. */
export async function playEvening(seed: number): Promise<EveningResult> {
  const root = mkdtempSync(join(tmpdir(), 'livepen-evening-'));
  try {
    return await new Evening(seed, root).play();
  } finally {
    rmSync(root, { recursive: true });
  }
}

class Evening {
  readonly #random: () => number;
  readonly #whims: () => number;
  // Well within one evening, wherever this machine stands.
  readonly #clock = virtualClock(new Date(2026, 10, 20, 20).getTime());
  readonly #disk: Disk;
  readonly #platforms: readonly EveningPlatform[];
  readonly #opened: Ledger[] = [];
  #life: Life;
  #deaths = 0;
  #isCalm = false;
  readonly #lies = new Set<string>();

  constructor(seed: number, root: string) {
    this.#random = seededRandom(seed);
    this.#whims = seededRandom(seed + 5_000_011);
    this.#disk = new Disk(root, 0);
    this.#platforms = [
      new GiftsOfAnEvening(this.#clock, this.#random, troubleMs),
      new TipsOfAnEvening(this.#clock, this.#random, join(root, 'tips')),
      new DonationsOfAnEvening(this.#clock, this.#random, join(root, 'donations')),
    ];
    this.#life = this.#begin();
  }

  async play(): Promise<EveningResult> {
    this.#plan();
    this.#look();
    await this.#clock.advance(troubleMs);
    this.#isCalm = true;
    for (const platform of this.#platforms) platform.calm();
    await this.#clock.advance(calmMs);
    for (const platform of this.#platforms) platform.give();
    await this.#clock.advance(5_000);
    const { ledger, inbox, source } = this.#life;
    const notHeard = (source.facts().lives ?? []).filter(({ heard }) => !heard);
    inbox.flush();
    for (const platform of this.#platforms) platform.settle();
    const seen = ledger.questions.lastGifts(eventsMax);
    const gaps = ledger.questions.gapsSince(0);
    const broken = (rule: Rule, all: readonly string[]) => all.map((what) => ({ rule, what }));
    const wrong = [
      ...broken('truth', [...this.#lies]),
      ...this.#platforms.flatMap((platform) =>
        broken(
          'no loss',
          platform.wrong(seen, gaps).map((what) => `${platform.name}: ${what}`),
        ),
      ),
      ...broken('life', [
        ...notHeard.map(({ name, silence }) => `${name} is not heard after the calm: ${silence?.what}`),
        ...gaps.filter(({ over }) => !over).map(({ platform, why }) => `a gap of ${platform} never ended: ${why}`),
      ]),
      ...broken('ink = debt', wrongTexts(this.#disk.file, paying)),
      ...broken('books', ledger.check('full').findings),
    ];
    const stopped = source.stop();
    await this.#clock.advance(5_000);
    await stopped;
    for (const each of this.#opened) each.close();
    return { wrong, seen: seen.length, deaths: this.#deaths, gaps: gaps.length };
  }

  /** What the sources say of themselves is held against the world, once a second. */
  #look(): void {
    this.#clock.after(1_000, () => this.#look());
    const { process, source } = this.#life;
    if (!process.alive) return;
    const lives = source.facts().lives ?? [];
    for (const platform of this.#platforms) {
      const facts = lives.find(({ name }) => name === platform.name);
      const lie = facts === undefined ? 'it is not listed' : platform.lie(facts);
      if (lie !== null) this.#lies.add(`${platform.name}: ${lie}`);
    }
  }

  /** All that happens is thrown beforehand, apart from what a platform throws when it happens. */
  #plan(): void {
    const times = (count: number) => Array.from({ length: count }, () => whole(this.#random, 500, troubleMs - 1_000));
    for (const platform of this.#platforms) {
      for (const atMs of times(whole(this.#random, 20, 60))) this.#clock.after(atMs, () => platform.give());
      for (const atMs of times(whole(this.#random, 2, 12))) this.#clock.after(atMs, () => platform.fail());
    }
    for (const atMs of times(whole(this.#random, 0, 3))) this.#clock.after(atMs, () => this.#die());
    // Of dice of their own, so that all else in a seed is as without them.
    for (const row of ['1', '2', '3'])
      this.#clock.after(whole(this.#whims, 500, troubleMs + calmMs / 2), () => this.#takeBack(row));
  }

  /** A person takes back all that a row owes. */
  #takeBack(row: string): void {
    const { process, ledger } = this.#life;
    if (process.alive) process.enter(() => ledger.amend((amend) => amend.void(row, 10_000, 'a whim', emptyHand)));
  }

  #begin(): Life {
    const process = new Process(this.#clock, noPorts, { writes: () => true });
    const { clock } = process;
    const opened = openLedger({ file: this.#disk.file, allot, wallMs: clock.wallMs, readText: readAsLetters });
    if (!opened.ok || !book.ok) throw new Error('the ledger or the gift map does not open');
    const { ledger } = opened;
    this.#opened.push(ledger);
    ledger.live((times) => times.endAbandonedSessions());
    const inbox = openInbox({
      clock,
      log: silentLog,
      ledger,
      worthOf: (event) => book.book.worthOf(event),
      keeps: new Set(),
      recorded: () => {},
      changed: () => {},
    });
    const source = joinSources(
      this.#platforms.map((platform) => ({
        name: platform.name,
        platform: platform.name,
        channel: () => '',
        source: platform.source({
          process,
          random: this.#random,
          settled: () => inbox.settled(),
          marks: this.#marks(ledger),
        }),
      })),
    );
    process.enter(() => source.start({ event: (event) => inbox.offer(event), changed: () => {} }));
    return { process, ledger, inbox, source };
  }

  /** As a power cut does; some seconds later it comes back. */
  /** The power likes to fail when it was just noted how far a list was read. */
  #marks(ledger: Ledger): SourceMarks {
    return {
      mark: (name) => ledger.mark(name),
      setMark: (name, value) => {
        ledger.setMark(name, value);
        if (!this.#isCalm && this.#random() < 0.25) this.#die();
      },
    };
  }

  #die(): void {
    const { process } = this.#life;
    if (!process.alive) return;
    this.#deaths += 1;
    this.#disk.folder = this.#disk.image();
    process.kill();
    for (const platform of this.#platforms) platform.died(process);
    this.#clock.after(whole(this.#random, 1_000, 20_000), () => {
      this.#life = this.#begin();
    });
  }
}

const noPorts = {
  list: async () => [],
  open: async () => ({ kind: 'failed', what: 'there are no ports' }) as const,
};
