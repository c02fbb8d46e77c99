import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { eveningOf } from '../../src/domain/money.ts';
import type { Worth } from '../../src/domain/worth.ts';
import { allot } from '../../src/gifts/gift-map.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { noonMs, openOk, tempFolder, worthOf } from './world.ts';

interface Given {
  readonly id: string;
  readonly amount: number;
  readonly user?: string | null;
  readonly currency?: string;
  readonly atMs?: number | null;
  readonly channel?: string;
  readonly room?: string;
  readonly origin?: 'live' | 'test';
}

let sequence = 0;

function donation(given: Given): LiveEvent {
  const { id, amount, user = 'u1', currency = 'EUR', atMs = noonMs, channel = 'name', origin = 'live' } = given;
  sequence += 1;
  return {
    version: 2,
    kind: 'donation',
    id,
    platform: 'elsewhere',
    channel,
    room: given.room ?? `elsewhere:${channel}`,
    origin,
    session: 'session-1',
    sequence,
    atMs,
    arrivedAtMs: noonMs,
    user: user === null ? null : { id: `elsewhere:${user}`, name: `name of ${user}` },
    payload: { amountMinor: amount, currency, text: 'hello', isAudio: false },
  };
}

function tip(id: string, tokens: number): LiveEvent {
  return { ...donation({ id, amount: 1 }), kind: 'tip', payload: { tokens, item: '', text: '' } };
}

function credited(ledger: Ledger): number {
  return ledger.questions.accounts().reduce((sum, each) => sum + each.credited, 0);
}

/** Two strokes for every 1.00 EUR, and what 3 cents of another currency make odd. */
const worths: Readonly<Record<string, Worth>> = { EUR: worthOf('a', 2, 100), USD: worthOf('a', 23, 1250) };

const anyGiven = fc.record({
  amount: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1e11 })),
  user: fc.constantFrom('u1', 'u2', null),
  currency: fc.constantFrom('EUR', 'USD'),
  atMs: fc.constantFrom(noonMs, noonMs + 3_600_000, noonMs + 86_400_000),
  channel: fc.constantFrom('name', 'other'),
  mappedLater: fc.boolean(),
});

/** What is due in all, bucket by bucket, in fractions that are never rounded but once. */
function dueOf(all: readonly (Given & { readonly user: string | null; readonly atMs: number })[]): number {
  const sums = new Map<string, bigint>();
  for (const { amount, user, currency = 'EUR', atMs, channel } of all) {
    const bucket = JSON.stringify([channel, user, currency, eveningOf(atMs)]);
    sums.set(bucket, (sums.get(bucket) ?? 0n) + BigInt(amount));
  }
  return [...sums].reduce((due, [bucket, sum]) => {
    const { strokes, per } = worths[JSON.parse(bucket)[2]] ?? worthOf('a');
    return due + Number((sum * BigInt(strokes) + BigInt(per) - 1n) / BigInt(per));
  }, 0);
}

test('whatever the order, however often heard, mapped at once or later: the same is credited, each sum rounded up once', (t) => {
  const folder = tempFolder(t);
  let run = 0;
  fc.assert(
    fc.property(
      fc.array(anyGiven, { minLength: 1, maxLength: 12 }).chain((all) => {
        const ids = all.map((each, index) => ({ ...each, id: `d${index}` }));
        return fc.record({
          all: fc.constant(ids),
          order: fc.shuffledSubarray([...ids, ...ids], { minLength: 2 * ids.length }),
          restartAt: fc.nat({ max: 2 * ids.length }),
        });
      }),
      ({ all, order, restartAt }) => {
        run += 1;
        const file = join(folder, `${run}.db`);
        let ledger = openOk(file);
        for (const [index, each] of order.entries()) {
          if (index === restartAt) {
            ledger.close();
            ledger = openOk(file);
          }
          ledger.record([{ event: donation(each), worth: each.mappedLater ? null : (worths[each.currency] ?? null) }]);
        }
        for (const channel of ['name', 'other']) {
          for (const [currency, worth] of Object.entries(worths))
            for (let twice = 0; twice < 2; twice++)
              ledger.amend(({ backfill }) => backfill(currency, `elsewhere:${channel}`, worth, 'donation'));
        }
        assert.equal(credited(ledger), dueOf(all));
        const seen = ledger.questions.lastGifts(100);
        assert.equal(
          seen.reduce((sum, { strokes }) => sum + strokes, 0),
          dueOf(all),
        );
        assert.ok(seen.every(({ mapped }) => mapped));
        assert.equal(ledger.questions.unmappedGifts(), 0);
        assert.deepEqual(ledger.check('full').findings, []);
        ledger.close();
      },
    ),
    { numRuns: 40 },
  );
});

test('fractions of an evening are never lost: ten times 0.30 pay six strokes, the first of them at once', (t) => {
  const ledger = openOk(join(tempFolder(t), 'livepen.db'));
  const strokes = Array.from({ length: 10 }, (_, index) => {
    const [recorded] = ledger.record([
      { event: donation({ id: `d${index}`, amount: 30 }), worth: worthOf('a', 2, 100) },
    ]);
    return recorded?.credits.reduce((sum, each) => sum + each.strokes, 0);
  });
  assert.deepEqual(strokes, [1, 1, 0, 1, 0, 1, 1, 0, 1, 0]);
  ledger.close();
});

