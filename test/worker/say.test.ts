import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { type SaySettings, sayOutlet } from '../../src/worker/outlets/say.ts';
import { LoudSounds } from '../../src/worker/sound/loud-sounds.ts';
import { loudnessOf } from '../../src/worker/sound/loudness.ts';
import { badWordsWith, speakable } from '../../src/worker/sound/speakable.ts';
import { type Sound, Stage } from '../../src/worker/sound/stage.ts';
import { secondsOf, type Wav } from '../../src/worker/sound/wav.ts';
import { toneWav } from '../api/media.ts';
import { outletContract } from './outlet-contract.ts';
import { ProgramInSoftware } from './program-in-software.ts';
import { task } from './tasks.ts';

const never = new AbortController().signal;
const clock = systemClock(4);

/** Keeps what would be heard. */
class QuietStage extends Stage {
  readonly heard: Wav[] = [];
  constructor() {
    super({ board: null, player: null }, clock);
  }
  override play(title: string, sound: Sound, volume: number, signal: AbortSignal) {
    if (sound.kind === 'samples') this.heard.push(sound.wav);
    return super.play(title, sound, volume, signal);
  }
}

/** A program that speaks: it writes down its words and what it read, and gives a tone. */
function speaker(context: TestContext, given: Partial<SaySettings> = {}, seconds = 0.02) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-say-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'tone.wav'), toneWav(seconds));
  const program = new ProgramInSoftware(
    context,
    `text=$(cat); echo "$* <$text>" >> "$out"; cat '${join(folder, 'tone.wav')}'`,
  );
  const stage = new QuietStage();
  const settings: SaySettings = {
    voices: { en: 'en', de: 'de', ru: 'ru' },
    people: {},
    espeak: program.path,
    piper: program.path,
    cooldownMs: 0,
    volume: 1,
    before: null,
    folder,
    badWords: [],
    ...given,
  };
  const outlet = sayOutlet(
    settings,
    stage,
    clock,
    new LoudSounds({ clock, ffmpeg: 'no-ffmpeg-here', hasPlayer: true, note: () => {} }),
  );
  context.after(() => outlet.close());
  const say = (text: string, viewer = 'Anna', voice?: string) =>
    outlet.send({ ...task('say', voice === undefined ? { text } : { text, voice }), viewer }, never);
  return { folder, program, stage, outlet, say };
}

const isBad = badWordsWith([]);

outletContract(
  'say',
  async (context) => {
    const { program, outlet } = speaker(context);
    return {
      outlet,
      taskOf: (text: string) => task('say', { text }),
      received: () => program.lines().map((line) => /<(.*)>$/.exec(line)?.[1] ?? line),
      arrives: (text) => speakable(text, isBad),
      become: (mood) => program.become(mood),
      secrets: [],
    };
  },
  ['slow', 'hangs', 'refuses', 'gone'],
);

test('at most five wait to be spoken', async (context) => assert.equal(speaker(context).outlet.waitingMax, 5));

test('a voice is that of the person, or else of the rule, or else of the language; text goes over standard input alone', async (context) => {
  const { program, say } = speaker(context, { people: { Mila: 'de+f3', Piet: '/voices/piet.onnx' } });
  await say('hello', 'Anna');
  await say('Привет', 'Anna');
  await say('schöne Grüße', 'Anna');
  await say('hello', 'Anna', 'en-us+m3');
  await say('hello', 'Anna', '--help; rm');
  await say('hello', 'ＭＩＬＡ', 'en-us+m3');
  await say('-h --version; $(id) `id`', 'Piet');
  const espeak = '-b 1 --stdin --stdout';
  assert.deepEqual(program.lines(), [
    `-v en ${espeak} <hello>`,
    `-v ru ${espeak} <Привет>`,
    `-v de ${espeak} <schöne Grüße>`,
    `-v en-us+m3 ${espeak} <hello>`,
    `-v en ${espeak} <hello>`,
    `-v de+f3 ${espeak} <hello>`,
    '--model /voices/piet.onnx --output_file - <-h --version; $(id) id>',
  ]);
});

test('somebody who was heard is left out for a while, whatever they call themselves in; others are not', async (context) => {
  const { program, say } = speaker(context, { cooldownMs: 60_000 });
  const leftOut = { ok: true, isLeftOut: true };
  assert.deepEqual(await say('one', 'Anna'), { ok: true });
  assert.deepEqual(await say('two', 'ANNA'), leftOut);
  assert.deepEqual(await say('three', 'Bo'), { ok: true });
  assert.deepEqual(await say('fuck', 'Carl'), leftOut, 'nothing is left to say');
  assert.deepEqual(await say('four', 'Carl'), { ok: true }, 'and that costs no turn');
  for (const each of ['five', 'six']) assert.deepEqual(await say(each, ''), { ok: true }, 'nobody is not one person');
  assert.deepEqual(
    program.lines().map((line) => line.replace(/^.*<(.*)>$/, '$1')),
    ['one', 'three', 'four', 'five', 'six'],
  );
});

test('speech is as loud as everything, is cut after 12 s, and a sound comes before it', async (context) => {
  const { folder, stage, say } = speaker(context, { before: 'bell.wav' }, 20);
  writeFileSync(join(folder, 'bell.wav'), toneWav(0.5, { peak: 0.01 }));
  assert.deepEqual(await say('a long story'), { ok: true });
  const [bell, speech] = stage.heard;
  assert.ok(bell !== undefined && speech !== undefined && stage.heard.length === 2);
  assert.equal(secondsOf(bell), 0.5);
  assert.ok(secondsOf(speech) <= 12, `${secondsOf(speech)} s`);
  for (const wav of stage.heard) assert.ok(Math.abs(loudnessOf(wav) + 16) < 1, `${loudnessOf(wav)} LUFS`);
  rmSync(join(folder, 'bell.wav'));
  const sent = await say('again');
  assert.ok(!sent.ok);
  assert.match(sent.fault.what, /no file "bell\.wav" could be taken: it is not there/);
});

test('a program that reports nothing and wrote no WAV has not spoken', async (context) => {
  const { folder, stage, say } = speaker(context);
  for (const bytes of [Buffer.alloc(0), Buffer.from('ALSA lib: cannot find card'), toneWav(0)]) {
    writeFileSync(join(folder, 'tone.wav'), bytes);
    const sent = await say('hello');
    assert.ok(!sent.ok && sent.kind === 'refused');
    assert.match(sent.fault.what, /wrote no WAV/);
  }
  assert.deepEqual(stage.heard, []);
});
