import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { lineOf, problem } from '../../src/commands/doctor/check.ts';
import { checkPower, checkRights, checkSpace, checkSyncs } from '../../src/commands/doctor/machine.ts';
import { playScenes, remedyFor, showPresses } from '../../src/commands/doctor/panel.ts';
import { checkMotion, checkPlotter } from '../../src/commands/doctor/plotter.ts';
import { VirtualPorts } from '../../src/marlin/virtual/cable.ts';
import { createVirtualPlotter } from '../../src/marlin/virtual/plotter.ts';
import { buttonFault, noButton } from '../../src/panel/button/button.ts';
import { lightFault, noLight } from '../../src/panel/light/light.ts';
import { virtualClock } from '../../src/system/virtual-clock.ts';
import { plotterOnPty } from '../marlin/plotter-on-pty.ts';

const settings = { port: 'auto', baudRate: 250_000 };

/** Runs on a virtual clock until the promise is done. */
async function done<T>(clock: ReturnType<typeof virtualClock>, promise: Promise<T>): Promise<T> {
  let over = false;
  void promise.finally(() => {
    over = true;
  });
  await clock.runUntil(() => over, 120_000, 'the check');
  return promise;
}

function world(cable: Parameters<VirtualPorts['plug']>[2] = {}) {
  const clock = virtualClock();
  const ports = new VirtualPorts(clock);
  const board = createVirtualPlotter({ clock });
  ports.plug('/dev/ttyUSB0', board, cable);
  return { clock, ports, board };
}

test('a plotter that answers is named with its firmware', async () => {
  const { clock, ports } = world();
  const [port, plotter] = await done(clock, checkPlotter(ports, clock, settings));
  assert.deepEqual([port?.verdict, plotter?.verdict], ['ok', 'ok']);
  assert.match(plotter?.what ?? '', /Marlin .* at 250000 baud/);
});

test('asking what answers leaves the line number of the board as it was', async () => {
  const { clock, ports, board } = world();
  let heard = '';
  const listen = () => {
    board.listener = (text) => {
      heard += text;
    };
  };
  listen();
  board.receive('N0 M110 N77*51\n'.replace(/\*51/, `*${checksum('N0 M110 N77')}`));
  await clock.advance(100);
  await done(clock, checkPlotter(ports, clock, settings));
  listen();
  board.receive(`N78 M114*${checksum('N78 M114')}\n`);
  await clock.advance(1_000);
  assert.match(heard, /X:0\.00 Y:0\.00[^\n]*\nok/);
  assert.doesNotMatch(heard, /Resend/);
});

const checksum = (line: string) => [...line].reduce((sum, char) => sum ^ char.charCodeAt(0), 0);

test('another baud rate is found and named', async () => {
  const { clock, ports } = world({ baudRate: 115_200 });
  const [, plotter] = await done(clock, checkPlotter(ports, clock, settings));
  assert.equal(plotter?.verdict, 'problem');
  assert.match(plotter?.what ?? '', /answers at 115200 baud, not at 250000/);
  assert.match(plotter?.remedy ?? '', /baudRate = 115200/);
});

test('no port, a dead cable and a stranger are told apart', async () => {
  const clock = virtualClock();
  const none = await done(clock, checkPlotter(new VirtualPorts(clock), clock, settings));
  assert.match(none[0]?.what ?? '', /no serial port/);
  const dead = world({ dead: true });
  assert.match(
    (await done(dead.clock, checkPlotter(dead.ports, dead.clock, settings)))[1]?.what ?? '',
    /nothing answers/,
  );
  const stranger = new VirtualPorts(clock);
  stranger.plug('/dev/ttyUSB0', {
    listener: null,
    receive(): void {
      this.listener?.('AT+OK\r\n');
    },
  });
  assert.match((await done(clock, checkPlotter(stranger, clock, settings)))[1]?.what ?? '', /no Marlin/);
});

