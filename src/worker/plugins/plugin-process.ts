import type { ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { causeInWords } from '../../domain/cause.ts';
import type { Cancel, Clock } from '../../domain/clock.ts';
import { plainText } from '../../domain/plain-text.ts';

/** Longer than any line that the plugin's side writes. */
const lineCharsMax = 700_000;
/** How many lines a plugin may send; with more it is stopped. */
const linesAllowed = { burst: 300, perSecond: 100 };
const charsAllowed = { burst: 2_000_000, perSecond: 500_000 };
/** When so many bytes wait to be read by it, further events are left out. */
const unreadBytesMax = 256 * 1024;
const errorCharsMax = 2_000;
const answerCharsMax = 262_144;
const settingsCharsMax = 16_384;
const endWithinMs = 2_000;
const requestsMax = 16;
const requestWithinMs = 5_000;

/**
 * How long a plugin may take, ms: to start, with its `init`; how often it is pinged; and how long each answer may take.
 */
export interface Patience {
  readonly startMs: number;
  readonly pingEveryMs: number;
  readonly answerMs: number;
}

const text = v.string();
const number = v.pipe(v.number(), v.integer(), v.minValue(0));
const messageForm = v.variant('say', [
  v.strictObject({ say: v.literal('pong'), n: number }),
  v.strictObject({ say: v.literal('ready') }),
  v.strictObject({ say: v.literal('ended') }),
  v.strictObject({ say: v.literal('failed'), why: text }),
  v.strictObject({ say: v.literal('log'), level: text, text }),
  v.strictObject({ say: v.literal('hear'), kind: text }),
  v.strictObject({ say: v.literal('route'), method: text, path: text }),
  v.strictObject({ say: v.literal('settings'), text: v.pipe(text, v.maxLength(settingsCharsMax)) }),
  v.strictObject({ say: v.literal('cue'), n: number, alert: v.unknown() }),
  v.strictObject({
    say: v.literal('answered'),
    n: number,
    status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
    type: text,
    body: v.pipe(text, v.maxLength(answerCharsMax)),
  }),
]);

type PluginMessage = v.InferOutput<typeof messageForm>;
type Wish = Exclude<PluginMessage, { say: 'pong' | 'ended' | 'answered' | 'failed' }>;

/** What a plugin answers to a request. */
export type PluginAnswer = Pick<Extract<PluginMessage, { say: 'answered' }>, 'status' | 'type' | 'body'>;

interface ProcessDeps {
  readonly clock: Clock;
  readonly patience: Patience;
  /** Starts the program that holds a plugin: it has no rights, and reads and writes lines. */
  readonly start: () => ChildProcess;
  /** What the plugin wants. */
  readonly wishes: (wish: Wish) => void;
  /** Called when it has ended, with the reason; null where it was asked to end. */
  readonly ended: (why: string | null) => void;
}

/** What it begins with. */
interface Beginning {
  readonly id: string;
  readonly entry: string;
  readonly settings: string;
  readonly files: readonly (readonly [path: string, text: string])[];
}

/** One plugin in a process of its own. Everything that it does, or fails to do, has a time limit. */
export class PluginProcess {
  readonly #deps: ProcessDeps;
  readonly #child: ChildProcess;
  readonly #lines: Allowance;
  readonly #chars: Allowance;
  readonly #requests = new Map<number, (answer: PluginAnswer | null) => void>();
  readonly #decoder = new StringDecoder('utf8');
  #begun = '';
  #errors = '';
  #asked = 0;
  #pings = 0;
  #isReady = false;
  #why: string | null = null;
  #isStopping = false;
  #isOver = false;
  #watch: Cancel;
  /** How many events it was too slow for. */
  leftOut = 0;

  /** Starts it. Throws where the system starts no more processes. */
  constructor(deps: ProcessDeps, beginning: Beginning) {
    this.#deps = deps;
    this.#lines = new Allowance(deps.clock, linesAllowed);
    this.#chars = new Allowance(deps.clock, charsAllowed);
    const child = deps.start();
    this.#child = child;
    child.stdout?.on('data', (bytes: Buffer) => this.#read(bytes));
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#errors = `${this.#errors}${bytes}`.slice(-errorCharsMax);
    });
    child.stdin?.on('error', () => {
      // It ended before it had read everything; its exit handler judges that.
    });
    child.once('error', (error) => this.#end(`it cannot be started: ${causeInWords(error)}`));
    child.once('close', (code, signal) => this.#end(this.#why ?? this.#endInWords(code, signal)));
    this.#watch = deps.clock.after(deps.patience.startMs, () =>
      this.#kill(`its init has not ended within ${deps.patience.startMs / 1_000} s`),
    );
    this.#write({ do: 'start', ...beginning });
  }

  /** Sends it an event, or leaves it out where the plugin is too slow. */
  hear(kind: string, event: unknown): void {
    if ((this.#child.stdin?.writableLength ?? 0) > unreadBytesMax) this.leftOut += 1;
    else this.#write({ do: 'event', kind, event });
  }

  /** Sends a request to one of its routes; null where it has too many already, does not answer in time, or ends. */
  ask(route: string, request: unknown): Promise<PluginAnswer | null> {
    if (this.#isOver || this.#requests.size >= requestsMax) return Promise.resolve(null);
    this.#asked += 1;
    const n = this.#asked;
    const { promise, resolve } = Promise.withResolvers<PluginAnswer | null>();
    const cancel = this.#deps.clock.after(requestWithinMs, () => resolve(null));
    this.#requests.set(n, resolve);
    this.#write({ do: 'request', n, route, request });
    return promise.finally(() => {
      cancel();
      this.#requests.delete(n);
    });
  }

  /** Sends it the result of a cue. */
  cued(n: number, ok: boolean, said: string): void {
    this.#write({ do: 'cued', n, ok, text: said });
  }

  /** Asks it to clean up and end; after a moment it is killed. */
  stop(): void {
    if (this.#isOver || this.#isStopping) return;
    this.#isStopping = true;
    this.#watch();
    this.#watch = this.#deps.clock.after(endWithinMs, () => this.#child.kill('SIGKILL'));
    this.#write({ do: 'end' });
  }

  #write(message: object): void {
    if (this.#isOver || this.#child.stdin?.writable !== true) return;
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #read(bytes: Buffer): void {
    if (this.#why !== null) return;
    if (!this.#chars.take(bytes.length)) {
      this.#kill('it sent more than it may');
      return;
    }
    const lines = `${this.#begun}${this.#decoder.write(bytes)}`.split('\n');
    this.#begun = lines.pop() ?? '';
    if (this.#begun.length > lineCharsMax) {
      this.#kill('it sent a line without an end');
      return;
    }
    for (const line of lines) {
      if (this.#why !== null) return;
      if (!this.#lines.take(1)) {
        this.#kill('it sent more than it may');
        return;
      }
      const message = messageOf(line);
      if (message === null) {
        this.#kill('it sent what is no message of a plugin');
        return;
      }
      this.#take(message);
    }
  }

  #take(message: PluginMessage): void {
    if (message.say === 'pong') {
      if (message.n === this.#pings && this.#isReady && !this.#isStopping) this.#pingLater();
    } else if (message.say === 'ended') {
      if (this.#isStopping) this.#child.kill('SIGKILL');
    } else if (message.say === 'failed') {
      // It goes into a sentence that has an end of its own.
      this.#kill(plainText(message.why).slice(0, errorCharsMax).replace(/\.$/, ''));
    } else if (message.say === 'answered') {
      const { n, status, type, body } = message;
      this.#requests.get(n)?.({ status, type, body });
    } else {
      if (message.say === 'ready' && !this.#isReady && !this.#isStopping) {
        this.#isReady = true;
        this.#pingLater();
      }
      this.#deps.wishes(message);
    }
  }

  #pingLater(): void {
    const { clock, patience } = this.#deps;
    this.#watch();
    this.#watch = clock.after(patience.pingEveryMs, () => {
      this.#pings += 1;
      this.#write({ do: 'ping', n: this.#pings });
      this.#watch = clock.after(patience.answerMs, () =>
        this.#kill(`it has not answered for ${patience.answerMs / 1_000} s`),
      );
    });
  }

  #kill(why: string): void {
    this.#why ??= why;
    this.#child.kill('SIGKILL');
    // What it wrote and nobody read is dropped.
    this.#child.stdout?.resume();
  }

  #endInWords(code: number | null, signal: NodeJS.Signals | null): string {
    if (/out of memory/.test(this.#errors) || signal === 'SIGABRT') return 'it took more memory than it may have';
    return signal === null ? `it ended by itself (exit code ${code})` : `it was ended from outside (${signal})`;
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch();
    for (const resolve of this.#requests.values()) resolve(null);
    this.#deps.ended(this.#isStopping ? null : why);
  }
}

/** A token bucket: so much at once, and so much more a second. */
export class Allowance {
  readonly #clock: Clock;
  readonly #rate: { readonly burst: number; readonly perSecond: number };
  #left: number;
  #lookedMs: number;

  constructor(clock: Clock, rate: { readonly burst: number; readonly perSecond: number }) {
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate.burst;
    this.#lookedMs = clock.nowMs();
  }

  /** Takes so much, if it is there; returns whether it was. */
  take(much: number): boolean {
    const nowMs = this.#clock.nowMs();
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#lookedMs) / 1_000) * perSecond);
    this.#lookedMs = nowMs;
    if (this.#left < much) return false;
    this.#left -= much;
    return true;
  }
}

function messageOf(line: string): PluginMessage | null {
  try {
    const read = v.safeParse(messageForm, JSON.parse(line));
    return read.success ? read.output : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
