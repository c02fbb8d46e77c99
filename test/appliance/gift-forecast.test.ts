import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GiftForecast } from '../../src/appliance/outlook.ts';
import { smallLayout } from './small-sheet.ts';
import { buildWorld, type World } from './world.ts';

/** Wide rows, so that a sheet holds a few minutes of drawing. */
const layout = {
  ...smallLayout,
  stroke: { ...smallLayout.stroke, spacingMm: 1 },
  rows: smallLayout.rows.map((row) => ({ ...row, maxStrokes: 30 })),
};

/** Gifts of many people into all rows, more than one sheet holds; gives their events' numbers. */
async function giveMany(world: World): Promise<number[]> {
  for (let round = 0; round < 9; round++) {
    world.source.give('GG', 1 + (round % 4), `viewer ${round % 3}`);
    world.source.give('Rose', 3, `viewer ${round % 5}`);
    world.source.give('Corgi', 1, `viewer ${3 + (round % 2)}`);
  }
  await world.clock.advance(100);
  return Array.from({ length: 27 }, (_, index) => index + 1);
}

function forecasts(world: World, gifts: readonly number[]): Map<number, GiftForecast> {
  return new Map(
    gifts.flatMap((seq) => {
      const found = world.appliance.views.forecastOf(seq);
      return found === null ? [] : [[seq, found] as const];
    }),
  );
}

async function openSheet(world: World): Promise<void> {
  await world.until('needs-sheet');
  assert.ok(world.appliance.operator.paperChanged().ok);
}

/** On which sheet each gift came to its end. */
async function drawAll(world: World, gifts: readonly number[]): Promise<Map<number, number>> {
  const sheets = new Map<number, number>();
  const look = () => {
    const sheet = world.ledger.sheet()?.id ?? 0;
    for (const seq of gifts) {
      if (!sheets.has(seq) && world.appliance.views.forecastOf(seq) === null) sheets.set(seq, sheet);
    }
  };
  for (let papers = 0; papers < 5 && sheets.size < gifts.length; papers++) {
    await world.until('drawing');
    await world.clock.runUntil(() => world.appliance.state().name !== 'drawing', 600_000, 'the end of the sheet');
    look();
    if (sheets.size < gifts.length) await openSheet(world);
  }
  return sheets;
}

for (const order of ['row', 'oldest', 'live'] as const) {
  test(`by order "${order}" every gift is forecast, and ends on the sheet that was forecast or the one before`, async () => {
    const world = buildWorld({ layout, order });
    world.appliance.start();
    await openSheet(world);
    const gifts = await giveMany(world);
    const ahead = forecasts(world, gifts);
    assert.equal(ahead.size, gifts.length, 'every credit has a forecast');
    const sheets = await drawAll(world, gifts);
    const exact = gifts.filter((seq) => sheets.get(seq) === ahead.get(seq)?.sheet);
    for (const seq of gifts) {
      const [told = 0, was = 0] = [ahead.get(seq)?.sheet, sheets.get(seq)];
      assert.ok(was === told || was === told - 1, `gift ${seq}: forecast on ${told}, ended on ${was}`);
    }
    assert.ok(exact.length >= 0.8 * gifts.length, `${exact.length} of ${gifts.length} on the very sheet`);
    await world.close();
  });
}

test('the forecast counts what a sheet writes before its strokes, on this sheet and the next', async () => {
  const lettering = { label: '{row}', labelMm: 2, heading: 'Sheet {sheet}', headingMm: 3, marginMm: 3 };
  const world = buildWorld({ layout: { ...layout, lettering, paper: { ...layout.paper, heightMm: 110 } } });
  world.appliance.start();
  await world.until('needs-sheet');
  world.source.give('GG', 40);
  await world.clock.advance(100);
  const ahead = world.appliance.views.outlook().owed?.minutes ?? 0;
  assert.equal(forecasts(world, [1]).get(1)?.minutes, ahead);
  let drawnMs = 0;
  for (let sheet = 1; sheet <= 2; sheet++) {
    await openSheet(world);
    await world.until('drawing');
    const fromMs = world.clock.nowMs();
    await world.clock.runUntil(() => world.appliance.state().name !== 'drawing', 600_000, 'the end of the sheet');
    drawnMs += world.clock.nowMs() - fromMs;
  }
  assert.equal(world.appliance.status().strokes.pending, 0);
  const told = (ahead * 60_000) / drawnMs;
  assert.ok(told > 0.85 && told < 1.1, `told ${ahead * 60} s, took ${drawnMs / 1000} s`);
  await world.close();
});

test('the outlook of the newest gifts is what is told of each alone', async () => {
  for (const order of ['row', 'oldest', 'nearest', 'live'] as const) {
    const world = buildWorld({ layout, order });
    world.appliance.start();
    await openSheet(world);
    await giveMany(world);
    const { gifts } = world.appliance.views.outlook();
    assert.equal(gifts.length, 10);
    for (const { seq, ...told } of gifts) assert.deepEqual(world.appliance.views.forecastOf(seq), told, order);
    await world.close();
  }
});

test('by order "live" a new giver is not told to wait for old debts', async () => {
  const world = buildWorld({ layout, order: 'live' });
  world.appliance.start();
  await openSheet(world);
  const given = world.appliance.operator.credit('2', 500, '', 'a promise from before');
  assert.ok(given.ok, JSON.stringify(given));
  world.source.give('GG', 2, 'somebody new');
  await world.clock.advance(100);
  const [, live] = [...forecasts(world, [1, 2]).values()];
  assert.ok(live !== undefined && live.sheet === 1 && live.minutes < 1, JSON.stringify(live));
  await world.close();
});

test('a gift that is drawn, unmapped or never came has no forecast', async () => {
  const world = buildWorld({ layout });
  world.appliance.start();
  await openSheet(world);
  world.source.give('GG');
  world.source.give('Nothing that pays');
  await world.until('drawing');
  await world.until('ready');
  assert.equal(forecasts(world, [1, 2, 3]).size, 0);
  await world.close();
});
