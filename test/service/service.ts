import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../src/appliance/status.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const usualPatienceMs = 90_000;

/** The service as its user runs it: a process of its own, driven over HTTP. */
export interface Service {
  readonly child: ChildProcess;
  readonly url: string;
  readonly folder: string;
  log(): string;
  /** What it wrote to standard output. */
  printed(): string;
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
  status(): Promise<Status>;
  /** Asks for the status until it is as wanted. */
  until(what: string, wanted: (status: Status) => boolean): Promise<Status>;
  /** Sends a signal and waits for the end; gives the exit code, or the signal that killed it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Writes config and gift map into a fresh folder. */
export function writeFiles(config: string, gifts: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-service-'));
  writeFileSync(join(folder, 'livepen.toml'), config);
  writeFileSync(join(folder, 'gifts.json'), gifts);
  return folder;
}

/** Runs `livepen` with these words until it ends. */
export async function runLivepen(words: readonly string[], env: Readonly<Record<string, string>> = {}, livepen = main) {
  const child = spawn(process.execPath, [livepen, ...words], { env: { ...process.env, ...env } });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

export interface StartOptions {
  /** How long an answer is waited for. */
  readonly patienceMs?: number;
  /** The folder of a control group in which it runs. */
  readonly group?: string;
  /** Where Livepen is, when not in `src/`. */
  readonly livepen?: string;
  /** Another program than Livepen's own; the config is its only word. */
  readonly program?: string;
}

const joinGroup = ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"'];

/** Starts the service on the config in `folder` and waits until its API listens. */
export async function startService(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  { patienceMs = usualPatienceMs, group, livepen = main, program: other }: StartOptions = {},
): Promise<Service> {
  const config = join(folder, 'livepen.toml');
  const words = [process.execPath, ...(other === undefined ? [livepen, 'run', '--config', config] : [other, config])];
  const [program = '', ...rest] = group === undefined ? words : [...joinGroup, group, ...words];
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const url = await waitFor(
    'the API',
    async () => {
      if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${log}`);
      return /listens on (http:\S+)\./.exec(log)?.[1] ?? null;
    },
    patienceMs,
  );
  const get = (path: string) => fetch(`${url}${path}`);
  const status = async () => {
    return (await (await get('/status')).json()) as Status;
  };
  return {
    child,
    url,
    folder,
    log: () => log,
    printed: () => printed,
    get,
    post: (path, body) =>
      fetch(`${url}${path}`, { method: 'POST', ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    status,
    until: (what, wanted) =>
      waitFor(
        what,
        async () => {
          const now = await status();
          return wanted(now) ? now : null;
        },
        patienceMs,
      ).catch((error) => {
        throw new Error(`${error}\n${log}`);
      }),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Asks again and again, for a bounded time, until there is an answer. */
export async function waitFor<T>(what: string, ask: () => Promise<T | null>, patienceMs = usualPatienceMs): Promise<T> {
  const endMs = performance.now() + patienceMs;
  while (performance.now() < endMs) {
    const answer = await ask();
    if (answer !== null) return answer;
    await delay(50);
  }
  throw new Error(`${what} did not come within ${patienceMs} ms`);
}
