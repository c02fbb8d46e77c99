import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildWorld, inkOn, portPath, smallGifts, smallLayout, type World } from './world.ts';

/** A world with an open sheet, ready to draw. */
async function readyWorld(options: Parameters<typeof buildWorld>[0] = {}): Promise<World> {
  const world = buildWorld(options);
  world.appliance.start();
  await openSheet(world);
  return world;
}

async function openSheet(world: World): Promise<void> {
  await world.until('needs-sheet');
  const opened = world.appliance.operator.paperChanged();
  assert.ok(opened.ok, JSON.stringify(opened));
}

const row = (id: string, count: number, from = 1) => Array.from({ length: count }, (_, i) => `${id}:${from + i}`);

test('gifts become ink: each stroke in its place, once, and certain', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 3);
  world.source.give('GG');
  world.source.give('Corgi');
  await world.until('drawing');
  await world.until('ready');
  assert.deepEqual(inkOn(world.board.paper(), world.layout).sort(), [...row('1', 3), ...row('2', 1), ...row('3', 5)]);
  const { strokes } = world.appliance.status();
  assert.deepEqual([strokes.credited, strokes.drawn, strokes.pending], [9, 9, 0]);
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a gift with a list of rows fills them in that order', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 7);
  await world.until('drawing');
  await world.until('ready');
  assert.deepEqual(inkOn(world.board.paper(), world.layout).sort(), [...row('1', 5), ...row('2', 2)]);
  await world.close();
});

test('when nothing that is owed fits, the pen parks and waits; fresh paper takes what is still owed', async () => {
  const world = await readyWorld();
  world.source.give('GG', 7);
  world.source.give('Corgi');
  await world.until('drawing');
  await world.until('needs-sheet');
  assert.equal(world.appliance.status().plotter.parked, true);
  const first = world.board.changePaper();
  assert.deepEqual(inkOn(first, world.layout).sort(), [...row('2', 5), ...row('3', 5)]);
  await openSheet(world);
  await world.until('drawing');
  await world.until('ready');
  assert.deepEqual(inkOn(world.board.paper(), world.layout), row('2', 2));
  const { strokes, sheet } = world.appliance.status();
  assert.deepEqual([sheet?.number, strokes.drawn, strokes.doubtful], [2, 12, 0]);
  await world.close();
});

test('with sheet.full = "first-row" the sheet ends when a full row owes more, and what fits there was drawn', async () => {
  const world = await readyWorld({ sheetFull: 'first-row' });
  world.source.give('GG', 12);
  for (const fitting of [5, 5, 2]) {
    await world.until('drawing');
    await world.clock.runUntil(() => world.appliance.state().name !== 'drawing', 60_000, 'the end of the run');
    assert.deepEqual(inkOn(world.board.changePaper(), world.layout).sort(), row('2', fitting));
    if (fitting === 5) await openSheet(world);
  }
  assert.equal(world.appliance.state().name, 'ready');
  assert.equal(world.appliance.status().strokes.doubtful, 0);
  await world.close();
});

test('with sheet.full = "first-row" other rows wait for the next sheet once one row is full and owes more', async () => {
  const world = await readyWorld({ sheetFull: 'first-row' });
  world.source.give('GG', 6);
  await world.until('needs-sheet');
  world.source.give('Corgi');
  await world.clock.advance(30_000);
  assert.deepEqual(inkOn(world.board.paper(), world.layout).sort(), row('2', 5));
  await world.close();
});

test('a restart resumes where the ledger is certain', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.runUntil(() => world.appliance.status().strokes.drawn >= 3, 60_000, 'three certain strokes');
  const next = await world.crash();
  next.appliance.start();
  await next.until('drawing');
  await next.until('off-air', 1).catch(() => {});
  await next.until('ready');
  const ink = inkOn(next.board.paper(), next.layout);
  assert.deepEqual([...new Set(ink)].sort(), [...row('1', 5), ...row('2', 5)]);
  const { strokes } = next.appliance.status();
  assert.deepEqual([strokes.drawn, strokes.pending], [10, 0]);
  await next.close();
});

test('a pulled cable pauses the drawing; put back, it goes on and every stroke lies in its place', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(7_000);
  const cable = world.ports.unplug(portPath);
  await world.until('no-plotter', 2_000);
  await world.clock.advance(30_000);
  assert.ok(cable !== null);
  world.ports.plug('/dev/ttyUSB1', world.board, { id: cable.id });
  await world.until('drawing', 30_000);
  await world.until('ready');
  assert.deepEqual([...new Set(inkOn(world.board.paper(), world.layout))].sort(), [...row('1', 5), ...row('2', 5)]);
  await world.close();
});

