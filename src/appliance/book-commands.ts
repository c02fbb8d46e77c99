import type { Clock } from '../domain/clock.ts';
import type { Gift } from '../domain/live-event.ts';
import type { LiveSource } from '../domain/live-source.ts';
import type { Log } from '../domain/log.ts';
import { comparableName, counted, nameMeant } from '../domain/plain-text.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import type { PayingKind, Worth } from '../domain/worth.ts';
import type { TextAsked } from '../ledger/ink-texts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { GiftSeen } from '../ledger/reports.ts';
import { testGiftEvent } from '../sources/test-gift.ts';
import { type CommandResult, notNow, onDisk, said, wrongInput } from './command-result.ts';
import { type GiftBook, unpaidMoney } from './gift-book.ts';
import type { InFlight } from './ink-book.ts';

/** More strokes in one entry are taken for a typing error. */
const strokesMax = 100_000;

/** Commands by which a person corrects the ledger; each writes an entry with its reason. */
export interface BookCommands {
  /** Voids strokes that are owed, the newest first; what was sent to the plotter is not voided. */
  voidDebt(row: string, strokes: number, why: string): CommandResult;
  /** Voids what is still owed for one gift, by its event's number, and for what rules added to it. */
  voidGift(seq: number, why: string): CommandResult;
  /** Strokes `from` to `to` of a row have no ink on their sheet: they are owed again. The open sheet by default. */
  redraw(row: string, from: number, to: number, why: string, sheet?: number): CommandResult;
  /** The pen was dry: the last `strokes` strokes of this sheet are owed again. */
  penWasDry(strokes: number): CommandResult;
  /** Credits strokes by hand; `viewer` '' is nobody. */
  credit(row: string, strokes: number, viewer: string, why: string): CommandResult;
  /**
   * Credits, once, gifts of this live (or likes, follows, shares, subscriptions) that were not in the gift map when
   * they came.
   */
  backfill(gift: string): CommandResult;
  /** Takes a viewer's name out of the ledger and its backups. */
  forget(user: string): CommandResult;
  /** At the end of an evening: `carry` leaves what is owed for the next one, `void` takes it back. */
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
  readonly inFlight: InFlight;
  readonly changed: () => void;
  /** A person corrected the ledger: what was counted from it may be wrong now. */
  readonly amended: () => void;
  /** Drawings of texts were requested, which gifts pay for. */
  readonly asked: (texts: readonly TextAsked[]) => void;
  /** Deletes kept frames that could not be decoded; returns how many. */
  readonly forgetFrames?: () => number;
}

/** The book commands of one appliance. */
export function bookCommands(deps: BookDeps): BookCommands {
  return {
    voidDebt: (typed, strokes, why) => voidDebt(deps, typed, strokes, why),
    voidGift: (seq, why) => voidGift(deps, seq, why),
    redraw: (typed, from, to, why, sheet) => redraw(deps, typed, from, to, why, sheet),
    penWasDry: (strokes) => penWasDry(deps, strokes),
    credit: (typed, strokes, viewer, why) => credit(deps, typed, strokes, viewer, why),
    backfill: (gift) => backfill(deps, gift),
    forget: (user) => forget(deps, user),
    closeNight: (how, why) => closeNight(deps, how, why),
  };
}

/** Writes, logs and answers what was written; or answers why there was nothing to write. */
function enter({ log, changed, amended }: BookDeps, write: () => string | CommandResult): CommandResult {
  return onDisk(log, () => {
    const written = write();
    if (typeof written !== 'string') return written;
    log.info(written);
    amended();
    changed();
    return said(written);
  });
}

function wrongCount(strokes: number): CommandResult | null {
  if (Number.isInteger(strokes) && strokes >= 1 && strokes <= strokesMax) return null;
  return wrongInput('count-out-of-range', `${strokes} is not a number of strokes.`, `Give 1 to ${strokesMax}.`);
}

