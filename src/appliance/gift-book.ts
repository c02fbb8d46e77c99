import type { Fault } from '../domain/fault.ts';
import type { ReadText } from '../domain/ink-text.ts';
import type { LiveEvent, LiveEventKind } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { type MoneyGiven, type Rates, tipUnit } from '../domain/money.ts';
import { passingKinds } from '../domain/passing.ts';
import { comparableName, counted, nameMeant, plainText } from '../domain/plain-text.ts';
import { asPeopleCount, type PlacedFault, problemLines } from '../domain/problems.ts';
import { type PayingKind, simplePayingKinds, type Worth } from '../domain/worth.ts';
import { readAsLetters } from '../drawing/plan-text.ts';
import {
  type GiftMap,
  type GiftMapResult,
  isGiftName,
  type Problem,
  parseGiftMap,
  worthOf,
  worthOfKind,
  worthOfMoney,
} from '../gifts/gift-map.ts';
import { withGift } from '../gifts/json.ts';

/** Where the gift map is kept. */
interface GiftMapFile {
  /** Its text, or why it cannot be read, to be read after the name of the file. */
  read(): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly rule: string };
  /** Replaces the text, as a whole or not at all; null, or why it could not. */
  write(text: string): string | null;
}

export type Reload = { readonly ok: true; readonly gifts: number } | { readonly ok: false; readonly fault: Fault };

/** The gift map in force. A broken file never takes its place. */
export interface GiftBook {
  worthOf(event: LiveEvent): Worth | null;
  /** What an event of a kind beside gifts is worth. */
  worthOfKind(kind: PayingKind): Worth | null;
  /** What money in a unit is worth. */
  worthOfMoney(given: Omit<MoneyGiven, 'amount'>): Worth | null;
  /** Kinds of events beside gifts that the map pays for or that are kept; a live set, which follows the map. */
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Has these kinds wanted too, whatever the map says; they replace those of the last call. */
  alsoWant(kinds: readonly LiveEventKind[]): void;
  /** Whether passing events are wanted too. */
  wantPassing(isWanted: boolean): void;
  /** Whether a gift of this id or name has a line of its own in the map. */
  knows(idOrName: string): boolean;
  /** Reads the file again; a broken one is a fault, and the map in force stays. */
  reload(): Reload;
  /** Writes into the file which rows a gift, by id or name, pays into, and puts the new map in force. */
  map(gift: string, rows: readonly string[]): Reload;
}

type OpenedGiftBook =
  | { readonly ok: true; readonly book: GiftBook }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Settings of a live that decide which gifts count, beside the gift map. */
interface LiveChoices {
  readonly platform: string;
  /** The channel on the platform; null where none is set. */
  readonly user: string | null;
  /** Kinds of events that are kept whether or not the map pays for them. */
  readonly keep: readonly LiveEventKind[];
  /** Whether gifts for guests of the live are drawn. */
  readonly guestGifts: 'draw' | 'ignore';
}

/**
 * What a gift is worth that is not to be drawn: unlike one that is missing in the map, it is passed over by a backfill.
 */
const ignored: Worth = { rows: [], strokes: 0, per: 1 };

/**
 * Whether gifts for guests are ignored on the live that an event is of; where no live of the config has its channel, on
 * any of its platform.
 */
function ignoresGuests(lives: readonly LiveChoices[], { platform, channel }: LiveEvent): boolean {
  const ofPlatform = lives.filter((live) => live.platform === platform);
  const ofChannel = ofPlatform.filter(({ user }) => user === channel);
  const meant = ofChannel.length > 0 ? ofChannel : ofPlatform;
  return meant.length > 0 && meant.every(({ guestGifts }) => guestGifts === 'ignore');
}

/** Opens the gift map, which must name rows of the config only. */
export function openGiftBook(
  file: GiftMapFile,
  rowIds: readonly string[],
  log: Log,
  lives: readonly LiveChoices[] = [],
  rates: Rates = {},
  hasPlates = true,
): OpenedGiftBook {
  const source: GiftSource = { file, rowIds, rates, letters: hasPlates ? readAsLetters : null };
  const first = load(source);
  return first.ok ? { ok: true, book: new MapInForce(source, log, first.map, lives) } : first;
}

/** Where gift maps come from, the rows that they may name, and what other currencies are worth. */
interface GiftSource {
  readonly file: GiftMapFile;
  readonly rowIds: readonly string[];
  readonly rates: Rates;
  /** Turns texts into paths for the pen; null where there is no plate to write on. */
  readonly letters: ReadText | null;
}

function load({ file, rowIds, rates, letters }: GiftSource): GiftMapResult {
  const found = file.read();
  return found.ok ? parseGiftMap(found.text, rowIds, rates, letters) : broken(found.rule);
}

class MapInForce implements GiftBook {
  readonly wanted = new Set<LiveEventKind>();
  private readonly source: GiftSource;
  private readonly log: Log;
  private readonly lives: readonly LiveChoices[];
  private inForce: GiftMap;
  private also: readonly LiveEventKind[] = [];
  private passing = false;

  constructor(source: GiftSource, log: Log, first: GiftMap, lives: readonly LiveChoices[]) {
    this.source = source;
    this.log = log;
    this.lives = lives;
    this.inForce = first;
    this.want();
  }

