import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAfterLive } from '../../src/appliance/after-live.ts';
import { liveEventVersion } from '../../src/domain/live-event.ts';
import { silentLog } from '../../src/domain/log.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { inkOn } from './ink-on.ts';
import { allDrawn, readyWorld } from './ready-world.ts';
import { smallLayout } from './small-sheet.ts';
import type { World } from './world.ts';

const longRows = { ...smallLayout, rows: smallLayout.rows.map((each) => ({ ...each, maxStrokes: 20 })) };

/** A live that owed more than is drawn after it has ended, and the pen at rest. */
async function afterLongLive(): Promise<World> {
  const world = await readyWorld({ layout: longRows });
  for (let gifts = 0; gifts < 12; gifts++) world.source.give('Corgi');
  world.source.give('Rose', 40);
  world.source.give('GG', 60);
  await world.until('drawing');
  world.source.endLive();
  await world.until('off-air', 120_000);
  return world;
}

test('with order = "live" a new giver is served soon, however much is owed to others', async () => {
  const world = await readyWorld({ order: 'live', layout: longRows });
  world.source.give('GG', 20, 'ink_fan_01');
  await world.until('drawing');
  await world.clock.advance(8_000);
  world.source.give('Corgi', 1, 'ink_fan_02');
  await world.clock.runUntil(
    () => inkOn(world.board.paper(), world.layout).includes('3:1'),
    20_000,
    'the first stroke',
  );
  await world.until('ready');
  assert.equal(inkOn(world.board.paper(), world.layout).length, 25);
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('where more new givers come than can be served in time, the log says so, once', async () => {
  const warned: string[] = [];
  const log = { ...silentLog, warn: (sentence: string) => void warned.push(sentence) };
  const world = await readyWorld({ order: 'live', layout: longRows, log });
  world.source.give('Rose', 1, 'the first');
  await world.until('ready');
  const isLate = (sentence: string) => /New givers wait more than 10 s/.test(sentence);
  assert.deepEqual(warned.filter(isLate), []);
  for (let giver = 0; giver < 30; giver += 1) world.source.give(giver % 2 === 0 ? 'Rose' : 'GG', 1, `viewer ${giver}`);
  await world.clock.advance(60_000);
  assert.equal(warned.filter(isLate).length, 1);
  await world.close();
});

test('with order = "live" the givers of all lives that are heard at once take turns', async () => {
  const world = await readyWorld({ order: 'live', layout: longRows });
  world.source.rooms = ['7', 'elsewhere:8'];
  world.source.give('Rose', 20, 'ink_fan_01');
  const elsewhere = world.source.give('GG', 20, 'ink_fan_01');
  await world.until('drawing');
  await world.clock.advance(8_000);
  const gift = { id: 'corgi', name: 'Corgi', coins: 1 };
  world.source.emit({
    ...elsewhere,
    ...{ id: 'elsewhere-1', platform: 'elsewhere', channel: 'other', room: 'elsewhere:8', session: 'elsewhere' },
    user: { id: 'elsewhere:1', name: 'ink_fan_02' },
    payload: { gift, count: 1, streak: null },
  });
  await world.clock.runUntil(
    () => inkOn(world.board.paper(), world.layout).includes('3:1'),
    20_000,
    'the first stroke',
  );
  await world.close();
});

test('the pen rests only when the lives of all channels have ended', async () => {
  const clock = virtualClock();
  const after = createAfterLive(clock, { draw: true, maxMinutes: 1 }, null, () => {});
  const tell = (kind: 'connected' | 'stream-end', channel: string) => {
    const head = { version: liveEventVersion, id: 'e', platform: 'p', channel, origin: 'live', room: 'r' } as const;
    const rest = { ...head, session: 's', sequence: 1, atMs: null, arrivedAtMs: 0, user: null };
    after.heard(
      kind === 'connected' ? { ...rest, kind, payload: {} } : { ...rest, kind, payload: { reason: 'ended' } },
    );
  };
  tell('connected', 'one');
  tell('connected', 'other');
  tell('stream-end', 'one');
  await clock.advance(120_000);
  assert.equal(after.rests(), false);
  tell('stream-end', 'other');
  assert.equal(after.rests(), false);
  await clock.advance(61_000);
  assert.equal(after.rests(), true);
  tell('connected', 'one');
  assert.equal(after.rests(), false);
});

test('with order = "live" a restart in the middle of a live serves everybody who was owed', async () => {
  const world = await readyWorld({ order: 'live' });
  world.source.give('Rose', 5, 'ink_fan_01');
  world.source.give('Corgi', 1, 'ink_fan_02');
  await world.until('drawing');
  await world.clock.advance(6_000);
  const next = await world.crash();
  next.appliance.start();
  await allDrawn(next);
  assert.equal(next.appliance.status().strokes.drawn, 10);
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('after the end of a live what is owed is drawn for a while, then the pen rests until a person says so', async () => {
  const world = await afterLongLive();
  await world.clock.runUntil(() => world.appliance.status().plotter.parked, 10_000, 'a parked pen');
  const { strokes } = world.appliance.status();
  assert.ok(strokes.pending > 0 && strokes.drawn > 20, JSON.stringify(strokes));
  await world.clock.advance(600_000);
  assert.equal(world.appliance.status().strokes.drawn, strokes.drawn);
  world.appliance.operator.resume();
  await world.until('drawing', 10_000);
  await world.close();
});

test('after a live the pen rests through a restart too, until a press or the next live', async () => {
  const world = await (await afterLongLive()).crash({ layout: longRows });
  world.source.heard = false;
  world.appliance.start();
  const before = world.appliance.status().strokes;
  await world.clock.advance(120_000);
  const { strokes, plotter } = world.appliance.status();
  assert.deepEqual([strokes.drawn, plotter.parked], [before.drawn, true]);
  assert.ok(strokes.pending > 0);
  world.appliance.operator.resume();
  await world.until('drawing', 60_000);
  await world.close();
});
