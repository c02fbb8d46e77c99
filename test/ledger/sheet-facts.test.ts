import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { does, fired, recordWith, rule, rulesInForce, streak } from './rule-world.ts';
import { draw, gift, layoutOf, noonMs, openOk, tempFolder, worthOf } from './world.ts';

const evening = noonMs + 9 * 3_600_000;

test('how full the sheet is, what is owed and what was drawn since noon are what a plain count says', (t) => {
  const clock = { ms: evening - 24 * 3_600_000 };
  const file = join(tempFolder(t), 'l.db');
  let ledger = openOk(file, () => clock.ms);
  assert.deepEqual(ledger.questions.sheetNow(), {
    ...{ sheet: null, sheetFilled: null, strokesFree: null, rowsFree: null },
    ...{ pending: 0, drawnTonight: 0 },
  });
  ledger.turnSheet(layoutOf({ r: 10, s: 6 }));
  recordWith(ledger, undefined, [gift({ count: 4 })], worthOf('r'));
  draw(ledger, 4);
  clock.ms = evening;
  assert.deepEqual(ledger.questions.sheetNow(), {
    ...{ sheet: 1, sheetFilled: 25, strokesFree: 12, rowsFree: 2 },
    ...{ pending: 0, drawnTonight: 0 },
  });
  recordWith(ledger, undefined, [gift({ count: 9 })], worthOf('r'));
  assert.deepEqual(ledger.questions.sheetNow(), {
    ...{ sheet: 1, sheetFilled: 25, strokesFree: 6, rowsFree: 1 },
    ...{ pending: 9, drawnTonight: 0 },
  });
  draw(ledger, 5);
  const { drawnTonight, sheetFilled, pending } = ledger.questions.sheetNow();
  assert.deepEqual([drawnTonight, sheetFilled, pending], [5, 56, 4]);
  ledger.turnSheet(layoutOf({ r: 10, s: 6 }));
  draw(ledger, 4);
  ledger.close();
  ledger = openOk(file, () => clock.ms);
  assert.equal(ledger.questions.sheetNow().drawnTonight, 9, 'over two sheets and a restart');
  clock.ms += 24 * 3_600_000;
  assert.equal(ledger.questions.sheetNow().drawnTonight, 0);
  ledger.close();
});

test('a rule asks how it is with the paper before its event, whatever the first message of a streak brings of it', (t) => {
  const rules = rulesInForce(
    rule('room', { when: ['strokesFree', '>=', 12], [does]: [{ log: 'x' }] }),
    rule('full', { when: ['strokesFree', '<', 12], [does]: [{ log: 'x' }] }),
    rule('owed', { when: ['pending', '==', 3], [does]: [{ draw: { row: 's', strokes: 2 } }] }),
    rule('late', {
      when: [
        ['pending', '==', 3],
        ['giftCount', '>=', 5],
      ],
      [does]: [{ log: 'x' }],
    }),
  );
  const frames = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(frames, (counts) => {
      const ledger = openOk(join(tempFolder(t), 'l.db'));
      ledger.turnSheet(layoutOf({ r: 10, s: 6 }));
      recordWith(ledger, undefined, [gift({ count: 3 })], worthOf('r'));
      for (const count of [...counts, 9]) recordWith(ledger, rules, [streak('g', count)], worthOf('r'));
      assert.deepEqual(fired(ledger).toSorted(), ['late 0', 'owed 2', 'room 0']);
      recordWith(ledger, rules, [gift()], worthOf('r'));
      assert.equal(fired(ledger).at(-1), 'full 0');
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 30 },
  );
});

test('where no sheet is open nothing is known of one, and a rule that asks does not fire; moments ask as events do', (t) => {
  const rules = rulesInForce(
    rule('any', { when: ['sheetFilled', '<', 100] }),
    rule('soon', { on: 'state', when: ['rowsFree', '<', 2], [does]: [{ say: 'Paper, please' }] }),
    rule('opened', { on: 'sheet-opened', when: ['sheet', '==', 1], [does]: [{ log: '{sheet}' }] }),
  );
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.followRules({ engine: () => rules, due: () => {} });
  recordWith(ledger, rules, [gift()]);
  ledger.stateChanged('ready', 'drawing');
  assert.deepEqual(fired(ledger), []);
  ledger.turnSheet(layoutOf({ r: 2, s: 6 }));
  ledger.stateChanged('ready', 'drawing');
  assert.deepEqual(fired(ledger), ['opened 0']);
  recordWith(ledger, rules, [gift({ count: 2 })], worthOf('r'));
  ledger.stateChanged('drawing', 'ready');
  assert.deepEqual(fired(ledger), ['opened 0', 'any 1', 'soon 0']);
  ledger.close();
});
