import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame } from '../../src/marlin/wire/replies.ts';
import type { VirtualOptions } from '../../src/simulators/plotter/options.ts';
import { createVirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { inkOf } from './world.ts';

function bench(options: Partial<VirtualOptions> = {}) {
  const clock = virtualClock();
  const board = createVirtualPlotter({ clock, ...options });
  let said = '';
  board.listener = (text) => {
    said += text;
  };
  return {
    clock,
    board,
    /** Sends, waits, and gives what was said meanwhile. */
    async ask(text: string, ms = 20_000, byteMs = 0): Promise<string> {
      said = '';
      board.receive(text, byteMs);
      await clock.advance(ms);
      return said;
    },
  };
}

test('after an error the receive buffer is emptied in mid-line, and the orphaned tail is executed', async () => {
  const { ask, board, clock } = bench();
  const byteMs = 0.04;
  await ask('G1 X1 F3000\nM400\n');
  // The second line's head arrives while the error is printed, and is lost; its tail comes without its number.
  board.receive('N1 G1 X5*99\n', byteMs);
  await clock.advance(1);
  const head = 'N2 G1 X60';
  board.receive(head, byteMs);
  await clock.advance(10);
  const said = await ask(` Y77 F3000${frame(2, 'G1 X60 Y77 F3000').slice(-5)}`, 10_000, byteMs);
  assert.equal(said, 'ok\n');
  assert.match(await ask('M114\n'), /X:1\.00 Y:77\.00/, 'motion modes: the tail moved Y alone');
});

test('two flips in the same bit column pass the checksum', async () => {
  const { ask } = bench();
  const right = frame(1, 'G1 X10 Y22 F1500');
  const wrong = right.replace('X10', 'X80').replace('F1500', 'F9500');
  const sum = (text: string) => [...(text.split('*')[0] ?? '')].reduce((all, char) => all ^ char.charCodeAt(0), 0);
  assert.notEqual(sum(right), sum(wrong));
  const collision = right.replace('Y22', 'Y32').replace('F1500', 'F1400');
  assert.equal(sum(right), sum(collision));
  assert.equal(await ask(collision), 'ok\n');
  assert.match(await ask('M114\n'), /X:10\.00 Y:32\.00/);
});

test('without flow control, bytes beyond 128 are lost while the command queue is full', async () => {
  for (const flowControl of [true, false]) {
    const { ask, board } = bench({ flowControl });
    const lines = Array.from({ length: 60 }, (_, index) => `G1 X${(index % 2) * 10 + 1} F3000\n`);
    const said = await ask(lines.join(''), 120_000);
    const oks = said.split('\n').filter((line) => line === 'ok').length;
    assert.equal(board.moving(), false);
    if (flowControl) assert.equal(oks, 60);
    else assert.ok(oks < 40, `${oks} lines came through`);
  }
});

test('oks can be glued, lost, and left out after Resend', async () => {
  const { ask, board } = bench();
  board.faults.glueOks = true;
  assert.equal(await ask('G21\nG90\n'), 'okok');
  board.faults.glueOks = false;
  board.faults.loseOks = 1;
  assert.equal(await ask('G21\nG90\n'), 'ok\n');
  board.faults.omitOkAfterResend = true;
  assert.equal(await ask('N7 G21*0\n'), 'Error:Line Number is not Last Line Number+1, Last Line: 0\nResend: 1\n');
});

test('homed axes are clamped, with an ok; axes that were never homed are not', async () => {
  const { ask, board } = bench({ switchesMm: [0, 0, null], heightMaxMm: [50, 50, 200] });
  await ask('G1 Z5 F900\nG28 X Y\nG1 X70 Y20 F3000\n');
  assert.match(await ask('M114\n'), /X:50\.00 Y:20\.00 Z:5\.00/);
  const free = bench();
  await free.ask('G92 Z5\nG1 Z0 F300\n');
  assert.equal(free.board.place()[2], -5, '5 mm below where it was');
  assert.equal(board.place()[2], 5);
});

test('a reset forgets position, numbers and plan, with or without a banner', async () => {
  for (const banner of [true, false]) {
    const { ask, board, clock } = bench();
    await ask(`${frame(0, 'M110 N0')}${frame(1, 'G1 X40 F600')}`, 1500);
    const x = board.place()[0];
    board.reset(banner);
    const said = await ask('', 1000);
    assert.equal(said.startsWith('start\n'), banner);
    assert.equal(said === '', !banner);
    assert.match(await ask('M114\n', 100), /^X:0\.00 Y:0\.00 Z:0\.00 Count X:0 Y:0 Z:0/);
    assert.match(await ask('N99 M105*1\n', 100), /Last Line: 0/);
    assert.equal(board.moving(), false);
    assert.ok(Math.abs(board.place()[0] - x) < 0.1, 'the gantry stays where it was');
    await clock.advance(100);
  }
});

test('motors let go after their time-out, by M84 and by a reset; only then can a hand move the gantry', async () => {
  const { ask, board, clock } = bench({ motorTimeoutMs: 10_000 });
  await ask('G1 X10 F3000\n', 3000);
  board.push(5, 0, 0);
  assert.equal(board.place()[0], 10);
  await clock.advance(10_000);
  assert.equal(board.motorsOn(), false);
  board.push(5, 0, 0);
  assert.equal(board.place()[0], 15);
  assert.match(await ask('M114\n'), /X:10\.00/, 'the firmware does not know');
  await ask('G1 X11\n', 2000);
  assert.equal(board.place()[0], 16);
  await ask('M84 S0\n', 60_000);
  assert.equal(board.motorsOn(), true);
  await ask('M84\n');
  assert.equal(board.motorsOn(), false);
});

test('the paper keeps what was executed: ink, part of a line that was stopped, dots; and is changed by hand', async () => {
  const { ask, board, clock } = bench({ startMm: [0, 0, 5] });
  await ask('G92 Z5\nG1 X10 Y10 F3000\nG1 Z0 F300\nG1 Y20 F3000\nG1 Z1.2\nG1 X20\nG1 Z0 F300\nG1 Z5\n', 20_000);
  assert.deepEqual(inkOf(board), ['10,10-10,20']);
  assert.equal(board.paper().dots.length, 1);
  const old = board.changePaper();
  assert.equal(old.ink.length, 1);
  assert.deepEqual(inkOf(board), []);
  await ask('G1 X30 Y10 F3000\nG1 Z0 F300\n');
  board.receive('G1 Y20 F600\n');
  for (let waits = 0; waits < 200 && board.place()[1] < 12; waits += 1) await clock.advance(50);
  board.reset(true);
  const piece = board.paper().ink[0];
  assert.ok(piece !== undefined && piece.toY > 10 && piece.toY < 20, 'the part that was drawn');
  assert.equal(piece.toX, 30);
});

test('a slanted line leaves ink only where it touches', async () => {
  const { ask, board } = bench({ startMm: [0, 0, 2], contactMm: 1 });
  await ask('G92 Z2\nG1 X10 Z0 F300\n');
  assert.deepEqual(inkOf(board), ['5,0-10,0']);
});

test('a servo pen is down at its angle and below', async () => {
  const { ask, board } = bench({ servoDownAngle: 30 });
  await ask('M280 P0 S90\nG1 X10 F3000\nM400\nM280 P0 S30\nG1 X20\nM400\nM280 P0 S90\nG1 X30\n');
  assert.deepEqual(inkOf(board), ['10,0-20,0']);
});

test('after M112 nothing is said or done until a reset', async () => {
  const { ask, board } = bench();
  await ask('G1 X100 F600\n', 1000);
  assert.match(await ask('M112\n', 10), /kill\(\) called/);
  const x = board.place()[0];
  assert.equal(await ask('M114\n'), '');
  assert.equal(board.place()[0], x);
  board.reset(true);
  await ask('', 1000);
  assert.match(await ask('M114\n'), /^X:0\.00/);
});
