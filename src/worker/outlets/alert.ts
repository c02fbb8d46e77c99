import { boardAlert, namesFiles } from '../../domain/alert.ts';
import type { Outlet, Sent } from '../outlet.ts';
import { atUsualLoudness } from '../sound/loudness.ts';
import { readOfFolder } from '../sound/sound-files.ts';
import { type AskBoard, cueBoard, hashOfMedium, notPlayed } from '../sound/stage.ts';
import { readWav, soundMaxS, writeWav } from '../sound/wav.ts';

const alertTimeoutMs = 20_000;

/** Shows alerts that name a picture or a sound of the folder; all others the appliance shows by itself. */
export function alertOutlet(folder: string, ask: AskBoard): Outlet {
  async function send(values: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Sent> {
    const alert = boardAlert(values);
    if (alert === null) return { ok: true, isLeftOut: true };
    const media: Buffer[] = [];
    let missing: Sent | null = null;
    /** Its hash; nothing where it cannot be read: then the words are shown without it. */
    async function bring(name: unknown, made: (bytes: Buffer<ArrayBuffer>) => Buffer): Promise<string | null> {
      if (typeof name !== 'string') return null;
      const read = await readOfFolder(folder, name);
      if (!read.ok) {
        missing = notPlayed(
          'alert',
          `no file "${name}" could be taken: ${read.why}`,
          'Look at the rule, and into the folder of sounds.',
        );
        return null;
      }
      const bytes = made(read.bytes);
      media.push(bytes);
      return hashOfMedium(bytes);
    }
    const picture = await bring(values.picture, (bytes) => bytes);
    const sound = await bring(values.sound, asLoud);
    const { text, seconds, animation, emoji } = alert;
    const cue = {
      text,
      seconds,
      animation,
      ...(emoji === '' ? {} : { emoji }),
      ...(picture === null ? {} : { picture }),
      ...(sound === null ? {} : { sound: { media: sound } }),
    };
    const sent = await cueBoard(ask, 'alert', { alert: cue }, media, signal);
    return sent.ok && missing !== null ? missing : sent;
  }

  return {
    name: 'alert',
    kind: 'instant',
    timeoutMs: alertTimeoutMs,
    takes: ({ action, values }) => action === 'alert' && namesFiles(values),
    send: ({ values }, signal) => send(values, signal),
    close() {},
  };
}

function asLoud(bytes: Buffer<ArrayBuffer>): Buffer {
  const wav = readWav(bytes, soundMaxS);
  return wav === null ? bytes : writeWav(atUsualLoudness(wav));
}
