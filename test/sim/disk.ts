import { closeSync, cpSync, existsSync, ftruncateSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Random } from '../../src/domain/clock.ts';
import type { DeathAtWrite, FailsAt } from './plan.ts';

/** The ledger's name in its folder. */
export const ledgerName = 'livepen.db';

/** The disk of the machine: what its writes cost, whether it takes them, and in which of them the power goes. */
export class Disk {
  syncMs: number;
  /** SQLite's code while the disk fails, where in a write, and how many writes it takes before it does. */
  fails: { readonly code: string; readonly at: FailsAt; spares: number } | null = null;
  /** Called before each write of a living process. */
  before: () => void = () => {};
  /** When the disk last refused a write, on the world's clock. */
  failedAtMs = Number.NEGATIVE_INFINITY;
  folder: string;
  /** Writes until the process dies in one. */
  death: { writes: number; readonly how: DeathAtWrite; readonly random: Random } | null = null;
  readonly #root: string;
  #copies = 0;

  constructor(root: string, syncMs: number) {
    this.#root = root;
    this.syncMs = syncMs;
    this.folder = join(root, 'disk-0');
    mkdirSync(this.folder, { recursive: true });
  }

  get file(): string {
    return join(this.folder, ledgerName);
  }

  /** How long the log of the ledger is now, in bytes. */
  logBytes(): number {
    const log = `${this.file}-wal`;
    return existsSync(log) ? statSync(log).size : 0;
  }

  /** Copies what is on disk into a folder of its own, as a power cut leaves it; the log may be cut short. */
  image(logBytes: number | null = null): string {
    this.#copies += 1;
    const folder = join(this.#root, `disk-${this.#copies}`);
    mkdirSync(folder);
    for (const name of readdirSync(this.folder)) {
      if (/-(shm|lock)$/.test(name)) continue;
      cpSync(join(this.folder, name), join(folder, name), { recursive: true, preserveTimestamps: true });
    }
    const log = join(folder, `${ledgerName}-wal`);
    if (logBytes !== null && existsSync(log) && statSync(log).size > logBytes) {
      const handle = openSync(log, 'r+');
      ftruncateSync(handle, logBytes);
      closeSync(handle);
    }
    return folder;
  }
}

/** What SQLite throws when the disk does not take a write. */
export function diskError(code: string): Error {
  return new Database.SqliteError('the simulated disk does not take it', code);
}
