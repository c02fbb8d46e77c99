/**
 * Records gifts and confirms strokes as fast as it can until it is killed. Says on its standard output, one line each and
 * only once it is on disk: `gift KEY COUNT` and `ink SHEET ROW N`.
 */
import { writeSync } from 'node:fs';
import { draw, emptyHand, gift, layoutOf, openOk, recordOne, worthOf } from '../world.ts';

const [file = '', run = ''] = process.argv.slice(2);
const ledger = openOk(file);
const say = (line: string) => writeSync(1, `${line}\n`);
if (ledger.sheet() === null) ledger.turnSheet(layoutOf({ a: 200, b: 200 }));
say('ready');

for (let each = 1; ; each++) {
  const group = `${run}-${each % 7}`;
  recordOne(ledger, gift({ user: `u${each % 5}`, group, count: each }), worthOf(['a', 'b']));
  say(`gift ${group} ${each}`);
  if (each % 3 === 0) {
    const burst = Array.from({ length: 20 }, (_, index) => gift({ id: `${run}-${each}-${index}` }));
    ledger.record(burst.map((event) => ({ event, worth: worthOf('b') })));
    for (const { id } of burst) say(`gift ${id} 1`);
  }
  const [next] = ledger.queue.candidates(emptyHand);
  draw(ledger, 1);
  if (next !== undefined) say(`ink ${ledger.sheet()?.id} ${next.row} ${next.n}`);
  if (each % 40 === 0) {
    ledger.turnSheet(layoutOf({ a: 200, b: 200 }));
    void ledger.backup(0);
  }
  // Backups are made between turns of the event loop.
  if (each % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
}
