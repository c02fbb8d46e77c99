import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import type { LayoutSettings } from '../../src/drawing/layout.ts';
import { planText } from '../../src/drawing/plan-text.ts';
import { openSheet, readyWorld } from './ready-world.ts';
import { smallLayout } from './small-sheet.ts';
import type { World, WorldOptions } from './world.ts';

const plates = [
  { id: 'left', name: 'left', xMm: 70, yMm: 20, widthMm: 40, heightMm: 12 },
  { id: 'right', name: 'right', xMm: 120, yMm: 20, widthMm: 40, heightMm: 12 },
];
const layout: LayoutSettings = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };
const gifts = JSON.stringify({
  version: 1,
  gifts: [
    { name: 'Rose', row: '1' },
    { name: 'Lion', row: '2', write: '{username}' },
    { name: 'Galaxy', write: 'Thanks, {username}' },
  ],
});
const withNames: WorldOptions = { layout, gifts };

const recordOf = (world: World, id: number) => world.ledger.questions.drawing(id);
const until = (world: World, id: number, state: string) =>
  world.clock.runUntil(() => recordOf(world, id)?.state === state, 600_000, `drawing ${id} to be ${state}`);

/** How much ink lies on a plate, mm. */
function inkOnPlate(world: World, plateId: string): number {
  const plate = plates.find(({ id }) => id === plateId) ?? assert.fail();
  const { xMm, yMm, widthMm, heightMm } = plate;
  return world.board
    .paper()
    .ink.filter(({ fromX }) => fromX >= xMm - 0.1 && fromX <= xMm + widthMm + 0.1)
    .filter(({ fromY }) => fromY >= yMm - 0.1 && fromY <= yMm + heightMm + 0.1)
    .reduce((sum, { fromX, fromY, toX, toY }) => sum + Math.hypot(toX - fromX, toY - fromY), 0);
}

function inkOfText(text: string): number {
  const planned = planText(text, { widthMm: 40, heightMm: 12 });
  return planned.ok ? planned.inkMm : assert.fail(planned.fault.what);
}

test("a gift's strokes and its giver's name are drawn, the name on the next free plate, as large as it allows", async () => {
  const world = await readyWorld(withNames);
  world.source.give('Lion', 2, 'Zoë');
  world.source.give('Rose', 1, 'Anna');
  await until(world, 1, 'drawn');
  await world.until('ready');
  const { plate, name, viewer, ownId } = recordOf(world, 1) ?? assert.fail();
  assert.deepEqual([plate, name, viewer], ['left', 'Zoë', 'Zoë']);
  assert.match(ownId ?? '', /^gift:[0-9a-f]{32}$/);
  assert.ok(Math.abs(inkOnPlate(world, 'left') - inkOfText('Zoë')) < 0.5);
  assert.equal(inkOnPlate(world, 'right'), 0);
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a service that is killed as soon as the gift is on disk writes its name all the same, once', async () => {
  const world = await readyWorld(withNames);
  const given = world.source.give('Galaxy', 1, 'Zoë');
  await world.clock.runUntil(() => recordOf(world, 1) !== null, 10_000, 'the gift on disk');
  assert.equal(recordOf(world, 1)?.state, 'waiting');
  const next = await world.crash();
  assert.equal(recordOf(next, 1)?.state, 'waiting');
  next.appliance.start();
  next.source.emit({ ...given, session: 'session-2' });
  await until(next, 1, 'drawn');
  await next.until('ready');
  assert.equal(next.ledger.questions.drawings().length, 1);
  assert.ok(Math.abs(inkOnPlate(next, 'left') - inkOfText('Thanks, Zoë')) < 0.5);
  await next.close();
});

test('names that find no free plate wait for the next sheet; one that no plate is wide enough for is taken back', async () => {
  const said: string[] = [];
  const narrow = { ...layout, plates: plates.map((plate) => ({ ...plate, widthMm: 30 })) };
  const log = { ...silentLog, warn: (text: string) => void said.push(text) };
  const world = await readyWorld({ ...withNames, layout: narrow, log });
  for (const viewer of ['Ann', 'Bo', 'Cy', 'W'.repeat(58), '🎉']) world.source.give('Lion', 1, viewer);
  await until(world, 2, 'drawn');
  await world.until('needs-sheet');
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((id) => recordOf(world, id)?.state),
    ['drawn', 'drawn', 'waiting', 'void', 'void'],
  );
  assert.deepEqual(
    said.filter((text) => text.includes('is not written')).map((text) => text.replace(/^Drawing \d+, /, '')),
    [
      'a text that a gift pays for, is not written. The text has no letter that can be drawn.',
      'a text that a gift pays for, is not written: it is too long for any plate.',
    ],
  );
  world.board.changePaper();
  await openSheet(world);
  await until(world, 3, 'drawn');
  await world.until('ready');
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a burst of gifts with names neither holds up strokes nor leaves more owed than may wait, and says how many it left out', async () => {
  const said: string[] = [];
  const log = { ...silentLog, warn: (text: string) => void said.push(text) };
  const rows = smallLayout.rows.map((each) => ({ ...each, maxStrokes: 24 }));
  const world = await readyWorld({ ...withNames, layout: { ...layout, rows }, log });
  for (let giver = 0; giver < 20_000; giver += 1) world.source.give('Lion', 1, `giver ${giver}`);
  await world.clock.advance(61_000);
  const { questions } = world.ledger;
  const credited = questions.accounts().find(({ row }) => row === '2')?.credited ?? 0;
  assert.equal(credited, 20_000);
  assert.equal(questions.drawing(101), null, 'a hundred were asked for');
  assert.equal(questions.waitingDrawings().length, 98);
  const counts = said.flatMap((text) => /(\d+) more (?:was|were) left out/.exec(text)?.[1] ?? []);
  assert.deepEqual([counts[0], counts.reduce((sum, count) => sum + Number(count), 0)], ['1', 19_900]);
  await world.close();
});

