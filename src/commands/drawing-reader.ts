import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { causeInWords } from '../domain/cause.ts';
import { type Clock, sleep } from '../domain/clock.ts';
import { drawingMax, measurePaths, unpackInSteps } from '../domain/drawing-paths.ts';
import {
  checkDrawingOptions,
  type DrawingOptions,
  type DrawingPlan,
  type DrawingReader,
} from '../domain/drawing-reader.ts';
import type { Fault } from '../domain/fault.ts';
import { plainText } from '../domain/plain-text.ts';
import { giveUpFirst } from '../system/vitals.ts';

/** What a child that reads a drawing may take. The largest drawing takes two seconds on a PC, some twenty on a Pi. */
const childMax = { withinMs: 60_000, heapMb: 64, headBytes: 65_536 } as const;
/** So many wait for the one that is being read; each keeps its file in memory. */
const waitingMax = 3;
/** What a child says about its end is kept up to this. */
const errorCharsMax = 2_000;
/** A sentence of the child is no longer. */
const textMax = 500;

/** Words of the child that a person will read: on one line, and not too long. */
const words = v.pipe(v.string(), v.transform(plainText), v.minLength(1), v.maxLength(textMax));
const head = v.variant('ok', [
  v.strictObject({
    ok: v.literal(true),
    skipped: v.pipe(
      v.array(v.strictObject({ what: words, count: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
      v.maxLength(50),
    ),
    scale: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    isTurned: v.boolean(),
  }),
  v.strictObject({
    ok: v.literal(false),
    fault: v.strictObject({
      code: v.pipe(v.string(), v.regex(/^drawing-[a-z-]{1,40}$/)),
      what: words,
      remedy: words,
    }),
  }),
]);

interface ReaderOptions {
  readonly clock: Clock;
  /** What to run instead of the child of this program. */
  readonly program?: readonly [program: string, ...args: string[]];
  /** What a child may take at most, ms. */
  readonly withinMs?: number;
}

/**
 * Opens what reads drawings. Nothing is started, and nothing of it loaded, before a file comes; each file has a child of
 * its own, with bounds for memory, time and words, and what it hands over is checked again.
 */
export function openDrawingReader(options: ReaderOptions): DrawingReader {
  return new ChildDrawingReader(options);
}

/** The child of this program: beside this file, as it was written or as it is built. */
function ownChild(): readonly [program: string, ...args: string[]] {
  const name = import.meta.url.endsWith('.ts') ? './drawing-child.ts' : './drawing-child.js';
  const heap = [`--max-old-space-size=${childMax.heapMb}`, '--max-semi-space-size=2', '--v8-pool-size=1'];
  return [process.execPath, ...heap, fileURLToPath(new URL(name, import.meta.url))];
}

class ChildDrawingReader implements DrawingReader {
  readonly #clock: Clock;
  readonly #program: readonly [program: string, ...args: string[]];
  readonly #withinMs: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #child: ChildProcess | null = null;
  #isClosed = false;

  constructor({ clock, program, withinMs }: ReaderOptions) {
    this.#clock = clock;
    this.#program = program ?? ownChild();
    this.#withinMs = withinMs ?? childMax.withinMs;
  }

  read(file: Uint8Array, options: DrawingOptions): Promise<DrawingPlan> {
    checkDrawingOptions(options);
    if (this.#waiting > waitingMax) return Promise.resolve(refuse(busy));
    this.#waiting += 1;
    const plan = this.#last.then(() => this.#readNow(file, options));
    this.#last = plan.finally(() => {
      this.#waiting -= 1;
    });
    return plan;
  }

  close(): void {
    this.#isClosed = true;
    this.#child?.kill('SIGKILL');
  }

  async #readNow(file: Uint8Array, options: DrawingOptions): Promise<DrawingPlan> {
    if (this.#isClosed) return refuse(ended);
    const answer = await this.#ask(file, options);
    if (this.#isClosed) return refuse(ended);
    if (!Buffer.isBuffer(answer)) return refuse(answer);
    return this.#planOf(answer, options);
  }

  /** What a child writes about a file; or why it did not. */
  async #ask(file: Uint8Array, options: DrawingOptions): Promise<Buffer | Fault> {
    const [program, ...args] = this.#program;
    let child: ChildProcess;
    try {
      // It inherits nothing: no settings, no secrets, no files.
      const env = { MALLOC_ARENA_MAX: '1' };
      child = spawn(program, [...args, JSON.stringify(options)], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      return failed(causeInWords(error));
    }
    this.#child = child;
    let [isLate, length, errors] = [false, 0, ''];
    const late = this.#clock.after(this.#withinMs, () => {
      isLate = true;
      child.kill('SIGKILL');
    });
    const parts: Buffer[] = [];
    child.stdout?.on('data', (bytes: Buffer) => {
      length += bytes.length;
      if (length > childMax.headBytes + drawingMax.bytes) child.kill('SIGKILL');
      else parts.push(bytes);
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      errors = `${errors}${bytes}`.slice(-errorCharsMax);
    });
    child.stdin?.on('error', () => {
      // It went away before it had read all; what that means shows at its end.
    });
    child.once('spawn', () => {
      void giveUpFirst(child);
      child.stdin?.end(file);
    });
    const end = await new Promise<{ code: number | null; signal: string | null } | Error>((resolve) => {
      child.once('error', resolve);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    late();
    this.#child = null;
    if (end instanceof Error) return failed(causeInWords(end));
    if (isLate) return tooSlow(this.#withinMs);
    if (length > childMax.headBytes + drawingMax.bytes) return failed('it wrote too much');
    if (end.code === 0) return Buffer.concat(parts);
    // V8 aborts where its heap ends, and the system kills.
    const isOutOfMemory = /SIGABRT|SIGKILL|SIGTRAP/.test(end.signal ?? '') || /out of memory/.test(errors);
    return isOutOfMemory ? tooMuchMemory : failed(causeInWords(errors.trim().split('\n').at(-1) ?? ''));
  }

  /** The plan that a child wrote, checked: a line of JSON, then the paths. */
  async #planOf(answer: Buffer, { boxWidthMm, boxHeightMm }: DrawingOptions): Promise<DrawingPlan> {
    const end = answer.indexOf('\n');
    const parsed = end < 0 || end > childMax.headBytes ? null : parseHead(answer.toString('utf8', 0, end));
    if (parsed === null) return refuse(failed('its answer cannot be read'));
    if (!parsed.ok) return parsed;
    const steps = unpackInSteps(answer.subarray(end + 1));
    while (true) {
      const { done, value } = steps.next();
      if (done !== true) {
        await sleep(this.#clock, 0);
        continue;
      }
      if (!value.ok) return refuse(failed('its paths are damaged'));
      const { widthUm, heightUm } = value.drawing;
      if (widthUm > boxWidthMm * 1000 || heightUm > boxHeightMm * 1000)
        return refuse(failed('its paths leave the box'));
      return { ...parsed, paths: value.drawing, ...measurePaths(value.drawing) };
    }
  }
}

function parseHead(line: string): v.InferOutput<typeof head> | null {
  try {
    const parsed = v.safeParse(head, JSON.parse(line));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

function refuse(fault: Fault): DrawingPlan {
  return { ok: false, fault };
}

const busy: Fault = {
  code: 'drawing-busy',
  what: 'Other drawings are being read.',
  remedy: 'Wait a moment and send it again.',
};

const ended: Fault = {
  code: 'drawing-ended',
  what: 'Livepen ends, and reads no more drawings.',
  remedy: 'Send the drawing again when it runs.',
};

const tooMuchMemory: Fault = {
  code: 'drawing-too-much-memory',
  what: 'The drawing takes more memory to read than it may.',
  remedy: 'Simplify the drawing.',
};

function tooSlow(withinMs: number): Fault {
  const what = `The drawing takes longer than ${withinMs / 1000} s to read.`;
  return { code: 'drawing-too-slow', what, remedy: 'Simplify the drawing.' };
}

function failed(why: string): Fault {
  const what = `The program that reads drawings failed: ${why}.`;
  return {
    code: 'drawing-reader-failed',
    what,
    remedy: 'Send the drawing again; if that does not help, please report it.',
  };
}
