import type { Clock } from '../domain/clock.ts';
import type { GoalStanding } from '../domain/goals.ts';
import { isGiven } from '../domain/live-event.ts';
import type { LiveSource } from '../domain/live-source.ts';
import { type MotionLimits, mpcncLimits } from '../domain/motion.ts';
import type { SheetLayout, StrokeRef } from '../domain/sheet.ts';
import { strokeData } from '../drawing/picture.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { DrawingRecord } from '../ledger/drawings.ts';
import type { Cursor, FeedPage } from '../ledger/feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Gap } from '../ledger/live-times.ts';
import type { SeenGift } from '../ledger/payers.ts';
import type { Payer, SheetSummary } from '../ledger/questions.ts';
import type { Recorded } from '../ledger/record.ts';
import type { EventChoice, Part, SessionRecord } from '../ledger/records.ts';
import type { GiftSeen } from '../ledger/reports.ts';
import type { RuleLog } from '../ledger/rule-log.ts';
import type { DrawingPlace } from './drawing-book.ts';
import type { InFlight } from './ink-book.ts';
import { createOutlook, type GiftForecast, type Outlook, type OutlookSource } from './outlook.ts';
import { createPreviewer, type Preview, type PreviewKind } from './preview.ts';
import { type PictureOptions, pictureOfSheet, pictureWithDrawing, withTitles } from './sheet-picture.ts';

/** What somebody gave on the running live. */
interface Giver {
  readonly viewer: string;
  readonly gifts: number;
  readonly coins: number;
  readonly strokes: number;
}

interface Tally {
  gifts: number;
  coins: number;
  strokes: number;
}

/** Who gave how much on the running live: read once from the ledger, then counted as gifts come. */
interface Givers {
  recorded(records: readonly Recorded[]): void;
  /** What was counted may be wrong now: it is counted again from the ledger. */
  recount(): void;
  /** Those whose gifts are worth most strokes, in that order. */
  top(limit: number): readonly Giver[];
}

/** The givers of the live that is listened to; `room` returns which that is, null when there was none. */
function openGivers(ledger: Ledger, room: () => string | null): Givers {
  let counted: string | null = null;
  const tallies = new Map<number, Tally>();

  function follow(): void {
    const now = room();
    if (now === counted) return;
    counted = now;
    tallies.clear();
    for (const { giver, gifts, coins, strokes } of now === null ? [] : ledger.questions.giversOf(now)) {
      tallies.set(giver, { gifts, coins, strokes });
    }
  }

  return {
    recorded(records) {
      const before = counted;
      follow();
      // What was just counted again has these records in it already.
      if (counted !== before) return;
      for (const { event, grown, credits, giver } of records) {
        if (!isGiven(event) || event.origin !== 'live' || event.room !== counted || giver === '') continue;
        const tally = tallies.get(Number(giver)) ?? { gifts: 0, coins: 0, strokes: 0 };
        tallies.set(Number(giver), tally);
        // Money counts as one gift, however often it arrives.
        const gifts = event.kind === 'gift' ? grown : Math.min(1, grown);
        tally.gifts += gifts;
        tally.coins += event.kind === 'gift' ? gifts * event.payload.gift.coins : 0;
        tally.strokes += credits.reduce((sum, { strokes }) => sum + strokes, 0);
      }
    },
    recount() {
      counted = null;
    },
    top(limit) {
      follow();
      return [...tallies]
        .filter(([, { gifts }]) => gifts > 0)
        .sort(([, a], [, b]) => b.strokes - a.strokes || b.coins - a.coins)
        .slice(0, limit)
        .map(([giver, tally]) => ({ viewer: ledger.questions.viewerName(giver), ...tally }));
    },
  };
}

/** A stroke that was handed to the plotter, with its line in the coordinates of the sheet's picture. */
interface StrokeUnderWay extends StrokeRef {
  readonly path: string;
}

