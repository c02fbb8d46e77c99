import { counted } from '../domain/counted.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEvent, LiveEventKind } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import type { Worth } from '../domain/worth.ts';
import { withGift } from '../gifts/edit.ts';
import { type GiftMap, type GiftMapResult, type Problem, parseGiftMap, worthOf } from '../gifts/gift-map.ts';

/** Where the gift map is kept. */
export interface GiftMapFile {
  /** Its text, or why it cannot be read. */
  read(): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly rule: string };
  /** Puts a new text in its place, whole or not at all; null, or why it could not. */
  write(text: string): string | null;
}

export type Reload =
  | { readonly ok: true; readonly gifts: number }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The gift map in force. A broken file never takes its place. */
export interface GiftBook {
  worthOf(event: LiveEvent): Worth | null;
  /** Kinds of events beside gifts that the map pays for or that are kept; it follows the map. */
  readonly wanted: ReadonlySet<LiveEventKind>;
  /** Whether a gift of this id or name has a line of its own in the map. */
  knows(idOrName: string): boolean;
  /** Reads the file again. */
  reload(): Reload;
  /** Writes into the file which rows a gift, by id or name, pays into, and takes it over. */
  map(gift: string, rows: readonly string[]): Reload;
}

export type OpenedGiftBook =
  | { readonly ok: true; readonly book: GiftBook }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Opens the gift map, which must name rows of the config only; `keeps` are kinds of events that are kept anyway. */
export function openGiftBook(
  file: GiftMapFile,
  rowIds: readonly string[],
  log: Log,
  keeps: readonly LiveEventKind[] = [],
): OpenedGiftBook {
  const parse = (text: string) => parseGiftMap(text, rowIds);
  const load = () => {
    const found = file.read();
    return found.ok ? parse(found.text) : broken('the file', '', found.rule);
  };
  const first = load();
  if (!first.ok) return first;
  let map: GiftMap = first.map;
  const wanted = new Set<LiveEventKind>();
  want();

  function want(): void {
    wanted.clear();
    for (const kind of keeps) wanted.add(kind);
    for (const kind of ['follow', 'share', 'subscribe'] as const) if (map.events[kind] !== null) wanted.add(kind);
    if (map.likes !== null) wanted.add('like');
  }

  function takeOver(next: GiftMapResult): Reload {
    if (!next.ok) {
      log.warn(`The gift map was not taken over: ${next.problems.map(sentenceOf).join('; ')}. The old one stays.`);
      return next;
    }
    map = next.map;
    want();
    const gifts = map.byId.size + map.byName.size;
    log.info(`The gift map is in force: it has lines for ${counted(gifts, 'gift')}.`);
    return { ok: true, gifts };
  }

  return {
    ok: true,
    book: {
      wanted,
      worthOf: (event) => worthOf(map, event),
      knows: (idOrName) => map.byId.has(idOrName) || map.byName.has(idOrName.trim().toLowerCase()),
      reload: () => takeOver(load()),
      map(gift, rows) {
        const now = load();
        const found = file.read();
        if (!now.ok || !found.ok) return takeOver(now);
        const text = withGift(found.text, gift.trim(), rows);
        const next = parse(text);
        if (!next.ok) return next;
        const trouble = file.write(text);
        return trouble === null ? takeOver(next) : broken('the file', '', trouble);
      },
    },
  };
}

function broken(
  place: string,
  value: string,
  rule: string,
): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems: [{ place, value, rule }] };
}

/** A problem as one sentence. */
export function sentenceOf({ place, value, rule }: Problem): string {
  return value === '' ? `${place} ${rule}` : `${place} (${value}) ${rule}`;
}

/** What a person must do about a broken gift map. */
export function giftMapFault(problems: readonly Problem[]): Fault {
  return {
    code: 'gift-map-invalid',
    what: `The gift map is not valid: ${problems.map(sentenceOf).join('; ')}.`,
    remedy: 'Mend the file and load it again; until then the old gift map stays in force.',
  };
}