function knownRows(deps: BookDeps): readonly string[] {
  const { ledger } = deps;
  return [
    ...deps.rows.map(({ id }) => id),
    ...(ledger.sheet()?.layout.rows.map(({ id }) => id) ?? []),
    ...ledger.questions.accounts().map((account) => account.row),
  ];
}

function wrongRow(deps: BookDeps, row: string): CommandResult | null {
  const rows = knownRows(deps);
  if (rows.includes(row)) return null;
  return wrongInput('unknown-row', `There is no row "${row}".`, `The rows are ${[...new Set(rows)].join(', ')}.`);
}

/** The row that a person means by what was typed. */
function rowMeant(deps: BookDeps, typed: string): string {
  return nameMeant(knownRows(deps), typed) ?? typed;
}

function wrongReason(why: string): CommandResult | null {
  if (why.trim() !== '' && why.length <= 500) return null;
  return wrongInput('reason-missing', 'An entry by hand needs a reason of at most 500 characters.', 'Give a reason.');
}

function wrongRange(from: number, to: number): CommandResult | null {
  if (from <= to) return null;
  return wrongInput('range-backwards', `${from} comes after ${to}.`, 'Give the lower number first, as in 2-5.');
}

function wrongSheet({ ledger }: BookDeps, sheet: number): CommandResult | null {
  const sheets = ledger.questions.sheets().map((each) => each.sheet);
  if (sheets.includes(sheet)) return null;
  if (sheets.length === 0) return wrongInput('no-sheet', 'No sheet has been opened yet.', 'Open one first.');
  return wrongInput('no-sheet', `There is no sheet ${sheet}.`, `The last one is sheet ${Math.max(...sheets)}.`);
}

/** Why nothing of a row could be taken back. */
function nothingTakenBack({ ledger }: BookDeps, row: string): CommandResult {
  const pending = ledger.questions.accounts().find((account) => account.row === row)?.pending ?? 0;
  if (pending === 0) return notNow('nothing-owed', `Row ${row} owes no strokes.`, 'Nothing needs to be done.');
  return notNow(
    'nothing-owed',
    `Row ${row} owes ${counted(pending, 'stroke')}, and the plotter has them already.`,
    'Once they are drawn, `livepen redraw` and `livepen dry` can draw them again.',
  );
}

/** Why none of these strokes could be owed again. */
function nothingOwedAgain({ ledger }: BookDeps, sheet: number, row: string, from: number): CommandResult {
  const drawn = ledger.questions.sheetRecord(sheet)?.rows.find((each) => each.row === row)?.certain ?? 0;
  const known =
    drawn === 0 ? 'none has been drawn yet' : `${counted(drawn, 'stroke')} of it ${drawn === 1 ? 'is' : 'are'} drawn`;
  return from > drawn
    ? notNow(
        'not-drawn',
        `Row ${row} of sheet ${sheet} has no stroke ${from} yet: ${known}.`,
        'Nothing needs to be done.',
      )
    : notNow('not-drawn', `These strokes of row ${row} are owed again already.`, 'Nothing needs to be done.');
}

/** Why none of the last strokes could be owed again. */
function nothingWasDry({ ledger }: BookDeps): CommandResult {
  const sheet = ledger.sheet();
  if (sheet === null) return notNow('no-sheet', 'No sheet is open.', 'Open one first.');
  return ledger.questions.lastInk(sheet.id) === null
    ? notNow('not-drawn', `Nothing has been drawn on sheet ${sheet.id} yet.`, 'Nothing needs to be done.')
    : notNow('not-drawn', `All strokes of sheet ${sheet.id} are owed again already.`, 'Nothing needs to be done.');
}

function worthOfGift({ clock, gifts }: BookDeps, gift: Gift): Worth | null {
  const head = { id: '', session: '', sequence: 0, count: 1, wallMs: clock.wallMs() };
  return gifts.worthOf(testGiftEvent({ ...head, gift }));
}

