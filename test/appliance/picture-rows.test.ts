/** A picture that gifts draw, piece by piece, by the appliance as it is, on a plotter in software. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrawingPaths } from '../../src/domain/drawing-paths.ts';
import type { PicturesOfRows } from '../../src/drawing/picture-rows.ts';
import { cutPieces } from '../../src/drawing/pieces.ts';
import { picturePieces } from '../../src/ledger/pictures.ts';
import type { Paper } from '../../src/simulators/plotter/paper.ts';
import { PaperSheet } from '../sim/papers.ts';
import { allDrawn, openSheet, readyWorld } from './ready-world.ts';
import { smallLayout } from './small-sheet.ts';
import type { World, WorldOptions } from './world.ts';

const rose = { id: 'rose', name: 'A rose', picture: 'rose.svg', xMm: 70, yMm: 20, widthMm: 50, heightMm: 50 };
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 140 }, rows: [...smallLayout.rows, rose] };
const gifts = JSON.stringify({
  version: 1,
  gifts: [
    { name: 'Rose', row: 'rose' },
    { name: 'GG', row: '2' },
    { name: 'Galaxy', row: 'rose', strokes: 8 },
  ],
});

/** A line in turns around the middle of the box, cut to so many pieces; another `twist` is another picture. */
function turns(pieces: number, twist = 1): PicturesOfRows {
  const path = Array.from({ length: 400 }, (_, at) => {
    const [angle, radius] = [(twist * at) / 20, 5_000 + 45 * at];
    return [Math.round(25_000 + radius * Math.cos(angle)), Math.round(25_000 + radius * Math.sin(angle))];
  }).flat();
  const box: DrawingPaths = { widthUm: 50_000, heightUm: 50_000, paths: [path] };
  const lengthMm = 20 * 14 * Math.max(twist, 0.5);
  const cut = cutPieces(box, { strokeMm: Math.max(1, lengthMm / pieces), order: 'file', seed: '' });
  assert.ok(cut.ok);
  const first = { ...box, paths: cut.pieces.paths.slice(0, pieces) };
  return new Map([['rose', picturePieces(first) ?? assert.fail()]]);
}

const options: WorldOptions = { layout, gifts, pictures: turns(10) };