/** Questions about the past; nothing here writes. */
interface Archive {
  sheets(): readonly SheetSummary[];
  /** The number of the open sheet; null when none is open. */
  openSheet(): number | null;
  /** A sheet as SVG; null when there never was one of this number. */
  picture(sheet: number, options?: PictureOptions): string | null;
  /** Strokes in flight, in the order in which they were sent; the pen is at one of them. */
  underWay(): readonly StrokeUnderWay[];
  /** Who paid for a stroke; the open sheet by default; null when nobody did. */
  who(row: string, n: number, sheet?: number): Payer | null;
  sessions(limit: number, before: string | null): Part<SessionRecord, string> | null;
  sessionEvents(id: string, limit: number, after: number | null, choice?: EventChoice): Part<SeenGift, number> | null;
  /** The gifts that came on the lives that are or were last heard. */
  giftsSeen(): readonly GiftSeen[];
  /** The gaps of the last day in which no live was received, the newest last; one that still lasts is among them. */
  gaps(): readonly Gap[];
  /** Where the journal begins, and where it ends now. */
  feedBegin(): Cursor;
  feedEnd(): Cursor;
  feedSince(from: Cursor, limit: number): FeedPage;
  /** The number of the newest event. */
  newestEvent(): number;
  /** The drawings that were asked for, the newest first. */
  drawings(): readonly DrawingRecord[];
  drawing(id: number): DrawingRecord | null;
  /** The drawing to which a caller has given this id; null when there is none. */
  drawingOfAsker(ownId: string): DrawingRecord | null;
}

interface ArchiveDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly source: LiveSource;
  readonly inFlight: Pick<InFlight, 'strokes'>;
  readonly limits: MotionLimits;
}

/** So many pictures are kept until the ledger changes: many people may look at the same one. */
const picturesKept = 8;
const gapsShown = 20;
const gapsOfMs = 86_400_000;
/** Gaps are read from the ledger no more often than this, ms. */
const gapsHoldMs = 250;

/** The archive of one ledger. */
function createArchive({ clock, ledger, source, inFlight, limits }: ArchiveDeps): Archive {
  const { questions } = ledger;
  let pictures = { transactions: -1, known: new Map<string, string>() };
  let gaps: { readonly atMs: number; readonly found: readonly Gap[] } | null = null;
  return {
    sheets: () => questions.sheets(),
    openSheet: () => ledger.sheet()?.id ?? null,
    picture(sheet, options) {
      const now = inFlight.strokes.at(-1) ?? null;
      const key = JSON.stringify([sheet, options, now]);
      if (pictures.transactions !== ledger.transactions() || pictures.known.size >= picturesKept) {
        pictures = { transactions: ledger.transactions(), known: new Map() };
      }
      const known = pictures.known.get(key);
      if (known !== undefined) return known;
      const picture = pictureOfSheet(ledger, sheet, now, { ...withTitles, ...options, limits });
      if (picture !== null) pictures.known.set(key, picture);
      return picture;
    },
    underWay() {
      const sheet = ledger.sheet();
      if (sheet === null) return [];
      return inFlight.strokes.map((stroke) => ({ ...stroke, path: strokeData(sheet.layout, stroke) }));
    },
    who: (row, n, sheet = ledger.sheet()?.id ?? 0) => questions.payerOf(sheet, row, n),
    sessions: (limit, before) => questions.sessions(limit, before),
    sessionEvents: (id, limit, after, choice) => questions.sessionEvents(id, limit, after, choice),
    giftsSeen() {
      const { room, rooms = room === null ? [] : [room] } = source.facts();
      return rooms.flatMap(questions.giftsSeen);
    },
    gaps() {
      const nowMs = clock.nowMs();
      if (gaps === null || nowMs - gaps.atMs >= gapsHoldMs) {
        gaps = { atMs: nowMs, found: questions.gapsSince(clock.wallMs() - gapsOfMs).slice(-gapsShown) };
      }
      return gaps.found;
    },
    feedEnd: () => questions.feedEnd(),
    feedBegin: () => questions.feedBegin(),
    feedSince: (from, limit) => questions.feedSince(from, limit),
    newestEvent: () => questions.eventCount(),
    drawings: () => questions.drawings(),
    drawing: (id) => questions.drawing(id),
    drawingOfAsker(ownId) {
      const id = questions.drawingByOwnId(ownId);
      return id === null ? null : questions.drawing(id);
    },
  };
}

/** The last live is looked for among so many sessions, since tests and replays have sessions too. */
const sessionsLookedAt = 50;

