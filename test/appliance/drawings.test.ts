import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrawingWish } from '../../src/appliance/drawing-book.ts';
import { silentLog } from '../../src/domain/log.ts';
import type { LayoutSettings } from '../../src/drawing/layout.ts';
import type { Paper } from '../../src/simulators/plotter/paper.ts';
import { PaperSheet } from '../sim/papers.ts';
import { inkOn } from './ink-on.ts';
import { openSheet, readyWorld, row } from './ready-world.ts';
import { smallLayout } from './small-sheet.ts';
import type { World, WorldOptions } from './world.ts';

const plates = [
  { id: 'left', name: 'left', xMm: 70, yMm: 20, widthMm: 40, heightMm: 40 },
  { id: 'right', name: 'right', xMm: 120, yMm: 20, widthMm: 40, heightMm: 40 },
];
const layout: LayoutSettings = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };
const withPlates: WorldOptions = { layout };

/** A ladder of so many rungs, in a box as large as a plate. */
function ladder(rungs: number, name = 'a ladder'): DrawingWish {
  const paths = Array.from({ length: rungs }, (_, index) => [
    0,
    1_000 * index,
    20_000,
    1_000 * index + 500,
    40_000,
    1_000 * index,
  ]);
  return { ownId: null, name, plate: null, scales: false, paths: { widthUm: 40_000, heightUm: 40_000, paths } };
}

function ask(world: World, wish: DrawingWish): number {
  const asked = world.appliance.operator.askForDrawing(wish);
  assert.ok(asked.ok, JSON.stringify(asked));
  return asked.drawing.id;
}

/** How many paths of a wish lie whole on a plate of a paper, and whether any other ink does. */
function wholeOn(
  paper: Paper,
  plateId: string,
  { paths }: DrawingWish,
): { readonly whole: number; readonly strays: number } {
  const plate = plates.find(({ id }) => id === plateId) ?? assert.fail();
  const sheet = new PaperSheet(1, { ...emptySheet, rows: [] });
  // In its own size a drawing lies in the middle of its plate, by its ink.
  const topUm = Math.max(...paths.paths.flatMap((path) => path.filter((_, at) => at % 2 === 1)));
  const footMm = (plate.heightMm - topUm / 1000) / 2;
  paths.paths.forEach((path, index) => {
    const points = Array.from({ length: path.length / 2 }, (_, at) => ({
      xMm: plate.xMm + (path[2 * at] ?? 0) / 1000,
      yMm: plate.yMm + footMm + (path[2 * at + 1] ?? 0) / 1000,
    }));
    sheet.expect(`${index}`, points);
  });
  for (const ink of paper.ink) sheet.take(ink, 1, [0, 0]);
  return { whole: paths.paths.filter((_, index) => sheet.isWhole(`${index}`)).length, strays: sheet.strays.length };
}

const emptySheet = {
  version: 1,
  paper: { corner: { xMm: 0, yMm: 0 }, widthMm: 180, heightMm: 90 },
  rows: [],
  pen: {
    downMm: 0,
    hopMm: 1,
    upMm: 5,
    downFeedMmPerMin: 1,
    upFeedMmPerMin: 1,
    travelFeedMmPerMin: 1,
    inkFeedMmPerMin: 1,
  },
  park: { xMm: 0, yMm: 0 },
} as const;

const stateOf = (world: World, id: number) => world.ledger.questions.drawing(id)?.state;
const certainOf = (world: World, id: number) => world.ledger.questions.drawing(id)?.certain ?? 0;
const until = (world: World, id: number, state: string) =>
  world.clock.runUntil(() => stateOf(world, id) === state, 600_000, `drawing ${id} to be ${state}`);

for (const order of ['row', 'oldest', 'nearest', 'live'] as const) {
  test(`by order "${order}" a drawing is drawn path by path beside strokes, whole and once`, async () => {
    const world = await readyWorld({ ...withPlates, order });
    const wish = ladder(6);
    const id = ask(world, wish);
    world.source.give('GG', 3);
    await until(world, id, 'drawn');
    await world.until('ready');
    assert.deepEqual(wholeOn(world.board.paper(), 'left', wish), { whole: 6, strays: 3 });
    assert.equal(world.board.paper().ink.length, 6 * 2 + 3, 'nothing is drawn twice');
    assert.deepEqual(
      inkOn(world.board.paper(), world.layout)
        .filter((place) => place !== 'stray')
        .sort(),
      row('2', 3),
    );
    assert.deepEqual(world.ledger.check('full').findings, []);
    await world.close();
  });
}

