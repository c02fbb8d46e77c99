import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/system/random.ts';
import { inkOn } from './ink-on.ts';
import { allDrawn, openSheet, readyWorld, row } from './ready-world.ts';
import { smallGifts, smallLayout } from './small-sheet.ts';
import { portPath } from './world.ts';

test('gifts become ink: each stroke in its place, once, and certain', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 3);
  world.source.give('GG');
  world.source.give('Corgi');
  await allDrawn(world);
  assert.deepEqual(inkOn(world.board.paper(), world.layout).sort(), [...row('1', 3), ...row('2', 1), ...row('3', 5)]);
  const { strokes } = world.appliance.status();
  assert.deepEqual([strokes.credited, strokes.drawn, strokes.pending], [9, 9, 0]);
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a gift with a list of rows fills them in that order', async () => {
  const world = await readyWorld();
  world.source.give('Rose', 7);
  await allDrawn(world);
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
  await allDrawn(world);
  assert.deepEqual(inkOn(world.board.paper(), world.layout), row('2', 2));
  const { strokes, sheet } = world.appliance.status();
  assert.deepEqual([sheet?.number, strokes.drawn, strokes.uncertain], [2, 12, 0]);
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
  assert.equal(world.appliance.status().strokes.uncertain, 0);
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

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`a loose cable (seed ${seed}) costs one stroke drawn twice each time at most, and what is drawn is credited meanwhile`, async () => {
    const random = seededRandom(seed);
    const world = await readyWorld();
    const { operator } = world.appliance;
    for (const gift of ['Rose', 'Corgi']) world.source.give(gift, gift === 'Rose' ? 10 : 1);
    await world.until('drawing');
    let pulls = 0;
    let credited = 0;
    for (; pulls < 12 && world.appliance.status().strokes.pending > 0; pulls += 1) {
      await world.clock.advance(1_000 + random() * 3_000);
      const cable = world.ports.unplug(portPath);
      assert.ok(cable !== null);
      await world.clock.advance(200 + random() * 3_000);
      world.ports.plug(portPath, world.board, { id: cable.id });
      await world.clock.runUntil(() => world.appliance.status().plotter.link === 'ready', 30_000, 'a link');
      credited = world.appliance.status().strokes.drawn;
    }
    assert.ok(credited >= 5, `${credited} strokes were credited while the cable was loose`);
    await world.until('ready');
    const ink = inkOn(world.board.paper(), world.layout);
    const places = new Set(ink);
    assert.ok(
      ink.length - places.size <= pulls,
      `${ink.length} pieces of ink for ${places.size} strokes, ${pulls} pulls`,
    );
    assert.equal(world.appliance.status().strokes.drawn, places.size);
    assert.ok(operator.changePaper().ok);
    await world.close();
  });
}

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
  await allDrawn(next);
  // The open sheet still has row 3: what was owed there is drawn; row 4 waits without ending this sheet.
  assert.deepEqual(inkOn(next.board.paper(), world.layout).sort(), [...row('1', 2), ...row('3', 5)]);
  assert.equal(next.appliance.status().strokes.pending, 1);
  await next.close();
});

test('a gift that the map does not know is recorded and shown, and owes nothing', async () => {
  const world = await readyWorld({ gifts: smallGifts });
  world.source.give('Unicorn');
  await world.clock.advance(1_000);
  const { unmappedGifts, strokes, lastGifts } = world.appliance.status();
  assert.deepEqual([unmappedGifts, strokes.credited, lastGifts[0]?.mapped], [1, 0, false]);
  await world.close();
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
  await allDrawn(next);
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
