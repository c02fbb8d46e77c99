import * as v from 'valibot';
import type { PlotterRecord } from '../domain/plotter.ts';
import type { SheetLayout } from '../domain/sheet.ts';

const point = v.object({ xMm: v.number(), yMm: v.number() });

const layoutForm = v.looseObject({
  version: v.literal(1),
  paper: v.object({ corner: point, widthMm: v.number(), heightMm: v.number() }),
  rows: v.array(v.looseObject({ id: v.string(), capacity: v.number() })),
  park: point,
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
});

/** A sheet's layout as it was stored when the sheet opened. */
export function readLayout(text: string): SheetLayout {
  const stored: SheetLayout = JSON.parse(text);
  v.assert(layoutForm, stored);
  return stored;
}

/** The plotter's record as it was stored. */
export function readPlotterRecord(text: string): PlotterRecord {
  return v.parse(plotterRecordForm, JSON.parse(text));
}
