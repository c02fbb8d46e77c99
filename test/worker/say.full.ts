import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { type SaySettings, sayOutlet } from '../../src/worker/outlets/say.ts';
import { LoudSounds } from '../../src/worker/sound/loud-sounds.ts';
import { usualLufs } from '../../src/worker/sound/loudness.ts';
import { type AskBoard, Stage } from '../../src/worker/sound/stage.ts';
import { readWav, secondsOf } from '../../src/worker/sound/wav.ts';
import { toneWav } from '../api/media.ts';
import { loudnessByFfmpeg } from './ffmpeg.ts';
import { task } from './tasks.ts';
import { needTool } from './tools.ts';

const never = new AbortController().signal;

/** What espeak-ng speaks, as it is brought to the board. */
function speaking(context: TestContext, given: Partial<SaySettings> = {}) {
  needTool('espeak-ng', 'espeak-ng');
  const clock = systemClock(20);
  const kept = new Map<string, Buffer>();
  const board: AskBoard = async ({ method, path, body }) => {
    if (method === 'PUT') kept.set(/[0-9a-f]{64}/.exec(path)?.[0] ?? '', Buffer.from(body, 'base64'));
    const isThere = method === 'PUT' || kept.has(JSON.parse(body).sound.media);
    return { kind: 'answered', status: isThere ? 200 : 409, detail: '' };
  };
  const settings: SaySettings = {
    voices: { en: 'en', de: 'de', ru: 'ru' },
    people: {},
    espeak: 'espeak-ng',
    piper: 'piper',
    cooldownMs: 0,
    volume: 1,
    before: null,
    folder: '/nowhere',
    badWords: [],
    ...given,
  };
  const sounds = new LoudSounds({ clock: systemClock(), ffmpeg: 'ffmpeg', hasPlayer: true, note: assert.fail });
  // What runs is real, and needs its time.
  const outlet = sayOutlet(settings, new Stage({ board, player: null }, clock), systemClock(), sounds);
  context.after(() => outlet.close());
  const say = (text: string, voice?: string) =>
    outlet.send(task('say', voice === undefined ? { text } : { text, voice }), never);
  return { say, spoken: () => [...kept.values()] };
}

test('espeak-ng speaks English, German and Russian, each as loud as everything by the measure of ffmpeg', async (context) => {
  const { say, spoken } = speaking(context);
  const texts = [
    'Thank you, Anna, for the roses',
    'Schöne Grüße und vielen Dank',
    'Спасибо за розы, Анна',
    'Hi',
    'No!',
  ];
  for (const text of texts) assert.deepEqual(await say(text), { ok: true });
  assert.equal(spoken().length, texts.length, 'each is another one');
  for (const wav of spoken()) {
    const loud = loudnessByFfmpeg(context, wav);
    assert.ok(Math.abs(loud - usualLufs) <= 1, `${loud} LUFS`);
  }
});

test('no text that a viewer writes becomes an option, an order or a speech of more than 12 s', async (context) => {
  const { say, spoken } = speaking(context);
  for (const text of [
    '-h',
    '--version',
    '[[h@l0U w3:ld]]',
    '<speak><break time="30s"/></speak>',
    '9'.repeat(2_000),
    'word '.repeat(2_000),
    'ы'.repeat(2_000),
    '$(touch /tmp/x); `id` | cat',
  ])
    assert.deepEqual(await say(text), { ok: true }, text.slice(0, 40));
  for (const bytes of spoken()) {
    const wav = readWav(bytes, 60);
    assert.ok(wav !== null && secondsOf(wav) > 0.1 && secondsOf(wav) <= 12, `${wav && secondsOf(wav)} s`);
    assert.ok(bytes.length <= 1_000_000, 'the board takes it');
  }
});

test('a voice that espeak-ng has not got is reported in its words', async (context) => {
  const { say, spoken } = speaking(context);
  const sent = await say('hello', 'zzz');
  assert.ok(!sent.ok && sent.kind === 'refused');
  assert.match(sent.fault.what, /espeak-ng failed: .*voice/);
  assert.deepEqual(spoken(), []);
});

test('a bell that is an MP3 is heard before what is said, as loud as that', async (context) => {
  needTool('ffmpeg', 'ffmpeg');
  const folder = mkdtempSync(join(tmpdir(), 'livepen-bell-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const words = ['-hide_banner', '-v', 'error', '-f', 'wav', '-i', 'pipe:0', join(folder, 'bell.mp3')];
  assert.equal(spawnSync('ffmpeg', words, { input: toneWav(1, { peak: 0.02 }) }).status, 0);
  const { say, spoken } = speaking(context, { folder, before: 'bell.mp3' });
  assert.deepEqual(await say('Thank you'), { ok: true });
  const loudness = spoken().map((each) => loudnessByFfmpeg(context, each));
  assert.equal(loudness.length, 2);
  for (const lufs of loudness) assert.ok(Math.abs(lufs + 16) <= 1, String(loudness));
});
