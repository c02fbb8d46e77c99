/** A fresh Debian, the package, and everything that a person does with the box. Runs inside the lab, as root. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Colour } from '../../../src/panel/light/ws281x.ts';
import {
  configure,
  contact,
  journal,
  makeGadget,
  makeGpio,
  makeKey,
  paper,
  pictures,
  plug,
  post,
  property,
  recordSpi,
  repo,
  setting,
  sh,
  spiMark,
  startPlotter,
  state,
  status,
  until,
} from './box.ts';

const leds = 8;
const packages = readdirSync('/share').filter((name) => name.endsWith('.deb'));
const [deb = ''] = packages.filter((name) => !name.includes('+next'));
const [next = ''] = packages.filter((name) => name.includes('+next'));

makeGpio();
makeGadget();
plug(true);
const plotter = startPlotter();
const spi = recordSpi();
const key = await makeKey();
plug(false);
mkdirSync('/boot/firmware', { recursive: true });
after(() => {
  plotter.kill();
  spi.kill();
  key.end();
});

const installedVersion = () => sh('dpkg --status livepen | sed -n "s/^Version: //p"');

/** A press through the kernel's key. */
async function press(lengthMs = 150): Promise<void> {
  await delay(1_800);
  key.set(true);
  await delay(lengthMs);
  key.set(false);
  await delay(300);
}

/** A press of the contact on GPIO17, which bounces. */
async function pressPin(lengthMs = 150): Promise<void> {
  await delay(1_800);
  for (const closed of [true, false, true]) contact(closed);
  await delay(lengthMs);
  for (const closed of [false, true, false]) contact(closed);
  await delay(300);
}

const lightness = (colour: Colour) => Math.max(...colour);
const brightest = (picture: readonly Colour[]): Colour =>
  picture.slice(1).toSorted((a, b) => lightness(b) - lightness(a))[0] ?? [0, 0, 0];
const isDark = (picture: readonly Colour[]) => picture.flat().every((power) => power === 0);

/** What colour the strip has, by the shares of its channels. */
function hue(picture: readonly Colour[]): string {
  const [red, green, blue] = brightest(picture).map((power) => power > 12);
  const names: Readonly<Record<string, string>> = {
    'true,true,true': 'white',
    'true,false,false': 'red',
    'true,true,false': 'amber',
    'true,false,true': 'violet',
    'false,true,false': 'green',
    'false,false,true': 'blue',
  };
  return names[`${red},${green},${blue}`] ?? 'dark';
}

/** The hues that the strip shows for a while. */
async function hues(forMs = 2_600): Promise<Set<string>> {
  const mark = spiMark();
  await delay(forMs);
  return new Set(pictures(leds, mark).map(hue));
}

test('the package installs on a fresh Debian and the service is ready, with nothing attached and offline', async () => {
  contact(false);
  sh(`dpkg --install /share/${deb}`);
  await until(
    'an active service',
    () => property('ActiveState'),
    (now) => now === 'active',
    120_000,
  );
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
  await delay(4_000);
  const seen = pictures(leds, mark);
  assert.ok(seen.length > 0);
  assert.deepEqual(new Set(seen.map(hue).filter((name) => name !== 'dark')), new Set(['amber']));
  assert.deepEqual(new Set(seen.map(([first]) => ((first?.[2] ?? 0) > 0 ? 'lit' : 'dark'))), new Set(['lit', 'dark']));
  assert.ok(
    seen.flat(2).every((power) => power <= 77),
    'brightness is limited',
  );
});

test('a plotter that is plugged in after boot is found, and the light asks for paper', async () => {
  configure((text) => setting(setting(text, 'plotter', 'origin', '"power-on"'), 'sheet', 'full', '"all-rows"'));
  await state('no-plotter', 90_000);
  plug(true);
  await state('needs-sheet', 90_000);
  assert.equal(sh('readlink -f /dev/plotter'), '/dev/ttyACM0');
  assert.ok((await hues()).has('amber'));
});

