import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import type { Message } from '../../src/sources/tiktok/provider.ts';
import { newMemory, Session } from '../../src/sources/tiktok/session.ts';
import { UngroupedStreaks } from '../../src/sources/tiktok/ungrouped-streaks.ts';
import { seededRandom } from '../../src/system/random.ts';
import { openOk, tempFolder, worthOf } from '../ledger/world.ts';
import { type GiftData, giftLive, lacks, messageOf, sentAtMs } from './gift-lives.ts';

const row = 'gifts';

/** A box that hears messages about gifts: its listener's memory is that of one process. */
function boxOn(file: string) {
  const ledger = openOk(file);
  const memory = newMemory(new UngroupedStreaks(ledger.questions.pastStreaks));
  return {
    ledger,
    hear(room: string, messages: readonly GiftData[]): void {
      // A message arrives some ms after it was sent; one that is sent again arrives later than that.
      let arrivedAtMs = 0;
      const clock = { ...virtualClock(), wallMs: () => arrivedAtMs };
      const session = new Session(clock, 'session', 'live', new Set(['gift']), room, memory, 'host');
      for (const data of messages) {
        arrivedAtMs = Math.max(arrivedAtMs, sentAtMs(data) + 60);
        const event = session.event(messageOf(data));
        if (event !== null) ledger.record([{ event, worth: worthOf(row) }]);
      }
    },
  };
}

const credited = (ledger: Ledger) => ledger.questions.accounts().reduce((sum, account) => sum + account.credited, 0);

/** What a box credits for these messages. */
function creditsFor(context: TestContext, messages: readonly GiftData[]): number {
  const box = boxOn(join(tempFolder(context), 'l.db'));
  box.hear('r', messages);
  const sum = credited(box.ledger);
  assert.deepEqual(box.ledger.check('full').findings, []);
  box.ledger.close();
  return sum;
}

let ids = 7_400_000_000_000_000_000n;
/** A message about a gift, all of whose facts are told unless `change` says otherwise; sent so many ms after noon. */
function message(afterMs: number, count: number, change: GiftData = {}): GiftData {
  ids += 10n;
  return {
    common: { msgId: String(ids), roomId: 'r', createTime: String(1_767_268_800_000 + afterMs) },
    user: { id: '7', nickname: 'ink_fan' },
    giftId: '5655',
    gift: { id: '5655', name: 'Rose', type: 1, diamondCount: 1 },
    groupId: '1767268799990',
    repeatCount: count,
    repeatEnd: 0,
    ...change,
  };
}

const end = { repeatEnd: 1 };
const ofType = (type: number) => ({ gift: { id: '5655', name: 'Rose', type, diamondCount: 1 } });
const to = (id: string) => ({ toUser: { id, nickname: id } });
const noGroup = { groupId: '0' };

