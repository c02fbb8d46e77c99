import type { Outlet, Sent } from '../outlet.ts';
import { atUsualLoudness } from '../sound/loudness.ts';
import { readOfFolder } from '../sound/sound-files.ts';
import { notPlayed, type Sound, type Stage } from '../sound/stage.ts';
import { readWav, soundMaxS } from '../sound/wav.ts';

/** It waits for what others play, and is then heard to its end. */
const soundTimeoutMs = 100_000;
/** So many are kept as they were made ready, none of them longer than this. */
const readyMax = 8;
const readySamplesMax = 500_000;

/** Which sounds there are. */
export interface SoundSettings {
  readonly folder: string;
  readonly volume: number;
}

/** Plays files of a folder. WAVs are all made equally loud; what is of another kind the board plays as it is. */
export function soundOutlet({ folder, volume }: SoundSettings, stage: Stage): Outlet {
  const ready = new Map<string, { readonly bytes: Buffer; readonly sound: Sound }>();
  const over = new AbortController();

  /** Ready to be heard; what was made ready of the same bytes before is taken again. */
  function soundOf(name: string, bytes: Buffer<ArrayBuffer>): Sound {
    const before = ready.get(name);
    ready.delete(name);
    const sound = before?.bytes.equals(bytes) === true ? before.sound : madeReady(bytes);
    if (sound.kind === 'samples' && sound.wav.samples.length <= readySamplesMax) ready.set(name, { bytes, sound });
    for (const oldest of ready.keys()) {
      if (ready.size <= readyMax) break;
      ready.delete(oldest);
    }
    return sound;
  }

  return {
    name: 'sound',
    kind: 'instant',
    timeoutMs: soundTimeoutMs,
    takes: ({ action }) => action === 'sound',
    async send({ values: { name, volume: asked = 1 } }, signal): Promise<Sent> {
      if (typeof name !== 'string' || typeof asked !== 'number' || !(asked >= 0 && asked <= 1))
        return notPlayed('sound', 'what the rule sends names no sound', 'Look at the rule.');
      const read = await readOfFolder(folder, name);
      if (!read.ok)
        return notPlayed(
          'sound',
          `no file "${name}" could be taken: ${read.why}`,
          'Look at the rule, and into the folder of sounds.',
        );
      const sound = soundOf(name, read.bytes);
      return stage.play('sound', sound, volume * asked, AbortSignal.any([signal, over.signal]));
    },
    close: () => over.abort(),
  };
}

function madeReady(bytes: Buffer<ArrayBuffer>): Sound {
  const wav = readWav(bytes, soundMaxS);
  return wav === null ? { kind: 'file', bytes } : { kind: 'samples', wav: atUsualLoudness(wav) };
}
