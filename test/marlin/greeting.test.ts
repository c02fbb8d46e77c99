import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTurn, nothingHeard, readHandshake } from '../../src/marlin/session/handshake.ts';
import type { SerialDevice } from '../../src/simulators/plotter/cable.ts';
import { makeWorld, path, readyWorld, stroke } from './world.ts';

test('the board is told in each session to say every two seconds that it is busy', async () => {
  for (const keepaliveMs of [0, 4600, 30_000]) {
    const world = await readyWorld({ board: { keepaliveMs } });
    for (let session = 0; session < 2; session += 1) {
      await world.run(world.plotter.draw(stroke(1)));
      world.board.receive('G4 S60\n');
      const { epoch } = world.record;
      const resends = world.plotter.facts().resends;
      assert.equal((await world.run(world.plotter.park())).kind, 'done', `keepalive ${keepaliveMs}`);
      assert.equal(world.plotter.facts().resends, resends, 'it is not taken for dead');
      world.board.reset(true);
      await world.until('the loss', () => world.plotter.facts().link !== 'ready', 8000);
      await world.ready();
      assert.equal(world.record.epoch, epoch + 1);
    }
  }
});

test('a firmware that does not know how to say that it is busy is used all the same', async () => {
  const world = makeWorld({ board: { unknownCommands: ['M113'], keepaliveMs: 0 } });
  world.startService();
  await world.ready();
  const slow = stroke(1).moves.map((move) => (move.kind === 'ink' ? { ...move, feedMmPerMin: 25 } : move));
  assert.equal((await world.run(world.plotter.draw({ ...stroke(1), moves: slow }))).kind, 'done');
  const beganMs = world.clock.nowMs();
  assert.equal((await world.run(world.plotter.park())).kind, 'done', 'a pen that is long on its way is not dead');
  assert.ok(world.clock.nowMs() - beganMs > 20_000);
  assert.equal(world.plotter.facts().fault, null);
  assert.equal(world.plotter.facts().resends, 0);
});

test('a wrong speed that looks like words once does not end the search for the right one', async () => {
  const world = makeWorld({ settings: { baudRate: 57_600 }, cable: { baudRate: 115_200 } });
  const { open } = world.ports;
  const tried: number[] = [];
  world.ports.open = async (path, baudRate, handlers) => {
    tried.push(baudRate);
    const opened = await open.call(world.ports, path, baudRate, handlers);
    if (baudRate === 57_600) world.clock.after(300, () => handlers.heard('xx~~xx\n'));
    return opened;
  };
  world.startService();
  await world.ready();
  assert.deepEqual(tried, [57_600, 250_000, 115_200]);
});

test('words alone are no proof of what a device is; the answers of Grbl are', () => {
  const words = nextTurn(readHandshake(nothingHeard, 'xx~~xx'), 6000);
  assert.deepEqual(words, {
    kind: 'end',
    result: { kind: 'other', name: 'a device that says "xx~~xx"', sure: false },
  });
  const grbl = nextTurn({ ...readHandshake(nothingHeard, 'Grbl 1.1h ["$" for help]'), askedName: true }, 100);
  assert.ok(grbl.kind === 'end' && grbl.result.kind === 'other' && grbl.result.sure);
});

test('what a board says of its last reset is no stranger’s word', () => {
  for (const text of ['External Reset', ' External Reset', ' Brown out Reset', ' Watchdog Reset', 'Software Reset']) {
    assert.equal(readHandshake(nothingHeard, text).firstWords, null, text);
  }
});

test('a device that never stops talking is named all the same, and does not keep its greeter for ever', async () => {
  for (const [said, named] of [
    ['$GPGGA,123519,4807.038,N', /GPGGA/],
    ['<Idle|MPos:0.000,0.000,0.000|FS:0,0>', /Idle/],
    ['error:9', /Grbl/],
  ] as const) {
    const world = makeWorld();
    world.ports.unplug(path);
    const talker: SerialDevice = { listener: null, receive: () => {} };
    world.ports.plug('/dev/ttyUSB5', talker, { id: 'usb-talker' });
    const talk = () => {
      talker.listener?.(`${said}\r\n`);
      world.clock.after(200, talk);
    };
    talk();
    world.startService();
    await world.until('a fault', () => world.plotter.facts().fault !== null, 60_000);
    assert.equal(world.plotter.facts().fault?.code, 'not-marlin');
    assert.match(world.plotter.facts().fault?.what ?? '', named);
  }
});
