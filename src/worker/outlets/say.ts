import type { Clock } from '../../domain/clock.ts';
import { comparableName } from '../../domain/plain-text.ts';
import type { Outlet, Sent, Task } from '../outlet.ts';
import type { LoudSounds } from '../sound/loud-sounds.ts';
import { atUsualLoudness } from '../sound/loudness.ts';
import { runProgram } from '../sound/program.ts';
import { readOfFolder } from '../sound/sound-files.ts';
import { badWordsWith, languageOf, speakable } from '../sound/speakable.ts';
import { notPlayed, programFault, type Stage } from '../sound/stage.ts';
import { readWav, type Wav } from '../sound/wav.ts';

/** Nothing is spoken for longer. */
const spokenMaxS = 12;
/** The longest WAV that is read, bytes: `spokenMaxS` at 48 kHz in two channels, and its header. */
const wavBytesMax = 100 + spokenMaxS * 48_000 * 4;
/**
 * How long a speech program may take, ms. Most take a tenth of the length of what they speak; the largest voices of
 * piper take as long as it.
 */
const speakingMs = 20_000;
const sayTimeoutMs = 110_000;
const waitingMax = 5;
/** For so many people it is remembered when they were last spoken for. */
const peopleMax = 1_000;

/** How texts are spoken. */
export interface SaySettings {
  /** The voices of espeak-ng, or files of piper's (`.onnx`), by language. */
  readonly voices: Readonly<Record<'en' | 'de' | 'ru', string>>;
  /** Voices of single viewers, by their names. */
  readonly people: Readonly<Record<string, string>>;
  readonly espeak: string;
  readonly piper: string;
  /** A person's texts are spoken no more often than this, ms. */
  readonly cooldownMs: number;
  readonly volume: number;
  /** A sound file of the folder that is played before the text; null: none. */
  readonly before: string | null;
  readonly folder: string;
  /** Words that are left out, beside those that always are. */
  readonly badWords: readonly string[];
}

/** Which voices rules may ask for: those of espeak-ng, by their names. */
const voiceName = /^[a-z]{2,3}(?:-[a-z0-9-]{1,20})?(?:\+[A-Za-z0-9]{1,20})?$/;

/** Speaks texts, without bad words, cut to a length, and for each person no more often than configured. */
export function sayOutlet(settings: SaySettings, stage: Stage, clock: Clock, sounds: LoudSounds): Outlet {
  const { voices, people, espeak, piper, cooldownMs, volume, before, folder } = settings;
  const isBad = badWordsWith(settings.badWords);
  const voiceOf = new Map(Object.entries(people).map(([name, voice]) => [comparableName(name), voice]));
  const heardAtMs = new Map<string, number>();
  const over = new AbortController();

  /** Whether a text of this person was spoken too recently. */
  function isTooSoon(person: string): boolean {
    const lastMs = heardAtMs.get(person);
    return person !== '' && lastMs !== undefined && clock.nowMs() - lastMs < cooldownMs;
  }

  function noteHeard(person: string): void {
    heardAtMs.delete(person);
    heardAtMs.set(person, clock.nowMs());
    const [oldest] = heardAtMs.keys();
    if (heardAtMs.size > peopleMax && oldest !== undefined) heardAtMs.delete(oldest);
  }

  async function spoken(text: string, voice: string, signal: AbortSignal): Promise<Wav | Sent> {
    const isPiper = voice.endsWith('.onnx');
    const program = isPiper ? piper : espeak;
    const args = isPiper ? ['--model', voice, '--output_file', '-'] : ['-v', voice, '-b', '1', '--stdin', '--stdout'];
    const run = { program, args, input: `${text}\n`, outputMax: wavBytesMax, withinMs: speakingMs };
    const ran = await runProgram(run, clock, signal);
    if (!ran.ok) return programFault('say', program, ran);
    const wav = readWav(ran.output, spokenMaxS);
    // It may succeed and still have produced no sound.
    if (wav === null || wav.samples.length === 0)
      return notPlayed('say', `${program} wrote no WAV`, `Try ${program} by hand with the voice ${voice}.`);
    return atUsualLoudness(wav);
  }

  async function sayNow({ values, viewer }: Task, signal: AbortSignal): Promise<Sent> {
    if (typeof values.text !== 'string') return notPlayed('say', 'what the rule sends is no text', 'Look at the rule.');
    const person = comparableName(viewer);
    const text = speakable(values.text, isBad);
    if (text === '' || isTooSoon(person)) return { ok: true, isLeftOut: true };
    const asked = typeof values.voice === 'string' && voiceName.test(values.voice) ? values.voice : null;
    const voice = voiceOf.get(person) ?? asked ?? voices[languageOf(text)];
    const wav = await spoken(text, voice, signal);
    if ('ok' in wav) return wav;
    noteHeard(person);
    const first = before === null ? null : await readOfFolder(folder, before);
    if (first?.ok === false)
      return notPlayed(
        'say',
        `no file "${before}" could be taken: ${first.why}`,
        'Look into the folder of sounds, and at [say] before.',
      );
    if (before !== null && first !== null)
      await stage.play('say', await sounds.of(before, first.bytes, signal), volume, signal);
    return stage.play('say', { kind: 'samples', wav }, volume, signal);
  }

  return {
    name: 'say',
    kind: 'instant',
    timeoutMs: sayTimeoutMs,
    waitingMax,
    takes: ({ action }) => action === 'say',
    send: (task, signal) => sayNow(task, AbortSignal.any([signal, over.signal])),
    close: () => over.abort(),
  };
}
