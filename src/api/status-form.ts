import * as v from 'valibot';
import { count, faultForm, gapForm, giverForm, ms, named, outlookForm, seenGiftForm, stateForm } from './forms.ts';
import { refusedPaths } from './look.ts';

export const rowForm = named(
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
      reconnects: count(),
      undecodable: count(),
      kept: v.optional(v.nullable(v.object({ folder: v.string(), files: count(), lastAtMs: ms() }))),
    }),
    plotter: v.object({
      link: v.picklist(['absent', 'connecting', 'ready']),
      port: v.nullable(v.string()),
      firmware: v.nullable(v.string()),
      origin: v.picklist(['unknown', 'known', 'confirm-hover']),
      epoch: count(),
      pen: penForm,
      parked: v.boolean(),
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
    orphaned: v.array(v.object({ row: v.string(), pending: count() })),
    events: count(),
    unmappedGifts: count(),
    lastGifts: v.array(seenGiftForm),
    restoration: v.nullable(
      v.object({
        atMs: ms(),
        movedTo: v.string(),
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
    inbox: v.object({ waiting: count(), lost: count() }),
    motionInMs: v.number(),
    outlook: outlookForm,
    gaps: v.array(gapForm),
    givers: v.array(giverForm),
    refused: v.pipe(
      v.object(v.entriesFromList(refusedPaths, v.nullable(faultForm))),
      v.description('Commands that would be refused at this moment, and why; null: it would not.'),
    ),
    version: v.string(),
  }),
);
