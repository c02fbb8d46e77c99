import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { noPlotterRecord } from '../../src/domain/plotter.ts';
import { createPlotter } from '../../src/marlin/plotter.ts';
import type { PortFinder } from '../../src/marlin/wire/port.ts';
import { serialPorts } from '../../src/marlin/wire/serial-port.ts';
import { systemClock } from '../../src/system/clock.ts';
import { plotterOnPty } from './plotter-on-pty.ts';
import { testPlotterSettings } from './settings.ts';
import { inkOf, inkOfStroke, park, pen, stroke } from './world.ts';

const clock = systemClock();

async function until(what: string, predicate: () => boolean, limitMs: number): Promise<number> {
  const beganMs = clock.nowMs();
  while (!predicate()) {
    assert.ok(clock.nowMs() - beganMs < limitMs, `${what} within ${limitMs} ms`);
    await new Promise<void>((resolve) => void clock.after(10, resolve));
  }
  return clock.nowMs() - beganMs;
}

test('on a real port: strokes, a pulled cable, its return under another name, and the drawing goes on', async (t) => {
  let pty = plotterOnPty();
  t.after(() => pty.close());
  const real = serialPorts(clock);
  const ports: PortFinder = {
    list: async () => [{ path: pty.path, id: 'usb-board', byPath: null, sharedName: null }],
    open: real.open,
  };
  let record = noPlotterRecord;
  const certain: number[] = [];
  const plotter = createPlotter({
    clock,
    random: Math.random,
    log: silentLog,
    memory: {
      load: () => record,
      save: (changed) => {
        record = changed;
      },
    },
    ports,
    settings: { ...testPlotterSettings, origin: 'power-on' },
    sheetIsEmpty: () => true,
  });
  t.after(() => plotter.close());
  plotter.use(pen, park);
  plotter.start({
    changed: () => {},
    uncertain: () => {},
    strayMarks: () => {},
    certain: (strokes) => certain.push(...strokes.map(({ n }) => n)),
  });
  const known = () => plotter.facts().link === 'ready' && plotter.facts().origin === 'known';
  await until('a plotter', known, 10_000);
  for (const n of [1, 2]) assert.equal((await plotter.draw(stroke(n))).kind, 'done');

  pty.pull();
  const noticedMs = await until('the loss', () => plotter.facts().link !== 'ready', 2000);
  assert.ok(noticedMs < 1000, `${noticedMs} ms`);
  const before = pty.path;
  const other = plotterOnPty();
  t.after(() => other.close());
  pty = plotterOnPty({ plotter: pty.plotter });
  assert.notEqual(pty.path, before);
  await until('the plotter again', known, 10_000);
  assert.equal(record.epoch, 1);
  // The board has kept its power: what it had accepted is proven, not drawn again.
  assert.equal((await plotter.drain()).kind, 'done');
  assert.deepEqual(certain, [1, 2]);
  assert.equal((await plotter.draw(stroke(3))).kind, 'done');
  assert.equal((await plotter.park()).kind, 'done');
  assert.deepEqual(certain, [1, 2, 3]);
  assert.deepEqual(inkOf(pty.plotter), [1, 2, 3].map(inkOfStroke));
});

test('on a real port: a second service is told that the port is in use', async (t) => {
  const pty = plotterOnPty();
  t.after(() => pty.close());
  const first = await serialPorts(clock).open(pty.path, 250_000, { heard: () => {}, closed: () => {} });
  assert.ok('close' in first);
  t.after(() => first.close());
  const plotter = createPlotter({
    clock,
    random: Math.random,
    log: silentLog,
    memory: { load: () => noPlotterRecord, save: () => {} },
    ports: serialPorts(clock),
    settings: { ...testPlotterSettings, port: pty.path },
    sheetIsEmpty: () => true,
  });
  plotter.start({ changed: () => {}, uncertain: () => {}, strayMarks: () => {}, certain: () => {} });
  t.after(() => plotter.close());
  await until('a fault', () => plotter.facts().fault?.code === 'port-in-use', 5000);
});
