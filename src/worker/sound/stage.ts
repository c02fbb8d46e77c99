import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causeInWords } from '../../domain/cause.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Fault } from '../../domain/fault.ts';
import { mediaBytesMax } from '../../domain/outside.ts';
import { outletFault, type Sent } from '../outlet.ts';
import { runProgram } from './program.ts';
import { secondsOf, type Wav, writeWav } from './wav.ts';

/** A player that still runs so long, ms, after the end of a sound hangs, and is ended. */
const playerGraceMs = 5_000;
const spokenMax = 1_000;

/** What is to be heard: samples, or a file of another kind that only the board plays, as it is. */
export type Sound =
  /** `forBoard`: the same as a file; a WAV is made of the samples where it is left out. */
  | { readonly kind: 'samples'; readonly wav: Wav; readonly forBoard?: Buffer<ArrayBuffer> }
  /** `seconds`: how long it lasts, where that is known. */
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly seconds?: number };

/** The answer of the appliance to a request. */
type BoardAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly detail: string }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** Asks the appliance for something of its board. */
export type AskBoard = (
  question: { readonly method: 'PUT' | 'POST'; readonly path: string; readonly body: string },
  signal: AbortSignal,
) => Promise<BoardAnswer>;

/** A program that plays a file on this machine. */
export interface Player {
  readonly program: string;
  readonly args: (file: string) => readonly string[];
}

/** Where sounds are heard: on the boards, on this machine, or both. */
interface StagePlaces {
  /** Null: not on the board. */
  readonly board: AskBoard | null;
  /** Null: not on this machine. */
  readonly player: Player | null;
}

/** Plays the sounds of all outlets, one after the other. */
export class Stage {
  readonly #places: StagePlaces;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(places: StagePlaces, clock: Clock) {
    this.#places = places;
    this.#clock = clock;
  }

  /** Plays one, as loud as `volume` says, from 0 to 1; it is over when the promise settles. `title` is the outlet's. */
  play(title: string, sound: Sound, volume: number, signal: AbortSignal): Promise<Sent> {
    const played = this.#last.then(() => this.#playNow(title, sound, volume, signal));
    this.#last = played.catch(() => {});
    return played;
  }

  async #playNow(title: string, sound: Sound, volume: number, signal: AbortSignal): Promise<Sent> {
    if (signal.aborted) return givenUp(title);
    const { board, player } = this.#places;
    const all = await Promise.all([
      board === null ? taken : this.#onBoard(board, title, sound, volume, signal),
      player === null ? taken : this.#here(player, title, sound, volume, signal),
    ]);
    return all.find(({ ok }) => !ok) ?? taken;
  }

  /**
   * Plays on the boards, which play one sound after the other; sends the file where the appliance does not have it (any
   * more).
   */
  async #onBoard(ask: AskBoard, title: string, sound: Sound, volume: number, signal: AbortSignal): Promise<Sent> {
    const bytes = sound.kind === 'file' ? Buffer.from(sound.bytes) : (sound.forBoard ?? writeWav(sound.wav));
    if (bytes.length > mediaBytesMax)
      return notPlayed(
        title,
        'a sound has more than the 1 MB that the board takes',
        'Make it shorter, save it as MP3, or install ffmpeg.',
      );
    const media = hashOfMedium(bytes);
    const sent = await cueBoard(ask, title, { sound: { media, volume } }, [bytes], signal);
    if (!sent.ok) return sent;
    const seconds = sound.kind === 'samples' ? secondsOf(sound.wav) : (sound.seconds ?? 0);
    if (seconds > 0) await this.#rest(seconds * 1_000, signal);
    return taken;
  }

  async #here(
    { program, args }: Player,
    title: string,
    sound: Sound,
    volume: number,
    signal: AbortSignal,
  ): Promise<Sent> {
    if (sound.kind === 'file')
      return notPlayed(
        title,
        'this machine plays WAV alone',
        'Install ffmpeg, save the file as WAV, or let only the board play.',
      );
    let folder = '';
    try {
      folder = await mkdtemp(join(tmpdir(), 'livepen-sound-'));
      const file = join(folder, 'sound.wav');
      await writeFile(file, writeWav(sound.wav, volume), { mode: 0o600 });
      const withinMs = secondsOf(sound.wav) * 1_000 + playerGraceMs;
      const run = { program, args: args(file), input: '', outputMax: spokenMax, withinMs };
      const ran = await runProgram(run, this.#clock, signal);
      return ran.ok ? taken : programFault(title, program, ran);
    } catch (error) {
      const what = `a sound could not be written to ${tmpdir()}: ${causeInWords(error)}`;
      return { ok: false, kind: 'refused', fault: outletFault('refused', title, what, 'Make room on its disk.') };
    } finally {
      if (folder !== '') await rm(folder, { recursive: true, force: true });
    }
  }

  #rest(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delayMs, resolve);
      signal.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

/** How the board names what it plays or shows. */
export function hashOfMedium(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends a cue to the board, and the media that it names where the appliance does not have them (any more). */
export async function cueBoard(
  ask: AskBoard,
  title: string,
  cue: unknown,
  media: readonly Buffer[],
  signal: AbortSignal,
): Promise<Sent> {
  const question = { method: 'POST', path: '/board/cues', body: JSON.stringify(cue) } as const;
  let answer = await ask(question, signal);
  if (answer.kind === 'answered' && answer.status === 409) {
    for (const bytes of media) {
      const path = `/board/media/${hashOfMedium(bytes)}?encoding=base64`;
      answer = await ask({ method: 'PUT', path, body: bytes.toString('base64') }, signal);
      if (answer.kind === 'failed' || answer.status !== 200) break;
    }
    if (answer.kind === 'answered' && answer.status === 200) answer = await ask(question, signal);
  }
  if (answer.kind === 'failed') return { ok: false, kind: 'unreachable', fault: ofOutlet(title, answer.fault) };
  return answer.status === 200
    ? taken
    : notPlayed(title, `the appliance refuses it: ${answer.detail}`, 'Are both of the same version?');
}

const taken: Sent = { ok: true };

/** Why a program did not do what it was run for. */
export function programFault(
  title: string,
  program: string,
  { kind, why }: { readonly kind: 'absent' | 'late' | 'failed' | 'given up'; readonly why: string },
): Sent {
  if (kind === 'given up') return givenUp(title);
  if (kind === 'absent') {
    const fault = outletFault('unreachable', title, `there is no program ${program} here`, `Install ${program}.`);
    return { ok: false, kind: 'unreachable', fault };
  }
  if (kind === 'late') {
    const fault = outletFault('late', title, `${program} took too long and was ended`, `Try ${program} by hand.`);
    return { ok: false, kind: 'unreachable', fault };
  }
  const remedy = `Try ${program} by hand, as the worker's user.`;
  if (why === '') return notPlayed(title, `${program} failed`, remedy);
  return notPlayed(title, `${program} failed: ${why}`, remedy);
}

function givenUp(title: string): Sent {
  return { ok: false, kind: 'unreachable', fault: outletFault('late', title, 'it was given up', 'Wait.') };
}

/** The result for a task that cannot be played as it is. */
export function notPlayed(title: string, what: string, remedy: string): Sent {
  return { ok: false, kind: 'refused', fault: outletFault('refused', title, what, remedy) };
}

function ofOutlet(title: string, { what, remedy }: Fault): Fault {
  return { code: 'outlet-unreachable', what: `${title}: ${what}`, remedy };
}
