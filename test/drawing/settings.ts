import type { SheetLayout } from '../../src/domain/sheet.ts';
import { type LayoutSettings, layOut, type Occasion } from '../../src/drawing/layout.ts';
import type { PicturesOfRows } from '../../src/drawing/picture-rows.ts';

/** As shipped: A4, ten rows of 151 strokes. */
export const shippedSettings: LayoutSettings = {
  bed: { xMinMm: 0, xMaxMm: 300, yMinMm: 0, yMaxMm: 300 },
  paper: { widthMm: 210, heightMm: 297, marginMm: 30, offsetXMm: 0, offsetYMm: 0 },
  stroke: { lengthMm: 10, spacingMm: 1, feedMmPerMin: 9000 },
  pen: {
    downMm: 0,
    hopMm: 1.2,
    upMm: 5,
    downFeedMmPerMin: 300,
    upFeedMmPerMin: 900,
    travelFeedMmPerMin: 9000,
  },
  park: null,
  rows: Array.from({ length: 10 }, (_, index) => ({
    id: `row-${index + 1}`,
    name: `Row ${index + 1}`,
    yMm: 257 - 25 * index,
  })),
};

/** Lays out settings that are known to be good. */
export function sound(
  settings: LayoutSettings,
  occasion: Occasion | null = null,
  pictures?: PicturesOfRows,
): SheetLayout {
  const result = layOut(settings, occasion, pictures);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.layout;
}
