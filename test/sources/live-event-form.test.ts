import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { fans, giftKinds } from '../../src/simulators/live/script.ts';
import { readLiveEvent } from '../../src/sources/live-event-form.ts';
import { testGiftEvent } from '../../src/sources/test-gift.ts';
import { allKinds, whileHearing } from './hearing.ts';
import { matches } from './json-schema.ts';

const schema: unknown = JSON.parse(readFileSync(new URL('../../docs/live-event.schema.json', import.meta.url), 'utf8'));

/** What the validator says; the published schema must say the same. */
function isValid(value: unknown): boolean {
  const { ok } = readLiveEvent(value);
  assert.equal(matches(schema, value), ok, `schema and validator differ about ${JSON.stringify(value)}`);
  return ok;
}

const rose = { id: '5655', name: 'Rose', coins: 1 };

/** A test gift, of which a test makes what it needs. */
function whole(gift = { id: '', name: '', coins: 0 }, count = 1) {
  return testGiftEvent({ id: 't1', session: 's', sequence: 1, gift, count, wallMs: 5 });
}

test('every kind of event that a live yields is valid, for the validator and for the published schema', async () => {
  const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
  for (const provider of ['direct', 'euler'] as const) {
    await whileHearing({ provider, deps: { wanted: allKinds } }, async ({ live, until, facts, events, of }) => {
      live.room.say({ kind: 'room-user', viewers: 3 });
      await until('the live is heard', () => facts().heard);
      live.room.gift(fan, giftKinds.rose, 3);
      live.faults.corruptNextGift();
      live.room.gift(fan, giftKinds.galaxy);
      live.room.likes(fan, 15);
      live.room.sayAll([
        { kind: 'chat', fan, text: 'hello' },
        { kind: 'join', fan },
        { kind: 'follow', fan },
        { kind: 'share', fan },
        { kind: 'subscribe', fan },
        { kind: 'emote', fan, emoteId: '12' },
        { kind: 'battle', battleId: '34' },
        { kind: 'unknown', method: 'WebcastBrandNewMessage' },
      ]);
      live.end();
      await until('the end is heard', () => of('disconnected').length > 0);
      for (const event of events) assert.ok(isValid(JSON.parse(JSON.stringify(event))), JSON.stringify(event));
      assert.equal(new Set(events.map(({ kind }) => kind)).size, 15);
    });
  }
});

test('a test gift is a valid event', () => {
  assert.ok(isValid(whole(rose, 2)));
});

test('the validator and the schema refuse the same damaged events', () => {
  const event = whole(rose, 2);
  const keys = fc.constantFrom(
    'version',
    'kind',
    'id',
    'platform',
    'channel',
    'origin',
    'sequence',
    'atMs',
    'arrivedAtMs',
    'user',
    'payload',
    'extra',
  );
  const values = fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    'gift',
    'tiktok',
    0,
    1,
    -1,
    1.5,
    1e300,
    {},
    { id: 'u', name: '' },
    [],
    true,
  );
  fc.assert(
    fc.property(keys, values, (key, value) => {
      const damaged = JSON.parse(JSON.stringify({ ...event, [key]: value }));
      isValid(damaged);
    }),
    { numRuns: 400 },
  );
  assert.equal(isValid({ ...event, kind: 'gifts' }), false);
  assert.equal(isValid({ ...event, extra: 1 }), false);
});

test('money has a form for the validator and for the published schema: whole, above nothing, in three capital letters', () => {
  const head = whole();
  const donation = { amountMinor: 500, currency: 'EUR', text: 'hi', isAudio: false };
  const tip = { tokens: 25, item: 'Draw a cat', text: '' };
  const donated = (change: object) => isValid({ ...head, kind: 'donation', payload: { ...donation, ...change } });
  const tipped = (change: object) => isValid({ ...head, kind: 'tip', payload: { ...tip, ...change } });
  assert.ok(donated({}) && donated({ ownAmount: '498.21' }) && tipped({}) && tipped({ item: '' }));
  for (const amountMinor of [0, -1, 0.5, 1e300, '5', null, 100_000_000_001]) assert.ok(!donated({ amountMinor }));
  for (const currency of ['', 'eur', 'EURO', '€', null, 'E1R']) assert.ok(!donated({ currency }));
  for (const ownAmount of ['1e999', '-1', '', 5, '1.0.0']) assert.ok(!donated({ ownAmount }));
  for (const tokens of [0, -1, 1.5, 1e300, '25', 1_000_000_001]) assert.ok(!tipped({ tokens }));
  assert.ok(!donated({ text: null }) && !donated({ extra: 1 }) && !tipped({ item: null }));
});

test('subscriptions, turns of the wheel, goals and raids have a form for the validator and for the published schema', () => {
  const head = whole();
  const of = (kind: string, payload: object) => isValid({ ...head, kind, payload });
  assert.ok(of('subscribe', {}) && of('subscribe', { months: 3 }) && of('subscribe', { gifted: 5 }));
  for (const wrong of [0, -1, 1.5, 1e300, '5', null, 100_000])
    assert.ok(!of('subscribe', { months: wrong }) && !of('subscribe', { gifted: wrong }));
  assert.ok(of('wheel', { prize: 'a cat', tokens: 0 }) && of('goal', { title: '', tokens: 500 }));
  for (const tokens of [-1, 1.5, 1e300, '5', null]) assert.ok(!of('wheel', { prize: '', tokens }));
  assert.ok(!of('wheel', { prize: null, tokens: 1 }) && !of('goal', { prize: '', tokens: 1 }));
  assert.ok(of('raid', { viewers: 12 }) && of('raid-out', { viewers: 0 }));
  assert.ok(!of('raid', {}) && !of('raid', { viewers: -1 }) && !of('raid-out', { viewers: '1' }));
});

test('what a giver wrote is cleaned and cut, and the money is kept', () => {
  const head = whole();
  const text = `\u202e\u001b[31m${'🖊'.repeat(10_000)}`;
  const payload = { amountMinor: 1, currency: 'EUR', text, isAudio: false };
  const read = readLiveEvent({ ...head, kind: 'donation', payload });
  assert.ok(read.ok && read.event.kind === 'donation');
  assert.equal(read.event.payload.text, `[31m${'🖊'.repeat(496)}`);
});
