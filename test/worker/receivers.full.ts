/** The worker's outlets against the programs that they are for. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../src/domain/log.ts';
import { systemClock } from '../../src/system/clock.ts';
import { BoxStateLane } from '../../src/worker/box-state.ts';
import { sendWithin } from '../../src/worker/delivery.ts';
import { mqttOutlet } from '../../src/worker/outlets/mqtt.ts';
import { obsOutlet } from '../../src/worker/outlets/obs.ts';
import { oscOutlet } from '../../src/worker/outlets/osc.ts';
import { toneWav } from '../api/media.ts';
import { lookIntoObs } from './obs-client.ts';
import { task } from './tasks.ts';
import { freePort, listens, needTool, obsHome, startTool, untilSo } from './tools.ts';

const clock = systemClock();
const never = new AbortController().signal;

test("liblo's oscdump reads every kind of value as it was meant, and VRChat's press and release", async (context) => {
  needTool('oscdump', 'liblo-tools');
  const port = await freePort();
  const dump = startTool(context, 'stdbuf', ['-oL', 'oscdump', '-L', String(port)]);
  const outlet = oscOutlet({ name: 'x', host: '127.0.0.1', port, pulse: ['/avatar/'], pulseMs: 50 }, clock);
  context.after(() => outlet.close());
  // Until it listens, what is sent to it is lost.
  await untilSo('oscdump', async () => {
    await outlet.send(task('osc', { address: '/ready' }), never);
    return dump.output().includes('/ready');
  });
  await outlet.send(
    task('osc', { address: '/all', args: ['Привет, Анна', 7, -2_147_483_648, 0.5, true, false] }),
    never,
  );
  await outlet.send(task('osc', { address: '/avatar/parameters/Wave', args: [true] }), never);
  await untilSo('the release', () => /Wave F/.test(dump.output()));
  const lines = dump
    .output()
    .split('\n')
    .filter((line) => !line.includes('/ready'));
  assert.match(lines[0] ?? '', /\/all siifTF "Привет, Анна" 7 -2147483648 0\.50* #T #F$/);
  assert.match(lines[1] ?? '', /\/avatar\/parameters\/Wave T #T$/);
  assert.match(lines[2] ?? '', /\/avatar\/parameters\/Wave F #F$/);
});

test('mosquitto takes name and password, keeps state and discovery, and says offline when the worker is killed', async (context) => {
  for (const tool of ['mosquitto', 'mosquitto_passwd']) needTool(tool, 'mosquitto');
  needTool('mosquitto_sub', 'mosquitto-clients');
  const folder = mkdtempSync(join(tmpdir(), 'livepen-mosquitto-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const port = await freePort();
  const passwords = join(folder, 'passwords');
  writeFileSync(passwords, 'livepen:correct\n');
  const hashing = startTool(context, 'mosquitto_passwd', ['-U', passwords]);
  await new Promise((resolve) => hashing.child.once('exit', resolve));
  const config = join(folder, 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\npassword_file ${passwords}\nallow_anonymous false\nuser root\n`);
  const broker = startTool(context, 'mosquitto', ['-c', config]);
  await untilSo(`mosquitto ${broker.output()}`, () => listens(port));
  const sub = (...words: string[]) =>
    startTool(context, 'stdbuf', [
      '-oL',
      'mosquitto_sub',
      '-p',
      String(port),
      '-u',
      'livepen',
      '-P',
      'correct',
      '-v',
      ...words,
    ]);
  const all = sub('-t', '#');
  // What is not retained is lost until it has subscribed.
  await untilSo(`a subscriber: ${all.output()}`, async () => {
    const words = ['-p', String(port), '-u', 'livepen', '-P', 'correct', '-t', 'ready', '-m', 'yes'];
    await once(startTool(context, 'mosquitto_pub', words).child, 'exit');
    return /^ready yes$/m.test(all.output());
  });
  const settings = {
    host: '127.0.0.1',
    port,
    tls: false,
    user: 'livepen',
    topic: 'livepen',
    discovery: 'homeassistant',
    kinds: [],
  };

  const wrong = mqttOutlet({ ...settings, password: 'not it' }, clock);
  const refused = await sendWithin(clock, wrong, task('mqtt', { topic: 'livepen/x', message: 'x' }));
  assert.ok(!refused.ok && refused.fault.code === 'outlet-password', JSON.stringify(refused));
  wrong.close();

  const outlet = mqttOutlet({ ...settings, password: 'correct' }, clock);
  context.after(() => outlet.close());
  const lane = new BoxStateLane(outlet, 'livepen', { clock, log: silentLog });
  context.after(() => lane.close());
  lane.show({ state: { name: 'drawing', what: '', todo: null }, strokes: { drawn: 3, spoiled: 1, pending: 9 } });
  assert.deepEqual(await outlet.send(task('mqtt', { topic: 'livepen/gift', message: 'Роза 🌹' }), never), { ok: true });
  await untilSo('the state', () => /^livepen\/state /m.test(all.output()));
  const later = sub('-t', 'livepen/#', '-t', 'homeassistant/#', '--retained-only');
  await untilSo('what is kept', () => later.output().split('\n').length > 5);
  assert.match(later.output(), /^livepen\/online online$/m);
  assert.match(later.output(), /^livepen\/state \{"state":"drawing","drawn":2,"pending":9\}$/m);
  assert.match(later.output(), /^homeassistant\/sensor\/livepen\/state\/config \{.*"unique_id":"livepen_state"/m);
  assert.doesNotMatch(later.output(), /livepen\/gift/);
  await untilSo('the gift', () => /^livepen\/gift Роза 🌹$/m.test(all.output()));
  lane.close();
  outlet.close();
  await untilSo('offline', () => /^livepen\/online offline$/m.test(all.output()));
});

test('a real OBS changes scenes, sources, filters and texts, begins media anew, records and streams; a wrong password and its death are reported', async (context) => {
  needTool('obs', 'obs-studio');
  needTool('Xvfb', 'xvfb');
  const port = await freePort();
  const password = 'correct-horse';
  const env = {
    ...obsHome(context, port, password),
    DISPLAY: `:${90 + (port % 100)}`,
    QT_QPA_PLATFORM: 'xcb',
    LIBGL_ALWAYS_SOFTWARE: '1',
  };
  const screen = startTool(context, 'Xvfb', [env.DISPLAY, '-screen', '0', '800x600x24', '-nolisten', 'tcp']);
  const words = ['--multi', '--disable-updater', '--collection', 'Lab', '--profile', 'Lab', '--scene', 'Live'];
  const studio = startTool(context, 'obs', words, env);
  await untilSo('OBS', () => listens(port)).catch((error) =>
    assert.fail(`${error}\n${screen.output()}\n${studio.output()}`),
  );
  const address = `ws://127.0.0.1:${port}`;
  const send = (outlet: ReturnType<typeof obsOutlet>, request: string, data: Readonly<Record<string, unknown>> = {}) =>
    sendWithin(clock, outlet, task('obs', { request, data }));

  const wrong = obsOutlet({ address, password: 'not it' }, clock);
  const refused = await send(wrong, 'StartRecord');
  assert.ok(!refused.ok && refused.fault.code === 'outlet-password', JSON.stringify(refused));
  wrong.close();

  const outlet = obsOutlet({ address, password }, clock);
  context.after(() => outlet.close());
  // It listens a moment before its scenes are there.
  await untilSo('its scenes', async () => (await send(outlet, 'SetCurrentProgramScene', { sceneName: 'Party' })).ok);
  assert.deepEqual(await send(outlet, 'SetCurrentProgramScene', { sceneName: 'Live' }), { ok: true });
  assert.deepEqual(
    await send(outlet, 'SetSceneItemEnabled', { sceneName: 'Live', sourceName: 'Blue', enabled: false }),
    {
      ok: true,
    },
  );
  assert.deepEqual(await send(outlet, 'SetInputSettings', { inputName: 'Blue', width: 320 }), { ok: true });
  const look = await lookIntoObs(context, address, password);
  // What its scenes lack is made by its own means.
  const horn = join(env.HOME, 'horn.wav');
  writeFileSync(horn, toneWav(30));
  for (const [inputName, inputKind, inputSettings] of [
    ['Thanks', 'text_ft2_source_v2', { text: 'nobody' }],
    ['Horn', 'ffmpeg_source', { local_file: horn, is_local_file: true }],
  ] as const)
    assert.equal((await look('CreateInput', { sceneName: 'Live', inputName, inputKind, inputSettings })).ok, true);
  const tint = { sourceName: 'Blue', filterName: 'Tint' };
  assert.equal((await look('CreateSourceFilter', { ...tint, filterKind: 'color_filter_v2' })).ok, true);

  const text = 'Спасибо, Anna 🌹';
  assert.deepEqual(await send(outlet, 'SetInputSettings', { inputName: 'Thanks', text }), { ok: true });
  assert.deepEqual((await look('GetInputSettings', { inputName: 'Thanks' })).inputSettings, { text });
  assert.deepEqual(await send(outlet, 'SetSourceFilterEnabled', { ...tint, filterEnabled: false }), { ok: true });
  assert.equal((await look('GetSourceFilter', tint)).filterEnabled, false);
  const cursor = async () => Number((await look('GetMediaInputStatus', { inputName: 'Horn' })).mediaCursor);
  await untilSo('the horn is in its second second', async () => (await cursor()) > 1_000);
  assert.deepEqual(await send(outlet, 'TriggerMediaInputAction', { inputName: 'Horn' }), { ok: true });
  await untilSo('it begins anew', async () => (await cursor()) < 1_000);
  for (const what of ['Record', 'Stream'] as const) {
    const isOn = async () => (await look(`Get${what}Status`)).outputActive === true;
    assert.equal(await isOn(), false);
    assert.deepEqual(await send(outlet, `Start${what}`), { ok: true });
    if (what === 'Record') await untilSo('it records', isOn);
    await untilSo(`${what} stops`, async () => (await send(outlet, `Stop${what}`)).ok || !(await isOn()));
    await untilSo(`${what} is off`, async () => !(await isOn()));
  }
  const unknown = await send(outlet, 'SetCurrentProgramScene', { sceneName: 'Nowhere' });
  assert.ok(!unknown.ok && unknown.kind === 'refused' && unknown.fault.what.includes('(600)'), JSON.stringify(unknown));

  studio.child.kill('SIGSTOP');
  const underWay = send(outlet, 'SetCurrentProgramScene', { sceneName: 'Party' });
  const late = await underWay;
  assert.ok(!late.ok, JSON.stringify(late));
  await studio.end();
  const dead = await send(outlet, 'SetCurrentProgramScene', { sceneName: 'Party' });
  assert.ok(!dead.ok && dead.kind === 'unreachable', JSON.stringify(dead));
});
