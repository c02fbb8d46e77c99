import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords } from '../../src/appliance/test-gifts.ts';
import { layoutOf } from '../ledger/world.ts';
import { allDrawn, readyWorld } from './ready-world.ts';
import { buildWorld } from './world.ts';

test('test gifts are drawn like any others and are shown as tests', async () => {
  const world = await readyWorld();
  const { operator } = world.appliance;
  assert.ok(operator.simulateGift({ row: '3', count: 2 }).ok);
  assert.ok(operator.simulateGift({ gift: 'rose', count: 1 }).ok);
  await allDrawn(world);
  const { strokes, lastGifts } = world.appliance.status();
  assert.deepEqual([strokes.credited, strokes.creditedByTests, strokes.drawn], [3, 3, 3]);
  assert.deepEqual([...new Set(lastGifts.map(({ origin }) => origin))], ['test']);
  await world.close();
});

for (const [why, gift, code] of [
  ['a negative count', { row: '1', count: -1 }, 'count-out-of-range'],
  ['a huge count', { row: '1', count: 1e9 }, 'count-out-of-range'],
  ['a fractional count', { row: '1', count: 1.5 }, 'count-out-of-range'],
  ['an unknown gift', { gift: 'Unicorn', count: 1 }, 'unknown-gift'],
  ['an unknown row', { row: '99', count: 1 }, 'unknown-row'],
] as const) {
  test(`a test gift with ${why} is refused with a remedy and changes nothing`, async () => {
    const world = buildWorld();
    const refused = world.appliance.operator.simulateGift(gift);
    assert.ok(!refused.ok);
    assert.equal(refused.fault.code, code);
    assert.notEqual(refused.fault.remedy, '');
    assert.equal(world.appliance.status().events, 0);
    await world.close();
  });
}

test('a test gift says how much it is: strokes, rows, and sheets when they are many', () => {
  const { rows } = layoutOf({ a: 10, b: 30 });
  const worth = { rows: ['a', 'b'], strokes: 30, per: 1 };
  assert.equal(inWords(worth, 1000, rows), '30000 strokes in row a (when it is full: b), which fill 750 sheets');
  assert.equal(inWords({ rows: ['a'], strokes: 1, per: 1 }, 1, rows), '1 stroke in row a');
  const many = { rows: ['a', 'b', 'c', 'd', 'e'], strokes: 1, per: 1 };
  assert.equal(inWords(many, 2, rows), '2 strokes in row a (when it is full: b, c, 2 more)');
  assert.equal(
    inWords(worth, 2, rows, 10),
    '10 strokes (it would be 60, but debt.maxStrokesPerGift is 10) in row a (when it is full: b)',
  );
  assert.equal(inWords({ rows: ['a'], strokes: 1, per: 100 }, 99, rows), '0 strokes');
});

test('test money is credited as a sum of its evening, is drawn, and is shown as a test by its amount', async () => {
  const gifts =
    '{"version":1,"events":{"donation":{"per":"1.00 EUR","strokes":2,"row":"1"},"tip":{"per":10,"row":"2"}}}';
  const world = await readyWorld({ gifts });
  const { operator } = world.appliance;
  const given = (asked: Parameters<typeof operator.simulateGift>[0]) => {
    const answer = operator.simulateGift(asked);
    assert.ok(answer.ok);
    return answer.said;
  };
  const beside = 'beside those of this evening.';
  assert.equal(given({ donation: '0.60 EUR' }), `A test gift is credited: 0.60 EUR, worth 2 strokes ${beside}`);
  assert.equal(given({ donation: '0.40 EUR' }), `A test gift is credited: 0.40 EUR, worth 0 strokes ${beside}`);
  assert.equal(given({ tip: 25 }), `A test gift is credited: 25 tokens, worth 3 strokes ${beside}`);
  await allDrawn(world);
  const { strokes, lastGifts } = world.appliance.status();
  assert.deepEqual([strokes.credited, strokes.creditedByTests, strokes.drawn], [5, 5, 5]);
  assert.deepEqual(
    lastGifts.map(({ gift, origin }) => [gift, origin]),
    [
      ['25 tokens', 'test'],
      ['0.40 EUR', 'test'],
      ['0.60 EUR', 'test'],
    ],
  );
  for (const [asked, code] of [
    [{ donation: '1.0.0 EUR' }, 'no-amount'],
    [{ donation: '0 EUR' }, 'no-amount'],
    [{ donation: '5.00 USD' }, 'gift-unmapped'],
    [{ tip: 0 }, 'no-amount'],
    [{ tip: 1.5 }, 'no-amount'],
    [{ tip: Number.POSITIVE_INFINITY }, 'no-amount'],
  ] as const) {
    const refused = operator.simulateGift(asked);
    assert.ok(!refused.ok && refused.fault.code === code && refused.fault.remedy !== '', JSON.stringify(asked));
  }
  assert.equal(world.appliance.status().events, 3);
  await world.close();
});