/** What is shown beside the status: the past, forecasts, givers. Nothing here writes. */
export interface Views extends Archive {
  /** When what is owed will be on paper, if nothing else comes. */
  outlook(): Outlook;
  /** When a gift will be fully drawn, by its event's number; null when nothing of it is owed. */
  forecastOf(seq: number): GiftForecast | null;
  /** The ids of a sheet's rows, of the open one by default; null when there is no such sheet. */
  rowsOf(sheet?: number): { readonly sheet: number; readonly rows: readonly string[] } | null;
  /** Whether there is an event of this number that can pay. */
  hasGift(seq: number): boolean;
  /** Who gave most on the running live, or on the last one. */
  givers(limit: number): readonly Giver[];
  preview(kind: PreviewKind): Preview;
  /** The newest firings of rules, and refusals. */
  ruleLog(limit: number): RuleLog;
  /** Who has most points, and what one person has, with the newest entries; null when nobody has that id. */
  people: Ledger['questions']['people'];
  person: Ledger['questions']['person'];
  /** How far the goals are, by the running lives, or the last ones. */
  goals(): readonly GoalStanding[];
  /** What happened in a past session, on which rules are tried, and what is known of a person now. */
  pastLive: Ledger['questions']['pastLive'];
  personNow: Ledger['questions']['personNow'];
  sheetNow: Ledger['questions']['sheetNow'];
  /** The sheet with a drawing that nobody has asked for yet, as SVG. */
  pictureWith(place: DrawingPlace): string;
}

interface ViewsDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly source: LiveSource;
  readonly settings: {
    readonly layout: SheetLayout;
    readonly layoutOf?: (sheet: number) => SheetLayout;
    readonly order: DrawOrder;
    readonly limits?: MotionLimits;
  };
  readonly inFlight: Pick<InFlight, 'strokes'>;
  /** By order "live", how many strokes each giver is still owed. */
  readonly openByGiver: () => ReadonlyMap<string, number>;
}

/** The views of one appliance, with what they must be notified of. */
export interface FollowingViews {
  readonly views: Views;
  /** Events are on disk. */
  recorded(records: readonly Recorded[]): void;
  /** Strokes became certain. */
  drawn: OutlookSource['drawn'];
  /** A person corrected the ledger. */
  amended: Givers['recount'];
}

/** The views of one appliance. */
export function createViews({ clock, ledger, source, settings, inFlight, openByGiver }: ViewsDeps): FollowingViews {
  const { order, layoutOf = () => settings.layout, limits = mpcncLimits } = settings;
  const givers = openGivers(ledger, () => source.facts().room);
  const outlook = createOutlook({ clock, ledger, layout: () => settings.layout, layoutOf, order, openByGiver, limits });
  const previewer = createPreviewer(ledger, layoutOf, limits, () => {
    const { measured, msPerStroke } = outlook.outlook();
    return measured ? msPerStroke : null;
  });
  return {
    views: {
      ...createArchive({ clock, ledger, source, inFlight, limits }),
      outlook: () => outlook.outlook(),
      forecastOf: (seq) => outlook.forecastOf(seq),
      rowsOf(sheet = ledger.sheet()?.id ?? 0) {
        const record = ledger.questions.sheetRecord(sheet);
        return record === null ? null : { sheet, rows: record.layout.rows.map(({ id }) => id) };
      },
      hasGift: (seq) => ledger.questions.hasGift(seq),
      givers: (limit) => givers.top(limit),
      preview: (kind) => previewer.preview(kind),
      ruleLog: (limit) => ledger.questions.ruleLog(limit),
      people: (limit) => ledger.questions.people(limit),
      person: (person, limit) => ledger.questions.person(person, limit),
      goals() {
        const { questions } = ledger;
        return questions.goals([]).length === 0 ? [] : questions.goals(roomsNow(ledger, source));
      },
      pastLive: (session, wish) => ledger.questions.pastLive(session, wish),
      sheetNow: () => ledger.questions.sheetNow(),
      personNow: (id, kind) => ledger.questions.personNow(id, kind),
      pictureWith: (place) => pictureWithDrawing(ledger, settings.layout, place),
    },
    recorded: (records) => givers.recorded(records),
    drawn: (strokes) => outlook.drawn(strokes),
    amended: () => givers.recount(),
  };
}

/** The rooms of the lives that are listened to; where there are none, of the last one. */
function roomsNow({ questions }: Ledger, source: LiveSource): readonly string[] {
  const { room, rooms = room === null ? [] : [room] } = source.facts();
  if (rooms.length > 0) return rooms;
  const last = questions.sessions(sessionsLookedAt, null)?.items.find(({ origin }) => origin === 'live');
  return last === undefined ? [] : [last.room];
}