test('a service that is killed in the middle goes on at the next path', async () => {
  const world = await readyWorld(withPlates);
  const wish = ladder(30);
  const id = ask(world, wish);
  await world.clock.runUntil(() => certainOf(world, id) >= 3, 120_000, 'three paths');
  const next = await world.crash();
  const before = certainOf(next, id);
  assert.ok(before >= 3 && before < 30);
  next.appliance.start();
  await until(next, id, 'drawn');
  await next.until('ready');
  assert.deepEqual(wholeOn(next.board.paper(), 'left', wish), { whole: 30, strays: 0 });
  assert.ok(next.board.paper().ink.length <= 2 * 30 + 20, 'only what was in doubt is drawn again');
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('a sheet that is taken away in the middle: the drawing lies whole on the next one, and the first is final', async () => {
  const world = await readyWorld(withPlates);
  const wish = ladder(30);
  const id = ask(world, wish);
  await world.clock.runUntil(() => certainOf(world, id) >= 3, 120_000, 'three paths');
  assert.ok(world.appliance.operator.changePaper().ok);
  await world.until('needs-sheet');
  const first = world.board.changePaper();
  assert.ok(wholeOn(first, 'left', wish).whole < 30);
  await openSheet(world);
  await until(world, id, 'drawn');
  assert.deepEqual(wholeOn(world.board.paper(), 'left', wish), { whole: 30, strays: 0 });
  assert.equal(world.ledger.questions.drawing(id)?.sheet, 2);
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

for (const sheetFull of ['all-rows', 'first-row'] as const) {
  test(`with sheet.full = "${sheetFull}" a drawing without a free plate waits for the next sheet`, async () => {
    const world = await readyWorld({ ...withPlates, sheetFull });
    const wishes = [3, 4, 5].map((rungs) => ladder(rungs));
    const ids = wishes.map((wish) => ask(world, wish));
    assert.deepEqual(
      ids.map((id) => [stateOf(world, id), world.ledger.questions.drawing(id)?.plate]),
      [
        ['placed', 'left'],
        ['placed', 'right'],
        ['waiting', null],
      ],
    );
    world.source.give('GG', 1);
    await world.until('drawing');
    await world.until('needs-sheet');
    const first = world.board.changePaper();
    if (sheetFull === 'all-rows')
      assert.deepEqual([stateOf(world, ids[0] ?? 0), stateOf(world, ids[1] ?? 0)], ['drawn', 'drawn']);
    await openSheet(world);
    await until(world, ids[2] ?? 0, 'drawn');
    await world.clock.runUntil(() => world.appliance.state().name !== 'drawing', 120_000, 'the end');
    const papers = [first, world.board.paper()];
    for (const [index, wish] of wishes.entries()) {
      const { sheet, plate, state } = world.ledger.questions.drawing(ids[index] ?? 0) ?? {};
      if (state !== 'drawn') continue;
      const paper = papers[(sheet ?? 1) - 1] ?? assert.fail();
      assert.equal(wholeOn(paper, plate ?? '', wish).whole, wish.paths.paths.length);
    }
    assert.deepEqual(world.ledger.check('full').findings, []);
    await world.close();
  });
}

test('by order "live" the next sheet begins after one whose last ink was a drawing', async () => {
  const world = await readyWorld({ ...withPlates, order: 'live' });
  const [first, second, third] = [ladder(2), ladder(2), ladder(2)].map((wish) => ask(world, wish));
  await until(world, second ?? 0, 'drawn');
  assert.equal(stateOf(world, first ?? 0), 'drawn');
  await world.until('needs-sheet');
  world.source.give('GG', 2);
  world.board.changePaper();
  await openSheet(world);
  await until(world, third ?? 0, 'drawn');
  await world.until('ready');
  await world.close();
});

test('by order "live" a long drawing goes on while new givers come, and none of them waits longer than is promised', async () => {
  const said: string[] = [];
  const log = { ...silentLog, warn: (text: string) => void said.push(text) };
  const rows = smallLayout.rows.map((each) => ({ ...each, maxStrokes: 24 }));
  const world = await readyWorld({ ...withPlates, layout: { ...layout, rows }, order: 'live', log });
  const id = ask(world, ladder(39));
  for (let giver = 1; giver <= 40; giver += 1) {
    world.source.give('GG', 1, `giver ${giver}`);
    world.source.give('Rose', 1, `giver ${giver}`);
    await world.clock.advance(3_000);
  }
  const drawnMeanwhile = certainOf(world, id);
  assert.ok(drawnMeanwhile >= 5, `${drawnMeanwhile} paths`);
  assert.deepEqual(
    said.filter((text) => text.startsWith('New givers wait')),
    [],
  );
  await until(world, id, 'drawn');
  await world.clock.runUntil(() => world.appliance.state().name !== 'drawing', 600_000, 'the end');
  await world.close();
});

test('a drawing that is taken back in the middle stops after what the plotter has', async () => {
  const world = await readyWorld(withPlates);
  const id = ask(world, ladder(30));
  await world.clock.runUntil(() => certainOf(world, id) >= 2, 120_000, 'two paths');
  assert.ok(world.appliance.operator.voidDrawing(id, 'ugly').ok);
  await world.until('ready');
  assert.equal(stateOf(world, id), 'void');
  assert.ok(world.board.paper().ink.length < 60);
  assert.equal(world.appliance.operator.voidDrawing(id, 'twice').ok, false);
  assert.deepEqual(world.ledger.check('full').findings, []);
  await world.close();
});

test('a drawing whose ink is missing is drawn again over itself, once for each time that it was drawn', async () => {
  const world = await readyWorld(withPlates);
  const wish = ladder(4);
  const id = ask(world, wish);
  await until(world, id, 'drawn');
  const redrawn = world.appliance.operator.redrawDrawing(id, 'the pen was dry');
  assert.ok(redrawn.ok, JSON.stringify(redrawn));
  const twice = () => {
    const refused = world.appliance.operator.redrawDrawing(id, 'the pen was dry');
    assert.equal(refused.ok ? '' : refused.fault.code, 'drawn-again-before');
  };
  twice();
  await until(world, id + 1, 'drawn');
  twice();
  await world.until('ready');
  assert.deepEqual(wholeOn(world.board.paper(), 'left', wish), { whole: 4, strays: 0 });
  assert.equal(world.board.paper().ink.length, 16);
  await world.close();
});

test('what is asked for under the same id is drawn once; what fits nowhere, or has no lines, is refused in words', async () => {
  const world = await readyWorld(withPlates);
  const { operator } = world.appliance;
  const first = operator.askForDrawing({ ...ladder(2), ownId: 'mine' });
  const again = operator.askForDrawing({ ...ladder(9), ownId: 'mine' });
  assert.ok(first.ok && again.ok);
  assert.deepEqual([first.isNew, again.isNew, again.drawing.id], [true, false, first.drawing.id]);
  assert.ok((first.plan?.minutes ?? 0) > 0 && first.plan?.plate === 'left');
  const refused = (wish: Partial<DrawingWish>) => {
    const asked = operator.askForDrawing({ ...ladder(2), ...wish });
    return asked.ok ? '' : asked.fault.code;
  };
  const large = { widthUm: 90_000, heightUm: 1_000, paths: [[0, 0, 90_000, 0]] };
  assert.equal(refused({ paths: large }), 'drawing-does-not-fit');
  assert.equal(refused({ plate: 'middle' }), 'unknown-plate');
  assert.equal(refused({ paths: { ...large, paths: [] } }), 'drawing-empty');
  assert.equal(refused({ ownId: ' ' }), 'bad-id');
  assert.equal(world.appliance.operator.voidDrawing(99, 'why').ok, false);
  assert.equal(world.ledger.questions.drawings().length, 1);
  await until(world, first.drawing.id, 'drawn');
  await world.until('ready');
  await world.close();
});

test('the picture of a sheet shows what of a drawing is drawn, and what is to come, later too', async () => {
  const world = await readyWorld(withPlates);
  const id = ask(world, ladder(3, 'Rose & <thorn>'));
  const pale = world.appliance.picture() ?? '';
  assert.match(pale, /Rose &#38; &#60;thorn&#62;/);
  await until(world, id, 'drawn');
  const drawn = world.appliance.picture() ?? '';
  assert.notEqual(drawn, pale);
  assert.doesNotMatch(drawn, /NaN|Infinity/);
  assert.ok(world.appliance.operator.changePaper().ok);
  await world.until('needs-sheet');
  await openSheet(world);
  assert.match(world.appliance.views.picture(1) ?? '', /stroke-opacity="\.95"/);
  await world.until('ready');
  await world.close();
});

test('a sheet of plates alone is drawn, shown, and asks for the next one', async () => {
  const world = await readyWorld({ layout: { ...layout, rows: [] }, gifts: '{"version":1,"gifts":[]}' });
  assert.doesNotMatch(world.appliance.picture() ?? 'NaN', /NaN|Infinity/);
  const ids = [2, 2, 2].map((rungs) => ask(world, ladder(rungs)));
  await until(world, ids[1] ?? 0, 'drawn');
  await world.until('needs-sheet');
  world.board.changePaper();
  await openSheet(world);
  await until(world, ids[2] ?? 0, 'drawn');
  assert.equal(world.appliance.views.preview('full').svg.includes('NaN'), false);
  await world.until('ready');
  await world.close();
});