test('who gives without a name shares a sum with all who do; platforms, evenings, tests and mappings have their own', (t) => {
  const ledger = openOk(join(tempFolder(t), 'livepen.db'));
  const worth = worthOf('a', 1, 100);
  const given = (id: string, change: Partial<Given>) => {
    const before = credited(ledger);
    ledger.record([{ event: donation({ id, amount: 50, user: null, ...change }), worth }]);
    return credited(ledger) - before;
  };
  assert.equal(given('1', {}), 1);
  assert.equal(given('2', {}), 0);
  assert.equal(given('3', { user: 'u1' }), 1);
  assert.equal(given('4', { atMs: noonMs - 86_400_000 }), 1);
  assert.equal(given('5', { channel: 'other' }), 1);
  assert.equal(given('6', { origin: 'test' }), 1);
  assert.equal(given('7', { user: 'u1', room: 'elsewhere:another live of it' }), 0);
  ledger.close();
});

test('a new mapping begins a new sum, so that nobody pays for the fractions of the one before', (t) => {
  const ledger = openOk(join(tempFolder(t), 'livepen.db'));
  ledger.record([{ event: donation({ id: '1', amount: 10 }), worth: worthOf('a', 1, 100) }]);
  ledger.record([{ event: donation({ id: '2', amount: 90 }), worth: worthOf('a', 1, 90) }]);
  ledger.record([{ event: donation({ id: '3', amount: 10 }), worth: worthOf('a', 1, 100) }]);
  assert.equal(credited(ledger), 2);
  ledger.close();
});

test('a transaction that fails takes its sums with it', (t) => {
  const ledger = openOk(join(tempFolder(t), 'livepen.db'));
  const worth = worthOf('a', 1, 100);
  const event = donation({ id: '1', amount: 60 });
  const broken = { ...donation({ id: '2', amount: 60 }), platform: 'a stranger' };
  assert.throws(() =>
    ledger.record([
      { event, worth },
      { event: broken, worth },
    ]),
  );
  ledger.record([{ event, worth }]);
  ledger.record([{ event: donation({ id: '2', amount: 60 }), worth }]);
  assert.equal(credited(ledger), 2);
  assert.equal(ledger.questions.lastGifts(9).length, 2);
  ledger.close();
});

test('money is called by its amount, counts as one gift, and keeps both when its giver is forgotten', (t) => {
  const ledger = openOk(join(tempFolder(t), 'livepen.db'));
  const { questions } = ledger;
  ledger.record([
    { event: donation({ id: '1', amount: 500 }), worth: worthOf('a', 2, 100) },
    { event: donation({ id: '2', amount: 250, user: null }), worth: worthOf('a', 2, 100) },
    { event: donation({ id: '3', amount: 1_250, currency: 'USD' }), worth: null },
    { event: tip('4', 25), worth: worthOf('a', 1, 10) },
    { event: tip('5', 1), worth: worthOf('a', 1, 10) },
  ]);
  const called = () => questions.lastGifts(9).map(({ gift, count, strokes, mapped }) => [gift, count, strokes, mapped]);
  const before = [
    ['1 token', 1, 0, true],
    ['25 tokens', 1, 3, true],
    ['12.50 USD', 1, 0, false],
    ['2.50 EUR', 1, 5, true],
    ['5.00 EUR', 1, 10, true],
  ];
  assert.deepEqual(called(), before);
  assert.deepEqual(
    questions
      .giftsSeen('elsewhere:name')
      .map(({ kind, gift, amount, count, mapped }) => [kind, gift, amount, count, mapped]),
    [
      ['donation', 'EUR', '7.50 EUR', 2, true],
      ['donation', 'USD', '12.50 USD', 1, false],
      ['tip', 'tokens', '26 tokens', 2, true],
    ],
  );
  assert.equal(questions.unmappedGifts(), 1);
  const { given, others, unmapped } = questions.night(0);
  assert.deepEqual([given.gifts, given.strokes, unmapped.gifts], [0, 0, 1]);
  assert.deepEqual(others, [
    { kind: 'donation', count: 2, amount: '7.50 EUR', strokes: 15 },
    { kind: 'tip', count: 2, amount: '26 tokens', strokes: 3 },
  ]);
  const past = [...(questions.pastEvents('session-1') ?? [])].map(({ kind, payload }) => [
    kind,
    JSON.stringify(payload),
  ]);
  assert.equal(past.length, 5);
  assert.match(past[2]?.[1] ?? '', /"amountMinor":1250,"currency":"USD"/);
  assert.equal(ledger.privacy.forget('elsewhere:u1').viewers, 1);
  assert.deepEqual(called(), before);
  assert.equal([...ledger.export('jsonl')].join('').includes('"text\\":\\"hello'), true);
  ledger.close();
});

test('of one donation at most as many strokes are drawn as of one gift, and a forged sum stops nothing', (t) => {
  const opened = openLedger({
    file: join(tempFolder(t), 'livepen.db'),
    allot,
    wallMs: () => noonMs,
    strokesPerGiftMax: 10,
  });
  assert.ok(opened.ok);
  const { ledger } = opened;
  ledger.record([{ event: donation({ id: '1', amount: 1e11 }), worth: worthOf('a', 1e15) }]);
  const [row] = ledger.questions.accounts();
  assert.deepEqual([row?.credited, row?.pending, row?.voided], [1e12, 10, 1e12 - 10]);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});
