import { counted } from '../domain/counted.ts';
import type { Fault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { SheetLayout } from '../domain/sheet.ts';
import { diskFault } from '../ledger/faults.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Hand } from './hand.ts';
import type { InkBook } from './ink-book.ts';

export interface TurnDeps {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly ink: InkBook;
  readonly hand: Hand;
  /** The layout of the sheet that opens, by its number. */
  readonly layoutOf: (sheet: number) => SheetLayout;
}

/**
 * Closes the sheet that was taken away and opens a fresh one. The plotter must be parked and drained: what is known then
 * of strokes that were handed over and never proven is all that will ever be known of them.
 */
export function turnSheet({ log, ledger, ink, hand, layoutOf }: TurnDeps): Fault | null {
  try {
    if (!ink.flush()) return ink.fault();
    ledger.write((writer) => {
      for (const { id } of ledger.sheet()?.layout.rows ?? []) writer.reserve(id, hand.perhapsInked(id));
    });
    const number = (ledger.questions.sheets().at(-1)?.sheet ?? 0) + 1;
    const { opened, closed } = ledger.turnSheet(layoutOf(number));
    if (closed !== null && closed.doubtful > 0) {
      log.warn(`Sheet ${closed.sheet} is closed; ${counted(closed.doubtful, 'stroke')} on it doubtful and owed again.`);
    }
    log.info(`Sheet ${opened} is open.`);
    return null;
  } catch (error) {
    const fault = diskFault(error);
    if (fault === null) throw error;
    return fault;
  }
}
