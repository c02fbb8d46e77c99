import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import { type Listening, listen } from '../../src/commands/api-server.ts';
import { plainText } from '../../src/domain/plain-text.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { buildWorld } from '../appliance/world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import { settle } from './event-reader.ts';
import { apiOf, bearer, tokens } from './with-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the API tells
type Told = { readonly event: string; readonly id: string; readonly data: any };

/** Reads `count` entries that have an id over a connection of its own, from an id on, and hangs up. */
function readOver(url: string, lastId: string, count: number): Promise<readonly Told[]> {
  return new Promise((resolve, reject) => {
    const told: Told[] = [];
    const request = get(`${url}/events`, { headers: { ...bearer, 'last-event-id': lastId } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        const blocks = (text + piece).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? [];
          if (id !== undefined && event !== undefined) told.push({ event, id, data: JSON.parse(data ?? '') });
        }
        if (told.length < count) return;
        response.destroy();
        resolve(told.slice(0, count));
      });
      response.on('end', () => reject(new Error('the stream ended')));
    });
    request.on('error', reject);
  });
}

const rules = [
  {
    name: 'rose',
    on: 'gift',
    when: ['giftName', '==', 'Rose'],
    [does]: [
      { draw: { row: '3', strokes: 2 } },
      { alert: { text: '{displayName} gave {giftCount}', seconds: 5 } },
      { osc: { address: '/rose', args: ['{displayName}', 2] } },
    ],
  },
  { name: 'wheel', on: 'gift', [does]: [{ wheel: [{ prize: 'a' }, { prize: 'a' }] }, { say: '{prize}' }] },
  { name: 'quiet', on: 'gift', when: ['giftName', '==', 'GG'], [does]: [{ draw: { row: '1' } }] },
];

test('whoever reads the events over HTTP learns of each rule that fired exactly once, through breaks and a restart', async (t) => {
  const ruled = { rules: deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk };
  let world = buildWorld(ruled);
  let api = apiOf(world, { tokens, ...ruled }).api;
  const serve = async () => {
    const listening: Listening = await listen(api.app, '127.0.0.1', 0);
    assert.ok(listening.ok);
    t.after(() => listening.close());
    return listening;
  };
  let served = await serve();
  world.appliance.start();
  await openSheet(world);
  const told: Told[] = [];
  let lastId = '0';
  /** Entries at a time are read, and then the connection breaks; all that there is by now is read in the end. */
  const readOn = async (atATime: number) => {
    await world.clock.advance(1_000);
    await settle();
    const { seq } = world.appliance.views.feedEnd();
    while (Number(lastId.split(':').at(-1)) < seq) {
      const page = world.appliance.views.feedSince(
        { ...world.appliance.views.feedEnd(), seq: Number(lastId.split(':').at(-1)) },
        200,
      );
      if (page.entries.length === 0) return;
      told.push(...(await readOver(served.url, lastId, Math.min(atATime, page.entries.length))));
      lastId = told.at(-1)?.id ?? lastId;
    }
  };
  for (let visit = 0; visit < 4; visit++) {
    world.source.give('Rose', 3, `fan ${visit}\u0007\u202e`);
    world.source.give('GG', 1, 'another');
    await readOn(1 + visit);
    world.source.give('Rose', 1, 'while nobody reads');
    await world.clock.advance(1_000);
    if (visit !== 1) continue;
    api.close();
    await served.close();
    world = await world.crash();
    api = apiOf(world, { tokens, ...ruled }).api;
    served = await serve();
    world.appliance.start();
    await world.clock.advance(3_000);
  }
  await readOn(7);
  const fired = told.filter(({ event }) => event === 'rule').map(({ data }) => data);
  const log = world.ledger.questions.ruleLog(500).fired.toReversed();
  assert.deepEqual(
    fired.map(({ rule, event, viewer, strokes, prize }) => [rule, event, viewer, strokes, prize]),
    log.map(({ rule, event, viewer, strokes, prize }) => [rule, event, plainText(viewer), strokes, prize]),
    'each once, in the order in which they fired',
  );
  assert.equal(fired.length, 24);
  const [rose, wheel] = fired;
  const events = told.filter(({ event }) => event === 'gift').map(({ data }) => data);
  const cause = events.find(({ seq }) => seq === rose.event);
  assert.deepEqual([cause.gift, cause.viewer, cause.kind], ['Rose', rose.viewer, rose.eventKind]);
  assert.equal(events.findLast(({ seq }) => seq === rose.paid).strokes, 2);
  assert.deepEqual([wheel.rule, wheel.prize, wheel.paid, wheel.origin], ['wheel', 'a', null, 'live']);
  assert.deepEqual(wheel.outside, [{ do: 'say', with: { text: 'a' } }]);
  assert.deepEqual(
    rose.outside.map((each: { do: string }) => each.do),
    ['alert', 'osc'],
  );
  assert.match(rose.outside[0].with.text, /^fan 0 ?.* gave 3$/);
  assert.doesNotMatch(JSON.stringify(fired), /\\u0007|\u202e/);
  assert.deepEqual([rose.outside[0].with.seconds, rose.outside[1].with.args[1]], [5, 2]);
  assert.deepEqual(fired.find(({ rule }) => rule === 'quiet').outside, []);
  api.close();
  await served.close();
  await world.close();
});

test("what rules are to do elsewhere is the owner's alone: the board hears nothing of it", async () => {
  const ruled = { rules: deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk };
  const world = buildWorld(ruled);
  const { api } = apiOf(world, { tokens, ...ruled });
  world.appliance.start();
  await openSheet(world);
  world.source.give('Rose', 3, 'somebody');
  await world.clock.advance(1_000);
  const answer = await api.app.request(`http://127.0.0.1:8420/events?token=${tokens.board}&after=0`, {
    headers: { host: '127.0.0.1:8420' },
  });
  const reader = answer.body?.getReader();
  let text = '';
  while (!text.includes('event: gift')) text += new TextDecoder().decode((await reader?.read())?.value);
  await world.clock.advance(11_000);
  while (!text.includes('event: beat')) text += new TextDecoder().decode((await reader?.read())?.value);
  assert.match(text, /somebody/);
  assert.doesNotMatch(text, /event: rule|somebody gave/);
  await reader?.cancel();
  api.close();
  await world.close();
});
