import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { buildDemoWorld } from '../../src/commands/demo/world.ts';
import { demo } from '../../src/commands/demo.ts';
import { runLine } from '../../src/commands/line.ts';
import { silentLog } from '../../src/domain/log.ts';
import { systemClock } from '../../src/system/clock.ts';
import { tempFolder } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

test('in the demo a gift can be mapped as on a real machine, for as long as it runs', async (t) => {
  const world = await buildDemoWorld(systemClock(32), 32, silentLog, tempFolder(t));
  t.after(() => world.close());
  const { operator } = world.appliance;
  const testGift = () => operator.simulateGift({ gift: 'Virtual Inkwell', count: 2 });
  assert.equal(testGift().ok, false);
  assert.equal(world.expectedStrokes(), 0);
  assert.deepEqual(operator.mapGift('Virtual Inkwell', ['2', '1']), { ok: true, gifts: 10 });
  assert.equal(testGift().ok, true);
  assert.equal(world.expectedStrokes(), null);
  assert.equal(operator.reloadGifts().ok, true);
  assert.equal(testGift().ok, true);
});

test('a demo whose port is taken says how to take another one', async (t) => {
  const other = createServer();
  await new Promise<void>((listening) => void other.listen(0, '127.0.0.1', listening));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  for (const [asked, code] of [
    [String(port), exit.failed],
    ['0', exit.usage],
    ['web', exit.usage],
  ] as const) {
    const console = heardConsole();
    const line = ['demo', '--serve', '--port', asked, '--out', tempFolder(t)];
    assert.equal(await runLine(line, [demo], console), code, console.said.join('\n'));
    assert.match(console.said.join('\n'), /--port 8421/);
  }
});

test('the demo shows one thing at a time', async (t) => {
  const console = heardConsole();
  const line = ['demo', '--picture', '--drawings', '--out', tempFolder(t)];
  assert.equal(await runLine(line, [demo], console), exit.usage);
  assert.match(console.said.join('\n'), /give one of them/);
});