test('a pause lifts and parks the pen, outlives a restart, and ends when a person says so', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(6_000);
  assert.ok(world.appliance.operator.pause().ok);
  await world.clock.runUntil(() => world.appliance.status().plotter.parked, 30_000, 'the pen at rest');
  assert.equal(world.appliance.state().name, 'paused');
  const next = await world.crash();
  next.appliance.start();
  await next.until('paused');
  await next.clock.advance(60_000);
  const before = next.appliance.status().strokes.drawn;
  assert.ok(before < 10);
  assert.ok(next.appliance.operator.resume().ok);
  await next.until('drawing');
  await next.until('ready');
  assert.equal(next.appliance.status().strokes.drawn, 10);
  await next.close();
});

test('motion starts three seconds after a person pressed, never at once', async () => {
  const world = buildWorld();
  world.appliance.start();
  await world.until('needs-sheet');
  world.source.give('Rose');
  await world.clock.advance(100);
  assert.ok(world.appliance.operator.paperChanged().ok);
  await world.clock.advance(2_900);
  assert.equal(world.board.moving(), false);
  await world.clock.advance(400);
  assert.equal(world.board.moving(), true);
  await world.close();
});

test('rows that the config drops or adds lose nothing: dropped debt is orphaned, an added row waits for the next sheet', async () => {
  const world = await readyWorld();
  world.appliance.operator.pause();
  world.source.give('Corgi');
  world.source.give('Rose', 2);
  await world.until('paused');
  await world.clock.advance(5_000);
  const [first, second] = smallLayout.rows;
  assert.ok(first !== undefined && second !== undefined);
  const rows = [first, second, { id: '4', name: 'Row 4', yMm: 20, maxStrokes: 5 }];
  const gifts = JSON.stringify({
    version: 1,
    gifts: [
      { name: 'Rose', row: '1' },
      { name: 'Galaxy', row: '4' },
    ],
  });
  const next = await world.crash({ layout: { ...smallLayout, rows }, gifts });
  next.appliance.start();
  assert.deepEqual(next.appliance.status().orphaned, [{ row: '3', pending: 5 }]);
  next.source.give('Galaxy', 1, 'ink_fan_02');
  next.appliance.operator.resume();
  await next.until('drawing');
  await next.until('ready');
  // The open sheet still has row 3: what was owed there is drawn; row 4 waits without ending this sheet.
  assert.deepEqual(inkOn(next.board.paper(), world.layout).sort(), [...row('1', 2), ...row('3', 5)]);
  assert.equal(next.appliance.status().strokes.pending, 1);
  await next.close();
});

test('a sheet does not open while the pen is not parked', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 5);
  await world.until('drawing');
  await world.clock.advance(5_000);
  const refused = world.appliance.operator.paperChanged();
  assert.ok(!refused.ok);
  assert.match(refused.fault.what, /parked/);
  assert.equal(world.appliance.status().sheet?.number, 1);
  await world.close();
});

test('asking to change the paper finishes what is planned, parks, and asks for the sheet', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(6_000);
  assert.ok(world.appliance.operator.changePaper().ok);
  await world.until('needs-sheet', 30_000);
  const drawn = world.appliance.status().strokes.drawn;
  world.board.changePaper();
  await openSheet(world);
  await world.until('drawing');
  await world.until('ready');
  assert.equal(inkOn(world.board.paper(), world.layout).length, 10 - drawn);
  assert.equal(world.appliance.status().strokes.doubtful, 0);
  await world.close();
});

