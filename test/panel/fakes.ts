import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A folder of programs that come before those of the machine, until `end`. */
export interface Programs {
  readonly folder: string;
  add(name: string, script: string): void;
  /** A link to itself: to start such a program does not fail as others do, with an event, but throws. */
  addLoop(name: string): void;
  end(): void;
}

/** Puts a folder in front of the PATH. */
export function fakePrograms(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-panel-'));
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  return {
    folder,
    add(name, script) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    },
    addLoop(name) {
      rmSync(join(folder, name), { force: true });
      symlinkSync(name, join(folder, name));
    },
    end() {
      process.env.PATH = path;
      rmSync(folder, { recursive: true });
    },
  };
}

/** A named pipe, through which a fake device speaks. */
export function fifo(path: string): string {
  execFileSync('mkfifo', [path]);
  return path;
}

/** Looks again and again, for a bounded time, until it holds. */
export async function until(what: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`${what} did not come within ${withinMs} ms`);
    await delay(5);
  }
}

/** The children of this process whose command line has `word`. */
export function childrenWith(word: string): { readonly pid: number; readonly line: string }[] {
  const listed = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,args='], { encoding: 'utf8' });
  return listed
    .split('\n')
    .map((line) => ({ pid: Number.parseInt(line, 10), line }))
    .filter(({ line }) => line.includes(word) && !line.includes(' ps '));
}
