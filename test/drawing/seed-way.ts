import type { Leg } from '../../src/domain/motion.ts';
import { shippedSettings } from './settings.ts';

/** The seed's G-code for strokes of one row: full lift at the plunge's feed, to the next foot, down, up the line. */
export function seedLegs(strokes: number): Leg[] {
  const { pen, stroke } = shippedSettings;
  return Array.from({ length: strokes }, (_, index): Leg[] => {
    const x = 30 + index * stroke.spacingMm;
    const head = 257 + stroke.lengthMm;
    return [
      { to: [x, 257, pen.upMm], feedMmPerMin: pen.travelFeedMmPerMin },
      { to: [x, 257, pen.downMm], feedMmPerMin: pen.downFeedMmPerMin },
      { to: [x, head, pen.downMm], feedMmPerMin: stroke.feedMmPerMin },
      { to: [x, head, pen.upMm], feedMmPerMin: pen.downFeedMmPerMin },
    ];
  }).flat();
}
