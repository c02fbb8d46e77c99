import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { draw, emptyHand, gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from './world.ts';

function lived(t: { after(task: () => void): void }) {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  ledger.turnSheet(layoutOf({ a: 9 }));
  recordOne(ledger, gift({ user: '=cmd', group: '1', count: 2 }), worthOf('a'));
  recordOne(ledger, gift({ user: '=cmd', group: '1', count: 4 }), worthOf('a'));
  recordOne(ledger, gift({ gift: 'Say "hi", friend' }), null);
  draw(ledger, 3);
  ledger.amend((amend) => {
    amend.spoil(1, 'a', 1, 1, 'pen, dry');
    amend.void('a', 1, 'a prank', emptyHand);
    amend.backfill('Say "hi", friend', 'room-1', worthOf('a'));
  });
  ledger.turnSheet(layoutOf({ a: 9 }));
  t.after(() => ledger.close());
  return ledger;
}

test('JSON Lines tells every entry as it is stored', (t) => {
  const text = [...lived(t).export('jsonl')].join('');
  const entries = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const kinds = entries.map(({ entry }) => entry);
  const expected = {
    event: 2,
    growth: 1,
    remap: 1,
    credit: 3,
    void: 1,
    sheet: 2,
    ink: 3,
    spoil: 1,
    close: 1,
  };
  assert.deepEqual(
    Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((each) => each === kind).length])),
    expected,
  );
  const sum = (entry: string) =>
    entries.filter((each) => each.entry === entry).reduce((total, { strokes }) => total + strokes, 0);
  assert.deepEqual([sum('credit'), sum('ink'), sum('spoil'), sum('void')], [5, 3, 1, 1]);
  assert.equal(entries[0].viewer, 'name of =cmd');
  assert.equal(entries[0].at, '2026-01-01T12:00:00.000Z');
});

test('CSV has one header, quotes what needs it, and hands no formula to a spreadsheet', (t) => {
  const ledger = lived(t);
  ledger.amend((amend) => amend.credit('a', 1, '=HYPERLINK("x")', 'a promise'));
  const lines = [...ledger.export('csv')].join('').trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^entry,event,at,/);
  assert.equal(lines.length, 1 + 17);
  assert.match(lines.join('\n'), /,"Say ""hi"", friend",/);
  assert.match(lines.join('\n'), /,"'=HYPERLINK\(""x""\)",/);
  assert.match(lines.join('\n'), /,"pen, dry",/);
  const cells = (line: string) => line.replaceAll(/"(?:[^"]|"")*"/g, 'x').split(',').length;
  assert.deepEqual([...new Set(lines.map(cells))].length, 1);
});

test('a ledger of many pages is exported whole, also while it is written', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  const record = (from: number) =>
    ledger.record(
      Array.from({ length: 1_200 }, (_, index) => ({
        event: gift({ group: `${from + index}` }),
        worth: worthOf(['a', 'b']),
      })),
    );
  record(0);
  let chunks = 0;
  let events = 0;
  for (const chunk of ledger.export('jsonl')) {
    chunks += 1;
    events += chunk.split('"entry":"event"').length - 1;
    if (chunks === 1) record(10_000);
  }
  assert.equal(events, 2_400);
  ledger.close();
});
