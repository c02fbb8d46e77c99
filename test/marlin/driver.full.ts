import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { noPlotterRecord } from '../../src/domain/plotter.ts';
import { createPlotter } from '../../src/marlin/plotter.ts';
import type { PortFinder } from '../../src/marlin/port.ts';
import { serialPorts } from '../../src/marlin/serial-port.ts';
import { systemClock } from '../../src/system/clock.ts';
import { plotterOnPty } from './plotter-on-pty.ts';
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

test('on a real port: strokes, a pulled cable, its return under another name, and the drawing goes on', async () => {
  let pty = plotterOnPty();
  const real = serialPorts();
  const ports: PortFinder = { list: async () => [{ path: pty.path, id: 'usb-board' }], open: real.open };
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
    settings: { origin: 'power-on' },
    sheetIsEmpty: () => true,
  });
  plotter.use(pen, park);
  plotter.start({
    changed: () => {},
    doubted: () => {},
    blemished: () => {},
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
  pty = plotterOnPty({ plotter: pty.plotter });
  assert.notEqual(pty.path, before);
  await until('the plotter again', known, 10_000);
  assert.equal(record.epoch, 1);
  for (const n of [1, 2, 3]) assert.equal((await plotter.draw(stroke(n))).kind, 'done');
  assert.equal((await plotter.park()).kind, 'done');
  assert.deepEqual(certain, [1, 2, 3]);
  assert.deepEqual(inkOf(pty.plotter), [1, 2, 3].map(inkOfStroke));
  await plotter.close();
  other.close();
  pty.close();
});

test('on a real port: a second service is told that the port is in use', async () => {
  const pty = plotterOnPty();
  const first = await serialPorts().open(pty.path, 250_000, { heard: () => {}, closed: () => {} });
  assert.ok('close' in first);
  const plotter = createPlotter({
    clock,
    random: Math.random,
    log: silentLog,
    memory: { load: () => noPlotterRecord, save: () => {} },
    ports: serialPorts(),
    settings: { port: pty.path },
    sheetIsEmpty: () => true,
  });
  plotter.start({ changed: () => {}, doubted: () => {}, blemished: () => {}, certain: () => {} });
  await until('a fault', () => plotter.facts().fault?.code === 'port-in-use', 5000);
  await plotter.close();
  await first.close();
  pty.close();
});
