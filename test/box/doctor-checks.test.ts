import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkLine, problem } from '../../src/commands/doctor/check.ts';
import { checkPower, checkRights, checkSpace, checkSyncs } from '../../src/commands/doctor/machine.ts';
import { playScenes, remedyFor, showPresses } from '../../src/commands/doctor/panel.ts';
import { checkMotion, checkPlotterPort } from '../../src/commands/doctor/plotter.ts';
import { frame } from '../../src/marlin/wire/replies.ts';
import { buttonFault, noButton } from '../../src/panel/button/button.ts';
import { lightFault, noLight } from '../../src/panel/light/light.ts';
import { VirtualPorts } from '../../src/simulators/plotter/cable.ts';
import { createVirtualPlotter } from '../../src/simulators/plotter/plotter.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';

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

/** A plotter at the end of a cable of these properties. */
function world(cable: Parameters<VirtualPorts['plug']>[2] = {}) {
  const clock = virtualClock();
  const ports = new VirtualPorts(clock);
  const board = createVirtualPlotter({ clock });
  ports.plug('/dev/ttyUSB0', board, cable);
  return { clock, ports, board };
}

test('a plotter that answers is named with its firmware', async () => {
  const { clock, ports } = world();
  const [port, plotter] = await done(clock, checkPlotterPort(ports, clock, settings));
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
  board.receive(frame(0, 'M110 N77'));
  await clock.advance(100);
  await done(clock, checkPlotterPort(ports, clock, settings));
  listen();
  board.receive(frame(78, 'M114'));
  await clock.advance(1_000);
  assert.match(heard, /X:0\.00 Y:0\.00[^\n]*\nok/);
  assert.doesNotMatch(heard, /Resend/);
});

test('another baud rate is found and named', async () => {
  const { clock, ports } = world({ baudRate: 115_200 });
  const [, plotter] = await done(clock, checkPlotterPort(ports, clock, settings));
  assert.equal(plotter?.verdict, 'problem');
  assert.match(plotter?.what ?? '', /answers at 115200 baud, not at 250000/);
  assert.match(plotter?.remedy ?? '', /baudRate = 115200/);
});

test('no port, a dead cable and a stranger are told apart', async () => {
  const clock = virtualClock();
  const none = await done(clock, checkPlotterPort(new VirtualPorts(clock), clock, settings));
  assert.match(none[0]?.what ?? '', /no serial port/);
  const dead = world({ dead: true });
  assert.match(
    (await done(dead.clock, checkPlotterPort(dead.ports, dead.clock, settings)))[1]?.what ?? '',
    /nothing answers/,
  );
  const stranger = new VirtualPorts(clock);
  stranger.plug('/dev/ttyUSB0', {
    listener: null,
    receive(): void {
      this.listener?.('AT+OK\r\n');
    },
  });
  assert.match((await done(clock, checkPlotterPort(stranger, clock, settings)))[1]?.what ?? '', /no Marlin/);
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

test('a move without a plotter says what to do, and refers to nothing above it', async () => {
  const clock = virtualClock();
  const nothing = await done(
    clock,
    checkMotion(new VirtualPorts(clock), clock, settings, async () => true),
  );
  assert.match(nothing.remedy ?? '', /plug its USB cable in/);
});

test('a port of the config that is not there is named, with those that are there', async () => {
  const clock = virtualClock();
  const ports = new VirtualPorts(clock);
  ports.plug('/dev/ttyUSB0', createVirtualPlotter({ clock }));
  for (const port of ['/dev/ttyUSB9', 'usb-board-9']) {
    const [found] = await done(clock, checkPlotterPort(ports, clock, { port, baudRate: 250_000 }));
    assert.equal(found?.about, 'port');
    assert.ok(found.what.includes(`The port ${port}`) && found.what.includes('There is: /dev/ttyUSB0.'), found.what);
    assert.match(found.remedy ?? '', /plug its USB cable in.*port = "auto"/);
  }
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

test('a check is printed with its remedy below it', () => {
  assert.equal(
    checkLine(problem('port', 'none', 'Plug it in.')),
    'problem  port      none\n                   -> Plug it in.',
  );
});