test('input: a press opens the sheet and a hold asks for fresh paper', async () => {
  await press();
  assert.equal((await status())?.sheet?.number, 1);
  await state('off-air');
  assert.ok((await hues(8_000)).has('blue'));
  await press(2_300);
  await state('needs-sheet');
  await press();
  await until('sheet 2', status, (now) => now?.sheet?.number === 2);
});

test('what a finger and a gift are answered with is white', async () => {
  const mark = spiMark();
  key.set(true);
  await delay(400);
  key.set(false);
  await delay(1_200);
  assert.ok(pictures(leds, mark).map(hue).includes('white'));
});

test('gifts are drawn, a press pauses and parks, a press goes on', async () => {
  assert.equal(await post('/simulate/gift', { row: '1', count: 25 }), 200);
  await state('drawing');
  assert.ok((await hues()).has('green'));
  await press();
  await state('paused');
  await until('a parked pen', status, (now) => now?.plotter.parked === true);
  assert.ok((await hues(1_500)).size <= 1, 'amber stands still');
  await press();
  await state('drawing');
  await until('25 strokes', status, (now) => now?.strokes.drawn === 25, 120_000);
});

for (const [driver, version] of [
  ['gpiod', '2'],
  ['gpiod', '1'],
  ['onoff', ''],
] as const) {
  test(`${driver} ${version}: presses and holds on a line of a GPIO chip`, async () => {
    if (version === '1') sh('ln -sf /opt/gpiod-1/gpiomon /opt/gpiod-1/gpioget /opt/gpiod-1/gpiofind /usr/local/bin/');
    configure((text) => setting(text, 'button', 'driver', `"${driver}"`));
    const { sheet } = (await until('the service', status, (now) => now?.state.name === 'off-air', 120_000)) ?? {};
    if (version !== '') assert.match(sh('gpiomon --version'), new RegExp(`v${version}\\.`));
    await pressPin(2_300);
    await state('needs-sheet');
    await pressPin();
    await until('the next sheet', status, (now) => now?.sheet?.number === (sheet?.number ?? 0) + 1);
    await post('/simulate/gift', { row: '2', count: 1 });
    await until('its stroke', status, (now) => now?.strokes.pending === 0 && now.plotter.parked, 60_000);
    if (version === '1') sh('rm /usr/local/bin/gpiomon /usr/local/bin/gpioget /usr/local/bin/gpiofind');
  });
}

test('a button that cannot be read is a fault that status and light show, and that ends when it is mended', async () => {
  configure((text) =>
    setting(setting(text, 'button', 'driver', '"input"'), 'button', 'device', '"/dev/input/nothing"'),
  );
  const now = await state('fault', 120_000);
  assert.equal(now.state.fault?.code, 'button-broken');
  assert.ok((await hues()).has('red'));
  assert.match(property('StatusText'), /button/i);
  configure((text) => setting(text, 'button', 'device', '"/dev/input/event0"'));
  await state('off-air', 120_000);
});

test('the cable is pulled in the middle of a stroke and put back: the sheet is finished without a lost or doubled stroke', async () => {
  const before = await status();
  process.kill(plotter.pid ?? 0, 'SIGHUP');
  await press(2_300);
  await state('needs-sheet');
  await press();
  await until('a fresh sheet', status, (now) => now?.sheet?.number === (before?.sheet?.number ?? 0) + 1);
  assert.equal(await post('/simulate/gift', { row: '3', count: 40 }), 200);
  await until('ink', paper, ({ ink }) => ink.length >= 5, 60_000);
  plug(false);
  await state('no-plotter');
  const during = paper().ink.length;
  await delay(3_000);
  plug(true);
  const done = await until('all strokes', status, (now) => now?.strokes.pending === 0 && now.plotter.parked, 120_000);
  assert.equal(done?.strokes.doubtful, 0);
  assert.equal(done?.strokes.drawn, done?.strokes.credited);
  const places = paper().ink.map(({ fromX }) => Math.round(fromX * 10));
  assert.equal(new Set(places).size, 40, `${during} lines when the cable was pulled, then ${places.length}`);
  assert.equal(done?.sheet?.certain, 40);
});

