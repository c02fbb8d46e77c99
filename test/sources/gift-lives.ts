import type { Random } from '../../src/domain/clock.ts';
import type { Message } from '../../src/sources/tiktok/provider.ts';
import { seededRandom } from '../../src/system/random.ts';
import { noonMs } from '../ledger/world.ts';

/** Which facts the frames of a live lack now and then. */
export const lacks = ['nothing', 'receiver', 'group', 'first group', 'description', 'order', 'user'] as const;
export type Lack = (typeof lacks)[number];

/** The fields of one message about a gift. */
export type GiftData = Readonly<Record<string, unknown>>;

/** A live with gifts: what was given, and what a listener is sent of it, in the order in which it arrives. */
export interface GiftLive {
  readonly room: string;
  /** How many gifts were truly given, counted when they were made up. */
  readonly given: number;
  readonly messages: readonly GiftData[];
}

interface Frame {
  readonly atMs: number;
  readonly count: number;
  readonly ended: boolean;
  readonly order: string;
}

interface Given {
  readonly fan: string;
  readonly gift: string;
  readonly type: number;
  readonly group: string;
  readonly receiver: string;
  readonly frames: readonly Frame[];
}

const firstId = 7_400_000_000_000_000_000n;
const pick = <T>(random: Random, from: readonly T[]): T => {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};
const whole = (random: Random, low: number, high: number): number => low + Math.floor(random() * (high - low + 1));

/** One viewer's gifts of one kind, one after the other: combos (of whatever type) and single gifts. */
function givenBy(random: Random, fan: string, gift: string, orders: 'none' | 'gift' | 'frame'): Given[] {
  const type = pick(random, [1, 1, 2, 4]);
  let atMs = noonMs + whole(random, 0, 3_000);
  return Array.from({ length: whole(random, 1, 4) }, (): Given => {
    const combo = type === 1 || random() < 0.6;
    const order = String(8_000_000_000 + whole(random, 0, 999_999_999));
    const orderOf = (index: number) => (orders === 'none' ? '' : orders === 'gift' ? order : `${order}${index}`);
    const group = combo ? String(atMs - whole(random, 6, 100)) : '0';
    const frames: Frame[] = [];
    let count = 0;
    for (let left = combo ? whole(random, 1, 5) : 1; left > 0; left -= 1) {
      // The first frame of a combo counts one: it is the tap that begins it.
      count += count === 0 ? 1 : whole(random, 1, 3);
      frames.push({ atMs, count, ended: false, order: orderOf(frames.length) });
      atMs += whole(random, 200, 2_500);
    }
    const ends = combo ? pick(random, [1, 1, 1, 2]) : 0;
    for (let end = 0; end < ends; end += 1) {
      atMs += whole(random, 1_000, 3_000);
      frames.push({ atMs, count, ended: true, order: orderOf(frames.length) });
    }
    atMs += whole(random, 6_000, 20_000);
    return { fan, gift, type, group, receiver: pick(random, ['host', 'host', 'guest']), frames };
  });
}

/** The message of a frame, without what it lacks. */
function dataOf(
  room: string,
  id: string,
  { fan, gift, type, group, receiver }: Given,
  frame: Frame,
  lack: Lack | null,
) {
  const facts = {
    common: { msgId: id, roomId: room, createTime: String(frame.atMs) },
    user: { id: `id-of-${fan}`, nickname: fan },
    giftId: `id-of-${gift}`,
    gift: { id: `id-of-${gift}`, name: gift, type, diamondCount: 1 },
    groupId: group,
    repeatCount: frame.count,
    repeatEnd: frame.ended ? 1 : 0,
    toUser: { id: `id-of-${receiver}`, nickname: receiver },
    orderId: frame.order,
  };
  if (lack === 'receiver') return { ...facts, toUser: undefined };
  if (lack === 'group' || lack === 'first group') return { ...facts, groupId: '0' };
  if (lack === 'description') return { ...facts, gift: undefined };
  if (lack === 'order') return { ...facts, orderId: '' };
  if (lack === 'user') return { ...facts, user: undefined };
  return facts;
}

/** What a single gift lacks must not be what tells it from others. */
function isLacking(random: Random, lack: Lack, { group, type }: Given, index: number): boolean {
  if (lack === 'first group') return index === 0;
  if (group === '0') return lack === 'receiver' && random() < 0.4;
  // Of a kind that is not sent in streaks, two messages without a group in a row are two gifts, unless a group came.
  if (lack === 'group' && type !== 1 && (index === 1 || index === 2)) return false;
  return random() < 0.4;
}

/** The live of a seed; its frames lack this fact in some of them. */
export function giftLive(seed: number, lack: Lack): GiftLive {
  const random = seededRandom(seed);
  const room = `room-${seed}`;
  const orders = pick(random, ['none', 'gift', 'frame'] as const);
  const given = ['ink_fan_1', 'ink_fan_2', 'ink_fan_3'].flatMap((fan) =>
    ['Rose', 'GG'].flatMap((gift) => (random() < 0.6 ? givenBy(random, fan, gift, orders) : [])),
  );
  let ids = firstId + BigInt(seed) * 10_000n;
  const nextId = () => {
    ids += 10n;
    return String(ids);
  };
  const sent = given
    .flatMap((one) => one.frames.map((frame, index) => ({ one, frame, index })))
    .sort((a, b) => a.frame.atMs - b.frame.atMs)
    .map(({ one, frame, index }) => ({
      one,
      data: dataOf(room, nextId(), one, frame, isLacking(random, lack, one, index) ? lack : null),
    }));
  const messages: GiftData[] = [];
  for (const [index, { one, data }] of sent.entries()) {
    messages.push(data);
    // A frame can come again under another id; a single gift's is known again by its order alone.
    const known = data.orderId !== '' || (one.group !== '0' && (one.type === 1 || data.groupId !== '0'));
    if (known && random() < 0.15) {
      const msgId = String(BigInt(data.common.msgId) + 1n);
      messages.push({ ...data, common: { ...data.common, msgId } });
    }
    if (random() < 0.1 && index > 0) messages.push(...messages.splice(-2, 2).reverse());
    // A connection that comes anew is told the last frames again.
    if (random() < 0.06) messages.push(...messages.slice(-whole(random, 1, 8)));
  }
  return { room, given: given.reduce((sum, { frames }) => sum + (frames.at(-1)?.count ?? 0), 0), messages };
}

/** When a message was sent, wall time in ms. */
export function sentAtMs({ common }: GiftData): number {
  return Number(Object(common).createTime);
}

/** A message as the listener gets it from its provider. */
export function messageOf(data: GiftData): Message {
  return { method: 'WebcastGiftMessage', msgId: '', bytes: 100, content: { kind: 'decoded', data } };
}
