import type { Point } from '../../src/domain/sheet.ts';
import type { DrawingRecord } from '../../src/ledger/drawings.ts';
import type { Fail } from './broken.ts';
import { Dice } from './dice.ts';
import type { PaperSheet } from './papers.ts';
import type { PlannedDrawing } from './plan.ts';
import type { World } from './world.ts';

/** Of so many seeds some have drawings. */
const shareWithDrawings = 0.4;
/** Who asks and gets no answer asks again. */
const askAgainMs = 1_000;
/** No plate of these worlds is smaller. */
const boxUm = { width: 24_000, height: 20_000 };

/** The drawings of a seed: of dice of their own, so that all else in a seed is as without them. */
export function drawingsOf(seed: number, calmAtMs: number): readonly PlannedDrawing[] {
  const dice = new Dice(seed + 7_000_003);
  if (!dice.chance(shareWithDrawings)) return [];
  const drawings = Array.from({ length: dice.whole(1, 4) }, (_, index) =>
    drawingOf(dice, `wish ${index + 1}`, calmAtMs),
  );
  return drawings.toSorted((a, b) => a.atMs - b.atMs);
}

function drawingOf(dice: Dice, id: string, calmAtMs: number): PlannedDrawing {
  const paths = Array.from({ length: dice.whole(1, 9) }, () => {
    const points = dice.whole(2, 6);
    return Array.from({ length: 2 * points }, (_, at) => dice.whole(0, at % 2 === 0 ? boxUm.width : boxUm.height));
  });
  const atMs = dice.whole(500, calmAtMs / 2);
  const voidedMs = dice.chance(0.2) ? atMs + dice.whole(1_000, 30_000) : null;
  return { atMs, id, paths, ...(voidedMs === null ? {} : { voidedMs }) };
}

/** A program of somebody's own that asks for drawings, each under its own id until it is told that it was asked for. */
export class Asker {
  readonly #world: World;
  readonly #open = new Set<string>();
  /** What was told to be asked for, by the asker's id, and under which number. */
  readonly told = new Map<string, number>();
  /** What a person may have taken back. */
  readonly voided = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    for (const drawing of world.plan.drawings ?? []) {
      this.#open.add(drawing.id);
      world.clock.after(drawing.atMs, () => this.#ask(drawing));
      if (drawing.voidedMs !== undefined) world.clock.after(drawing.voidedMs, () => this.#void(drawing.id));
    }
  }

  /** All that it wants was asked for. */
  get isDone(): boolean {
    return this.#open.size === 0;
  }

  #ask(drawing: PlannedDrawing): void {
    const { service, clock, trace } = this.#world;
    const { life } = service;
    clock.after(askAgainMs, () => {
      if (this.#open.has(drawing.id)) this.#ask(drawing);
    });
    life?.process.enter(() => {
      const paths = { widthUm: boxUm.width, heightUm: boxUm.height, paths: drawing.paths };
      const wish = { ownId: drawing.id, name: drawing.id, plate: null, scales: false, paths };
      const asked = life.appliance.operator.askForDrawing(wish);
      trace.add(`asks for ${drawing.id}: ${asked.ok ? asked.drawing.id : asked.fault.code}`);
      if (!asked.ok || !life.process.alive) return;
      const before = this.told.get(drawing.id);
      if (before !== undefined && before !== asked.drawing.id)
        this.#world.fail('ink = debt', `${drawing.id} was asked for as ${before} and as ${asked.drawing.id}`);
      this.told.set(drawing.id, asked.drawing.id);
      this.#open.delete(drawing.id);
    });
  }

  #void(id: string): void {
    const { life } = this.#world.service;
    const number = this.told.get(id);
    if (number === undefined) return;
    this.voided.add(id);
    life?.process.enter(() => {
      const result = life.appliance.operator.voidDrawing(number, 'a whim');
      this.#world.trace.add(`takes ${id} back: ${result.ok ? 'done' : result.fault.code}`);
    });
  }
}