  worthOf(event: LiveEvent): Worth | null {
    const isForGuest = event.kind === 'gift' && event.payload.receiver?.guest === true;
    return isForGuest && ignoresGuests(this.lives, event) ? ignored : worthOf(this.inForce, event);
  }

  worthOfKind(kind: PayingKind): Worth | null {
    return worthOfKind(this.inForce, kind);
  }

  worthOfMoney(given: Omit<MoneyGiven, 'amount'>): Worth | null {
    return worthOfMoney(this.inForce, given);
  }

  knows(idOrName: string): boolean {
    return this.inForce.byId.has(idOrName) || this.inForce.byName.has(comparableName(idOrName));
  }

  wantPassing(isWanted: boolean): void {
    this.passing = isWanted;
    this.want();
  }

  alsoWant(kinds: readonly LiveEventKind[]): void {
    this.also = kinds;
    this.want();
  }

  reload(): Reload {
    return this.takeOver(load(this.source));
  }

  map(written: string, writtenRows: readonly string[]): Reload {
    const { file, rowIds, rates, letters } = this.source;
    const gift = plainText(written).trim();
    const rows = writtenRows.map((row) => plainText(row).trim());
    const wrong = wrongRequest(gift, rows, rowIds);
    if (wrong !== null) return { ok: false, fault: wrong };
    const now = load(this.source);
    const found = file.read();
    if (!now.ok || !found.ok) return this.takeOver(now);
    const text = withGift(found.text, gift, rows);
    const next = parseGiftMap(text, rowIds, rates, letters);
    if (!next.ok) return this.takeOver(next);
    const trouble = file.write(text);
    return trouble === null ? this.takeOver(next) : { ok: false, fault: unwritten(trouble) };
  }

  private takeOver(next: GiftMapResult): Reload {
    if (!next.ok) {
      this.log.warn(`The gift map was not taken over: ${giftMapLines(next.problems).join('; ')}. The old one stays.`);
      return { ok: false, fault: giftMapFault(next.problems) };
    }
    this.inForce = next.map;
    this.want();
    const gifts = next.map.byId.size + next.map.byName.size;
    this.log.info(`The gift map is loaded: it has entries for ${counted(gifts, 'gift')}.`);
    return { ok: true, gifts };
  }

  private want(): void {
    const { events, likes } = this.inForce;
    this.wanted.clear();
    for (const { keep } of this.lives) for (const kind of keep) this.wanted.add(kind);
    for (const kind of simplePayingKinds) if (events[kind] !== null) this.wanted.add(kind);
    if (likes !== null) this.wanted.add('like');
    for (const kind of this.also) this.wanted.add(kind);
    if (this.passing) for (const kind of passingKinds) this.wanted.add(kind);
  }
}

/** What is wrong with a wish to map a gift, whatever stands in the file. */
function wrongRequest(gift: string, rows: readonly string[], rowIds: readonly string[]): Fault | null {
  const [unknown] = rows.filter((row) => nameMeant(rowIds, row) === null);
  if (unknown !== undefined) {
    const remedy = `The rows are ${rowIds.join(', ')}.`;
    return { code: 'unknown-row', what: `There is no row "${unknown}".`, remedy };
  }
  const [twice] = rows.filter((row, index) => rows.indexOf(row) !== index);
  if (twice !== undefined) {
    return { code: 'row-twice', what: `Row "${twice}" is named twice.`, remedy: 'Name each row once.' };
  }
  if (isGiftName(gift)) return null;
  const remedy = 'Give its name, of at most 100 letters, or its id, as `livepen gifts seen` shows them.';
  return { code: 'no-gift-name', what: `"${gift.slice(0, 60)}" is neither the name nor the id of a gift.`, remedy };
}

/** The result for a file that cannot be read at all. */
function broken(rule: string): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems: [{ place: 'the file', value: '', rule }] };
}

function unwritten(why: string): Fault {
  const remedy = 'Give the service the right to write it, or repair the disk; until then the old gift map is used.';
  return { code: 'gift-map-unwritten', what: `The file of the gift map cannot be written: ${why}.`, remedy };
}

/** Why money in a unit pays for nothing. */
export function unpaidMoney(unit: string): Fault {
  return unit === tipUnit
    ? {
        code: 'gift-unmapped',
        what: 'The gift map does not pay for tips.',
        remedy: 'Give it a line "tip" under "events", and load it again.',
      }
    : {
        code: 'gift-unmapped',
        what: `The gift map does not pay for donations in ${unit}.`,
        remedy: `Give it a line "donation" under "events", and ${unit} a rate in the config, under [rates].`,
      };
}

/** A problem of the gift map as one sentence. */
function sentenceOf({ place, value, rule, line }: PlacedFault): string {
  const before = line === undefined || place.startsWith('line ') ? '' : `line ${line}: `;
  const where = `${before}${asPeopleCount(place)}`;
  return plainText(`${value === '' ? where : `${where} (${value})`} ${asPeopleCount(rule)}`);
}

/** All that is wrong with a gift map, each thing once. */
export function giftMapLines(problems: readonly Problem[]): readonly string[] {
  return problemLines(problems, sentenceOf);
}

/** What a person must do about a broken gift map. */
export function giftMapFault(problems: readonly Problem[]): Fault {
  return {
    code: 'gift-map-invalid',
    what: `The gift map is not valid: ${giftMapLines(problems).join('; ')}.`,
    remedy: 'Correct the file and load it again; until then the old gift map is used.',
  };
}
