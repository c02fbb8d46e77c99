import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { wordsOfBoard } from '../../src/marlin/wire/board.ts';
import { makeWorld, readyWorld, stroke } from './world.ts';

test('a board that halts for a sensor is quoted in the fault, until it answers again', async () => {
  const world = await readyWorld();
  world.board.halt('Error:MINTEMP triggered, system stopped! Heater_ID: 0');
  await world.until('a fault', () => world.plotter.facts().fault !== null);
  const { fault } = world.plotter.facts();
  assert.equal(fault?.code, 'link-halted');
  assert.match(fault.what, /It said: "MINTEMP triggered, system stopped! Heater_ID: 0"\./);
  await world.clock.advance(120_000);
  assert.match(world.plotter.facts().fault?.what ?? '', /MINTEMP/, 'what it said is kept while it is silent');
  world.board.reset(true);
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  assert.equal(world.plotter.facts().fault, null);
});

test('a firmware that wants to be homed first is quoted, with what helps against that', async () => {
  const world = makeWorld({ board: { homeFirst: true } });
  world.startService();
  await world.until('a link', () => world.plotter.facts().link === 'ready');
  for (let n = 1; n <= 5 && world.plotter.facts().fault === null; n++) await world.run(world.plotter.draw(stroke(n)));
  const { fault } = world.plotter.facts();
  assert.match(fault?.what ?? '', /It said: "Home XYZ First"\./);
  assert.match(fault?.remedy ?? '', /endstops|NO_MOTION_BEFORE_HOMING/);
  assert.equal(world.board.paper().ink.length, 0);
});

test('what is no word for a person is passed over: line errors, greetings, keepalives, settings', () => {
  const folder = join(import.meta.dirname, 'transcripts');
  const said = readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .flatMap((line) => /^ *[\d.]+ < (.*)$/.exec(line)?.[1] ?? []);
  assert.ok(said.length > 100);
  assert.deepEqual(
    said.map(wordsOfBoard).filter((words) => words !== null),
    [],
  );
});