test('a gift that is mapped later and credited by hand has its name written, too', async () => {
  const world = await readyWorld({ ...withNames, gifts: '{"version":1,"gifts":[]}' });
  world.source.give('Lion', 1, 'Zoë');
  await world.clock.advance(1_000);
  const next = await world.crash(withNames);
  next.appliance.start();
  const done = next.appliance.operator.backfill('Lion');
  assert.ok(done.ok, JSON.stringify(done));
  await until(next, 1, 'drawn');
  await next.until('ready');
  await next.close();
});

test('whoever is forgotten in the middle of a name is written no further, and the plotter goes on', async () => {
  const world = await readyWorld(withNames);
  world.source.give('Galaxy', 1, 'Bartholomew');
  await world.clock.runUntil(() => (recordOf(world, 1)?.certain ?? 0) >= 2, 120_000, 'two paths');
  assert.ok(world.appliance.operator.forget('Bartholomew').ok);
  world.source.give('Rose', 2, 'Anna');
  await world.clock.advance(2_000);
  await world.until('ready');
  const { state, name } = recordOf(world, 1) ?? assert.fail();
  assert.deepEqual([state, name], ['void', '']);
  assert.ok(inkOnPlate(world, 'left') < inkOfText('Thanks, Bartholomew'));
  assert.doesNotMatch(world.appliance.picture() ?? 'NaN', /NaN|Infinity|Bartholomew/);
  const next = await world.crash();
  next.appliance.start();
  assert.doesNotMatch(next.appliance.picture() ?? 'NaN', /NaN|Infinity|Bartholomew/);
  next.source.give('Lion', 1, 'Zoë');
  await until(next, 2, 'drawn');
  assert.equal(recordOf(next, 2)?.plate, 'right', 'ink lies on the other one');
  await next.until('ready');
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('what waits for a plate is foreseen: on which sheet, how long, and as part of all that is owed', async () => {
  const world = await readyWorld(withNames);
  for (const viewer of ['Ann', 'Bo', 'Cy', 'Di', 'Ed']) world.source.give('Galaxy', 1, viewer);
  await world.clock.advance(100);
  const { views } = world.appliance;
  const before = views.outlook();
  assert.deepEqual(
    before.waiting.map(({ id, sheet }) => [id, sheet]),
    [
      [3, 2],
      [4, 2],
      [5, 3],
    ],
  );
  assert.equal(before.owed?.sheet, 3);
  for (let look = 0; look < 4; look += 1) {
    await world.clock.advance(300);
    views.outlook();
  }
  const { waiting, drawings, owed } = views.outlook();
  const all = [...drawings, ...waiting].reduce((sum, { minutes }) => sum + (minutes ?? Number.NaN), 0);
  assert.ok(waiting.every(({ minutes }) => minutes !== null && minutes > 0.05));
  assert.ok(Math.abs((owed?.minutes ?? 0) - all) < 1e-6, `${owed?.minutes} of ${all}`);
  const placed = drawings.find(({ id }) => id === 2)?.minutes ?? 0;
  const alike = waiting.find(({ id }) => id === 4)?.minutes ?? 0;
  assert.ok(Math.abs(placed - alike) < 0.4 * placed, 'a name of two letters takes as long as another one');
  assert.ok(world.appliance.operator.voidDrawing(4, 'a slip').ok);
  await world.clock.advance(300);
  assert.deepEqual(
    views.outlook().waiting.map(({ id, sheet }) => [id, sheet]),
    [
      [3, 2],
      [5, 2],
    ],
  );
  await world.close();
});

test('the forecast of a gift counts the drawings before it, and those that wait for the sheet on which it ends', async () => {
  const world = await readyWorld({ ...withNames, order: 'oldest' });
  world.source.give('Rose', 5, 'Ann');
  for (const viewer of ['Bo', 'Cy', 'Di', 'Ed']) world.source.give('Galaxy', 1, viewer);
  const [{ capacity } = assert.fail()] = world.layout.rows;
  world.source.give('Rose', capacity, 'Flo');
  world.source.give('Rose', 1, 'Gus');
  await world.clock.advance(3_000);
  const { views } = world.appliance;
  for (let look = 0; look < 4; look += 1) {
    await world.clock.advance(300);
    views.outlook();
  }
  const { drawings, waiting } = views.outlook();
  const minutes = [...drawings, ...waiting].reduce((sum, each) => sum + (each.minutes ?? Number.NaN), 0);
  assert.ok(minutes > 0.5, `${minutes} minutes of drawings`);
  const gus = views.forecastOf(7) ?? assert.fail();
  assert.ok(gus.sheet > 1);
  const strokes = ((capacity + 6) * views.outlook().msPerStroke) / 60_000;
  assert.ok(gus.minutes >= 0.8 * strokes + minutes, `${gus.minutes} of ${strokes} and ${minutes}`);
  const listed = views.outlook().gifts.find(({ seq }) => seq === 7);
  assert.ok(Math.abs((listed?.minutes ?? 0) - gus.minutes) < 1e-9);
  assert.equal(views.forecastOf(1)?.sheet, 1);
  await world.close();
});
