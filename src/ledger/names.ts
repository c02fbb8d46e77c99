import type { Gift, LiveEvent } from '../domain/live-event.ts';
import type { Worth } from '../domain/worth.ts';
import type { LedgerConnection } from './connection.ts';

type WordKind = 'row' | 'room' | 'session' | 'gift' | 'worth';

/** A streamer's place on a platform. */
export type Channel = Pick<LiveEvent, 'platform' | 'channel'>;

/** Where something happened. */
type Place = Pick<LiveEvent, 'platform' | 'channel' | 'room'>;

/** So many words are remembered; an evening uses far fewer. */
const rememberedMax = 4_096;

/**
 * Narrow numbers for wide things. Asking for a number makes one where there is none, so it belongs into a transaction;
 * `known…` only looks. Numbers are remembered, so that a repeated name costs no query; a rollback forgets (`forget`).
 */
export interface Names {
  row(name: string): number;
  /** The row's number; null when the ledger does not have the row. */
  knownRow(name: string): number | null;
  rowName(id: number): string;
  room(name: string): number;
  /**
   * The number of the room where something happened; notes whose live that is, once it is known. A room that is another
   * platform's, or whose name could be, is a bug of its source: it throws.
   */
  roomOf(place: Place): number;
  /** The channel of a room, by the room's number; null when it is unknown. */
  channelOf(room: number): Channel | null;
  roomName(id: number): string;
  knownRoom(name: string): number | null;
  session(name: string): number;
  gift(gift: Gift): number;
  /** The newest price that a gift of this id had, in coins; 0 where it never had one. */
  priceOf(giftId: string): number;
  worth(worth: Worth): number;
  worthOf(id: number): Worth;
  forget(): void;
}

/** The names of one open ledger. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what is prepared once for a connection, and the short functions that share it
export function openNames(db: LedgerConnection): Names {
  const find = db.prepare<[WordKind, string], { id: number }>('SELECT id FROM word WHERE kind = ? AND text = ?');
  const add = db.prepare<[WordKind, string]>('INSERT INTO word (kind, text) VALUES (?, ?)');
  const read = db.prepare<[number, WordKind], { text: string }>('SELECT text FROM word WHERE id = ? AND kind = ?');
  const channelOfRoom = db.prepare<[number], Channel>('SELECT platform, channel FROM room WHERE id = ?');
  const addRoom = db.prepare<[number, string, string]>('INSERT INTO room (id, platform, channel) VALUES (?, ?, ?)');
  const unprefixed = db.prepare<[], { platform: string }>(
    "SELECT platform FROM room JOIN word USING (id) WHERE substr(text, 1, length(platform) + 1) <> platform || ':' LIMIT 1",
  );
  const priceOfId = db.prepare<[string], { coins: number }>(
    'SELECT coins FROM gift WHERE platform_id = ? AND coins > 0 ORDER BY id DESC LIMIT 1',
  );
  const prices = new Map<string, number>();
  const channels = new Map<number, Channel | null>();
  const ids = new Map<string, number>();
  const rowNames = new Map<number, string>();
  const worths = new Map<number, Worth>();

  function known(kind: WordKind, text: string): number | null {
    const remembered = ids.get(`${kind} ${text}`);
    if (remembered !== undefined) return remembered;
    const id = find.get(kind, text)?.id ?? null;
    if (id !== null) remember(kind, text, id);
    return id;
  }

  function idOf(kind: WordKind, text: string): number {
    const found = known(kind, text);
    if (found !== null) return found;
    const id = Number(add.run(kind, text).lastInsertRowid);
    remember(kind, text, id);
    return id;
  }

  function remember(kind: WordKind, text: string, id: number): void {
    if (ids.size >= rememberedMax) ids.clear();
    ids.set(`${kind} ${text}`, id);
  }

  function textOf(kind: WordKind, id: number): string {
    const text = read.get(id, kind)?.text;
    if (text === undefined) throw new Error(`the ledger has no ${kind} ${id}`);
    return text;
  }

  function channelOf(room: number): Channel | null {
    const remembered = channels.get(room);
    if (remembered !== undefined) return remembered;
    const channel = channelOfRoom.get(room) ?? null;
    if (channels.size >= rememberedMax) channels.clear();
    channels.set(room, channel);
    return channel;
  }

  return {
    row: (name) => idOf('row', name),
    knownRow: (name) => known('row', name),
    rowName(id) {
      const name = rowNames.get(id) ?? textOf('row', id);
      rowNames.set(id, name);
      return name;
    },
    room: (name) => idOf('room', name),
    roomOf({ platform, channel, room: name }) {
      const room = idOf('room', name);
      const known = channelOf(room);
      if (known !== null && platform !== '' && known.platform !== platform)
        throw new Error(`room ${name} is of ${known.platform}, and not of ${platform}`);
      if (platform === '' || channel === '' || known !== null) return room;
      // The ids of one platform have no prefix: those of the first that was ever recorded.
      const first = unprefixed.get()?.platform ?? platform;
      if (first !== platform && !bearsPrefix(platform, name))
        throw new Error(`room ${name} could be another platform's: those of ${platform} begin with its name`);
      addRoom.run(room, platform, channel);
      channels.delete(room);
      return room;
    },
    channelOf,
    roomName: (id) => textOf('room', id),
    knownRoom: (name) => known('room', name),
    session: (name) => idOf('session', name),
    gift({ id, name, coins }) {
      const text = JSON.stringify([id, name, coins]);
      if (known('gift', text) === null) prices.clear();
      return idOf('gift', text);
    },
    priceOf(giftId) {
      const price = prices.get(giftId) ?? priceOfId.get(giftId)?.coins ?? 0;
      if (prices.size >= rememberedMax) prices.clear();
      prices.set(giftId, price);
      return price;
    },
    worth: (worth) => idOf('worth', worthAsText(worth)),
    worthOf(id) {
      const remembered = worths.get(id);
      if (remembered !== undefined) return remembered;
      const worth = readWorth(textOf('worth', id));
      worths.set(id, worth);
      return worth;
    },
    forget() {
      ids.clear();
      channels.clear();
      rowNames.clear();
      worths.clear();
      prices.clear();
    },
  };
}

/** Whether an id begins with the name of its platform. */
export function bearsPrefix(platform: string, id: string): boolean {
  return id.startsWith(`${platform}:`);
}

/** A list, as SQL reads it: what is written comes behind what is drawn. */
function worthAsText({ rows, strokes, per, write }: Worth): string {
  return JSON.stringify(write === undefined ? [rows, strokes, per] : [rows, strokes, per, write.text, write.from]);
}

function readWorth(text: string): Worth {
  const stored: unknown = JSON.parse(text);
  if (!Array.isArray(stored)) throw new Error(`${text} is no worth`);
  const [rows, strokes, per, written, from]: unknown[] = stored;
  if (!isStringList(rows) || typeof strokes !== 'number' || typeof per !== 'number')
    throw new Error(`${text} is no worth`);
  if (typeof written !== 'string' || typeof from !== 'number') return { rows, strokes, per };
  return { rows, strokes, per, write: { text: written, from } };
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
