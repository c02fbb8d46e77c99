import type { Outlet, Sent } from '../outlet.ts';
import type { LoudSounds } from '../sound/loud-sounds.ts';
import { readOfFolder } from '../sound/sound-files.ts';
import { notPlayed, type Stage } from '../sound/stage.ts';

/** Includes the wait for other sounds and its own length, ms. */
const soundTimeoutMs = 100_000;
/** Where the sound files lie, and how loud they are played. */
export interface SoundSettings {
  readonly folder: string;
  readonly volume: number;
}

/** Plays files of a folder, all equally loud. */
export function soundOutlet({ folder, volume }: SoundSettings, stage: Stage, sounds: LoudSounds): Outlet {
  const over = new AbortController();

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
      const either = AbortSignal.any([signal, over.signal]);
      return stage.play('sound', await sounds.of(name, read.bytes, either), volume * asked, either);
    },
    close: () => over.abort(),
  };
}
