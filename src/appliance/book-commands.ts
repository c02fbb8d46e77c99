import type { Clock } from '../domain/clock.ts';
import { counted } from '../domain/counted.ts';
import type { Gift } from '../domain/live-event.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import type { Worth } from '../domain/worth.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { GiftSeen } from '../ledger/reports.ts';
import { testGiftEvent } from '../sources/test-gift.ts';
import { type CommandResult, notNow, notThat, onDisk, said } from './command-result.ts';
import type { GiftBook } from './gift-book.ts';
import type { Hand } from './hand.ts';

/** More in one entry would be a slip of the finger. */
const mostStrokes = 100_000;

/** Commands by which a person puts the ledger right; each is an entry with its reason. */
export interface BookCommands {
  /** Takes back strokes that are owed, the newest first, and only what was not handed to the plotter. */
  voidDebt(row: string, strokes: number, why: string): CommandResult;
  /** Strokes of a sheet that have no ink are owed again; without a sheet, of the open one. */
  redraw(row: string, from: number, to: number, why: string, sheet?: number): CommandResult;
  /** The pen was dry: the strokes of this sheet that were drawn last are owed again. */
  penWasDry(strokes: number): CommandResult;
  /** Credits strokes by hand; `viewer` '' is nobody. */
  credit(row: string, strokes: number, viewer: string, why: string): CommandResult;
  /** Credits the gifts of this live that were not in the gift map when they came, once. */
  backfill(gift: string): CommandResult;
  /** Takes a viewer's name out of the ledger and its backups. */
  forget(user: string): CommandResult;
  /** At the end of a night: what is left is carried on, or taken back. */
  closeNight(how: 'carry' | 'void', why: string): CommandResult;
}

export interface BookDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly source: LiveSource;
  readonly gifts: GiftBook;
  /** The rows of the config. */
  readonly rows: SheetLayout['rows'];
  readonly hand: () => Hand;
  readonly changed: () => void;
  /** Deletes frames that were heard and not understood; gives how many. */
  readonly forgetFrames?: () => number;
}