function backfillKind(deps: BookDeps, kind: PayingKind, rooms: readonly string[]): CommandResult {
  const { ledger, gifts } = deps;
  const worth = gifts.worthOfKind(kind);
  const called = kindNames[kind];
  if (worth === null) {
    const remedy = `Give ${called} a line under "events" in the gift map first, then backfill.`;
    return notNow('gift-unmapped', `The gift map does not pay for ${called}.`, remedy);
  }
  return enter(deps, () => {
    const done = ledger.amend((amend) => rooms.map((room) => amend.backfillKind(kind, room, worth)));
    const strokes = done.reduce((sum, each) => sum + each.strokes, 0);
    if (done.every(({ events }) => events === 0)) return nothingKept(called);
    return `The ${called} of this live that were kept before they were mapped: ${counted(strokes, 'stroke')} credited.`;
  });
}

function voidDebt(deps: BookDeps, typed: string, strokes: number, why: string): CommandResult {
  const { ledger, inFlight } = deps;
  const row = rowMeant(deps, typed);
  const wrong = wrongRow(deps, row) ?? wrongCount(strokes) ?? wrongReason(why);
  if (wrong !== null) return wrong;
  return enter(deps, () => {
    const taken = ledger.amend((amend) => amend.void(row, strokes, why, inFlight));
    if (taken === 0) return nothingTakenBack(deps, row);
    return `${counted(taken, 'stroke')} of row ${row} taken back${lessThan(strokes, taken)}: ${why}.`;
  });
}

function voidGift(deps: BookDeps, seq: number, why: string): CommandResult {
  const { log, ledger, inFlight } = deps;
  const wrong = wrongReason(why);
  if (wrong !== null) return wrong;
  let isAgain = false;
  const entered = () => {
    const done = ledger.amend((amend) => amend.voidEvent(seq, why, inFlight));
    if (done === null)
      return wrongInput('no-gift', `There is no gift ${seq}.`, 'Its number is `seq` in `livepen status --json`.');
    const { strokesInAll, textsInAll } = done;
    if (strokesInAll + textsInAll === 0)
      return notNow(
        'nothing-owed',
        `Nothing is owed of gift ${seq} that can be taken back.`,
        'Nothing needs to be done.',
      );
    isAgain = done.strokes + done.texts === 0;
    const texts = textsInAll === 0 ? '' : ` and ${counted(textsInAll, 'text')}`;
    return `${counted(strokesInAll, 'stroke')}${texts} of gift ${seq} taken back: ${why}.`;
  };
  const answer = onDisk(log, () => {
    const written = entered();
    return typeof written === 'string' ? said(written) : written;
  });
  if (!answer.ok || isAgain) return answer;
  log.info(answer.said);
  deps.amended();
  deps.changed();
  return answer;
}

function redraw(
  deps: BookDeps,
  typed: string,
  from: number,
  to: number,
  why: string,
  sheet: number = deps.ledger.sheet()?.id ?? 0,
): CommandResult {
  const { ledger } = deps;
  const row = rowMeant(deps, typed);
  const wrong =
    wrongRow(deps, row) ??
    wrongCount(from) ??
    wrongCount(to) ??
    wrongRange(from, to) ??
    wrongSheet(deps, sheet) ??
    wrongReason(why);
  if (wrong !== null) return wrong;
  return enter(deps, () => {
    const spoiled = ledger.amend((amend) => amend.spoil(sheet, row, from, to, why));
    if (spoiled === 0) return nothingOwedAgain(deps, sheet, row, from);
    return `${counted(spoiled, 'stroke')} of row ${row} on sheet ${sheet} owed again${lessThan(to - from + 1, spoiled)}: ${why}.`;
  });
}

