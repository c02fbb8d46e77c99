import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../src/domain/log.ts';
import { silentLog } from '../../src/domain/log.ts';
import { allDrawn, openSheet, readyWorld } from './ready-world.ts';
import { smallLayout } from './small-sheet.ts';
import type { World } from './world.ts';

const pen = { name: '0.5 black', metres: 0.3 };

/** How long the ink is that the plotter left on its paper, in metres. */
function inkOnPaper({ board }: World): number {
  return (
    board.paper().ink.reduce((sum, { fromX, fromY, toX, toY }) => sum + Math.hypot(toX - fromX, toY - fromY), 0) / 1_000
  );
}

async function freshPaper(world: World): Promise<void> {
  assert.ok(world.appliance.operator.changePaper().ok);
  await openSheet(world);
}

const drawn = (world: World) => world.appliance.status().pen.drawnMetres;
const near = (is: number, wanted: number) => assert.ok(Math.abs(is - wanted) < 1e-3, `${is} m, not ${wanted} m`);

test('what the pen has drawn is as long as the ink on the paper, over sheets and restarts, until it is changed', async () => {
  let world = await readyWorld({ pen });
  near(drawn(world), 0);
  world.source.give('Rose', 7);
  await allDrawn(world);
  near(drawn(world), inkOnPaper(world));
  near(drawn(world), 0.07);
  await freshPaper(world);
  near(drawn(world), 0.07);
  world.source.give('Corgi');
  await allDrawn(world);
  near(drawn(world), 0.12);
  world = await world.crash();
  near(drawn(world), 0.12);
  world.appliance.start();
  await world.until('ready');
  assert.deepEqual(world.appliance.operator.penChanged(), {
    ok: true,
    said: 'A fresh pen "0.5 black" is in the holder; the last one drew 0.1 m.',
  });
  near(drawn(world), 0);
  world.source.give('GG', 2);
  await allDrawn(world);
  near(drawn(world), 0.02);
  await freshPaper(world);
  near(drawn(world), 0.02);
  await world.close();
});

test('a pen that is about to run dry is said once in the log, and in the status until it is changed', async () => {
  const warned: string[] = [];
  const log: Log = { ...silentLog, warn: (text) => void warned.push(text) };
  const world = await readyWorld({ pen: { ...pen, metres: 0.1 }, log });
  world.source.give('Rose', 8);
  await allDrawn(world);
  await world.clock.advance(20_000);
  assert.equal(world.appliance.status().pen.isLow, false);
  world.source.give('Corgi');
  await allDrawn(world);
  await world.clock.advance(20_000);
  world.source.give('GG');
  await allDrawn(world);
  const said = warned.filter((text) => text.includes('0.5 black'));
  assert.equal(said.length, 1, warned.join('\n'));
  assert.match(said[0] ?? '', /of its 0\.1 m\. Change it with the paper, then run `livepen pen changed`/);
  assert.equal(world.appliance.status().pen.isLow, true);
  assert.ok(world.appliance.operator.penChanged().ok);
  assert.equal(world.appliance.status().pen.isLow, false);
  await world.close();
});

test('nobody changes the pen while it draws', async () => {
  const world = await readyWorld({ pen });
  world.source.give('Rose', 10);
  await world.until('drawing');
  await world.clock.advance(5_000);
  const refused = world.appliance.operator.penChanged();
  assert.ok(!refused.ok && refused.fault.code === 'pen-draws', JSON.stringify(refused));
  await world.close();
});

test('a sheet remembers the pen and its colour, and is shown in that colour, whatever the config says later', async () => {
  const layout = { ...smallLayout, pen: { ...smallLayout.pen, name: '0.5 red', colour: '#b3202c' } };
  const world = await readyWorld({ layout });
  world.source.give('Rose', 3);
  await allDrawn(world);
  assert.deepEqual(world.ledger.sheet()?.layout.ink, { name: '0.5 red', colour: '#b3202c' });
  const next = await world.crash({});
  next.appliance.start();
  await next.until('ready');
  assert.match(next.appliance.picture() ?? '', /stroke="#b3202c"/);
  await freshPaper(next);
  next.source.give('Rose', 3);
  await allDrawn(next);
  assert.equal(next.ledger.sheet()?.layout.ink, undefined);
  assert.doesNotMatch(next.appliance.picture() ?? '', /#b3202c/);
  assert.match(next.appliance.views.picture(1) ?? '', /stroke="#b3202c"/);
  await next.close();
});
