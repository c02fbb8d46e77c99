import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eveningOf, moneyInWords, parseMoney, strokesForSum } from '../../src/domain/money.ts';
import { parseGiftMap, worthOfMoney } from '../../src/gifts/gift-map.ts';

function mapOf(events: object, rates = {}) {
  const result = parseGiftMap(JSON.stringify({ version: 1, events }), ['1', '2'], rates);
  assert.ok(result.ok, JSON.stringify(result));
  return result.map;
}

function problemsOf(events: object) {
  const result = parseGiftMap(JSON.stringify({ version: 1, events }), ['1', '2']);
  assert.ok(!result.ok);
  return result.problems.map(({ place, value, rule }) => [place, value, rule]);
}

test('an amount of money is read and written in the smallest unit of its currency, and comes back as it was', () => {
  assert.deepEqual(parseMoney('5.00 EUR'), { amountMinor: 500, currency: 'EUR' });
  assert.deepEqual(parseMoney('5 EUR'), { amountMinor: 500, currency: 'EUR' });
  assert.deepEqual(parseMoney('0.5 EUR'), { amountMinor: 50, currency: 'EUR' });
  assert.deepEqual(parseMoney('500 JPY'), { amountMinor: 500, currency: 'JPY' });
  assert.deepEqual(parseMoney('0.001 KWD'), { amountMinor: 1, currency: 'KWD' });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e11 }),
      fc.constantFrom('EUR', 'JPY', 'KWD', 'XQZ'),
      (amountMinor, currency) => {
        assert.deepEqual(parseMoney(moneyInWords({ amountMinor, currency })), { amountMinor, currency });
      },
    ),
  );
});

test('what is no amount of money is none', () => {
  const wrong = ['1.0.0 EUR', '-1 EUR', '0 EUR', '0.00 EUR', '1e999', '1e3 EUR', '1 eur', '1 €', '1.00EUR', '1,00 EUR'];
  for (const text of [...wrong, '1.5 JPY', '1.001 EUR', '', 'EUR', '1 EURO', '9999999999.99 EUR', ' 1 EUR', '1 EUR\n'])
    assert.equal(parseMoney(text), null, text);
});

test('donations and tips pay by amount, other currencies by their rates, and none without one', () => {
  const events = { donation: { per: '1.00 EUR', strokes: 2, rows: ['1'] }, tip: { per: 10, row: '2' } };
  const map = mapOf(events, { USD: 0.92, JPY: 0.0062, KWD: 3 });
  const of = (unit: string) => worthOfMoney(map, { kind: 'donation', unit });
  assert.deepEqual(of('EUR'), { rows: ['1'], strokes: 1, per: 50 });
  assert.deepEqual(of('USD'), { rows: ['1'], strokes: 23, per: 1250 });
  assert.deepEqual(of('JPY'), { rows: ['1'], strokes: 31, per: 2500 });
  assert.deepEqual(of('KWD'), { rows: ['1'], strokes: 3, per: 500 });
  assert.equal(of('GBP'), null);
  assert.equal(of('constructor'), null);
  assert.deepEqual(worthOfMoney(map, { kind: 'tip', unit: 'tokens' }), { rows: ['2'], strokes: 1, per: 10 });
  assert.equal(worthOfMoney(mapOf({ tip: { per: 1, row: '1' } }), { kind: 'donation', unit: 'EUR' }), null);
});

test('amounts in the gift map that are none are refused with place, value and rule', () => {
  const rule = 'must be an amount with its currency, such as "1.00 EUR", of more than nothing';
  for (const per of ['1.0.0 EUR', '-1 EUR', '0 EUR', '1e999', '1 EURO', '1 €', 5])
    assert.deepEqual(problemsOf({ donation: { per, row: '1' } }), [['events.donation.per', JSON.stringify(per), rule]]);
  assert.deepEqual(problemsOf({ donation: { per: '1000001 EUR', row: '1' } })[0]?.[2], 'must be at most 1000000');
  assert.deepEqual(problemsOf({ donation: { row: '1' } }), [['events.donation.per', 'nothing', 'is missing']]);
  assert.deepEqual(problemsOf({ tip: { per: 0, row: '1' } }), [['events.tip.per', '0', 'must be at least 1']]);
  assert.deepEqual(problemsOf({ tip: { per: 1.5, row: '1' } }), [['events.tip.per', '1.5', 'must be whole tokens']]);
  assert.deepEqual(problemsOf({ donation: { per: '1 EUR', row: '9' } }), [
    ['events.donation.row', '"9"', 'is not a row of the config; it has 1, 2'],
  ]);
});

test('the strokes of a sum are rounded up, exactly, for whatever sum and rate', () => {
  const numbers = {
    sum: fc.maxSafeNat(),
    strokes: fc.integer({ min: 1, max: 1e15 }),
    per: fc.integer({ min: 1, max: 1e15 }),
  };
  fc.assert(
    fc.property(fc.record(numbers), ({ sum, strokes, per }) => {
      const found = BigInt(strokesForSum({ rows: [], strokes, per }, sum));
      const due = BigInt(sum) * BigInt(strokes);
      if (found === 1_000_000_000_000n) assert.ok(due > (found - 1n) * BigInt(per));
      else assert.ok(found * BigInt(per) >= due && (found === 0n || (found - 1n) * BigInt(per) < due));
    }),
  );
});

test('an evening lasts from noon to noon', () => {
  assert.equal(eveningOf(new Date(2026, 10, 29, 12).getTime()), '2026-11-29');
  assert.equal(eveningOf(new Date(2026, 10, 29, 11, 59, 59, 999).getTime()), '2026-11-28');
  assert.equal(eveningOf(new Date(2026, 11, 1, 3).getTime()), '2026-11-30');
  assert.equal(eveningOf(new Date(2027, 0, 1, 0).getTime()), '2026-12-31');
});