test('test gifts are drawn like any others and are shown as tests', async () => {
  const world = await readyWorld();
  const { operator } = world.appliance;
  assert.ok(operator.simulateGift({ row: '3', count: 2 }).ok);
  assert.ok(operator.simulateGift({ gift: 'rose', count: 1 }).ok);
  await world.until('drawing');
  await world.until('ready');
  const { strokes, lastGifts } = world.appliance.status();
  assert.deepEqual([strokes.credited, strokes.creditedByTests, strokes.drawn], [3, 3, 3]);
  assert.deepEqual([...new Set(lastGifts.map(({ source }) => source))], ['test']);
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

test('a gift that the map does not know is recorded and shown, and owes nothing', async () => {
  const world = await readyWorld({ gifts: smallGifts });
  world.source.give('Unicorn');
  await world.clock.advance(1_000);
  const { unmappedGifts, strokes, lastGifts } = world.appliance.status();
  assert.deepEqual([unmappedGifts, strokes.credited, lastGifts[0]?.mapped], [1, 0, false]);
  await world.close();
});

test('stop acts at once, pauses, and what was not certain stays owed and is drawn in its place later', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(7_000);
  let stopped: boolean | null = null;
  void world.appliance.operator.stopNow().then(({ ok }) => {
    stopped = ok;
  });
  await world.clock.advance(700);
  assert.equal(world.board.moving(), false);
  await world.clock.runUntil(() => stopped !== null, 10_000, 'the end of the stop');
  assert.equal(stopped, true);
  await world.until('paused');
  world.appliance.operator.resume();
  await world.until('drawing');
  await world.until('ready');
  const places = inkOn(world.board.paper(), world.layout).filter((place) => place !== 'stray');
  assert.deepEqual([...new Set(places)].sort(), [...row('1', 5), ...row('2', 5)]);
  assert.equal(world.appliance.status().strokes.drawn, 10);
  await world.close();
});

test('with order = "live" a new giver is served soon, however much is owed to others', async () => {
  const rows = smallLayout.rows.map((each) => ({ ...each, maxStrokes: 20 }));
  const world = await readyWorld({ order: 'live', layout: { ...smallLayout, rows } });
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

test('with order = "live" a restart in the middle of a live serves everybody who was owed', async () => {
  const world = await readyWorld({ order: 'live' });
  world.source.give('Rose', 5, 'ink_fan_01');
  world.source.give('Corgi', 1, 'ink_fan_02');
  await world.until('drawing');
  await world.clock.advance(6_000);
  const next = await world.crash();
  next.appliance.start();
  await next.until('drawing');
  await next.until('ready');
  assert.equal(next.appliance.status().strokes.drawn, 10);
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('the words of a sheet are written once when it opens, before any stroke, and a restart goes on with them', async () => {
  const lettering = { label: '{row}', labelMm: 3, heading: '', headingMm: 6, marginMm: 5 };
  const world = await readyWorld({ layout: { ...smallLayout, lettering } });
  world.source.give('Rose', 2);
  const layout = world.ledger.sheet()?.layout;
  const lines = layout?.lettering?.length ?? 0;
  assert.ok(lines > 5);
  await world.until('drawing');
  await world.clock.runUntil(() => (world.ledger.sheet()?.lettered ?? 0) > 2, 60_000, 'some words');
  assert.equal(world.appliance.status().strokes.drawn, 0);
  const next = await world.crash();
  next.appliance.start();
  await next.until('drawing');
  await next.until('ready');
  assert.equal(next.ledger.sheet()?.lettered, lines);
  const ink = inkOn(next.board.paper(), next.layout);
  assert.deepEqual(
    ink.filter((place) => place !== 'stray'),
    row('1', 2),
  );
  assert.deepEqual([next.appliance.status().strokes.credited, next.appliance.status().strokes.drawn], [2, 2]);
  assert.match(next.appliance.picture() ?? '', /<svg/);
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('after the end of a live what is owed is drawn for a while, then the pen rests until a person says so', async () => {
  const rows = smallLayout.rows.map((each) => ({ ...each, maxStrokes: 20 }));
  const world = await readyWorld({ layout: { ...smallLayout, rows } });
  for (let gifts = 0; gifts < 12; gifts++) world.source.give('Corgi');
  world.source.give('Rose', 40);
  world.source.give('GG', 60);
  await world.until('drawing');
  world.source.endLive();
  await world.until('off-air', 120_000);
  const { strokes, plotter } = world.appliance.status();
  assert.ok(strokes.pending > 0 && strokes.drawn > 20, JSON.stringify(strokes));
  assert.equal(plotter.parked, true);
  await world.clock.advance(600_000);
  assert.equal(world.appliance.status().strokes.drawn, strokes.drawn);
  world.appliance.operator.resume();
  await world.until('drawing', 10_000);
  await world.close();
});

test('after a live the pen rests through a restart too, until a press or the next live', async () => {
  const rows = smallLayout.rows.map((each) => ({ ...each, maxStrokes: 20 }));
  const options = { layout: { ...smallLayout, rows } };
  let world = await readyWorld(options);
  for (let gifts = 0; gifts < 12; gifts++) world.source.give('Corgi');
  world.source.give('Rose', 40);
  world.source.give('GG', 60);
  await world.until('drawing');
  world.source.endLive();
  await world.until('off-air', 120_000);
  world = await world.crash({ ...options });
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

test('a second press on a sheet that is still blank is no second sheet', async () => {
  const world = await readyWorld();
  await world.until('ready');
  const again = world.appliance.operator.paperChanged();
  assert.ok(again.ok);
  assert.match(again.said, /still blank/);
  assert.equal(world.appliance.status().sheet?.number, 1);
  await world.close();
});