/** The book commands of one appliance. */
export function bookCommands(deps: BookDeps): BookCommands {
  const { clock, log, ledger, source, gifts, hand, changed, forgetFrames } = deps;

  /** Writes, logs and tells what was written. */
  function enter(write: () => string): CommandResult {
    return onDisk(() => {
      const sentence = write();
      log.info(sentence);
      changed();
      return said(sentence);
    });
  }

  function wrongCount(strokes: number): CommandResult | null {
    if (Number.isInteger(strokes) && strokes >= 1 && strokes <= mostStrokes) return null;
    return notThat('count-out-of-range', `${strokes} is not a number of strokes.`, `Give 1 to ${mostStrokes}.`);
  }

  function wrongRow(row: string): CommandResult | null {
    const rows = [
      ...deps.rows.map(({ id }) => id),
      ...(ledger.sheet()?.layout.rows.map(({ id }) => id) ?? []),
      ...ledger.questions.accounts().map((account) => account.row),
    ];
    if (rows.includes(row)) return null;
    return notThat('unknown-row', `There is no row "${row}".`, `The rows are ${[...new Set(rows)].join(', ')}.`);
  }

  function wrongReason(why: string): CommandResult | null {
    if (why.trim() !== '' && why.length <= 500) return null;
    return notThat('reason-missing', 'An entry by hand needs a reason of at most 500 characters.', 'Say why.');
  }

  function wrongRange(from: number, to: number): CommandResult | null {
    if (from <= to) return null;
    return notThat('range-backwards', `${from} comes after ${to}.`, 'Give the lower number first, as in 2-5.');
  }

  function wrongSheet(sheet: number): CommandResult | null {
    const sheets = ledger.questions.sheets().map((each) => each.sheet);
    if (sheets.includes(sheet)) return null;
    if (sheets.length === 0) return notThat('no-sheet', 'No sheet has been opened yet.', 'Open one first.');
    return notThat('no-sheet', `There is no sheet ${sheet}.`, `The last one is sheet ${Math.max(...sheets)}.`);
  }

  function worthOfGift(gift: Gift): Worth | null {
    const head = { id: '', session: '', sequence: 0, count: 1, wallMs: clock.wallMs() };
    return gifts.worthOf(testGiftEvent({ ...head, gift }));
  }

  return {
    voidDebt(row, strokes, why) {
      const wrong = wrongRow(row) ?? wrongCount(strokes) ?? wrongReason(why);
      if (wrong !== null) return wrong;
      return enter(() => {
        const taken = ledger.amend((amend) => amend.void(row, strokes, why, hand()));
        if (taken === 0)
          return `Nothing of row ${row} could be taken back: no stroke is owed that the plotter does not have.`;
        return `${counted(taken, 'stroke')} of row ${row} taken back: ${why}.`;
      });
    },
    redraw(row, from, to, why, sheet = ledger.sheet()?.id ?? 0) {
      const wrong =
        wrongRow(row) ??
        wrongCount(from) ??
        wrongCount(to) ??
        wrongRange(from, to) ??
        wrongSheet(sheet) ??
        wrongReason(why);
      if (wrong !== null) return wrong;
      return enter(() => {
        const spoiled = ledger.amend((amend) => amend.spoil(sheet, row, from, to, why));
        return `${counted(spoiled, 'stroke')} of row ${row} on sheet ${sheet} owed again: ${why}.`;
      });
    },
    penWasDry(strokes) {
      const wrong = wrongCount(strokes);
      if (wrong !== null) return wrong;
      return enter(() => {
        const spoiled = ledger.amend((amend) => amend.spoilLast(strokes, 'the pen was dry'));
        return `The pen was dry: ${counted(spoiled.length, 'stroke')} owed again.`;
      });
    },
    credit(row, strokes, viewer, why) {
      const wrong = wrongRow(row) ?? wrongCount(strokes) ?? wrongReason(why);
      if (wrong !== null) return wrong;
      return enter(() => {
        ledger.amend((amend) => amend.credit(row, strokes, viewer, why));
        return `${counted(strokes, 'stroke')} credited to row ${row} by hand${viewer === '' ? '' : ` for ${viewer}`}: ${why}.`;
      });
    },
    backfill(gift) {
      const { room } = source.facts();
      if (room === null) return notNow('no-live', 'No live has been heard since the start.', 'Try again on a live.');
      const seen = giftsCalled(gift, ledger.questions.giftsSeen(room));
      if (seen.length === 0) {
        return notThat('gift-not-seen', `"${gift}" did not come on this live.`, 'See `livepen gifts seen`.');
      }
      const called = seen[0]?.gift === '' ? gift : (seen[0]?.gift ?? gift);
      const mapped = seen.flatMap(({ giftId, gift: name, coins }) => {
        const worth = worthOfGift({ id: giftId, name, coins });
        return worth === null ? [] : [{ giftId, worth }];
      });
      if (mapped.length === 0) {
        return notNow('gift-unmapped', `The gift map still does not know "${called}".`, 'Map it first, then backfill.');
      }
      return enter(() => {
        const done = ledger.amend((amend) => mapped.map(({ giftId, worth }) => amend.backfill(giftId, room, worth)));
        const events = done.reduce((sum, each) => sum + each.events, 0);
        const strokes = done.reduce((sum, each) => sum + each.strokes, 0);
        return `${counted(events, 'gift')} "${called}" of this live credited with ${counted(strokes, 'stroke')}.`;
      });
    },
    forget(user) {
      return onDisk(() => {
        const { viewers, backups, failed } = ledger.privacy.forget(user);
        const frames = forgetFrames?.() ?? 0;
        changed();
        const trouble = failed.map(({ file, fault }) => ` ${file}: ${fault.what} ${fault.remedy}`).join('');
        log.info(`A person asked to forget a viewer: ${counted(viewers, 'name')} gone from the ledger.`);
        const where = `from the ledger, and from ${counted(backups, 'backup')}`;
        const unread = frames === 0 ? '' : ` ${counted(frames, 'frame')} that nobody could read deleted.`;
        return said(`${counted(viewers, 'name')} gone ${where}.${unread}${trouble}`);
      });
    },
    closeNight(how, why) {
      const wrong = wrongReason(why);
      if (wrong !== null) return wrong;
      const owed = ledger.questions.accounts().filter(({ pending }) => pending > 0);
      const strokes = owed.reduce((sum, { pending }) => sum + pending, 0);
      if (how === 'carry') return said(`${counted(strokes, 'stroke')} carried on: ${why}.`);
      return enter(() => {
        const taken = ledger.amend((amend) =>
          owed.reduce((sum, { row, pending }) => sum + amend.void(row, pending, why, hand()), 0),
        );
        return `${counted(taken, 'stroke')} taken back: ${why}.`;
      });
    },
  };
}

/**
 * The gifts that a person means by a name or an id: several can share a name, and one can have come with and without
 * its description. Each id once, with the highest price that was told for it.
 */
function giftsCalled(nameOrId: string, seen: readonly GiftSeen[]): GiftSeen[] {
  const wanted = nameOrId.trim().toLowerCase();
  const meant = seen.filter(({ giftId, gift }) => giftId === wanted || gift.toLowerCase() === wanted);
  const byId = new Map<string, GiftSeen>();
  for (const gift of meant) {
    if (gift.coins >= (byId.get(gift.giftId)?.coins ?? 0)) byId.set(gift.giftId, gift);
  }
  return [...byId.values()];
}
