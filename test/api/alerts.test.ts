import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSheet } from '../appliance/ready-world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does, problemsIn, rulesOf, ruleWith } from '../rules/rule-events.ts';
import { readEvents, settle } from './event-reader.ts';
import { bearer, tokens, withApi } from './with-api.ts';

const workerToken = 'w'.repeat(43);
const inNetwork = { tokens, workerToken };
const sent = (alert: unknown, headers: Record<string, string> = bearer): RequestInit => ({
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify({ alert }),
});
const board = { path: `/events?token=${tokens.board}` };
const alertsIn = (heard: readonly { readonly event: string; readonly data: unknown }[]) =>
  heard.filter(({ event }) => event === 'alert').map(({ data }) => data);

test('an alert goes to every board that is open, cleaned and bounded, with the token of the owner or the worker', () =>
  withApi(async (call, _, api) => {
    const reader = await readEvents(api, null, board);
    await settle();
    const long = `<b>Zoë</b>\u202e\u001b[31m ${'x'.repeat(300)}`;
    const first = await call('POST', '/board/cues', sent({ text: long, seconds: 3, animation: 'pop', emoji: '👩‍🚀' }));
    assert.deepEqual([first.status, first.json.readers], [200, 1]);
    const asWorker = { authorization: `Bearer ${workerToken}` };
    assert.equal((await call('POST', '/board/cues', sent({ text: 'Hi' }, asWorker))).status, 200);
    await settle();
    const [shown, plain] = alertsIn(reader.heard) as { text: string }[];
    assert.equal([...(shown?.text ?? '')].length, 200);
    assert.match(shown?.text ?? '', /^<b>Zoë<\/b> ?\[31m x+$/);
    assert.deepEqual({ ...shown, text: '' }, { text: '', seconds: 3, animation: 'pop', emoji: '👩‍🚀' });
    assert.deepEqual(plain, { text: 'Hi', seconds: 6, animation: 'fade', emoji: '' });
    const later = await readEvents(api, null, board);
    await settle();
    assert.deepEqual(alertsIn(later.heard), [], 'it is over for whoever comes later');
    await Promise.all([reader.close(), later.close()]);
  }, inNetwork));

test('who may not, or sends what is no alert, is refused, and nothing is shown', () =>
  withApi(async (call, _, api) => {
    const reader = await readEvents(api, null, board);
    const asBoard = { authorization: `Bearer ${tokens.board}` };
    assert.equal((await call('POST', '/board/cues', sent({ text: 'Hi' }, asBoard))).status, 403);
    assert.equal((await call('POST', '/board/cues', sent({ text: 'Hi' }, {}))).status, 401);
    for (const [alert, said] of [
      [{}, /alert\.text/],
      [{ text: '' }, /alert\.text.*must not be empty/],
      [{ text: 'x'.repeat(1_001) }, /alert\.text.*at most 1,000 letters/],
      [{ text: 'x', seconds: 0 }, /alert\.seconds.*must be 1 to 60/],
      [{ text: 'x', seconds: 1e9 }, /alert\.seconds.*must be 1 to 60/],
      [{ text: 'x', animation: 'spin' }, /alert\.animation.*must be fade, slide, pop, rain/],
      [{ text: 'x', emoji: 'no' }, /alert\.emoji.*must be one emoji/],
      [{ text: 'x', emoji: '🌹'.repeat(40) }, /alert\.emoji.*must be one emoji/],
      [{ text: 'x', html: '<b>' }, /html/],
      [{ text: '\u202e\u200f ' }, /nothing that can be shown/],
    ] as const) {
      const answer = await call('POST', '/board/cues', sent(alert));
      assert.equal(answer.status, 422, JSON.stringify(alert));
      assert.match(answer.json.detail, said);
    }
    await settle();
    assert.deepEqual(alertsIn(reader.heard), []);
    await reader.close();
  }, inNetwork));

test('the alerts of rules that fire are shown by the board alone, without a worker, once', async () => {
  const rules = [
    {
      name: 'rose',
      on: 'gift',
      when: ['giftName', '==', 'Rose'],
      [does]: [{ alert: { text: '{displayName} gave {giftCount}', seconds: 5, animation: 'rain', emoji: '🌹' } }],
    },
  ];
  const ruled = { rules: deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk };
  await withApi(
    async (_, world, api) => {
      world.appliance.start();
      await openSheet(world);
      const reader = await readEvents(api, null, board);
      world.source.give('Rose', 3, 'Zoë');
      world.source.give('GG', 1, 'Bo');
      await world.clock.advance(2_000);
      await settle();
      assert.deepEqual(alertsIn(reader.heard), [{ text: 'Zoë gave 3', seconds: 5, animation: 'rain', emoji: '🌹' }]);
      assert.equal(
        reader.heard.some(({ event }) => event === 'rule'),
        false,
        'what else a rule does is not for viewers',
      );
      await reader.close();
    },
    { ...inNetwork, ...ruled },
    ruled,
  );
});

test('a rule whose alert comes in a way that there is not, or with words for an emoji, is refused when it is read', () => {
  const problems = (alert: unknown) =>
    problemsIn([ruleWith({ [does]: [{ alert }] })]).map(({ place, rule }) => [place.split('.').at(-1), rule]);
  assert.deepEqual(problems({ text: 'Hi', animation: 'spin', emoji: 'rose' }), [
    ['animation', 'must be fade, slide, pop, rain'],
    ['emoji', 'must be one emoji'],
  ]);
  for (const alert of ['Hi', { text: 'Hi', animation: 'slide', emoji: '🇩🇪', seconds: 60 }])
    assert.equal(rulesOf([ruleWith({ [does]: [{ alert }] })]).length, 1);
});

test('an alert of a rule that names files is left to a worker that has them, and shown by its words without one', async () => {
  const rules = [
    {
      name: 'rose',
      on: 'gift',
      [does]: [{ alert: { text: '{giftName}', picture: '{giftName}.png', sound: 'horn.wav' } }, { alert: 'plain' }],
    },
  ];
  const ruled = { rules: deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk };
  await withApi(
    async (call, world, api) => {
      world.appliance.start();
      await openSheet(world);
      const reader = await readEvents(api, null, board);
      const give = async () => {
        world.source.give('Rose', 1, 'Zoë');
        await world.clock.advance(2_000);
        await settle();
      };
      const shown = () => (alertsIn(reader.heard) as { text: string }[]).map(({ text }) => text);
      await give();
      assert.deepEqual(shown(), ['Rose', 'plain']);
      const outlet = {
        name: 'alert',
        kind: 'instant',
        fault: null,
        ...{ waiting: 0, sent: 0, retried: 0, dropped: 0, dead: 0 },
      };
      const headers = { authorization: `Bearer ${workerToken}`, 'content-type': 'application/json' };
      const report = await call('POST', '/worker/report', { headers, body: JSON.stringify({ outlets: [outlet] }) });
      assert.equal(report.status, 200, report.body);
      await give();
      assert.deepEqual(shown(), ['Rose', 'plain', 'plain']);
      await world.clock.advance(60_000);
      await give();
      assert.deepEqual(shown(), ['Rose', 'plain', 'plain', 'Rose', 'plain'], 'it is gone');
      await reader.close();
    },
    { ...inNetwork, ...ruled },
    ruled,
  );
  for (const file of ['../x.png', '/x.png', 'x/y.png'])
    assert.match(
      problemsIn([ruleWith({ [does]: [{ alert: { text: 'Hi', picture: file } }] })])
        .map(({ rule }) => rule)
        .join(),
      /must be the name of a file/,
    );
});
