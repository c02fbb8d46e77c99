import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, problemsWith } from './parsed.ts';
import { smallestConfig } from './texts.ts';

test('without [points] nothing is earned; with it alone what it says by itself, in whole numbers', () => {
  assert.equal(configOf(smallestConfig).points, null);
  assert.deepEqual(configOf(`${smallestConfig}\n[points]`).points, {
    start: 0,
    rates: {
      gift: { points: 1_000, per: 1_000 },
      tip: { points: 1_000, per: 1_000 },
      follow: { points: 10, per: 1 },
      share: { points: 5, per: 1 },
      subscribe: { points: 100, per: 1 },
    },
    chat: { points: 1, seconds: 60 },
    xpPerPoint: 1,
    level: { base: 100, exponent: 1.5 },
  });
});

test('money earns by the smallest unit of its currency, and 0 earns nothing', () => {
  const lines = '[points]\nperCoin = 0.125\nperToken = 0\nfollow = 0\nchat = 0\nperCurrency = { EUR = 2.5, JPY = 3 }';
  const { rates, chat } = configOf(`${smallestConfig}\n${lines}`).points ?? {};
  assert.equal(chat, null);
  assert.deepEqual(rates, {
    gift: { points: 125, per: 1_000 },
    share: { points: 5, per: 1 },
    subscribe: { points: 100, per: 1 },
    'donation EUR': { points: 2_500, per: 100_000 },
    'donation JPY': { points: 3_000, per: 1_000 },
  });
});

test('points that cannot be are refused with their place, their value and the rule', () => {
  assert.deepEqual(
    problemsWith(
      '[points]\nstart = -1\nperCoin = 0.0001\nfollow = 1.5\nlevelExponent = 0.5\nperCurrency = { eur = 1 }',
    ),
    [
      'points.start | -1 | must be a whole number from 0 to 1000000000 (points)',
      'points.perCoin | 0.0001 | must have at most 3 digits behind the point',
      'points.follow | 1.5 | must be a whole number from 0 to 1000000 (points)',
      'points.levelExponent | 0.5 | must be from 1 to 5 as exponent',
      'points.perCurrency.eur | "eur" | must be a currency: three capital letters, such as USD',
    ],
  );
  assert.match(problemsWith('[points]\npercoin = 1').join('\n'), /did you mean "perCoin"/);
});
