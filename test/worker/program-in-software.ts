import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Mood } from './outlet-contract.ts';

/** A program on this machine that the worker runs, such as a player: a script that does as it is told. */
export class ProgramInSoftware {
  readonly folder = mkdtempSync(join(tmpdir(), 'livepen-program-'));
  readonly path = join(this.folder, 'program');
  readonly #work: string;

  /** `work`: what it does when all is well, in words of a shell; `$out` is where it may write down what it did. */
  constructor(context: TestContext, work: string) {
    this.#work = work;
    context.after(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 }));
    writeFileSync(join(this.folder, 'out'), '');
    this.#write('');
  }

  /** What it wrote down, line by line. */
  lines(): readonly string[] {
    return readFileSync(join(this.folder, 'out'), 'utf8').split('\n').slice(0, -1);
  }

  async become(mood: Mood): Promise<void> {
    const first: Partial<Record<Mood, string>> = {
      slow: 'sleep 0.2',
      hangs: 'exec sleep 1000',
      refuses: 'echo "there is no such device" >&2; exit 1',
    };
    if (mood === 'gone') rmSync(this.path);
    else this.#write(first[mood] ?? '');
  }

  #write(first: string): void {
    const lines = ['#!/bin/sh', `out='${join(this.folder, 'out')}'`, first, this.#work, ''];
    // Another file each time: one that is being run cannot be written.
    rmSync(this.path, { force: true });
    writeFileSync(this.path, lines.join('\n'), { mode: 0o755 });
  }
}
