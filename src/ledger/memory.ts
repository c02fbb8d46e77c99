import { noPlotterRecord, type PlotterMemory, type PlotterRecord } from '../domain/plotter.ts';
import type { LedgerConnection } from './connection.ts';
import { readPlotterRecord } from './stored-forms.ts';

/** What a person can decide for longer than a moment. */
export type Decision = 'pause' | 'change-paper' | 'stop';

/** What a person decided and has not taken back; it outlives a restart. */
export interface Decisions {
  /** Null when never decided, or taken back. */
  decision(about: Decision): string | null;
  decide(about: Decision, choice: string | null): void;
}

/** Keeps a person's decisions. */
export function decisionsOf(db: LedgerConnection): Decisions {
  const load = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  const save = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  const drop = db.prepare<[string]>('DELETE FROM meta WHERE key = ?');
  return {
    decision: (about) => load.get(`decision ${about}`)?.value ?? null,
    decide(about, choice) {
      if (choice === null) drop.run(`decision ${about}`);
      else save.run(`decision ${about}`, choice);
    },
  };
}

/** Keeps what must survive a power cut about the plotter. */
export function plotterRecords(db: LedgerConnection): PlotterMemory {
  const find = db.prepare<[], { record: string }>('SELECT record FROM plotter');
  const put = db.prepare<[string]>('INSERT OR REPLACE INTO plotter (id, record) VALUES (1, ?)');
  return {
    load(): PlotterRecord {
      const stored = find.get();
      return stored === undefined ? noPlotterRecord : readPlotterRecord(stored.record);
    },
    save(record): void {
      put.run(JSON.stringify(record));
    },
  };
}

/** The generation of a ledger: another one is not its continuation, though it may hold the same at first. */
export function generationOf(db: LedgerConnection): string {
  const found = db.prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'generation'").get();
  if (found === undefined) throw new Error('a ledger has a generation');
  return found.value;
}

/** What is written from here on does not continue the journal that anybody has read so far. */
export function beginGeneration(db: LedgerConnection): void {
  db.exec("INSERT OR REPLACE INTO meta (key, value) VALUES ('generation', lower(hex(randomblob(4))))");
}
