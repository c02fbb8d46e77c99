/**
 * Records and draws on a disk that fails now and then, trying each write until it is taken, as the service does.
 * Says at the end how often the disk failed; ends with 1 when an error was not the disk's.
 */
import { writeSync } from 'node:fs';
import { diskFault } from '../../../src/ledger/faults.ts';
import { type Ledger, openLedger } from '../../../src/ledger/ledger.ts';
import { emptyHand, gift, layoutOf, optionsFor, recordOne, worthOf } from '../world.ts';

const [file = '', gifts = ''] = process.argv.slice(2);
let failures = 0;

function insist<T>(write: () => T): T {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return write();
    } catch (error) {
      if (diskFault(error) === null) throw error;
      failures += 1;
    }
  }
  throw new Error('the disk never took it');
}

/** Opening tells a fault; the service would be started again. */
function openInTheEnd(): Ledger {
  for (let tries = 0; tries < 50; tries++) {
    const opened = openLedger(optionsFor(file));
    if (opened.ok) return opened.ledger;
    if (!opened.fault.code.startsWith('disk-')) throw new Error(opened.fault.what);
    failures += 1;
  }
  throw new Error('the ledger never opened');
}

const ledger = openInTheEnd();
if (ledger.sheet() === null) insist(() => ledger.turnSheet(layoutOf({ a: 50, b: 50 })));
for (let each = 1; each <= Number(gifts); each++) {
  insist(() => recordOne(ledger, gift({ id: `${each}`, user: `u${each % 9}` }), worthOf(['a', 'b'])));
  const [next] = ledger.queue.candidates(emptyHand);
  const sheet = ledger.sheet()?.id ?? 0;
  if (next === undefined) insist(() => ledger.turnSheet(layoutOf({ a: 50, b: 50 })));
  else {
    const { row, n, credit } = next;
    insist(() => ledger.write((ink) => ink.confirm([{ stroke: { sheet, row, n }, credit }])));
  }
}
const { findings } = ledger.check('full');
ledger.close();
writeSync(1, JSON.stringify({ failures, findings }));