/** Which pieces lie whole on a paper, and how many lines lie on no stroke's place. */
function seenOn(world: World, paper: Paper, sheet = world.ledger.sheet()?.id ?? 0) {
  const record = world.ledger.questions.sheetRecord(sheet) ?? assert.fail();
  const seen = new PaperSheet(sheet, record.layout);
  for (const ink of paper.ink) seen.take(ink, 1, [0, 0]);
  const count = record.layout.rows.find(({ id }) => id === 'rose')?.capacity ?? 0;
  const whole = Array.from({ length: count }, (_, n) => n + 1).filter((n) => seen.isWhole(`rose:${n}`));
  return { whole, strays: seen.strays.length };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const certainOf = (world: World) => world.ledger.questions.places().find(({ row }) => row === 'rose')?.certain ?? 0;

for (const order of ['row', 'oldest', 'nearest', 'live'] as const) {
  test(`by order "${order}" each gift draws the next piece of the picture, beside strokes of other rows`, async () => {
    const world = await readyWorld({ ...options, order });
    world.source.give('Rose', 2, 'u1');
    world.source.give('GG', 3, 'u2');
    world.source.give('Rose', 2, 'u3');
    await allDrawn(world);
    assert.deepEqual(seenOn(world, world.board.paper()), { whole: upTo(4), strays: 0 });
    const { questions } = world.ledger;
    assert.deepEqual(
      upTo(4)
        .map((n) => questions.payerOf(1, 'rose', n)?.viewer)
        .toSorted(),
      ['u1', 'u1', 'u3', 'u3'],
    );
    assert.deepEqual(
      questions.places().toSorted((a, b) => (a.row < b.row ? -1 : 1)),
      [
        { row: '2', certain: 3 },
        { row: 'rose', certain: 4 },
      ],
    );
    assert.deepEqual(world.ledger.check('full').findings, []);
    await world.close();
  });
}

test('the picture of a sheet shows how long the pen is still at a picture of an hour, and its preview does too', async () => {
  const lines = Array.from({ length: 900 }, (_, n) => [0, 50 * n, 50_000, 50 * n + 20]);
  const pieces = picturePieces({ widthUm: 50_000, heightUm: 50_000, paths: lines }) ?? assert.fail();
  const world = await readyWorld({ ...options, pictures: new Map([['rose', pieces]]) });
  world.source.give('Rose', 2, 'u1');
  await world.clock.advance(200);
  const { views } = world.appliance;
  const seen = [world.appliance.picture(), views.picture(1), views.preview('owed').svg].map(
    (svg) => /≈ (\d+) min</.exec(svg ?? '')?.[1],
  );
  assert.ok(Number(seen[0]) > 5 && Number(seen[0]) < 60, `${seen}`);
  assert.deepEqual(seen, [seen[0], seen[0], seen[0]]);
  await world.close();
});

test('a whole picture is drawn once, without a line drawn twice, and then its row is full', async () => {
  const world = await readyWorld(options);
  world.source.give('Galaxy', 1, 'u1');
  world.source.give('Rose', 2, 'u2');
  await allDrawn(world);
  const paper = world.board.paper();
  assert.deepEqual(seenOn(world, paper), { whole: upTo(10), strays: 0 });
  const row = world.ledger.sheet()?.layout.rows.at(-1) ?? assert.fail();
  const lines = row.picture?.pieces().paths.reduce((sum, piece) => sum + piece.length / 2 - 1, 0);
  assert.ok(paper.ink.length <= (lines ?? 0), `${paper.ink.length} lines of ${lines}`);
  const status = world.appliance.status();
  assert.deepEqual(status.rows.at(-1)?.onSheet, { certain: 10, capacity: 10 });
  world.source.give('Rose', 3, 'u3');
  await world.until('needs-sheet');
  assert.equal(world.ledger.queue.beyondThisSheet(), 3);
  world.board.changePaper();
  await openSheet(world);
  await allDrawn(world);
  assert.deepEqual(seenOn(world, world.board.paper()), { whole: upTo(3), strays: 0 });
  await world.close();
});

test('a service that is killed in the middle goes on at the next piece, whatever the file has become meanwhile', async () => {
  const world = await readyWorld(options);
  world.source.give('Galaxy', 1, 'u1');
  world.source.give('Rose', 2, 'u2');
  await world.clock.runUntil(() => certainOf(world) >= 3, 120_000, 'three pieces');
  const first = world.ledger.sheet()?.layout.rows.at(-1)?.picture?.digest;
  let next = world;
  for (const pictures of [turns(7, 2), new Map()]) {
    next = await next.crash({ ...options, pictures });
    assert.equal(next.ledger.sheet()?.layout.rows.at(-1)?.picture?.digest, first);
    next.appliance.start();
    await next.clock.runUntil(() => certainOf(next) >= 6, 120_000, 'six pieces');
  }
  await next.until('ready');
  assert.deepEqual(seenOn(next, next.board.paper()), { whole: upTo(10), strays: 0 });
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('a sheet that is taken away in the middle: the next one has the picture of then, from its first piece', async () => {
  const world = await readyWorld(options);
  world.source.give('Galaxy', 1, 'u1');
  world.source.give('Rose', 2, 'u2');
  await world.clock.runUntil(() => certainOf(world) >= 3, 120_000, 'three pieces');
  assert.ok(world.appliance.operator.changePaper().ok);
  await world.until('needs-sheet');
  const paper = world.board.changePaper();
  const drawn = seenOn(world, paper).whole.length;
  assert.ok(drawn >= 3 && drawn < 10, `${drawn}`);
  const next = await world.crash({ ...options, pictures: turns(20, 2) });
  next.appliance.start();
  await openSheet(next);
  await allDrawn(next);
  assert.deepEqual(seenOn(next, next.board.paper()), { whole: upTo(10 - drawn), strays: 0 });
  assert.deepEqual(seenOn(next, paper, 1), { whole: upTo(drawn), strays: 0 });
  await next.close();
});

test('without its picture no sheet opens, with a reason; the old one stays, and gifts wait as in any row', async () => {
  const fault = { code: 'picture-unreadable', what: 'The picture of row "rose" cannot be drawn.', remedy: 'Mend it.' };
  const world = await readyWorld(options);
  world.source.give('Rose', 2, 'u1');
  await allDrawn(world);
  let isBroken = true;
  const next = await world.crash({ ...options, pictures: turns(6, 2), layoutFault: () => (isBroken ? fault : null) });
  next.appliance.start();
  await next.until('ready');
  assert.ok(next.appliance.operator.changePaper().ok);
  await next.until('needs-sheet');
  assert.deepEqual(next.appliance.operator.paperChanged(), { ok: false, refused: 'now', fault });
  next.source.give('Rose', 4, 'u2');
  await next.clock.advance(5_000);
  assert.equal(next.ledger.sheet()?.id, 1);
  isBroken = false;
  next.board.changePaper();
  await openSheet(next);
  await allDrawn(next);
  assert.deepEqual(seenOn(next, next.board.paper()), { whole: upTo(4), strays: 0 });
  assert.deepEqual(next.ledger.check('full').findings, []);
  await next.close();
});

test('a gift that pays for pieces is forecast, and a piece without ink is drawn again in its place', async () => {
  const world = await readyWorld(options);
  const { seq } = { seq: 1 };
  world.source.give('Galaxy', 3, 'u1');
  await world.clock.advance(200);
  const forecast = world.appliance.views.forecastOf(seq) ?? assert.fail();
  assert.deepEqual([forecast.sheet, forecast.minutes > 0.05 && forecast.minutes < 5], [3, true]);
  await world.until('needs-sheet');
  const before = world.board.paper().ink.length;
  world.ledger.amend((amend) => amend.spoil(1, 'rose', 2, 2, 'dry'));
  world.appliance.lookAgain();
  await world.until('drawing');
  await world.until('needs-sheet');
  assert.deepEqual(seenOn(world, world.board.paper()), { whole: upTo(10), strays: 0 });
  const row = world.ledger.sheet()?.layout.rows.at(-1) ?? assert.fail();
  assert.equal(world.board.paper().ink.length - before, (row.picture?.pieces().paths[1]?.length ?? 0) / 2 - 1);
  await world.close();
});