test('an idle box sleeps: a few pictures a second and hardly any time of the processor', async () => {
  await state('off-air');
  const pid = property('MainPID');
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    return Number(fields[13]) + Number(fields[14]);
  };
  const mark = spiMark();
  const before = ticks();
  await delay(10_000);
  const used = ticks() - before;
  assert.ok(pictures(leds, mark).length <= 201, `${pictures(leds, mark).length} pictures in 10 s`);
  assert.ok(used < 300, `${used} ticks in 10 s`);
});

test('doctor plays every scene on the strip', async () => {
  sh('systemctl stop livepen');
  const mark = spiMark();
  sh('livepen doctor --light --quick');
  const seen = new Set(pictures(leds, mark).map(hue));
  for (const colour of ['white', 'red', 'amber', 'violet', 'green', 'blue'])
    assert.ok(seen.has(colour), `${colour} of ${[...seen]}`);
  sh('systemctl start livepen');
  await state('off-air', 120_000);
});

test('stopping parks the pen, in order and in time, and puts the light out', async () => {
  await post('/simulate/gift', { row: '4', count: 60 });
  const before = paper().ink.length;
  await until('ink', paper, ({ ink }) => ink.length > before + 3);
  const startMs = performance.now();
  sh('systemctl stop livepen');
  assert.ok(performance.now() - startMs < 45_000);
  assert.equal(property('Result'), 'success');
  await delay(700);
  const { place, moving } = paper();
  assert.equal(moving, false);
  assert.deepEqual(
    place.map((mm) => Math.round(mm * 10) / 10),
    [0, 0, 5],
  );
  assert.ok(isDark(pictures(leds).at(-1) ?? [[1, 1, 1]]));
  sh('systemctl start livepen');
  await until('the rest of the strokes', status, (now) => now?.strokes.pending === 0 && now.plotter.parked, 180_000);
});

test('a process that hangs is started anew by the watchdog, and the light says meanwhile that it is gone', async () => {
  const pid = property('MainPID');
  const restarts = Number(property('NRestarts'));
  const mark = spiMark();
  sh(`kill -STOP ${pid}`);
  await until(
    'a restart',
    () => Number(property('NRestarts')),
    (now) => now > restarts,
    90_000,
  );
  await until(
    'the service',
    () => property('ActiveState'),
    (now) => now === 'active',
    90_000,
  );
  assert.notEqual(property('MainPID'), pid);
  assert.match(sh('journalctl --unit livepen --output cat --no-pager'), /Watchdog timeout/);
  const dead = pictures(leds, mark).find((picture) =>
    picture
      .slice(1)
      .every(([, green, blue], led) => green === 0 && blue === 0 && isLit(picture, led) === (led % 3 === 0)),
  );
  assert.ok(dead !== undefined, 'the pattern of a service that is gone');
  await state('off-air', 120_000);
});

const isLit = (picture: readonly Colour[], led: number) => (picture[led + 1]?.[0] ?? 0) > 0;

test('good settings on the boot partition are taken over at a start, once', async () => {
  const text = readFileSync('/etc/livepen/livepen.toml', 'utf8');
  writeFileSync('/boot/firmware/livepen.toml', setting(text, 'light', 'leds', '9').replaceAll('\n', '\r\n'));
  sh('systemctl restart livepen');
  await until('the service', status, (now) => now !== null, 120_000);
  assert.match(readFileSync('/etc/livepen/livepen.toml', 'utf8'), /^leds = 9/m);
  assert.equal(sh('stat -c %U:%a /etc/livepen/livepen.toml'), 'livepen:660');
  await until('the settings in force', () => existsSync('/boot/firmware/livepen-current.toml'), Boolean);
  assert.match(readFileSync('/boot/firmware/livepen-current.toml', 'utf8'), /http:\/\/127\.0\.0\.1:8420.*leds = 9/s);
  configure((now) => setting(now, 'light', 'leds', String(leds)));
  await until('the service', status, (now) => now !== null, 120_000);
  assert.match(readFileSync('/etc/livepen/livepen.toml', 'utf8'), /^leds = 8/m);
});