const cases: readonly (readonly [what: string, messages: readonly GiftData[], gifts: number])[] = [
  [
    'a gift of a type that is not sent in streaks, but comes as one',
    [
      message(0, 1, ofType(2)),
      message(900, 2, ofType(2)),
      message(1_800, 3, ofType(2)),
      message(4_000, 3, { ...ofType(2), ...end }),
    ],
    3,
  ],
  [
    'a receiver that only some messages of a streak name',
    [message(0, 1), message(900, 2, to('host')), message(1_800, 3), message(2_700, 4, { ...to('host'), ...end })],
    4,
  ],
  [
    'a message that comes again under another id with the same order',
    [
      message(0, 1, { ...ofType(2), ...noGroup, orderId: '88' }),
      message(0, 1, { ...ofType(2), ...noGroup, orderId: '88' }),
    ],
    1,
  ],
  [
    'a first message without a group, and the rest with one',
    [message(0, 1, noGroup), message(900, 3), message(1_800, 5), message(3_500, 5, end)],
    5,
  ],
  [
    'a group that later messages leave out',
    [message(0, 1), message(900, 2), message(1_800, 4, noGroup), message(3_500, 4, { ...noGroup, ...end })],
    4,
  ],
  [
    'two single gifts that differ in their order alone',
    [
      message(0, 1, { ...ofType(2), ...noGroup, orderId: '88' }),
      message(900, 1, { ...ofType(2), ...noGroup, orderId: '89' }),
    ],
    2,
  ],
  ...[1, 2, 4].map((type): readonly [string, readonly GiftData[], number] => [
    `two gifts of type ${type} that are told by an end alone and differ in their order`,
    [
      message(0, 5, { ...ofType(type), ...noGroup, ...end, orderId: '88' }),
      message(3_000, 5, { ...ofType(type), ...noGroup, ...end, orderId: '89' }),
      message(3_040, 5, { ...ofType(type), ...noGroup, ...end, orderId: '89' }),
    ],
    10,
  ]),
  [
    'two single gifts in one group that are ended and differ in their order',
    [
      message(0, 1, { ...ofType(2), ...end, orderId: '88' }),
      message(3_000, 1, { ...ofType(2), ...end, orderId: '89' }),
    ],
    2,
  ],
  [
    'two single gifts without an order that are ended at two times',
    [message(0, 1, { ...ofType(2), ...noGroup, ...end }), message(3_000, 1, { ...ofType(2), ...noGroup, ...end })],
    2,
  ],
  [
    'two taps without a group or an end, at two times',
    [
      message(0, 1, noGroup),
      message(0, 1, noGroup),
      message(3_000, 1, noGroup),
      message(6_000, 1, { ...noGroup, ...end }),
    ],
    2,
  ],
  [
    'an end that is sent again under another id, without a group',
    [
      message(0, 1, noGroup),
      message(900, 4, noGroup),
      message(2_000, 4, { ...noGroup, ...end }),
      message(2_010, 4, { ...noGroup, ...end }),
    ],
    4,
  ],
  [
    'a streak whose taps are orders of their own, and whose end is sent again without a group',
    [
      message(0, 1, { orderId: '1' }),
      message(900, 2, { orderId: '2' }),
      message(2_000, 2, { ...end, orderId: '2' }),
      message(2_000, 2, { ...end, ...noGroup, orderId: '2' }),
    ],
    2,
  ],
  [
    'the same gift for two receivers at once',
    [message(0, 1, to('host')), message(0, 1, { ...to('guest'), groupId: '1767268799991' })],
    2,
  ],
  ['two viewers in one group', [message(0, 3), message(100, 2, { user: { id: '8', nickname: 'other' } })], 5],
  [
    'two kinds of gift in one group',
    [message(0, 3), message(100, 2, { giftId: '6000', gift: { id: '6000', name: 'GG', type: 1, diamondCount: 1 } })],
    5,
  ],
  ['an end that comes twice', [message(0, 1), message(900, 4), message(2_000, 4, end), message(2_010, 4, end)], 4],
  ['an end that overtakes', [message(0, 1), message(2_000, 4, end), message(900, 4)], 4],
  [
    'two streaks one after the other, some of whose messages name neither group nor receiver',
    [
      message(0, 1),
      message(900, 2, noGroup),
      message(1_800, 2, { ...to('guest'), ...end }),
      message(14_000, 1, { ...noGroup, ...to('guest') }),
      message(15_000, 3, noGroup),
      message(16_000, 6, { groupId: '1767268813990' }),
      message(17_000, 6, { groupId: '1767268813990', ...to('guest'), ...end }),
    ],
    8,
  ],
  [
    'a description that is missing in some',
    [message(0, 1), message(900, 2, { gift: undefined }), message(2_000, 2, end)],
    2,
  ],
];
for (const [what, messages, gifts] of cases) {
  test(`${what}: ${gifts} given, ${gifts} credited, in any order and again`, (context) => {
    assert.equal(creditsFor(context, messages), gifts);
    assert.equal(
      creditsFor(context, [...messages, ...messages]),
      gifts,
      'a connection that comes anew tells all again',
    );
  });
}

