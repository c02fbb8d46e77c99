import type { Clock } from '../../domain/clock.ts';
import { atUsualLoudness } from './loudness.ts';
import { runProgram } from './program.ts';
import { hashOfMedium, type Sound } from './stage.ts';
import { readWav, soundMaxS, type Wav, writeWav } from './wav.ts';

/** So many sounds are kept as they were made ready, of so many samples together. */
const readyMax = 8;
const readySamplesMax = 4_000_000;
/** What the board takes. */
const boardBytesMax = 1_000_000;
/** Half a minute in two channels of 48 kHz and 16 bits, with its head. */
const decodedBytesMax = 5_770_000;
const ffmpegWithinMs = 15_000;
/** It asks nobody, uses one processor, and opens nothing but what it is given. */
const plainly = ['-hide_banner', '-nostdin', '-v', 'error', '-threads', '1', '-protocol_whitelist', 'pipe'];

interface LoudSoundsDeps {
  readonly clock: Clock;
  /** The program that reads and writes other kinds than WAV. */
  readonly ffmpeg: string;
  /** Takes a sentence for the log. */
  readonly note: (sentence: string) => void;
}

/**
 * Makes sounds ready to be heard, all as loud as each other: WAVs by themselves, MP3 and Ogg where ffmpeg is on this
 * machine. Without it they stay as they are, which is said once.
 */
export class LoudSounds {
  readonly #deps: LoudSoundsDeps;
  readonly #ready = new Map<string, { readonly hash: string; readonly sound: Sound }>();
  #isNoted = false;

  constructor(deps: LoudSoundsDeps) {
    this.#deps = deps;
  }

  /** A file's sound; what was made ready of the same bytes before is taken again. */
  async of(name: string, bytes: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<Sound> {
    const before = this.#ready.get(name);
    const hash = hashOfMedium(bytes);
    this.#ready.delete(name);
    const sound = before?.hash === hash ? before.sound : await this.#made(bytes, signal);
    if (sound.kind === 'samples') this.#ready.set(name, { hash, sound });
    for (const oldest of this.#ready.keys()) {
      if (this.#ready.size <= readyMax && this.#samples() <= readySamplesMax) break;
      this.#ready.delete(oldest);
    }
    return sound;
  }

  #samples(): number {
    return [...this.#ready.values()].reduce(
      (sum, { sound }) => sum + (sound.kind === 'samples' ? sound.wav.samples.length : 0),
      0,
    );
  }

  async #made(bytes: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<Sound> {
    const read = readWav(bytes, soundMaxS) ?? (await this.#decoded(bytes, signal));
    if (read === null) return { kind: 'file', bytes };
    const wav = atUsualLoudness(read);
    const whole = writeWav(wav);
    if (whole.length <= boardBytesMax) return { kind: 'samples', wav, forBoard: whole };
    return { kind: 'samples', wav, forBoard: (await this.#packed(whole, signal)) ?? whole };
  }

  /** MP3 and Ogg, by their first bytes; null for all else, and where it cannot be read. */
  async #decoded(bytes: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<Wav | null> {
    const kind = kindOf(bytes);
    if (kind === null) return null;
    const args = ['-f', kind, '-i', 'pipe:0', '-vn', '-t', String(soundMaxS), '-bitexact', '-f', 'wav', 'pipe:1'];
    const output = await this.#run(args, bytes, decodedBytesMax, signal);
    return output === null ? null : readWav(output, soundMaxS);
  }

  /** The same in fewer bytes; null where that cannot be made, or is too much as well. */
  async #packed(wav: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<Buffer<ArrayBuffer> | null> {
    const args = ['-f', 'wav', '-i', 'pipe:0', '-c:a', 'libmp3lame', '-q:a', '2', '-bitexact', '-f', 'mp3', 'pipe:1'];
    const output = await this.#run(args, wav, boardBytesMax + 1, signal);
    return output !== null && output.length <= boardBytesMax ? output : null;
  }

  async #run(
    args: readonly string[],
    input: Uint8Array,
    outputMax: number,
    signal: AbortSignal,
  ): Promise<Buffer<ArrayBuffer> | null> {
    const { clock, ffmpeg: program, note } = this.#deps;
    const run = { program, args: [...plainly, ...args], input, outputMax, withinMs: ffmpegWithinMs };
    const ran = await runProgram(run, clock, signal);
    if (ran.ok) return ran.output;
    if (ran.kind === 'absent' && !this.#isNoted) {
      this.#isNoted = true;
      note(
        'There is no ffmpeg on this machine: MP3 and Ogg are played as they are, not as loud as the rest, and long WAVs not on the board. `sudo apt install ffmpeg` changes that.',
      );
    }
    return null;
  }
}

/** How ffmpeg calls a file by its first bytes; it is not left to guess. */
function kindOf(bytes: Buffer): 'mp3' | 'ogg' | null {
  if (bytes.toString('latin1', 0, 4) === 'OggS') return 'ogg';
  const isFrame = bytes.length > 2 && bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0;
  return isFrame || bytes.toString('latin1', 0, 3) === 'ID3' ? 'mp3' : null;
}
