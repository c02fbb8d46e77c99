import { type DrawingPaths, measurePaths } from '../../domain/drawing-paths.ts';
import type { DrawingOptions, DrawingPlan } from '../../domain/drawing-reader.ts';
import { generators } from '../generators.ts';
import { cutPieces } from '../pieces.ts';
import { planDrawingFile } from './plan-drawing.ts';

/**
 * Plans what is asked for: a file as it is, or generated, and cut into pieces where those are asked for. Throws a
 * RangeError for options that no drawing can have.
 */
export function planPicture(bytes: Uint8Array, options: DrawingOptions): DrawingPlan {
  const { pieces: wanted, generator } = options;
  const plan = generator === undefined ? planDrawingFile(bytes, options) : generated(options, generator);
  if (!plan.ok || wanted === undefined) return plan;
  const cut = cutPieces(plan.paths, wanted);
  return cut.ok ? { ...plan, paths: cut.pieces, ...measurePaths(cut.pieces) } : cut;
}

function generated(
  { boxWidthMm, boxHeightMm }: DrawingOptions,
  { name, spacingMm, seed }: NonNullable<DrawingOptions['generator']>,
): DrawingPlan {
  const paths: DrawingPaths = generators[name]({ widthMm: boxWidthMm, heightMm: boxHeightMm, spacingMm, seed });
  return { ok: true, paths, skipped: [], scale: 1, isTurned: false, ...measurePaths(paths) };
}
