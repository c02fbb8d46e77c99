import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import { openSheet } from './ready-world.ts';
import { buildWorld, type World } from './world.ts';

const rules = [
  { name: 'hello', on: 'live-started', [does]: [{ draw: { row: '1', strokes: 2 } }] },
  { name: 'ten', on: 'timer', every: 10, [does]: [{ draw: { row: '2' } }] },
  { name: 'draws', on: 'state', when: ['to', '==', 'drawing'], [does]: [{ log: '{from} to {to}' }] },
  {
    name: 'ink',
    on: 'chat',
    when: ['message', 'startsWith', '!ink'],
    cooldown: { perPersonSeconds: 60 },
    [does]: [{ draw: { row: '3' } }, { chat: 'Here it comes, {displayName}' }],
  },
];
const options = () => ({ rules: deskOf(JSON.stringify({ rules }), ['1', '2', '3']).desk });

/** What else of an event there is, as the source fills it in. */
function headOf(world: World) {
  const { payload: _, kind: __, ...head } = world.source.give('nothing that pays', 1);
  return { ...head, arrivedAtMs: Math.trunc(world.clock.wallMs()) };
}

const connect = (world: World) => world.source.emit({ ...headOf(world), user: null, kind: 'connected', payload: {} });
const say = (world: World, id: string, text: string) =>
  world.source.emit({ ...headOf(world), id, kind: 'chat', payload: { text } });
const timesOf = (world: World, name: string) =>
  world.ledger.questions.ruleLog(500).fired.filter(({ rule }) => rule === name).length;

test('a live that starts, its timer, what is said there and what the appliance does fire rules, each once, through a crash', async () => {
  let world = buildWorld(options());
  world.appliance.start();
  await openSheet(world);
  connect(world);
  await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 2, 300_000, 'two strokes');
  await world.until('ready');
  assert.deepEqual([timesOf(world, 'hello'), timesOf(world, 'draws') > 0], [1, true]);
  const before = world.ledger.questions.eventCount();
  say(world, 'm1', 'good evening');
  await world.clock.advance(1_000);
  assert.equal(world.ledger.questions.eventCount(), before + 1, 'what no rule waits for is not kept');
  for (const id of ['m2', 'm2', 'm3']) say(world, id, '!ink please');
  await world.clock.advance(60_000);
  assert.equal(timesOf(world, 'ink'), 1);
  await world.clock.advance(20 * 60_000);
  assert.equal(timesOf(world, 'ten'), 2);
  world = await world.crash(options());
  world.appliance.start();
  connect(world);
  say(world, 'm2', '!ink please');
  await world.clock.advance(60_000);
  assert.deepEqual(
    ['hello', 'ink', 'ten'].map((name) => timesOf(world, name)),
    [1, 1, 2],
  );
  world.source.heard = false;
  world.source.changed();
  await world.clock.advance(30 * 60_000);
  assert.equal(timesOf(world, 'ten'), 2, 'nobody is live');
  world.source.heard = true;
  world.source.changed();
  await world.clock.advance(60_000);
  assert.equal(timesOf(world, 'ten'), 3, 'what passed meanwhile is not made up for');
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a time of a timer that a limit refuses is counted once, and nothing is written while none comes', async () => {
  const few = { name: 'few', on: 'timer', every: 1, limit: { perLive: 1 }, [does]: [{ log: '{streamId}' }] };
  const { desk } = deskOf(JSON.stringify({ rules: [few] }), ['1', '2', '3']);
  const world = buildWorld({ rules: desk });
  world.appliance.start();
  await openSheet(world);
  connect(world);
  await world.clock.advance(90_000);
  const before = world.ledger.transactions();
  await world.clock.advance(25_000);
  assert.equal(world.ledger.transactions(), before);
  await world.clock.advance(8 * 60_000);
  const { fired, refused } = world.ledger.questions.ruleLog(100);
  assert.deepEqual([fired.length, refused.reduce((sum, { count }) => sum + count, 0)], [1, 8]);
  await world.close();
});

