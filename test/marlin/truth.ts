import assert from 'node:assert/strict';
import type { StrayMark } from '../../src/domain/plotter.ts';
import type { Ink } from '../../src/simulators/plotter/paper.ts';
import { inkOf, inkOfStroke, type World } from './world.ts';

/** What M114 and the steps of the motors leave open, mm. */
const nearMm = 0.06;

/** Ink that lies on none of the strokes 1 to `strokes`. */
function strayInk({ board }: World, strokes: number): readonly Ink[] {
  return board.paper().ink.filter(({ fromX, fromY, toX, toY }) => {
    const n = Math.round(fromX) - 10;
    const inColumn = Math.abs(fromX - 10 - n) < nearMm && Math.abs(toX - fromX) < nearMm && n >= 1 && n <= strokes;
    return !(inColumn && Math.min(fromY, toY) > 20 - nearMm && Math.max(fromY, toY) < 30 + nearMm);
  });
}

/** Whether a piece of ink lies within the straight way that a mark names. */
function explains({ from, to }: StrayMark, { fromX, fromY, toX, toY }: Ink): boolean {
  const [wayX, wayY] = [to.xMm - from.xMm, to.yMm - from.yMm];
  const length2 = wayX * wayX + wayY * wayY;
  const apart = (x: number, y: number) => {
    const along = length2 === 0 ? 0 : ((x - from.xMm) * wayX + (y - from.yMm) * wayY) / length2;
    const share = Math.min(1, Math.max(0, along));
    return Math.hypot(x - from.xMm - wayX * share, y - from.yMm - wayY * share);
  };
  return apart(fromX, fromY) <= nearMm && apart(toX, toY) <= nearMm;
}

/** Every piece of ink that is no stroke lies where a recorded mark says; gives how many there were. */
export function checkMarks(world: World, strokes: number, marks: readonly StrayMark[], what: string): number {
  const stray = strayInk(world, strokes);
  for (const piece of stray) {
    const { fromX, fromY, toX, toY } = piece;
    const way = [fromX, fromY, toX, toY].map((mm) => mm.toFixed(2)).join(' ');
    assert.ok(
      marks.some((mark) => explains(mark, piece)),
      `${what}: ink at ${way}, and the marks are ${JSON.stringify(marks)}`,
    );
  }
  return stray.length;
}

/** A stroke is certain only when its ink lies there. */
export function checkNoLie(world: World, what: string): void {
  const ink = new Set(inkOf(world.board));
  for (const { n } of world.certain) assert.ok(ink.has(inkOfStroke(n)), `${what}: stroke ${n} is certain without ink`);
}

/** Every stroke has its ink, in one piece or in several. */
export function checkWhole({ board }: World, strokes: number, what: string): void {
  for (let n = 1; n <= strokes; n += 1) {
    const pieces = board
      .paper()
      .ink.filter(({ fromX, toX }) => Math.abs(fromX - 10 - n) < nearMm && Math.abs(toX - 10 - n) < nearMm)
      .map(({ fromY, toY }) => [Math.min(fromY, toY), Math.max(fromY, toY)] as const)
      .toSorted((a, b) => a[0] - b[0]);
    let reached = 20;
    for (const [from, to] of pieces) if (from <= reached + nearMm) reached = Math.max(reached, to);
    assert.ok(reached > 30 - nearMm, `${what}: stroke ${n} reaches only to ${reached}`);
  }
}