test('a small move comes back to where it began, and a person says whether it was real', async () => {
  const { clock, ports, board } = world();
  const before = board.place();
  const moved = await done(
    clock,
    checkMotion(ports, clock, settings, async () => true),
  );
  assert.equal(moved.verdict, 'ok');
  assert.ok(board.movingMs() > 500);
  assert.deepEqual(board.place(), before);
  const powerless = await done(
    clock,
    checkMotion(ports, clock, settings, async () => false),
  );
  assert.match(powerless.remedy ?? '', /5 V/);
});

test('missing groups of an installed service are named', () => {
  const files =
    (groups: string): ((path: string) => string) =>
    (path) =>
      path === '/etc/group' ? groups : 'livepen:x:989';
  assert.equal(checkRights(files('dialout:x\ninput:x\nspi:x\ngpio:x')).verdict, 'ok');
  assert.match(checkRights(files('dialout:x\ninput:x')).what, /spi, gpio/);
  assert.match(checkRights(() => null).what, /not installed/);
});

test('a disk says how much room it has and how long a sync takes', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-doctor-'));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.match(checkSpace(folder).what, /MB free/);
  let nowMs = 0;
  const instant = checkSyncs(folder, { ...virtualClock(), nowMs: () => nowMs });
  assert.match(instant.what, /too fast to be true/);
  const slow = checkSyncs(folder, {
    ...virtualClock(),
    nowMs: () => {
      nowMs += 300;
      return nowMs;
    },
  });
  assert.match(slow.what, /300 ms.*slow/);
});

test('undervoltage is read from the kernel, where there is a detector', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-hwmon-'));
  context.after(() => rmSync(folder, { recursive: true }));
  assert.equal(checkPower(folder).verdict, 'ok');
  mkdirSync(join(folder, 'hwmon1'));
  writeFileSync(join(folder, 'hwmon1/name'), 'rpi_volt\n');
  writeFileSync(join(folder, 'hwmon1/in0_lcrit_alarm'), '1\n');
  assert.match(checkPower(folder).what, /too low/);
  writeFileSync(join(folder, 'hwmon1/in0_lcrit_alarm'), '0\n');
  assert.match(checkPower(folder).what, /high enough/);
});

test('a check is printed with its remedy below it', () => {
  assert.equal(
    lineOf(problem('port', 'none', 'Plug it in.')),
    'problem  port      none\n                   -> Plug it in.',
  );
});

const shipped = readFileSync(join(import.meta.dirname, '../../config/livepen.toml'), 'utf8');