function penWasDry(deps: BookDeps, strokes: number): CommandResult {
  const { ledger } = deps;
  const wrong = wrongCount(strokes);
  if (wrong !== null) return wrong;
  return enter(deps, () => {
    const spoiled = ledger.amend((amend) => amend.spoilLast(strokes, 'the pen was dry'));
    if (spoiled.length === 0) return nothingWasDry(deps);
    return `The pen was dry: ${counted(spoiled.length, 'stroke')} owed again${lessThan(strokes, spoiled.length)}.`;
  });
}

function credit(deps: BookDeps, typed: string, strokes: number, viewer: string, why: string): CommandResult {
  const { ledger } = deps;
  const row = rowMeant(deps, typed);
  const wrong = wrongRow(deps, row) ?? wrongCount(strokes) ?? wrongReason(why);
  if (wrong !== null) return wrong;
  return enter(deps, () => {
    ledger.amend((amend) => amend.credit(row, strokes, viewer, why));
    return `${counted(strokes, 'stroke')} credited to row ${row} by hand${viewer === '' ? '' : ` for ${viewer}`}: ${why}.`;
  });
}

function backfill(deps: BookDeps, gift: string): CommandResult {
  const { ledger, source } = deps;
  const { room, rooms = room === null ? [] : [room] } = source.facts();
  if (rooms.length === 0) return notNow('no-live', 'No live has been heard since the start.', 'Try again on a live.');
  const { giftsSeen, giftName } = ledger.questions;
  // A gift that came without its name is called as it was before.
  const all = rooms.flatMap(giftsSeen).map((each) => ({ ...each, gift: each.gift || (giftName(each.giftId) ?? '') }));
  const seen = giftsCalled(gift, all);
  const kind = payingKinds.get(comparableName(gift));
  if (seen.length === 0 && kind !== undefined) return backfillKind(deps, kind, rooms);
  if (seen.length === 0) {
    return wrongInput('gift-not-seen', `"${gift}" did not come on this live.`, 'See `livepen gifts seen`.');
  }
  const called = seen[0]?.gift === '' ? gift : (seen[0]?.gift ?? gift);
  const mapped = seen.flatMap(({ kind: ofKind, giftId, gift: name, coins }) => {
    const worth =
      ofKind === 'gift'
        ? worthOfGift(deps, { id: giftId, name, coins })
        : deps.gifts.worthOfMoney({ kind: ofKind, unit: name });
    return worth === null ? [] : [{ ofKind, giftId, worth }];
  });
  if (mapped.length === 0 && seen.some((each) => each.kind !== 'gift')) {
    const { code, what, remedy } = unpaidMoney(called);
    return notNow(code, what, remedy);
  }
  if (mapped.length === 0) {
    return notNow('gift-unmapped', `The gift map still does not know "${called}".`, 'Map it first, then backfill.');
  }
  return enter(deps, () => {
    const done = ledger.amend((amend) =>
      mapped.flatMap(({ ofKind, giftId, worth }) =>
        rooms.map((each) => amend.backfill(giftId === '' ? called : giftId, each, worth, ofKind)),
      ),
    );
    const events = done.reduce((sum, each) => sum + each.events, 0);
    const strokes = done.reduce((sum, each) => sum + each.strokes, 0);
    if (events === 0) return nothingUnmapped(`All gifts "${called}"`);
    deps.asked(done.flatMap(({ texts = [] }) => texts));
    return `${counted(events, 'gift')} "${called}" of this live credited with ${counted(strokes, 'stroke')}.`;
  });
}

