import assert from 'node:assert/strict';
import { packPaths, unpackPaths } from '../../src/domain/drawing-paths.ts';
import type { DrawingOptions, PlannedDrawing } from '../../src/domain/drawing-reader.ts';
import { planDrawing, planDrawingFile } from '../../src/drawing/svg/plan-drawing.ts';

export const svgOptions: DrawingOptions = {
  boxWidthMm: 100,
  boxHeightMm: 100,
  mode: 'mm',
  mayTurn: false,
  keepOrder: true,
  hatchMm: null,
};

/** An SVG of 100 by 100 mm, whose units are millimetres. */
export function svgOf(content: string, attributes = ''): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="100mm" viewBox="0 0 100 100" ${attributes}>
<g fill="none" stroke="black">${content}</g></svg>`;
}

/** Plans a file that must be good; what comes out must pass the check of whoever draws it. */
export function planned(svg: string, options: Partial<DrawingOptions> = {}): PlannedDrawing {
  const plan = planDrawing(svg, { ...svgOptions, ...options });
  if (!plan.ok) assert.fail(`${plan.fault.code}: ${plan.fault.what}`);
  const packed = packPaths(plan.paths) ?? assert.fail('too many bytes');
  assert.deepEqual(unpackPaths(packed), { ok: true, drawing: plan.paths });
  return plan;
}

/** The fault of a file that must be refused; with a sentence, and another one about what to do. */
export function refusedSvg(file: string | Uint8Array, options: Partial<DrawingOptions> = {}) {
  const all = { ...svgOptions, ...options };
  const plan = typeof file === 'string' ? planDrawing(file, all) : planDrawingFile(file, all);
  if (plan.ok) assert.fail('it was taken');
  assert.match(plan.fault.what, /^[A-Z].*\.$/s);
  assert.match(plan.fault.remedy, /^[A-Z].*\.$/);
  assert.ok(plan.fault.what.length < 300);
  return plan.fault;
}

/** What is drawn as the file has it: paths in mm of a page of 100 by 100, y down; their ink must reach from edge to edge. */
export function inkOnPage(content: string, options: Partial<DrawingOptions> = {}): number[][] {
  // Four short lines at the corners hold the page in its place.
  const marks = 'M0 0h1M100 0h-1M0 100h1M100 100h-1';
  const { paths } = planned(svgOf(`${content}<path d="${marks}"/>`), options).paths;
  return paths
    .map((path) => path.map((value, at) => (at % 2 === 0 ? value / 1000 : 100 - value / 1000)))
    .filter((path) => !isMark(path))
    .map((path) => path.map((value) => Math.round(value * 1000) / 1000));
}

function isMark(path: readonly number[]): boolean {
  const [x = 0, y = 0, endX = 0, endY = 0] = path;
  const isCorner = (value: number) => value < 0.0011 || value > 99.9989;
  return (
    path.length === 4 &&
    Math.abs(Math.abs(endX - x) - 1) < 0.002 &&
    y === endY &&
    isCorner(y) &&
    (isCorner(x) || isCorner(endX))
  );
}