/** Where a drawing would lie on each plate of a sheet: in its middle, in its own size. */
export function expectDrawings(sheet: PaperSheet, drawings: readonly PlannedDrawing[]): void {
  for (const { id, widthMm, heightMm, xMm, yMm } of sheet.layout.plates ?? []) {
    for (const drawing of drawings) {
      const xs = drawing.paths.flatMap((path) => path.filter((_, at) => at % 2 === 0));
      const ys = drawing.paths.flatMap((path) => path.filter((_, at) => at % 2 === 1));
      const [left, right, foot, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      const dx = xMm + (widthMm - (right - left) / 1000) / 2;
      const dy = yMm + (heightMm - (top - foot) / 1000) / 2;
      drawing.paths.forEach((path, index) => {
        const points = Array.from({ length: path.length / 2 }, (_, at): Point => {
          const [x = 0, y = 0] = path.slice(2 * at, 2 * at + 2);
          return { xMm: dx + (x - left) / 1000, yMm: dy + (y - foot) / 1000 };
        });
        sheet.expect(`${nameOn(id, drawing)}:${index + 1}`, points);
      });
    }
  }
}

function nameOn(plate: string, { id }: PlannedDrawing): string {
  return `@${plate} ${id}`;
}

/** Whether a drawing lies whole on a plate; the pen alone knows. */
function isWholeOn(sheet: PaperSheet, plate: string, drawing: PlannedDrawing): boolean {
  return drawing.paths.every((_, index) => sheet.isWhole(`${nameOn(plate, drawing)}:${index + 1}`));
}

/**
 * Each drawing that was told to be asked for lies whole on one plate of one sheet, unless it was taken back; and what the
 * ledger calls drawn lies there, on the sheet and plate that it says.
 */
export function judgeDrawings(world: World): void {
  const { papers, plan, service } = world;
  const { life, forgotten } = service;
  // Of what came since a backup nobody is promised anything.
  if (life === null || forgotten.size > 0 || world.isRestored) return;
  const fail: Fail = (rule, what) => world.fail(rule, what);
  const drawings = plan.drawings ?? [];
  const records = new Map(life.ledger.questions.drawings().map((record) => [record.ownId, record]));
  for (const drawing of drawings) judgeOne(world, drawing, records.get(drawing.id));
  for (const sheet of papers.sheets) {
    const inked = new Set(
      sheet
        .inked()
        .filter((name) => name.startsWith('@') && sheet.isWhole(name))
        .map(plateAndDrawing),
    );
    for (const { id } of sheet.layout.plates ?? []) {
      const on = drawings.filter((drawing) => inked.has(nameOn(id, drawing)));
      if (on.length > 1)
        fail('no wrong ink', `${on.map((each) => each.id).join(' and ')} lie on plate ${id} of sheet ${sheet.id}`);
    }
  }
}

/** One drawing: what the ledger says of it, and where the pen has drawn it. */
function judgeOne(world: World, drawing: PlannedDrawing, record: DrawingRecord | undefined): void {
  const { papers, asker } = world;
  const fail: Fail = (rule, what) => world.fail(rule, what);
  if (record === undefined) {
    if (asker.told.has(drawing.id)) fail('no loss', `${drawing.id} was told to be asked for, and is forgotten`);
    return;
  }
  const lies = papers.sheets.flatMap((sheet) =>
    (sheet.layout.plates ?? []).flatMap(({ id }) => (isWholeOn(sheet, id, drawing) ? [`${sheet.id} ${id}`] : [])),
  );
  if (lies.length > 1) fail('ink = debt', `${drawing.id} lies whole on ${lies.join(' and ')}`);
  const said = `${record.sheet} ${record.plate}`;
  switch (record.state) {
    case 'drawn':
      if (!lies.includes(said))
        fail('no lie', `${drawing.id} is called drawn on ${said}, and lies whole on ${lies.join() || 'no plate'}`);
      return;
    case 'void':
      // It may be whole all the same: its last paths were with the plotter.
      if (!asker.voided.has(drawing.id)) fail('books', `nobody took ${drawing.id} back`);
      return;
    default:
      fail(
        'life',
        `${drawing.id} is ${record.state} when all has come to rest, and lies on ${lies.join() || 'no plate'}`,
      );
  }
}

function plateAndDrawing(name: string): string {
  return name.slice(0, name.lastIndexOf(':'));
}
