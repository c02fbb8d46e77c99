import * as v from 'valibot';
import { sheetCorners } from '../domain/sheet.ts';
import { count, faultForm, gapForm, giverForm, ms, named, outlookForm, seenGiftForm, stateForm } from './forms.ts';

/** Commands of which it is known beforehand whether they would be refused. */
const refusedPaths = [
  '/paper/changed',
  '/plotter/origin',
  '/plotter/lift',
  '/plotter/park',
  '/plotter/home',
  '/plotter/jog',
] as const;

/** Why no live is heard. */
const silences = [
  'no-user',
  'trying',
  'off-air',
  'rate-limited',
  'offline',
  'portal',
  'refused',
  'no-clock',
  'lost',
] as const;

const rowForm = named(
  'Row',
  v.object({
    row: v.string(),
    name: v.string(),
    credited: count(),
    testCredited: count(),
    drawn: count(),
    spoiled: count(),
    voided: count(),
    pending: count(),
    onSheet: v.nullable(v.object({ certain: count(), capacity: count() })),
  }),
);

const penForm = v.nullable(v.object({ xMm: v.number(), yMm: v.number(), pen: v.picklist(['down', 'hop', 'up']) }));

export const statusForm = named(
  'Status',
  v.object({
    state: stateForm,
    paused: v.boolean(),
    live: v.object({
      heard: v.boolean(),
      phase: v.picklist(['stopped', 'off-air', 'connecting', 'connected', 'waiting']),
      room: v.nullable(v.string()),
      nextAttemptAtMs: v.nullable(v.number()),
      problem: v.nullable(faultForm),
      silence: v.optional(
        v.nullable(
          v.object({
            code: v.picklist(silences),
            what: v.string(),
            todo: v.nullable(v.string()),
            nextAtMs: v.nullable(ms()),
          }),
        ),
      ),
      reconnects: count(),
      undecodable: count(),
      standIn: v.optional(
        v.nullable(
          v.object({
            provider: v.string(),
            insteadOf: v.string(),
            why: v.string(),
            todo: v.nullable(v.string()),
            untilMs: v.nullable(ms()),
          }),
        ),
      ),
      kept: v.optional(v.nullable(v.object({ folder: v.string(), files: count(), lastAtMs: ms() }))),
    }),
    plotter: v.object({
      link: v.picklist(['absent', 'connecting', 'ready']),
      port: v.nullable(v.string()),
      firmware: v.nullable(v.string()),
      uuid: v.optional(v.nullable(v.string())),
      capabilities: v.optional(v.array(v.string())),
      origin: v.picklist(['unknown', 'known', 'confirm-hover']),
      epoch: count(),
      pen: penForm,
      parked: v.boolean(),
      stopping: v.optional(v.boolean()),
      inDoubt: count(),
      fault: v.nullable(faultForm),
      resends: count(),
    }),
    sheet: v.nullable(v.object({ number: count(), certain: count(), capacity: count(), owedBeyond: count() })),
    rows: v.array(rowForm),
    strokes: v.object({
      credited: count(),
      creditedByTests: count(),
      drawn: count(),
      spoiled: count(),
      pending: count(),
      voided: count(),
      doubtful: count(),
      inHand: count(),
    }),
    mark: v.pipe(v.picklist(sheetCorners), v.description('The corner of the paper where the mark for the origin is.')),
    orphaned: v.array(v.object({ row: v.string(), pending: count() })),
    events: count(),
    unmappedGifts: count(),
    lastGifts: v.array(seenGiftForm),
    restoration: v.nullable(
      v.object({
        atMs: ms(),
        cause: v.picklist(['damaged', 'empty', 'gone']),
        movedTo: v.nullable(v.string()),
        backup: v.nullable(v.object({ file: v.string(), madeAtMs: ms() })),
        missing: v.object({
          fromMs: v.nullable(ms()),
          toMs: ms(),
          events: v.nullable(count()),
          credited: v.nullable(count()),
          drawn: v.nullable(count()),
          sheets: v.nullable(count()),
        }),
      }),
    ),
    ledgerInMemory: v.pipe(
      v.nullable(v.string()),
      v.description('The file system that keeps the ledger in memory, so that a power cut costs it; null: none does.'),
    ),
    inbox: v.object({ waiting: count(), lost: count(), lostWhy: v.nullable(v.string()) }),
    motionInMs: v.number(),
    outlook: outlookForm,
    gaps: v.array(gapForm),
    givers: v.array(giverForm),
    refused: v.pipe(
      v.partial(v.object(v.entriesFromList(refusedPaths, v.nullable(faultForm))), ['/plotter/home']),
      v.description('Commands that would be refused at this moment, and why; null: it would not.'),
    ),
    version: v.string(),
  }),
);
