import * as v from 'valibot';
import type { SourceMarks } from '../domain/live-source.ts';
import { noPlotterRecord, type PlotterMemory, type PlotterRecord } from '../domain/plotter.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import type { LedgerConnection } from './connection.ts';

const point = v.object({ xMm: v.number(), yMm: v.number() });

const layoutForm = v.looseObject({
  version: v.literal(1),
  paper: v.object({ corner: point, widthMm: v.number(), heightMm: v.number() }),
  rows: v.array(v.looseObject({ id: v.string(), capacity: v.number() })),
  park: point,
});

const number = v.number();
const numberOrNull = v.nullable(number);

const restForm = v.object({
  epoch: number,
  placeMm: v.tuple([number, number, number]),
  count: v.tuple([number, number, number]),
  stepsPerMm: v.tuple([numberOrNull, numberOrNull, numberOrNull]),
  learntOnMm: v.nullable(v.tuple([number, number])),
  steps: v.picklist(['unproven', 'borne-out', 'refuted', 'senseless']),
});

const plotterRecordForm = v.object({
  epoch: v.number(),
  originKnown: v.boolean(),
  parked: v.nullable(v.object({ xMm: v.number(), yMm: v.number(), zMm: v.number(), epoch: v.number() })),
  lineBase: v.nullable(v.number()),
  hover: v.nullable(point),
  liftDone: v.boolean(),
  leftInOrder: v.optional(v.boolean(), false),
  identity: v.nullable(v.string()),
  underWay: v.optional(
    v.nullable(
      v.object({
        epoch: v.number(),
        strokes: v.array(v.object({ sheet: v.number(), row: v.string(), n: v.number() })),
        ends: v.array(
          v.object({
            xMm: v.number(),
            yMm: v.number(),
            zMm: v.number(),
            pen: v.nullable(v.picklist(['down', 'hop', 'up'])),
          }),
        ),
      }),
    ),
    null,
  ),
  rest: v.optional(v.nullable(restForm), null),
});

/** A sheet's layout as it was stored when the sheet opened. */
export function readLayout(text: string): SheetLayout {
  const stored: SheetLayout = JSON.parse(text);
  v.assert(layoutForm, stored);
  return stored;
}

/** The plotter's record as it was stored. */
function readPlotterRecord(text: string): PlotterRecord {
  return v.parse(plotterRecordForm, JSON.parse(text));
}

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

/** Keeps marks of sources. */
export function sourceMarksOf(db: LedgerConnection): SourceMarks {
  const load = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?');
  const save = db.prepare<[string, string]>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  return {
    mark: (name) => load.get(`mark ${name}`)?.value ?? null,
    setMark: (name, value) => void save.run(`mark ${name}`, value),
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