/** What a doctor says to a config, on a machine with nothing attached, with nobody at its terminal. */
async function doctorOn(context: { after(task: () => void): void }, config: string, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-doctor-'));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'livepen.toml'), config);
  writeFileSync(join(folder, 'gifts.json'), '{ "version": 1, "gifts": [] }');
  const main = join(import.meta.dirname, '../../src/main.ts');
  const ask = [main, 'doctor', '--config', join(folder, 'livepen.toml'), ...words];
  const child = spawn(process.execPath, ask, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  const [code] = await once(child, 'close');
  return { said, code };
}

test('with a broken config all is looked at that does not need one', async (context) => {
  const { said, code } = await doctorOn(context, '[nonsense]\n');
  assert.match(said, /^problem +config .*nonsense/ms);
  for (const about of ['version', 'service', 'rights', 'clock', 'disk', 'syncs', 'power', 'network', 'signing'])
    assert.match(said, new RegExp(`^(ok|warning|problem) +${about} `, 'm'), said);
  assert.equal(code, 1);
});

test('for machines each check is an object on a line of its own, and trials by hand are refused', async (context) => {
  const { said, code } = await doctorOn(context, '[nonsense]\n', '--json');
  const checks = said.trim().split('\n').map(parseCheck);
  assert.deepEqual(
    checks.map(({ check }) => check),
    ['version', 'config', 'service', 'rights', 'clock', 'disk', 'syncs', 'power', 'network', 'signing'],
  );
  assert.match(checks[1]?.what ?? '', /nonsense/);
  for (const { verdict, remedy } of checks) assert.equal(remedy === null, verdict === 'ok');
  assert.equal(code, 1);
  assert.equal((await doctorOn(context, '[nonsense]\n', '--json', '--move')).code, 2);
});

const parseCheck = (line: string) =>
  v.parse(
    v.strictObject({
      check: v.string(),
      verdict: v.picklist(['ok', 'warning', 'problem']),
      what: v.string(),
      remedy: v.nullable(v.string()),
    }),
    JSON.parse(line),
  );

test('a light or a button that is not there is told where it is to be tried', async (context) => {
  const none = shipped.replaceAll(/^driver = "auto"/gm, 'driver = "none"');
  assert.deepEqual(await doctorOn(context, none, '--light', '--button'), {
    said: 'There is no light, by the config: [light] driver.\nThere is no button, by the config: [button] driver.\n',
    code: 1,
  });
});

test('a strip that cannot be reached is told instead of played', async () => {
  const clock = virtualClock();
  const said: string[] = [];
  const light = { ...noLight, fault: () => lightFault('/dev/spidev0.0 is not there') };
  const strip = { driver: 'spi', leds: 8 };
  assert.equal(
    await done(
      clock,
      playScenes(light, strip, clock, 1_000, (line) => said.push(line)),
    ),
    false,
  );
  assert.equal(said.length, 2);
  assert.match(said[1] ?? '', /The light cannot be lit: \/dev\/spidev0\.0 is not there\./);
});

test('where nobody answers whether the pen moved, it did not', async (context) => {
  const pty = plotterOnPty();
  context.after(() => pty.close());
  const config = shipped.replace(/^port = .*$/m, `port = "${pty.path}"`);
  const { said, code } = await doctorOn(context, config, '--move');
  assert.match(said, /warning +motion/);
  assert.equal(code, 1);
});

test('a move without a plotter says what to do, and refers to nothing above it', async () => {
  const clock = virtualClock();
  const nothing = await done(
    clock,
    checkMotion(new VirtualPorts(clock), clock, settings, async () => true),
  );
  assert.match(nothing.remedy ?? '', /plug its USB cable in/);
});

test('a port of the config that is not there is not said to be in use', async () => {
  const clock = virtualClock();
  const refusal = { kind: 'missing' as const, what: 'No such file or directory' };
  const absent = { list: async () => [], open: async () => refusal };
  const [found] = await done(clock, checkPlotter(absent, clock, { port: '/dev/ttyUSB9', baudRate: 250_000 }));
  assert.match(found?.remedy ?? '', /plug its USB cable in.*port = "auto"/);
});

test('that no press came is told, and is no success', async () => {
  const clock = virtualClock();
  const said: string[] = [];
  const heard = (button: typeof noButton) =>
    done(
      clock,
      showPresses(button, 'input', clock, 20_000, (line) => said.push(line)),
    );
  assert.equal(await heard(noButton), false);
  assert.match(said.at(-1) ?? '', /^No press came/);
  const pressed: typeof noButton = {
    ...noButton,
    start({ level }) {
      level({ down: false, found: true });
      clock.after(1_000, () => level({ down: true, found: false }));
      clock.after(1_200, () => level({ down: false, found: false }));
    },
  };
  assert.equal(await heard(pressed), true);
  assert.doesNotMatch(said.at(-1) ?? '', /No press/);
});

test('the remedy for button and light is never to ask the doctor', () => {
  for (const fault of [lightFault('it is not there'), buttonFault('it is not there')])
    for (const driver of ['input', 'gpiod', 'onoff', 'spi'].filter(
      (each) => (each === 'spi') === (fault.code === 'light-broken'),
    ))
      assert.doesNotMatch(remedyFor(fault, driver), /doctor/);
});
