import type { Ledger } from '../../../src/ledger/ledger.ts';
import { emptyHand, gift, layoutOf, worthOf } from '../../ledger/world.ts';

const rows = ['1', '2', '3', '4'];
export const sheet = layoutOf({ 1: 200, 2: 200, 3: 200, 4: 200 });

/** The gift that comes as number `each` of an evening: streaks and single ones, from viewers who give often. */
export function giftNumber(each: number) {
  const event = gift({
    user: `${(each * 7_919) % 3_000}`,
    gift: `gift ${each % 40}`,
    ...(each % 3 === 0 ? { group: `${each}` } : {}),
    id: `${7_000_000_000 + each}`,
    arrivedAtMs: 1_767_200_000_000 + each * 100,
    room: `room ${Math.floor(each / 20_000)}`,
  });
  return { event, worth: each % 20 === 0 ? null : worthOf(rows[each % rows.length] ?? '1') };
}

/** So many gifts of that evening, from this number on. */
export function giftsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => giftNumber(first + index));
}

/** Draws what is owed, sheet after sheet, until few strokes are left. */
export function drawAlmostAll(ledger: Ledger): void {
  for (;;) {
    const open = ledger.sheet();
    const candidates = ledger.queue.candidates(emptyHand);
    if (open === null || candidates.length === 0) {
      if (ledger.queue.beyondThisSheet() < 400) return;
      ledger.turnSheet(sheet);
      continue;
    }
    ledger.write((ink) => {
      for (const { row, n, credit } of candidates) {
        for (let next = 0; n + next <= 200; next++) {
          const stroke = { stroke: { sheet: open.id, row, n: n + next }, credit: credit + next };
          if (ledger.queue.strokeOf(row, n + next, credit + next, emptyHand) === null) break;
          ink.confirm([stroke]);
        }
      }
    });
  }
}

/** The questions that a status asks of the ledger. */
export function askStatus(ledger: Ledger): void {
  const { questions, queue } = ledger;
  questions.accounts();
  questions.lastGifts(10);
  questions.eventCount();
  questions.unmappedGifts();
  questions.uncertain();
  questions.places();
  queue.beyondThisSheet();
  queue.candidates(emptyHand);
}