test('bad settings on the boot partition change nothing, and a text beside them says what is wrong', async () => {
  const before = readFileSync('/etc/livepen/livepen.toml', 'utf8');
  writeFileSync('/boot/firmware/livepen.toml', setting(before, 'pen', 'upMm', '"high"'));
  writeFileSync('/boot/firmware/gifts.json', '{ "version": 1, "gifts": [ { "name": "Rose", "row": "99" } ] }');
  sh('systemctl restart livepen');
  await state('off-air', 120_000);
  assert.equal(readFileSync('/etc/livepen/livepen.toml', 'utf8'), before);
  const told = readFileSync('/boot/firmware/livepen-error.txt', 'utf8');
  assert.match(told, /livepen\.toml.*pen\.upMm = "high" must be a number/s);
  rmSync('/boot/firmware/livepen.toml');
  rmSync('/boot/firmware/gifts.json');
  sh('systemctl restart livepen');
  await until('the service', status, (now) => now !== null, 120_000);
  assert.equal(existsSync('/boot/firmware/livepen-error.txt'), false);
});

test('a config that is broken in /etc stops the start for good, and the light says so', async () => {
  const path = '/etc/livepen/livepen.toml';
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, `${text}\n[nonsense]\n`);
  const mark = spiMark();
  sh('systemctl restart livepen || true');
  await until(
    'a failed service',
    () => property('ActiveState'),
    (now) => now === 'failed',
  );
  assert.equal(property('ExecMainStatus'), '78');
  assert.ok(pictures(leds, mark).map(hue).includes('red'));
  assert.match(readFileSync('/boot/firmware/livepen-error.txt', 'utf8'), /cannot start.*nonsense/s);
  writeFileSync(path, text);
  sh('systemctl restart livepen');
  await state('off-air', 120_000);
});

test('an upgrade waits until the drawing is over, and keeps settings and ledger', async () => {
  const settings = readFileSync('/etc/livepen/livepen.toml', 'utf8');
  const pid = property('MainPID');
  await post('/simulate/gift', { row: '5', count: 60 });
  await state('drawing');
  sh(`systemd-run --unit upgrade --property Type=exec dpkg --install /share/${next}`);
  await delay(15_000);
  assert.equal(property('MainPID'), pid, 'the service goes on');
  assert.doesNotMatch(installedVersion(), /next/);
  assert.match(
    sh('journalctl --unit upgrade --output cat --no-pager'),
    /Waiting: (the pen draws|\d+ strokes are owed)/,
  );
  const { strokes } =
    (await until('the end of the drawing', status, (now) => now?.strokes.pending === 0, 120_000)) ?? {};
  await until(
    'the upgrade',
    () => property('ActiveState', 'upgrade'),
    (now) => now !== 'active',
    240_000,
  );
  assert.match(installedVersion(), /next/, sh('journalctl --unit upgrade --output cat --no-pager'));
  const after = await until('the new service', status, (now) => now !== null && property('MainPID') !== pid, 120_000);
  assert.deepEqual(after?.strokes.drawn, strokes?.drawn);
  assert.equal(readFileSync('/etc/livepen/livepen.toml', 'utf8'), settings);
});

test('removing leaves the ledger, purging takes it away', async () => {
  sh('dpkg --remove livepen');
  assert.equal(await status(), null);
  assert.ok(existsSync('/var/lib/livepen/livepen.db') && existsSync('/etc/livepen/livepen.toml'));
  sh('dpkg --purge livepen');
  assert.equal(
    existsSync('/var/lib/livepen') || existsSync('/etc/livepen') || existsSync('/usr/lib/livepen/src'),
    false,
  );
  assert.equal(sh('systemctl list-unit-files --no-legend "livepen*" || true'), '');
});

test('nothing in the log was a mistake of ours', () => {
  assert.doesNotMatch(journal(), /made a mistake/);
  assert.ok(existsSync(repo));
});
