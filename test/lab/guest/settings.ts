/** The box's settings, and the words in which it tells how it is. Runs inside the lab, as root, on a machine with the package. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { playedScenes } from '../../../src/commands/doctor/panel.ts';
import { decodeLeds, encodeLeds, type LedColour } from '../../../src/panel/light/ws281x.ts';
import { darkScene, deadScene, noAnswers, scene } from '../../../src/panel/scene.ts';
import { configure, post, property, setting, sh, state, until, untilDrawn, untilItAnswers } from './box.ts';
import { makePorts, paper, plug, press } from './ports.ts';
import { hue, leds, pictures, spiMark, untilHue } from './strip.ts';

const brightness = 0.3;
const boot = '/boot/firmware';
const config = '/etc/livepen/livepen.toml';

const { key, end } = await makePorts();
after(end);

test('good settings on the boot partition are taken over at a start, once', async () => {
  const text = setting(readFileSync(config, 'utf8'), 'plotter', 'origin', '"power-on"');
  const bright = setting(text, 'light', 'brightness', String(brightness));
  writeFileSync(`${boot}/livepen.toml`, setting(bright, 'light', 'leds', '9').replaceAll(/\r?\n/g, '\r\n'));
  sh('systemctl restart livepen');
  await untilItAnswers();
  assert.match(readFileSync(config, 'utf8'), /^leds = 9/m);
  assert.equal(sh(`stat -c %U:%a ${config}`), 'livepen:660');
  // Not before: a service that still asks a person for the origin would meet the fresh board first.
  plug(true);
  await state('needs-sheet');
  await until(
    'the settings in force',
    () => readFileSync(`${boot}/livepen-current.toml`, 'utf8'),
    (text) => text.includes('leds = 9'),
  );
  assert.match(readFileSync(`${boot}/livepen-current.toml`, 'utf8'), /http:\/\/127\.0\.0\.1:8420/);
  configure((now) => setting(now, 'light', 'leds', String(leds)));
  await untilItAnswers();
  assert.match(readFileSync(config, 'utf8'), /^leds = 8/m);
});

test('bad settings on the boot partition change nothing, and a text beside them says what is wrong', async () => {
  const before = readFileSync(config, 'utf8');
  const gifts = readFileSync('/etc/livepen/gifts.json', 'utf8');
  writeFileSync(`${boot}/livepen.toml`, setting(before, 'pen', 'upMm', '"high"'));
  writeFileSync(`${boot}/gifts.json`, '{ "version": 1, "gifts": [ { "name": "Rose", "row": "99" } ] }');
  sh('systemctl restart livepen');
  await state('needs-sheet');
  assert.equal(readFileSync(config, 'utf8'), before);
  assert.equal(readFileSync('/etc/livepen/gifts.json', 'utf8'), gifts);
  assert.match(
    readFileSync(`${boot}/livepen-error.txt`, 'utf8'),
    /livepen\.toml.*pen\.upMm = "high" must be a number/s,
  );
  rmSync(`${boot}/livepen.toml`);
  rmSync(`${boot}/gifts.json`);
  sh('systemctl restart livepen');
  await untilItAnswers();
  assert.equal(existsSync(`${boot}/livepen-error.txt`), false);
});

test('a config that is broken in /etc stops the start for good, and the light says so', async () => {
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, `${text}\n[nonsense]\n`);
  const mark = spiMark();
  sh('systemctl restart livepen || true');
  await until(
    'a failed service',
    () => property('ActiveState'),
    (now) => now === 'failed',
  );
  assert.equal(property('ExecMainStatus'), '78');
  await untilHue('red', mark);
  assert.match(readFileSync(`${boot}/livepen-error.txt`, 'utf8'), /cannot start.*nonsense/s);
  writeFileSync(config, text);
  sh('systemctl restart livepen');
  await state('needs-sheet');
});

test('status is one screen, and a line of the log is a sentence', async () => {
  await press(key);
  await state('off-air');
  for (let gift = 0; gift < 12; gift++) await post('/simulate/gift', { row: '7', count: 1 });
  await untilDrawn();
  const lines = sh('livepen status').split('\n');
  assert.ok(lines.length <= 24 && Math.max(...lines.map((line) => [...line].length)) <= 80, lines.join('\n'));
  assert.match(sh('livepen logs'), /Sheet 1 is open\.$/m);
  const entries = sh('livepen logs --json').split('\n');
  assert.ok(entries.every((entry) => 'MESSAGE' in JSON.parse(entry)));
});

test('doctor finds nothing that a person would have to mend while the service runs', () => {
  const told = sh('livepen doctor 2>&1 || true');
  for (const about of ['config', 'service', 'plotter', 'panel', 'disk', 'version'])
    assert.match(told, new RegExp(`^\\s*ok\\s+${about}`, 'm'), told);
});

test('doctor --light plays every scene on the strip, and what goes over the bus decodes to its colours', () => {
  sh('systemctl stop livepen');
  const mark = spiMark();
  sh('livepen doctor --light --quick');
  const sent = pictures(mark);
  const scenes = [
    ...playedScenes.map((facts) =>
      Array.from({ length: 1_250 }, (_, atMs) => powers(scene(facts, noAnswers, atMs, leds).colours)),
    ),
    [powers(deadScene(leds))],
    [powers(darkScene(leds))],
  ];
  let at = 0;
  const seen = new Set<number>();
  for (const [index, picture] of sent.entries()) {
    while (at < scenes.length && !scenes[at]?.some((wanted) => isLike(picture, wanted))) at += 1;
    assert.ok(at < scenes.length, `picture ${index} of ${sent.length} belongs to no scene: ${picture.join(' ')}`);
    seen.add(at);
  }
  assert.deepEqual(
    scenes.map((_, index) => seen.has(index)),
    scenes.map(() => true),
  );
  const hues = new Set(sent.map(hue));
  assert.deepEqual([...hues].toSorted(), ['amber', 'blue', 'dark', 'green', 'red', 'violet', 'white']);
});

/** What a strip makes of colours. */
function powers(colours: readonly LedColour[]): readonly LedColour[] {
  return decodeLeds(encodeLeds(colours, { order: 'GRB', brightness }), 'GRB') ?? [];
}