const seedsPerLack = 60;
for (const lack of lacks) {
  test(`lives in whose messages ${lack} is missing now and then are credited for what was given`, (context) => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= seedsPerLack; seed++) {
      const { room, given, messages } = giftLive(seed, lack);
      const box = boxOn(join(tempFolder(context), 'l.db'));
      box.hear(room, messages);
      const sum = credited(box.ledger);
      if (sum !== given) wrong.push(`seed ${seed}: ${sum} for ${given}`);
      box.ledger.close();
    }
    assert.deepEqual(wrong, []);
  });
}

for (const lack of lacks) {
  test(`a service that is started anew in the middle of a live in whose messages ${lack} is missing credits the same`, (context) => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const { room, given, messages } = giftLive(seed, lack);
      const file = join(tempFolder(context), 'l.db');
      const random = seededRandom(seed);
      let heard = 0;
      while (heard < messages.length) {
        const next = heard + 1 + Math.floor(random() * 8);
        const box = boxOn(file);
        // What was sent just before is told again to a new connection.
        box.hear(room, messages.slice(Math.max(0, heard - 3), next));
        box.ledger.close();
        heard = next;
      }
      const box = boxOn(file);
      const sum = credited(box.ledger);
      if (sum !== given) wrong.push(`seed ${seed}: ${sum} for ${given}`);
      box.ledger.close();
    }
    assert.deepEqual(wrong, []);
  });
}

test('a ledger that was written before gifts were known by all that is told credits nothing for its lives again', (context) => {
  const folder = join(import.meta.dirname, '../ledger/identity');
  const file = join(tempFolder(context), 'l.db');
  writeFileSync(file, gunzipSync(readFileSync(join(folder, 'before.db.gz'))));
  const lives: readonly { readonly room: string; readonly messages: readonly GiftData[] }[] = JSON.parse(
    gunzipSync(readFileSync(join(folder, 'before.json.gz'))).toString(),
  );
  const box = boxOn(file);
  const before = credited(box.ledger);
  assert.ok(before > 1_000 && lives.length > 100);
  for (const { room, messages } of lives) box.hear(room, messages);
  assert.equal(credited(box.ledger), before);
  assert.deepEqual(box.ledger.check('full').findings, []);
  box.ledger.close();
});

/** A message that tells of a subscription, in one of the platform's three ways. */
function subscription(kind: 'notice' | 'social' | 'super-fan', id: string, user = '7'): Message {
  const common = { msgId: id, roomId: 'r', createTime: '1767268800000' };
  const person = { id: user, nickname: 'ink_fan' };
  const messages = {
    notice: ['WebcastSubNotifyMessage', { common, user: person }],
    social: ['WebcastSocialMessage', { common: { ...common, displayText: { key: 'pm_mt_subscribe' } }, user: person }],
    'super-fan': [
      'WebcastBarrageMessage',
      { common, content: { key: 'pm_mt_barrage_someoneBecameSuperFan' }, event: { user: person } },
    ],
  } as const;
  const [method, data] = messages[kind];
  return { method, msgId: id, bytes: 100, content: { kind: 'decoded', data } };
}

test('a subscription that several kinds of message tell of pays once, and another one pays again', (context) => {
  const file = join(tempFolder(context), 'l.db');
  const hear = (messages: readonly Message[]) => {
    const ledger = openOk(file);
    const session = new Session(virtualClock(), 'session', 'live', new Set(['subscribe']), 'r');
    for (const each of messages) {
      const event = session.event(each);
      if (event !== null) ledger.record([{ event, worth: worthOf(row) }]);
    }
    const sum = credited(ledger);
    ledger.close();
    return sum;
  };
  const first = [subscription('notice', '1'), subscription('social', '2'), subscription('super-fan', '3')];
  assert.equal(hear(first), 1);
  assert.equal(hear(first), 1, 'told again, to another process');
  assert.equal(hear([subscription('super-fan', '4')]), 1, 'a banner that is shown again');
  assert.equal(hear([subscription('notice', '5')]), 2, 'a second one of the same viewer');
  assert.equal(hear([subscription('super-fan', '6', '8')]), 3, 'one of another viewer');
});