function forget({ log, ledger, changed, amended, forgetFrames }: BookDeps, user: string): CommandResult {
  return onDisk(log, () => {
    const { viewers, backups, failed } = ledger.privacy.forget(user);
    const frames = forgetFrames?.() ?? 0;
    amended();
    changed();
    const trouble = failed.map(({ file, fault }) => ` ${file}: ${fault.what} ${fault.remedy}`).join('');
    const unread = frames === 0 ? '' : ` ${counted(frames, 'frame')} that nobody could read deleted.`;
    if (viewers === 0 && backups === 0) {
      const what = `Nobody called "${user}" is in the ledger or its backups.${unread}${trouble}`;
      const remedy = 'Give the name as `livepen status` or `livepen who` shows it, or the id.';
      return frames === 0 ? notNow('no-viewer', what, remedy) : said(`${what} ${remedy}`);
    }
    log.info(`A viewer was forgotten on request: ${counted(viewers, 'name')} gone from the ledger.`);
    const where = `from the ledger, and from ${counted(backups, 'backup')}`;
    return said(`${counted(viewers, 'name')} gone ${where}.${unread}${trouble}`);
  });
}

function closeNight(deps: BookDeps, how: 'carry' | 'void', why: string): CommandResult {
  const { ledger, inFlight } = deps;
  const wrong = wrongReason(why);
  if (wrong !== null) return wrong;
  const owed = ledger.questions.accounts().filter(({ pending }) => pending > 0);
  const strokes = owed.reduce((sum, { pending }) => sum + pending, 0);
  if (strokes === 0) return notNow('nothing-owed', 'No strokes are owed.', 'Nothing needs to be done.');
  if (how === 'carry') return said(`${counted(strokes, 'stroke')} carried on: ${why}.`);
  return enter(deps, () => {
    const taken = ledger.amend((amend) =>
      owed.reduce((sum, { row, pending }) => sum + amend.void(row, pending, why, inFlight), 0),
    );
    return `${counted(taken, 'stroke')} taken back: ${why}.`;
  });
}

/** Other kinds than gifts are not written down before they pay, unless the config says so. */
function nothingKept(called: string): CommandResult {
  const what = `No ${called} of this live wait to be credited: they are, or were not kept.`;
  return notNow('nothing-unmapped', what, 'To keep what does not pay yet, name it in the config: [live] keep.');
}

/** Why a backfill found nothing to credit. */
function nothingUnmapped(what: string): CommandResult {
  return notNow('nothing-unmapped', `${what} of this live are credited already.`, 'Nothing needs to be done.');
}

/** What is added to an answer when fewer were there than was asked for. */
function lessThan(asked: number, found: number): string {
  return found < asked ? ` (of ${asked} asked for: there were no more)` : '';
}

const kindNames: Readonly<Record<PayingKind, string>> = {
  follow: 'follows',
  share: 'shares',
  subscribe: 'subscriptions',
  like: 'likes',
  wheel: 'turns of the wheel',
  goal: 'goals',
  raid: 'raids',
};

/** The names under which a person may ask for them. */
const payingKinds: ReadonlyMap<string, PayingKind> = new Map([
  ['follow', 'follow'],
  ['follows', 'follow'],
  ['share', 'share'],
  ['shares', 'share'],
  ['subscribe', 'subscribe'],
  ['subscriptions', 'subscribe'],
  ['wheel', 'wheel'],
  ['wheels', 'wheel'],
  ['goal', 'goal'],
  ['goals', 'goal'],
  ['raid', 'raid'],
  ['raids', 'raid'],
  ['like', 'like'],
  ['likes', 'like'],
]);

/**
 * The gifts that a person means by a name or an id: several can share a name, and one can have come with and without
 * its name and price. Each id stands once, with the highest price seen for it.
 */
function giftsCalled(nameOrId: string, seen: readonly GiftSeen[]): GiftSeen[] {
  const wanted = comparableName(nameOrId);
  const meant = seen.filter(({ giftId, gift }) => giftId === wanted || comparableName(gift) === wanted);
  const byId = new Map<string, GiftSeen>();
  for (const gift of meant) {
    const one = `${gift.kind} ${gift.giftId}`;
    if (gift.coins >= (byId.get(one)?.coins ?? 0)) byId.set(one, gift);
  }
  return [...byId.values()];
}
