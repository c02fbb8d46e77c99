import type { PlotterSettings } from '../../src/marlin/settings.ts';

/** What tests and benches run with: a V1 MPCNC with a Z-lifted pen, an A4 bed, and a person who sets the origin. */
export const testPlotterSettings: PlotterSettings = {
  port: 'auto',
  baudRate: 250_000,
  origin: 'confirm',
  trustPark: false,
  bed: { xMinMm: 0, xMaxMm: 210, yMinMm: 0, yMaxMm: 297 },
  certainAfterMoves: 16,
  zHomesUp: false,
  homeAt: { xMm: 0, yMm: 0, zMm: 0 },
  pen: { kind: 'z' },
  startLines: [],
  sheetLines: [],
  endLines: [],
  stopWith: 'M410',
};
