import { type ChildProcess, spawn } from 'node:child_process';
import { causeCode, causeInWords } from '../../domain/cause.ts';
import type { Clock } from '../../domain/clock.ts';
import { plainText } from '../../domain/plain-text.ts';

/** Of what a program writes to standard error the last so many letters are kept. */
const wordsMax = 2_000;
/** So many letters of why it failed are reported. */
const lineMax = 300;
/** The environment variables that a program gets: those that lead to sound servers, and no secret. */
const handedOn = [
  'PATH',
  'HOME',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'PULSE_SERVER',
  'PIPEWIRE_REMOTE',
  'ALSA_CONFIG_PATH',
];

/** A program to run, with its arguments; no shell is involved. */
interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  /** What it reads. */
  readonly input: string | Uint8Array;
  /** It writes no more than this: then it is ended, and what it wrote so far counts. */
  readonly outputMax: number;
  /** It is ended after so long, ms. */
  readonly withinMs: number;
}

/** The result of running a program. */
type Ran =
  /** `said`: the last of what it wrote to standard error. */
  | { readonly ok: true; readonly output: Buffer<ArrayBuffer>; readonly said: string }
  /** `absent`: it is not on this machine. `late`: it was ended. `failed`: it says so itself; `why` in its words. */
  | { readonly ok: false; readonly kind: 'absent' | 'late' | 'failed' | 'given up'; readonly why: string };

/** Runs a program to its end, within bounds; once `signal` aborts it is ended. */
export async function runProgram(
  { program, args, input, outputMax, withinMs }: ProgramRun,
  clock: Clock,
  signal: AbortSignal,
): Promise<Ran> {
  if (signal.aborted) return { ok: false, kind: 'given up', why: '' };
  const env: Record<string, string> = { LANG: 'C.UTF-8' };
  for (const name of handedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  let child: ChildProcess;
  try {
    child = spawn(program, [...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    return { ok: false, kind: 'failed', why: causeInWords(error) };
  }
  const parts: Buffer[] = [];
  let [isLate, isFull, length, words] = [false, false, 0, ''];
  const kill = () => {
    child.kill('SIGKILL');
    // Processes that it has started may still hold these: they are not waited for.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const cancel = clock.after(withinMs, () => {
    isLate = true;
    kill();
  });
  signal.addEventListener('abort', kill, { once: true });
  child.stdout?.on('data', (bytes: Buffer) => {
    parts.push(bytes);
    length += bytes.length;
    isFull = length >= outputMax;
    if (isFull) kill();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    words = `${words}${bytes}`.slice(-wordsMax);
  });
  child.stdin?.on('error', () => {
    // It ended before it had read everything; its exit code shows what that means.
  });
  child.stdin?.end(input);
  const end = await new Promise<number | null | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', resolve);
  });
  cancel();
  signal.removeEventListener('abort', kill);
  if (end instanceof Error) {
    const kind = causeCode(end) === 'ENOENT' ? 'absent' : 'failed';
    return { ok: false, kind, why: causeInWords(end) };
  }
  if (isLate) return { ok: false, kind: 'late', why: '' };
  if (signal.aborted) return { ok: false, kind: 'given up', why: '' };
  if (end === 0 || isFull) return { ok: true, output: Buffer.concat(parts).subarray(0, outputMax), said: words };
  return { ok: false, kind: 'failed', why: plainText(words.trim().split('\n').at(-1) ?? '').slice(-lineMax) };
}
