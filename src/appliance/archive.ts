import type { Clock } from '../domain/clock.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { StrokeRef } from '../domain/sheet.ts';
import { strokeData } from '../drawing/picture.ts';
import type { FeedPage, FeedPosition } from '../ledger/feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Gap } from '../ledger/live-times.ts';
import type { Payer, SeenGift, SheetSummary } from '../ledger/questions.ts';
import type { Part, SessionRecord } from '../ledger/records.ts';
import type { GiftSeen } from '../ledger/reports.ts';
import { type PictureOptions, pictureOfSheet } from './sheet-picture.ts';

/** A stroke that was handed to the plotter, with its line in the coordinates of the sheet's picture. */
export interface StrokeUnderWay extends StrokeRef {
  readonly path: string;
}

/** What can be asked of the past; nothing here writes. */
export interface Archive {
  sheets(): readonly SheetSummary[];
  /** The number of the sheet that lies there; null when none is open. */
  openSheet(): number | null;
  /** A sheet as SVG; null when there never was one of this number. */
  picture(sheet: number, options?: PictureOptions): string | null;
  /** Strokes that were handed to the plotter and are not certain, in their order; the pen is at one of them. */
  underWay(): readonly StrokeUnderWay[];
  /** Who paid for a stroke, of the open sheet unless told; null when nobody has. */
  who(row: string, n: number, sheet?: number): Payer | null;
  sessions(limit: number, before: string | null): Part<SessionRecord, string> | null;
  sessionEvents(id: string, limit: number, after: number | null): Part<SeenGift, number> | null;
  /** The gifts that came on the live that is or was last heard. */
  giftsSeen(): readonly GiftSeen[];
  /** The last gaps in hearing a live, of the last day; a gap that lasts is the last one. */
  gaps(): readonly Gap[];
  /** Where the ledger ends now. */
  feedEnd(): FeedPosition;
  feedSince(from: FeedPosition, limit: number, alsoTell?: ReadonlySet<number>): FeedPage;
  /** Gifts before this event that may have grown without being credited. */
  grownBefore(event: number): ReadonlySet<number>;
}

export interface ArchiveDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly source: LiveSource;
  /** Strokes that were handed to the plotter and are not certain. */
  readonly inHand: () => readonly StrokeRef[];
}

/** Pictures that are kept until the ledger is written: many may look at the same one. */
const picturesKept = 8;
const gapsShown = 20;
const gapsOfMs = 86_400_000;
/** Gaps come and go slowly. */
const gapsHoldMs = 250;

/** The archive of one ledger. */
export function createArchive({ clock, ledger, source, inHand }: ArchiveDeps): Archive {
  const { questions } = ledger;
  let pictures = { transactions: -1, known: new Map<string, string>() };
  let gaps: { readonly atMs: number; readonly found: readonly Gap[] } | null = null;
  return {
    sheets: () => questions.sheets(),
    openSheet: () => ledger.sheet()?.id ?? null,
    picture(sheet, options) {
      const now = inHand().at(-1) ?? null;
      const key = JSON.stringify([sheet, options, now]);
      if (pictures.transactions !== ledger.transactions() || pictures.known.size >= picturesKept) {
        pictures = { transactions: ledger.transactions(), known: new Map() };
      }
      const known = pictures.known.get(key);
      if (known !== undefined) return known;
      const picture = pictureOfSheet(ledger, sheet, now, options);
      if (picture !== null) pictures.known.set(key, picture);
      return picture;
    },
    underWay() {
      const sheet = ledger.sheet();
      if (sheet === null) return [];
      return inHand().map((stroke) => ({ ...stroke, path: strokeData(sheet.layout, stroke) }));
    },
    who: (row, n, sheet = ledger.sheet()?.id ?? 0) => questions.payerOf(sheet, row, n),
    sessions: (limit, before) => questions.sessions(limit, before),
    sessionEvents: (id, limit, after) => questions.sessionEvents(id, limit, after),
    giftsSeen() {
      const { room } = source.facts();
      return room === null ? [] : questions.giftsSeen(room);
    },
    gaps() {
      const nowMs = clock.nowMs();
      if (gaps === null || nowMs - gaps.atMs >= gapsHoldMs) {
        gaps = { atMs: nowMs, found: questions.gapsSince(clock.wallMs() - gapsOfMs).slice(-gapsShown) };
      }
      return gaps.found;
    },
    feedEnd: () => questions.feedEnd(),
    feedSince: (from, limit, alsoTell) => questions.feedSince(from, limit, alsoTell),
    grownBefore: (event) => questions.grownBefore(event),
  };
}
