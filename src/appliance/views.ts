import type { Clock } from '../domain/clock.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { SheetLayout, StrokeRef } from '../domain/sheet.ts';
import type { DrawOrder } from '../drawing/schedule.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Recorded } from '../ledger/record.ts';
import { type Archive, createArchive } from './archive.ts';
import type { GiftForecast } from './gift-forecast.ts';
import { type Giver, type Givers, openGivers } from './givers.ts';
import { createOutlook, type Outlook, type OutlookTeller } from './outlook.ts';
import { createPreviewer, type Preview, type PreviewKind } from './preview.ts';

/** What people look at beside the status: the past, what lies ahead, who gave. Nothing here writes. */
export interface Views extends Archive {
  /** When what is owed will be on paper, if nothing else comes. */
  outlook(): Outlook;
  /** When a gift will be drawn in full, by its event's number; null when nothing of it is owed. */
  forecastOf(seq: number): GiftForecast | null;
  /** Who gave most on the live that is or was last heard. */
  givers(limit: number): readonly Giver[];
  preview(kind: PreviewKind): Preview;
}

export interface ViewsDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly source: LiveSource;
  readonly settings: {
    readonly layout: SheetLayout;
    readonly layoutOf?: (sheet: number) => SheetLayout;
    readonly order: DrawOrder;
  };
  /** Strokes that were handed to the plotter and are not certain. */
  readonly inHand: () => readonly StrokeRef[];
  /** By order "live", how many strokes each giver still has to come. */
  readonly openByGiver: () => ReadonlyMap<string, number>;
}

/** The views of one appliance, and what they must hear of. */
export interface ViewsWithEars {
  readonly views: Views;
  /** Events are on disk. */
  recorded(records: readonly Recorded[]): void;
  /** Strokes became certain. */
  drawn: OutlookTeller['drawn'];
  /** A person put something right. */
  amended: Givers['recount'];
}

/** The views of one appliance. */
export function createViews({ clock, ledger, source, settings, inHand, openByGiver }: ViewsDeps): ViewsWithEars {
  const { layout, order, layoutOf = () => layout } = settings;
  const givers = openGivers(ledger, () => source.facts().room);
  const outlook = createOutlook({ clock, ledger, layoutOf, order, openByGiver });
  const previewer = createPreviewer(ledger, layoutOf);
  return {
    views: {
      ...createArchive({ clock, ledger, source, inHand }),
      outlook: () => outlook.outlook(),
      forecastOf: (seq) => outlook.forecastOf(seq),
      givers: (limit) => givers.top(limit),
      preview: (kind) => previewer.preview(kind),
    },
    recorded: (records) => givers.recorded(records),
    drawn: (strokes) => outlook.drawn(strokes),
    amended: () => givers.recount(),
  };
}
