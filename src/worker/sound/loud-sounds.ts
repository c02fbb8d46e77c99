import type { Clock } from '../../domain/clock.ts';
import { mediaBytesMax } from '../../domain/outside.ts';
import { atUsualLoudness, usualLufs } from './loudness.ts';
import { runProgram } from './program.ts';
import { hashOfMedium, type Sound } from './stage.ts';
import { readWav, soundMaxS } from './wav.ts';

/** So many sounds are kept as they were made ready, of so many samples together. */
const readyMax = 8;
const readySamplesMax = 4_000_000;
/** Half a minute in two channels of 48 kHz and 16 bits, with its head. */
const decodedBytesMax = 5_770_000;
const closeEnoughLu = 0.5;
const roundsMax = 5;
const gainMaxDb = 40;
/** The loudness that ffmpeg reports for silence, LUFS. */
const silenceLufs = -70;
const ffmpegWithinMs = 15_000;
/** Options by which ffmpeg asks no questions, uses one processor, and opens only what it is given. */
const plainly = ['-hide_banner', '-nostdin', '-threads', '1', '-filter_threads', '1', '-protocol_whitelist', 'pipe'];

interface LoudSoundsDeps {
  readonly clock: Clock;
  /** The program that reads and writes other kinds than WAV. */
  readonly ffmpeg: string;
  /** Whether samples are wanted of long sounds, too: a player of this machine takes nothing else. */
  readonly hasPlayer: boolean;
  /** Takes a sentence for the log. */
  readonly note: (sentence: string) => void;
}

type Kind = 'wav' | 'mp3' | 'ogg';

/**
 * Makes all sounds equally loud: short WAVs by itself, all others with ffmpeg, where that is installed. Without it MP3
 * and Ogg stay as they are, which is logged once. Long sounds are measured and encoded by ffmpeg: as samples half a
 * minute takes ten megabytes, and several of these are more than a worker may have.
 */
export class LoudSounds {
  readonly #deps: LoudSoundsDeps;
  readonly #ready = new Map<string, { readonly hash: string; readonly sound: Sound }>();
  #isNoted = false;

  constructor(deps: LoudSoundsDeps) {
    this.#deps = deps;
  }

  /** The sound of a file; the result for the same bytes is used again. */
  async of(name: string, bytes: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<Sound> {
    const before = this.#ready.get(name);
    const hash = hashOfMedium(bytes);
    this.#ready.delete(name);
    const sound = before?.hash === hash ? before.sound : await this.#made(bytes, signal);
    // A file that stays as it is costs nothing to prepare again, so it is not kept.
    if (sound.kind === 'samples' || sound.seconds !== undefined) this.#ready.set(name, { hash, sound });
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
    const asItIs: Sound = { kind: 'file', bytes };
    const kind = kindOf(bytes);
    if (kind === null) return asItIs;
    const head = kind === 'wav' ? bytes : await this.#decoded(kind, bytes, mediaBytesMax + 1, signal);
    if (head === null) return asItIs;
    if (head.length <= mediaBytesMax) return ownLoudness(head) ?? asItIs;
    const packed = await this.#packed(kind, bytes, signal);
    if (packed === null) return kind === 'wav' ? (ownLoudness(bytes) ?? asItIs) : asItIs;
    if (!this.#deps.hasPlayer) return { kind: 'file', ...packed };
    const wav = await this.#decoded('mp3', packed.bytes, decodedBytesMax, signal);
    const samples = wav === null ? null : readWav(wav, soundMaxS);
    return samples === null ? asItIs : { kind: 'samples', wav: samples, forBoard: packed.bytes };
  }

  /** As a WAV of so many bytes at most. */
  async #decoded(kind: Kind, bytes: Uint8Array, outputMax: number, signal: AbortSignal) {
    const ran = await this.#run([...inputOf(kind), '-bitexact', '-f', 'wav', 'pipe:1'], bytes, outputMax, signal);
    return ran?.output ?? null;
  }

  /** The sound at the usual loudness as an MP3; null where that cannot be made, or is too long for the board. */
  async #packed(kind: Kind, bytes: Uint8Array, signal: AbortSignal) {
    let gainDb = 0;
    for (let round = 0; round < roundsMax; round++) {
      const filters = `volume=${gainDb.toFixed(2)}dB:precision=float,alimiter=limit=0.89:level=false,ebur128=framelog=verbose`;
      const coding = ['-c:a', 'libmp3lame', '-q:a', '2', '-bitexact', '-f', 'mp3', 'pipe:1'];
      const ran = await this.#run([...inputOf(kind), '-af', filters, ...coding], bytes, mediaBytesMax + 1, signal);
      const lufs = Number(/^ *I: +(-?[\d.]+) LUFS/m.exec(ran?.said ?? '')?.[1] ?? Number.NaN);
      if (ran === null || ran.output.length > mediaBytesMax || Number.isNaN(lufs)) return null;
      const missing = lufs <= silenceLufs ? 0 : usualLufs - lufs;
      const isLast = round === roundsMax - 1 || gainDb + missing > gainMaxDb;
      if (Math.abs(missing) <= closeEnoughLu || isLast) return { bytes: ran.output, seconds: secondsSaid(ran.said) };
      gainDb += missing;
    }
    return null;
  }

  async #run(args: readonly string[], input: Uint8Array, outputMax: number, signal: AbortSignal) {
    const { clock, ffmpeg: program, note } = this.#deps;
    const run = { program, args: [...plainly, ...args], input, outputMax, withinMs: ffmpegWithinMs };
    const ran = await runProgram(run, clock, signal);
    if (ran.ok) return ran;
    if (ran.kind === 'absent' && !this.#isNoted) {
      this.#isNoted = true;
      note(
        'There is no ffmpeg on this machine: MP3 and Ogg are played as they are, not as loud as the rest, and long WAVs not on the board. `sudo apt install ffmpeg` changes that.',
      );
    }
    return null;
  }
}

/** The input options of ffmpeg, which name the format, so that it does not guess. */
function inputOf(kind: Kind): readonly string[] {
  return ['-f', kind, '-i', 'pipe:0', '-vn', '-t', String(soundMaxS)];
}

/** The length in seconds that ffmpeg reports in its progress. */
function secondsSaid(said: string): number {
  const [, hours, minutes, seconds] = [...said.matchAll(/time=(\d+):(\d+):([\d.]+)/g)].at(-1) ?? [];
  return 3_600 * Number(hours ?? 0) + 60 * Number(minutes ?? 0) + Number(seconds ?? 0);
}

/** A WAV at the usual loudness, measured here, cut to `soundMaxS`; null where it is none. */
function ownLoudness(bytes: Buffer<ArrayBuffer>): Sound | null {
  const wav = readWav(bytes, soundMaxS);
  return wav === null ? null : { kind: 'samples', wav: atUsualLoudness(wav) };
}

/** How ffmpeg calls a file, by its first bytes. */
function kindOf(bytes: Buffer): Kind | null {
  if (bytes.toString('latin1', 0, 4) === 'RIFF') return 'wav';
  if (bytes.toString('latin1', 0, 4) === 'OggS') return 'ogg';
  const isFrame = bytes.length > 2 && bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0;
  return isFrame || bytes.toString('latin1', 0, 3) === 'ID3' ? 'mp3' : null;
}
