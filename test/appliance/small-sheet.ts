import type { LayoutSettings } from '../../src/drawing/layout.ts';

/** Three rows of five strokes on a small paper. */
export const smallLayout: LayoutSettings = {
  bed: { xMinMm: 0, xMaxMm: 400, yMinMm: 0, yMaxMm: 400 },
  paper: { widthMm: 60, heightMm: 90, marginMm: 10, offsetXMm: 0, offsetYMm: 0 },
  stroke: { lengthMm: 10, spacingMm: 2, feedMmPerMin: 9000 },
  pen: { downMm: 0, hopMm: 1.2, upMm: 5, downFeedMmPerMin: 300, upFeedMmPerMin: 900, travelFeedMmPerMin: 9000 },
  park: null,
  rows: ['1', '2', '3'].map((id, index) => ({ id, name: `Row ${id}`, yMm: 60 - index * 20, maxStrokes: 5 })),
};

/** A gift for a row, one for two rows in turn, and one of many strokes. */
export const smallGifts = JSON.stringify({
  version: 1,
  gifts: [
    { name: 'Rose', rows: ['1', '2'] },
    { name: 'GG', row: '2' },
    { name: 'Corgi', row: '3', strokes: 5 },
  ],
});
