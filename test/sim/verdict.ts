import type { StrayMarkOnSheet } from '../../src/domain/plotter.ts';
import type { Fail } from './broken.ts';
import { judgeDrawings } from './drawings.ts';
import { rowOfBefore } from './old-ledger.ts';
import type { Stray } from './papers.ts';
import { exactMm } from './papers.ts';
import type { World } from './world.ts';
import { judgeWritten } from './written.ts';

/** From a mark until it is written down: it is looked at twice, the pen is raised, and the disk takes its time; ms. */
const untoldMs = 3_000;

/** Holds the papers and the books of a world that has come to rest against each other. */
export function judge(world: World): void {
  const { papers, accounts } = world;
  const { life } = world.service;
  if (life === null) return;
  const fail: Fail = (rule, what) => world.fail(rule, what);
  papers.look();
  accounts.settled();
  judgeInk(world);
  judgeMarks(world);
  judgeDrawings(world);
  judgeWritten(world);
  world.checkGifts(life.ledger);
  for (const finding of life.ledger.check('full').findings)
    fail(finding.includes('journal') ? 'journal' : 'books', finding);
  judgeSums(world);
  world.follower.judge(life.ledger);
}

/** On each sheet lies what is certain, and besides only what was counted uncertain when it was taken away. */
function judgeInk(world: World): void {
  const { papers } = world;
  const { life, certainAtClose, forgotten } = world.service;
  if (life === null) return;
  const fail: Fail = (rule, what) => world.fail(rule, what);
  const { questions } = life.ledger;
  const summaries = new Map(questions.sheets().map((sheet) => [sheet.sheet, sheet]));
  const now = new Map(questions.places().map(({ row, certain }) => [row, certain]));
  papers.sheets.forEach((sheet, index) => {
    const isOpen = sheet === papers.open;
    const certain = isOpen ? now : (certainAtClose[index] ?? new Map<string, number>());
    if (forgotten.has(index)) return;
    for (const [row, upTo] of certain) {
      for (let n = 1; n <= upTo; n += 1) {
        if (!sheet.isWhole(`${row}:${n}`)) fail('no lie', `sheet ${sheet.id}: ${row}:${n} is certain and not there`);
      }
    }
    const extra = sheet.inked().filter((stroke) => {
      if (stroke.startsWith('@')) return false;
      const [row = '', n = ''] = stroke.split(':');
      return Number(n) > (certain.get(row) ?? 0);
    });
    const uncertain = isOpen ? 0 : (summaries.get(sheet.id)?.uncertain ?? 0);
    if (extra.length > uncertain) {
      fail(
        'ink = debt',
        `sheet ${sheet.id} has ink for ${extra.join(' ')}, of which ${uncertain} are counted uncertain`,
      );
    }
  });
}

/** Ink elsewhere comes from a disturbed line and is recorded as a strayMark. */
function judgeMarks(world: World): void {
  const { papers, hardware } = world;
  const { life, forgotten, deathsMs } = world.service;
  if (life === null) return;
  const fail: Fail = (rule, what) => world.fail(rule, what);
  // A process that died with a mark unwritten has told it to nobody.
  const isUntold = ({ ink }: Stray) => {
    const sinceMs = hardware.lines.wildMs(ink.command);
    return deathsMs.some((ms) => ms >= sinceMs && ms <= sinceMs + untoldMs);
  };
  for (const { fromX, fromY, command } of papers.strayTouches) {
    if (!hardware.lines.isWild(command))
      fail('no wrong ink', `the pen touched ${fromX.toFixed(2)}/${fromY.toFixed(2)} where no stroke is`);
  }
  papers.sheets.forEach((sheet, index) => {
    const strayMarks = life.ledger.questions.strayMarks(sheet.id);
    for (const stray of sheet.strays) {
      if (!hardware.lines.isWild(stray.ink.command)) {
        fail('no wrong ink', `sheet ${sheet.id} has ink beside its strokes that no disturbed line has drawn`);
      }
      if (forgotten.has(index) || isUntold(stray) || strayMarks.some((strayMark) => explains(strayMark, stray)))
        continue;
      const { fromX, fromY, toX, toY } = stray;
      const way = [fromX, fromY, toX, toY].map((mm) => mm.toFixed(2)).join(' ');
      fail('no wrong ink', `sheet ${sheet.id} has ink at ${way}, and no stray mark tells it`);
    }
  });
}

function explains({ from, to }: StrayMarkOnSheet, { fromX, fromY, toX, toY }: Stray): boolean {
  const [dx, dy] = [to.xMm - from.xMm, to.yMm - from.yMm];
  const length = Math.hypot(dx, dy);
  const isNear = (x: number, y: number) => {
    const along =
      length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.xMm) * dx + (y - from.yMm) * dy) / length ** 2));
    return Math.hypot(x - from.xMm - along * dx, y - from.yMm - along * dy) <= 2 * exactMm;
  };
  return isNear(fromX, fromY) && isNear(toX, toY);
}

/** credited = (drawn - spoiled) + pending + voided, and what is drawn is what lies on the sheets. */
function judgeSums(world: World): void {
  const { papers } = world;
  const { life, certainAtClose, forgotten } = world.service;
  if (life === null || forgotten.size > 0) return;
  const fail: Fail = (rule, what) => world.fail(rule, what);
  const { questions } = life.ledger;
  const before = world.plan.setup.oldLedger ? [[rowOfBefore.row, rowOfBefore.drawn] as const] : [];
  const onSheets = new Map<string, number>(before);
  const add = (row: string, strokes: number) => onSheets.set(row, (onSheets.get(row) ?? 0) + strokes);
  for (const certain of certainAtClose) for (const [row, strokes] of certain) add(row, strokes);
  if (papers.open !== null) for (const { row, certain } of questions.places()) add(row, certain);
  for (const { row, credited, drawn, spoiled, voided, pending } of questions.accounts()) {
    const lies = onSheets.get(row) ?? 0;
    if (credited !== drawn - spoiled + pending + voided) fail('books', `row ${row}: its account does not add up`);
    if (lies > drawn || lies < drawn - spoiled) {
      fail('ink = debt', `row ${row}: ${drawn} are drawn, ${spoiled} of them spoiled, and ${lies} lie on the sheets`);
    }
  }
}