/** Alike but for a step of a breath: the clock of the strip does not tick in whole milliseconds. */
function isLike(picture: readonly LedColour[], wanted: readonly LedColour[]): boolean {
  const powersWanted = wanted.flat();
  return picture.flat().every((power, index) => Math.abs(power - (powersWanted[index] ?? 0)) <= 1);
}

/** A doctor that talks with a person. */
function doctor(...words: readonly string[]): { readonly child: ChildProcess; said(): string; code(): number | null } {
  const child = spawn('livepen', ['doctor', ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  return { child, said: () => said, code: () => child.exitCode };
}

test('doctor --button shows a press and a hold as they come', async () => {
  const { said, code } = doctor('--button');
  const hear = (what: RegExp) => until(`a line like ${what}`, said, (text) => what.test(text));
  await hear(/Press the button/);
  await until(
    'a reader of the key',
    () => sh('pgrep --full "^cat /dev/input" || true'),
    (pid) => pid !== '',
  );
  // What a key does while its reader starts is no press.
  await delay(1_000);
  key.set(true);
  await hear(/touched/);
  key.set(false);
  await hear(/touched\s+press/);
  key.set(true);
  await hear(/press\s+touched\s+held/);
  key.set(false);
  await hear(/held\s+hold/);
  await until('its end', code, (now) => now === 0);
});

test('doctor --move lifts the pen and believes the person, not the board', async () => {
  const [, , restZ = 0] = paper().place;
  for (const [answer, verdict, exitCode] of [
    ['y', /ok\s+motion/, 0],
    ['n', /warning\s+motion.*USB/s, 1],
  ] as const) {
    const { child, said, code } = doctor('--move');
    await until('the pen to be up', paper, ({ zMax }) => zMax > restZ + 2);
    await until('the question', said, (text) => /Did the pen go up/.test(text));
    child.stdin?.end(`${answer}\n`);
    await until('its end', code, (now) => now === exitCode);
    assert.match(said(), verdict);
    await until('the pen to be down again', paper, ({ place, moving }) => !moving && place[2] === restZ);
  }
});
