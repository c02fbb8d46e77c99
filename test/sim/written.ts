import { giftIdPrefix } from '../../src/domain/ink-text.ts';
import type { DrawingRecord } from '../../src/ledger/drawings.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { SeenGift } from '../../src/ledger/payers.ts';
import type { Fail } from './broken.ts';
import type { PaperSheet } from './papers.ts';
import type { World } from './world.ts';

/** For each gift of this kind a rule writes its giver's name. */
export const writtenFor = 'gg';

/** A drawing or a text that was placed on a plate of a sheet. */
export interface Placement {
  readonly sheet: PaperSheet;
  readonly plate: string;
  readonly count: number;
}

/** Names that were asked for in ink; what cannot be written begins with an exclamation mark. */
function namesOwed({ questions }: Ledger): readonly DrawingRecord[] {
  return questions.drawings().filter(({ ownId, name }) => ownId?.startsWith(giftIdPrefix) && !name.startsWith('!'));
}

/** Each gift of the kind has asked for its giver's name once. */
export function checkWritten(seen: readonly SeenGift[], ledger: Ledger, fail: Fail): void {
  const off = new Map<string, number>();
  const add = (viewer: string, more: number) => off.set(viewer, (off.get(viewer) ?? 0) + more);
  for (const { kind, gift, viewer } of seen) if (kind === 'gift' && gift.toLowerCase() === writtenFor) add(viewer, -1);
  for (const { name } of namesOwed(ledger)) add(name, 1);
  for (const [viewer, texts] of off)
    if (texts !== 0)
      fail(
        'no loss',
        `the name of ${viewer} was asked for ${Math.abs(texts)} times too ${texts > 0 ? 'often' : 'seldom'}`,
      );
}

/** Each name lies whole where the ledger says, unless it was taken back with its gift; nothing else lies whole on a plate. */
export function judgeWritten(world: World): void {
  const { life, forgotten, placements } = world.service;
  // Of what came since a backup nobody is promised anything.
  if (life === null || forgotten.size > 0 || world.isRestored) return;
  const whole = new Set<string>();
  for (const [id, { sheet, plate, count }] of placements) {
    const isWhole = Array.from({ length: count }, (_, n) => sheet.isWhole(`${id}:${n + 1}`)).every(Boolean);
    if (isWhole) whole.add(`${sheet.id} ${plate}`);
  }
  for (const { id, name, state, sheet, plate } of namesOwed(life.ledger)) {
    if (state === 'void') continue;
    if (state !== 'drawn') world.fail('life', `the name of ${name} is ${state} when all has come to rest`);
    else if (!whole.has(`${sheet} ${plate}`))
      world.fail('no lie', `text ${id}, ${name}, is called drawn on ${sheet} ${plate}, and is not there`);
  }
  const drawn = life.ledger.questions.drawings().filter(({ state }) => state === 'drawn' || state === 'void');
  const known = new Set(drawn.map(({ sheet, plate }) => `${sheet} ${plate}`));
  for (const place of whole)
    if (!known.has(place)) world.fail('ink = debt', `nobody knows what lies whole on ${place}`);
}