test('likes of a live, who comes and emotes fire rules through the inbox, once each and through a crash', async () => {
  const crowd = [
    { name: 'likes', on: 'like', every: 100, [does]: [{ draw: { row: '1' } }, { log: '{likes}' }] },
    { name: 'hello', on: 'join', cooldown: { perRuleSeconds: 60 }, [does]: [{ say: '{displayName}' }] },
    { name: 'heart', on: 'emote', when: ['emote', '==', 'Heart'], limit: { perLive: 1 }, [does]: [{ log: 'x' }] },
    { name: 'fight', on: 'battle', [does]: [{ log: '{eventType}' }] },
  ];
  const ruled = () => ({ rules: deskOf(JSON.stringify({ rules: crowd }), ['1', '2', '3']).desk });
  let world = buildWorld(ruled());
  world.appliance.start();
  await openSheet(world);
  connect(world);
  const send = (id: string, more: object) => world.source.emit({ ...headOf(world), id, ...more } as LiveEvent);
  const likes = (total: number) => send(`l${total}`, { user: null, kind: 'like', payload: { count: 10, total } });
  const events = () => world.ledger.questions.eventCount();
  for (const total of [60, 95, 120, 95, 240]) likes(total);
  await world.clock.advance(2_000);
  assert.equal(timesOf(world, 'likes'), 2);
  const before = events();
  for (const id of ['j1', 'j2', 'j3', 'j1']) send(id, { kind: 'join', payload: {} });
  for (const [id, emoteId] of [
    ['e1', 'heart'],
    ['e2', 'heart'],
    ['e3', 'rose'],
  ])
    send(id ?? '', { kind: 'emote', payload: { emoteId } });
  send('b1', { user: null, kind: 'battle', payload: { battleId: '7' } });
  await world.clock.advance(2_000);
  const gifts = 8; // What `headOf` gives.
  assert.equal(events() - before, 3 + gifts);
  world = await world.crash(ruled());
  world.appliance.start();
  connect(world);
  likes(240);
  likes(310);
  send('j1', { kind: 'join', payload: {} });
  await world.clock.advance(2_000);
  assert.deepEqual(
    crowd.map(({ name }) => timesOf(world, name)),
    [3, 1, 1, 1],
  );
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a rule for a state that is put in force later does not fire for what changed before', async () => {
  const { desk } = deskOf(JSON.stringify({ rules: [] }), ['1', '2', '3']);
  const world = buildWorld({ rules: desk });
  world.appliance.start();
  await openSheet(world);
  await world.until('ready');
  const log = { on: 'state', [does]: [{ log: '{from} to {to}' }] };
  desk.put('ready', { ...log, when: ['to', '==', 'ready'] });
  desk.put('draws', { ...log, when: ['to', '==', 'drawing'] });
  world.source.give('Rose', 1);
  await world.until('drawing');
  await world.clock.advance(1_000);
  const { fired } = world.ledger.questions.ruleLog(9);
  assert.deepEqual(
    fired.map(({ rule, moment }) => [rule, moment]),
    [['draws', { from: 'ready', to: 'drawing' }]],
  );
});

test('a timer counts the time that passes, and not that by which the clock is set meanwhile', async () => {
  for (const hours of [5, -5]) {
    const { desk } = deskOf(JSON.stringify({ rules: [rules[1]] }), ['1', '2', '3']);
    const world = buildWorld({ rules: desk });
    world.appliance.start();
    await openSheet(world);
    connect(world);
    await world.clock.advance(5 * 60_000);
    world.clock.shiftWall(hours * 3_600_000);
    await world.clock.advance(4 * 60_000);
    assert.equal(timesOf(world, 'ten'), 0, `${hours} h, after nine minutes`);
    await world.clock.advance(2 * 60_000);
    assert.equal(timesOf(world, 'ten'), 1, `${hours} h, after eleven`);
    await world.clock.advance(10 * 60_000);
    assert.equal(timesOf(world, 'ten'), 2, `${hours} h, after twenty-one`);
  }
});
