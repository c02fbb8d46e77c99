import assert from 'node:assert/strict';
import { test } from 'node:test';
import { donating } from './donating.ts';

test('a hundred thousand donations that came while the box was off are all credited, in bounded memory', async (t) => {
  const { clock, platform, begin, until } = donating(t);
  const one = await begin();
  await until('it is heard', () => one.source.facts().heard);
  await one.end();
  for (let number = 0; number < 100_000; number += 1)
    platform.donations.push({
      id: 200_000_000 + number,
      amount: 0.01,
      currency: 'EUR',
      username: null,
      message: '',
      created_at: '2026-01-01 00:30:00',
    });
  let most = 0;
  const box = await begin();
  await until('the whole list is read', () => {
    most = Math.max(most, box.inbox.waiting);
    box.events.length = 0;
    return platform.counts.pages >= 3_334;
  });
  await clock.advance(10_000);
  box.inbox.flush();
  const recorded = [...box.ledger.export('jsonl')]
    .join('')
    .split('\n')
    .filter((line) => line.includes('"donation"')).length;
  assert.ok(recorded >= 100_000, String(recorded));
  assert.ok(most <= 100, `${most} waited at once`);
  const pages = platform.counts.pages;
  await clock.advance(61_000);
  assert.equal(platform.counts.pages, pages + 1);
});
