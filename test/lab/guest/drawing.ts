/** What befalls the box while it draws: a pulled cable, a stop, a hang, an upgrade. Runs inside the lab, as root. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LedColour } from '../../../src/panel/light/ws281x.ts';
import {
  configure,
  install,
  installedVersion,
  packages,
  post,
  property,
  setting,
  sh,
  state,
  until,
  untilDrawn,
  untilStatus,
} from './box.ts';
import { loopTurn } from './loop-turn.ts';
import { makePorts, paper, plug, press } from './ports.ts';
import { isDark, pictures, spiMark } from './strip.ts';
import { within } from './within.ts';

const { key, end } = await makePorts();
after(end);

test('the cable is pulled in the middle of a stroke and put back: the sheet is finished without a lost or doubled stroke', async () => {
  await install();
  configure((text) => setting(setting(text, 'plotter', 'origin', '"power-on"'), 'plotter', 'idleParkSeconds', '1'));
  plug(true);
  await state('needs-sheet');
  await press(key);
  await untilStatus('a sheet', ({ sheet }) => sheet !== null);
  assert.equal(await post('/simulate/gift', { row: '3', count: 40 }), 200);
  await until('ink', paper, ({ ink }) => ink.length >= 5);
  plug(false);
  await state('no-plotter');
  const during = paper().ink.length;
  plug(true);
  const done = await untilDrawn();
  assert.equal(done.strokes.uncertain, 0);
  assert.equal(done.strokes.drawn, done.strokes.credited);
  assert.equal(done.sheet?.certain, 40);
  await until('a pen that rests', paper, ({ moving }) => !moving);
  const places = paper().ink.map(({ fromX }) => Math.round(fromX * 10));
  assert.equal(new Set(places).size, 40, `${during} lines when the cable was pulled, then ${places.length}`);
});

test('an idle box breathes with twenty pictures a second at most, and sends none twice', async () => {
  await state('off-air');
  const mark = spiMark();
  const startMs = performance.now();
  await delay(8_000);
  const sent = pictures(mark).map((picture) => picture.join(' '));
  const seconds = (performance.now() - startMs) / 1_000;
  assert.ok(sent.length > 2 && sent.length <= 20 * seconds + 2, `${sent.length} pictures in ${seconds} s`);
  assert.deepEqual(
    sent.filter((picture, index) => picture === sent[index - 1]),
    [],
  );
});

test('stopping parks the pen, in order and in time, and puts the light out', async () => {
  await post('/simulate/gift', { row: '4', count: 30 });
  const before = paper().ink.length;
  await until('ink', paper, ({ ink, moving }) => moving && ink.length > before + 3);
  sh('systemctl stop livepen');
  assert.equal(property('Result'), 'success');
  const { place } = await until('a pen that rests', paper, ({ moving }) => !moving);
  assert.deepEqual(
    place.map((mm) => Math.round(mm * 10) / 10),
    [0, 0, 5],
  );
  await until(
    'the strip to be dark',
    () => pictures().at(-1) ?? [],
    (last) => last.length > 0 && isDark(last),
  );
  sh('systemctl start livepen');
  await untilDrawn();
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
    1_000_000,
  );
  await until(
    'the service',
    () => property('ActiveState'),
    (now) => now === 'active',
  );
  assert.notEqual(property('MainPID'), pid);
  assert.match(sh('journalctl --unit livepen --output cat --no-pager'), /Watchdog timeout/);
  const dead = pictures(mark).find((picture) =>
    picture
      .slice(1)
      .every(([, green, blue], led) => green === 0 && blue === 0 && isLit(picture, led) === (led % 3 === 0)),
  );
  assert.ok(dead !== undefined, 'the pattern of a service that is gone');
  await state('off-air');
});

test('a drawing loop that hangs while all else goes on is started anew by the watchdog too, and draws what it owed', async () => {
  const pid = property('MainPID');
  const debug = await within();
  const all = ['draw', 'drain', 'park'].map((order) => `this.#plotter.${order}`).join(' = ');
  await debug.runAt(loopTurn.file, loopTurn.line, `${all} = () => new Promise(() => {})`, () =>
    post('/simulate/gift', { row: '6', count: 2 }),
  );
  await untilStatus('a stroke that never ends', ({ strokes }) => strokes.inHand > 0);
  // Five minutes, of which the watchdog hears nothing, need not be waited for.
  await debug.run('{ const now = performance.now.bind(performance); performance.now = () => now() + 400_000; }');
  debug.end();
  await until(
    'another process',
    () => property('MainPID'),
    (now) => now !== pid && now !== '0',
    1_000_000,
  );
  assert.match(sh('journalctl --unit livepen --output cat --no-pager'), /The drawing loop has hung for 4\d\d seconds/);
  const { strokes } = await untilDrawn();
  assert.equal(strokes.drawn, strokes.credited);
});

const isLit = (picture: readonly LedColour[], led: number) => (picture[led + 1]?.[0] ?? 0) > 0;

/** What makes systemd say for a minute that the service is only starting, while it draws already. */
const slowStart = '/run/systemd/system/livepen.service.d/slow-start.conf';

test('an upgrade waits until the drawing is over, and keeps settings and ledger', async () => {
  const settings = readFileSync('/etc/livepen/livepen.toml', 'utf8');
  const log = () => sh('journalctl --unit upgrade --output cat --no-pager');
  mkdirSync(dirname(slowStart), { recursive: true });
  writeFileSync(slowStart, '[Service]\nExecStartPost=sleep 60\n');
  await post('/simulate/gift', { row: '5', count: 40 });
  sh('systemctl daemon-reload && systemctl restart --no-block livepen');
  await until(
    'a service that is only starting',
    () => property('SubState'),
    (now) => now === 'start-post',
  );
  await state('drawing');
  const pid = property('MainPID');
  assert.equal(property('ActiveState'), 'activating');
  sh(`systemd-run --unit upgrade --property Type=exec dpkg --install /share/${packages().next}`);
  await until('a word of why it waits', log, (text) => /Waiting: (the pen draws|\d+ strokes are owed)/.test(text));
  const { strokes } = await untilDrawn();
  const drawnMs = performance.now();
  rmSync(slowStart);
  sh('systemctl daemon-reload');
  assert.equal(property('MainPID'), pid, 'the service goes on');
  assert.doesNotMatch(installedVersion(), /next/);
  await until(
    'the upgrade',
    () => property('ActiveState', 'upgrade'),
    (now) => now !== 'active',
    300_000,
  );
  assert.match(installedVersion(), /next/, log());
  // It looks at the status by itself, and may have seen the end of the drawing a little sooner.
  assert.ok(performance.now() - drawnMs > 58_000, 'nothing was owed for a minute');
  const now = await untilStatus('the new service', () => property('MainPID') !== pid);
  assert.equal(now.strokes.drawn, strokes.drawn);
  assert.equal(readFileSync('/etc/livepen/livepen.toml', 'utf8'), settings);
});

test('nothing in the log was a mistake of ours', () => {
  assert.doesNotMatch(sh('journalctl --unit livepen --output cat --no-pager'), /made a mistake/);
});
