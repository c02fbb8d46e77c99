import { boardAlert, namesFiles } from '../../domain/alert.ts';
import type { Outlet, Sent } from '../outlet.ts';
import type { LoudSounds } from '../sound/loud-sounds.ts';
import { readOfFolder } from '../sound/sound-files.ts';
import { type AskBoard, cueBoard, hashOfMedium, notPlayed } from '../sound/stage.ts';
import { writeWav } from '../sound/wav.ts';

const alertTimeoutMs = 20_000;

/** Shows alerts that name a picture or a sound of the folder; all others the appliance shows by itself. */
export function alertOutlet(folder: string, ask: AskBoard, sounds: LoudSounds): Outlet {
  async function send(values: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Sent> {
    const alert = boardAlert(values);
    if (alert === null) return { ok: true, isLeftOut: true };
    const media: Buffer[] = [];
    let missing: Sent | null = null;
    /** Reads a file and returns its hash; null where it cannot be read: then the alert is shown without it. */
    async function bring(
      name: unknown,
      made: (name: string, bytes: Buffer<ArrayBuffer>) => Promise<Buffer>,
    ): Promise<string | null> {
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
      const bytes = await made(name, read.bytes);
      media.push(bytes);
      return hashOfMedium(bytes);
    }
    const picture = await bring(values.picture, async (_name, bytes) => bytes);
    const sound = await bring(values.sound, async (name, bytes) => {
      const made = await sounds.of(name, bytes, signal);
      return made.kind === 'file' ? bytes : (made.forBoard ?? writeWav(made.wav));
    });
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
