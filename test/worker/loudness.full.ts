import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { soundOutlet } from '../../src/worker/outlets/sound.ts';
import { audioOf } from '../../src/worker/sound/audio-settings.ts';
import { LoudSounds } from '../../src/worker/sound/loud-sounds.ts';
import { atUsualLoudness, loudnessOf, usualLufs } from '../../src/worker/sound/loudness.ts';
import { Stage } from '../../src/worker/sound/stage.ts';
import { readWav, secondsOf, type Wav, writeWav } from '../../src/worker/sound/wav.ts';
import { toneWav } from '../api/media.ts';
import { loudnessByFfmpeg } from './ffmpeg.ts';
import { task } from './tasks.ts';
import { needTool } from './tools.ts';

const sounds = new LoudSounds({ clock: systemClock(), ffmpeg: 'ffmpeg', hasPlayer: true, note: assert.fail });

const forBoards = new LoudSounds({ clock: systemClock(), ffmpeg: 'ffmpeg', hasPlayer: false, note: assert.fail });

/** Noise with pauses and swells, in one or two channels. */
function noise(seed: number): Wav {
  const random = seededRandom(seed);
  const rate = [16_000, 22_050, 44_100, 48_000][seed % 4] ?? 48_000;
  const channels = 1 + (seed % 2);
  const samples = new Float32Array(channels * Math.round(rate * (1 + 5 * random())));
  const [swell, colour, size] = [0.5 + 4 * random(), 0.3 + 0.69 * random(), 0.02 + 0.98 * random()];
  const last = [0, 0];
  for (const n of samples.keys()) {
    const channel = n % channels;
    last[channel] = colour * (last[channel] ?? 0) + (1 - colour) * (2 * random() - 1);
    samples[n] = size * (last[channel] ?? 0) * Math.max(0, Math.sin((2 * Math.PI * swell * n) / channels / rate));
  }
  return { rate, channels, samples };
}

test('loudness is measured as ffmpeg measures it, and made what it is meant to be by the measure of ffmpeg', (context) => {
  for (let seed = 0; seed < 12; seed++) {
    const file = writeWav(noise(seed));
    const wav = readWav(file, 30);
    assert.ok(wav !== null);
    const theirs = loudnessByFfmpeg(context, file);
    assert.ok(Math.abs(loudnessOf(wav) - theirs) <= 0.15, `seed ${seed}: ${loudnessOf(wav)}, ffmpeg says ${theirs}`);
    const made = loudnessByFfmpeg(context, writeWav(atUsualLoudness(wav)));
    assert.ok(Math.abs(made - usualLufs) <= 1, `seed ${seed}: ${made} LUFS`);
  }
});

/** A sound card in software: what aplay plays through ALSA stands in a file. */
function soundCard(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-card-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const played = join(folder, 'played.wav');
  const card = `pcm.!default { type plug slave.pcm { type file file "${played}" format wav slave.pcm { type null } } }`;
  writeFileSync(join(folder, 'asound.conf'), `${card}\n`);
  process.env.ALSA_CONFIG_PATH = join(folder, 'asound.conf');
  context.after(() => delete process.env.ALSA_CONFIG_PATH);
  return played;
}

test('aplay plays a sound of the folder through the sound card, as loud as it is meant to be', async (context) => {
  needTool('aplay', 'alsa-utils');
  const played = soundCard(context);
  const folder = mkdtempSync(join(tmpdir(), 'livepen-sounds-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'horn.wav'), toneWav(1, { peak: 0.1 }));
  const { player } = audioOf({ plays: ['here'], player: 'aplay' });
  const outlet = soundOutlet({ folder, volume: 1 }, new Stage({ board: null, player }, systemClock()), sounds);
  const sent = await outlet.send(task('sound', { name: 'horn.wav' }), new AbortController().signal);
  assert.deepEqual(sent, { ok: true });
  const loud = loudnessByFfmpeg(context, readFileSync(played));
  assert.ok(Math.abs(loud - usualLufs) <= 1, `${loud} LUFS`);
});

/** The same in another kind of file, by ffmpeg. */
function asKind(wav: Uint8Array, kind: 'mp3' | 'ogg'): Buffer<ArrayBuffer> {
  const args = ['-hide_banner', '-v', 'error', '-f', 'wav', '-i', 'pipe:0', '-f', kind, 'pipe:1'];
  const { stdout, stderr } = spawnSync('ffmpeg', args, { input: wav, maxBuffer: 10_000_000 });
  assert.ok(stdout.length > 100, stderr.toString());
  return Buffer.from(stdout);
}

test('MP3 and Ogg, too loud and too soft, are as loud as everything, on the board and here; long ones fit the board', async (context) => {
  needTool('ffmpeg', 'ffmpeg');
  for (const kind of ['mp3', 'ogg'] as const)
    for (const [seconds, peak] of [
      [3, 0.02],
      [3, 0.95],
      [25, 0.1],
    ] as const) {
      const file = asKind(toneWav(seconds, { peak, rate: 44_100 }), kind);
      const what = `${kind} of ${seconds} s, peak ${peak}`;
      const before = loudnessByFfmpeg(context, file);
      assert.ok(Math.abs(before - usualLufs) > 2, `${what} was as loud before: ${before}`);
      const made = await sounds.of(`${what}.${kind}`, file, new AbortController().signal);
      assert.ok(made.kind === 'samples', what);
      const forBoard = made.forBoard ?? writeWav(made.wav);
      for (const heard of [forBoard, writeWav(made.wav)]) {
        const after = loudnessByFfmpeg(context, heard);
        assert.ok(Math.abs(after - usualLufs) <= 1, `${what}: ${after} LUFS`);
      }
      assert.ok(Math.abs(secondsOf(made.wav) - seconds) < 0.2, `${what}: ${secondsOf(made.wav)} s`);
      const board = await forBoards.of(`${what}.${kind}`, file, new AbortController().signal);
      assert.equal(board.kind, seconds > 5 ? 'file' : 'samples');
      if (board.kind === 'file') {
        assert.ok(Math.abs((board.seconds ?? 0) - seconds) < 0.2, `${what}: ${board.seconds} s`);
        assert.deepEqual(Buffer.from(board.bytes), forBoard);
      }
      assert.ok(forBoard.length <= 1_000_000, `${what}: ${forBoard.length} bytes`);
    }
});

test('what is no sound, a list of other files and a broken file are played as they are, and nothing else is opened', async () => {
  const never = new AbortController().signal;
  for (const text of ['<html>', '#EXTM3U\nfile:///etc/passwd\n', 'ID3\u0004 and more', 'OggS', '']) {
    const made = await sounds.of('x', Buffer.from(text, 'latin1'), never);
    assert.equal(made.kind, 'file', text);
  }
});

test('a long WAV goes to the board as an MP3, as loud as everything', async (context) => {
  const file = toneWav(25, { peak: 0.05, rate: 44_100 });
  const made = await forBoards.of('long.wav', file, new AbortController().signal);
  assert.ok(made.kind === 'file' && made.bytes.length < 1_000_000);
  const after = loudnessByFfmpeg(context, made.bytes);
  assert.ok(Math.abs(after - usualLufs) <= 1, `${after} LUFS`);
});
