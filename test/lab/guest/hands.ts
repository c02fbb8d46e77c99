/** A fresh Debian, the package, and what hands do with the box: plug in, press, hold, look. Runs inside the lab, as root. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  configure,
  install,
  post,
  property,
  setting,
  sh,
  state,
  status,
  until,
  untilDrawn,
  untilStatus,
} from './box.ts';
import { hold, makePorts, plug, press } from './ports.ts';
import { hue, pictures, spiMark, untilHue, untilSpark } from './strip.ts';

const { key, pin, end } = await makePorts();
after(end);

test('the package installs on a fresh Debian and the service is ready, with nothing attached and offline', async () => {
  await install();
  assert.equal(property('User'), 'livepen');
  assert.equal(sh(`stat -c %U /proc/${property('MainPID')}`), 'livepen');
  const { state: now } = await state('no-plotter');
  await until(
    'the status line',
    () => property('StatusText'),
    (line) => line.startsWith(now.what),
  );
  assert.match(property('StatusText'), /plug/i);
  assert.equal(sh('systemctl is-enabled livepen livepen-install | sort -u'), 'enabled');
  assert.equal(sh('stat -c %U:%a /var/lib/livepen'), 'livepen:750');
});

test('the sandbox lets nobody near what is not its own', () => {
  const score = /exposure level for livepen.service: ([\d.]+)/.exec(
    sh('systemd-analyze security livepen.service --no-pager'),
  );
  assert.ok(Number(score?.[1]) <= 2, score?.[0]);
  const verified = sh('systemd-analyze verify /usr/lib/systemd/system/livepen*.service 2>&1 || true');
  assert.equal(verified, '');
});

test('the strip shows amber while no plotter answers, and its first light says that the live is not heard', async () => {
  const mark = spiMark();
  const seen = await until(
    'a blink of the state and one of the first light',
    () => pictures(mark),
    (all) => new Set(all.map(hue)).size >= 2 && new Set(all.map(([first]) => first?.join())).size >= 2,
  );
  assert.deepEqual(new Set(seen.map(hue)), new Set(['amber', 'dark']));
  assert.deepEqual(new Set(seen.map(([first]) => ((first?.[2] ?? 0) > 0 ? 'lit' : 'dark'))), new Set(['lit', 'dark']));
  assert.ok(
    seen.flat(2).every((power) => power <= 77),
    'brightness is limited',
  );
});

test('a plotter that is plugged in after boot is found, and the light asks for paper', async () => {
  configure((text) => setting(setting(text, 'plotter', 'origin', '"power-on"'), 'plotter', 'idleParkSeconds', '1'));
  await state('no-plotter');
  plug(true);
  await state('needs-sheet');
  assert.equal(sh('readlink -f /dev/plotter'), '/dev/ttyACM0');
  await untilHue('amber');
});

test('input: a press opens the sheet and a hold asks for fresh paper', async () => {
  await press(key);
  await untilStatus('sheet 1', ({ sheet }) => sheet?.number === 1);
  await state('off-air');
  await untilHue('blue');
  await post('/simulate/gift', { row: '1', count: 1 });
  await untilDrawn();
  await hold(key);
  await state('needs-sheet');
  await press(key);
  await untilStatus('sheet 2', ({ sheet }) => sheet?.number === 2);
});

test('what a finger is answered with is white, and so is a gift', async () => {
  const finger = spiMark();
  key.set(true);
  await untilHue('white', finger);
  key.set(false);
  await state('off-air');
  await until(
    'the end of the answer',
    () => hue(pictures().at(-1) ?? []),
    (now) => now !== 'white',
  );
  const gift = spiMark();
  await post('/simulate/gift', { row: '1', count: 1 });
  await untilSpark(gift);
  await untilDrawn();
});

test('gifts are drawn, a press pauses and parks, a press goes on', async () => {
  const { strokes } = await untilDrawn();
  assert.equal(await post('/simulate/gift', { row: '1', count: 25 }), 200);
  await state('drawing');
  await untilHue('green');
  await press(key);
  await untilStatus(
    'a pause with the pen parked',
    ({ state: { name }, plotter }) => name === 'paused' && plotter.parked,
  );
  const mark = spiMark();
  await delay(1_500);
  assert.ok(new Set(pictures(mark).map(hue)).size <= 1, 'amber stands still');
  await press(key);
  await state('drawing');
  const done = await untilDrawn();
  assert.equal(done.strokes.drawn, strokes.drawn + 25);
});

/** What a process holds that has asked the kernel for a line: a file of its own, named after what it asked for. */
const hasLine = (files: string) => /anon_inode:.*gpio/.test(files);

for (const [driver, version] of [
  ['gpiod', '2'],
  ['gpiod', '1'],
  ['onoff', ''],
] as const) {
  test(`${driver} ${version}: presses and holds on a line of a GPIO chip`, async () => {
    if (version === '1') sh('ln -sf /opt/gpiod-1/gpiomon /opt/gpiod-1/gpioget /opt/gpiod-1/gpiofind /usr/local/bin/');
    configure((text) => setting(text, 'button', 'driver', `"${driver}"`));
    const { sheet } = await state('off-air');
    if (version !== '') {
      assert.match(sh('gpiomon --version'), new RegExp(`v${version}\\.`));
      const child = sh('pgrep -x gpiomon');
      sh(`kill -KILL ${child}`);
      await until(
        'another child in place of the one that died',
        () => sh('pgrep -x gpiomon || true'),
        (now) => now !== '' && now !== child,
      );
      // Before it has the line a press is not answered by the light, and a person presses again.
      await until('the child that has the line', () => sh('ls -l /proc/$(pgrep -x gpiomon)/fd 2>&1 || true'), hasLine);
    }
    await hold(pin);
    await state('needs-sheet');
    await press(pin);
    await untilStatus('the next sheet', (now) => now.sheet?.number === (sheet?.number ?? 0) + 1);
    await post('/simulate/gift', { row: '2', count: 1 });
    await untilDrawn();
    if (version === '1') sh('rm /usr/local/bin/gpiomon /usr/local/bin/gpioget /usr/local/bin/gpiofind');
  });
}

test('a button that cannot be read is a fault that status and light show, and that ends when it is mended', async () => {
  configure((text) =>
    setting(setting(text, 'button', 'driver', '"input"'), 'button', 'device', '"/dev/input/nothing"'),
  );
  const now = await state('fault');
  assert.equal(now.state.fault?.code, 'button-broken');
  await untilHue('red');
  await until(
    'the status line',
    () => property('StatusText'),
    (line) => /button/i.test(line),
  );
  assert.match(sh('livepen status'), /button/i);
  configure((text) => setting(text, 'button', 'device', '"/dev/input/event0"'));
  await state('off-air');
});

test('removing leaves the ledger, purging takes it away', async () => {
  sh('dpkg --remove livepen');
  assert.equal(await status(), null);
  sh('test -e /var/lib/livepen/livepen.db && test -e /etc/livepen/livepen.toml');
  sh('dpkg --purge livepen');
  sh('! ls -d /var/lib/livepen /etc/livepen /usr/lib/livepen/src');
  assert.equal(sh('systemctl list-unit-files --no-legend "livepen*" || true'), '');
});

test('nothing in the log was a mistake of ours', () => {
  assert.doesNotMatch(sh('journalctl --unit livepen --output cat --no-pager'), /made a mistake/);
});
