import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { packPaths } from '../../src/domain/drawing-paths.ts';
import type { InkText } from '../../src/domain/ink-text.ts';
import type { Worth } from '../../src/domain/worth.ts';
import { readAsLetters } from '../../src/drawing/plan-text.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { accountOf, emptyHand, gift, layoutOf, optionsFor, recordOne, tempFolder, worthOf } from './world.ts';

const plates = [{ id: 'p', name: 'p', xMm: 100, yMm: 10, widthMm: 50, heightMm: 20 }];
const layout = { ...layoutOf({ a: 50 }), plates };
const ink = {
  widthUm: 9_000,
  heightUm: 5_000,
  paths: [
    [0, 0, 9_000, 0],
    [0, 5_000, 9_000, 5_000],
  ],
};

function opened(t: { after(task: () => void): void }, file = join(tempFolder(t), 'l.db')): Ledger {
  const ledger = openLedger({ ...optionsFor(file), readText: readAsLetters });
  if (!ledger.ok) throw new Error(ledger.fault.what);
  if (ledger.ledger.sheet() === null) ledger.ledger.turnSheet(layout);
  return ledger.ledger;
}

/** A gift that pays a stroke and the giver's name, once it counts so many. */
function named(from: number, text = '{username}', strokes = 1): Worth {
  const write: InkText = { text, from };
  return { ...worthOf('a', strokes), write };
}

function textsOf(ledger: Ledger): readonly (readonly [string, string])[] {
  return ledger.questions
    .drawings()
    .map(({ name, state }) => [name, state] as const)
    .toReversed();
}

function textOf(ledger: Ledger, id: number): string {
  const found = ledger.questions.inkOfDrawing(id);
  return found.kind === 'text' ? found.text : assert.fail('it is a text');
}

test('a gift of enough owes the name of its giver, with its strokes and once, however its streak grows', (t) => {
  const ledger = opened(t);
  const grown = [1, 2, 3, 4, 9].map((count) => recordOne(ledger, gift({ group: '1', count }), named(3)).text?.kind);
  assert.deepEqual(grown, [undefined, undefined, 'owed', undefined, undefined]);
  assert.deepEqual(textsOf(ledger), [['name of u1', 'waiting']]);
  assert.equal(textOf(ledger, 1), 'name of u1');
  assert.equal(accountOf(ledger, 'a').pending, 9);
  recordOne(ledger, gift({ group: '2', count: 3 }), named(3));
  assert.equal(textsOf(ledger).length, 2, 'another gift of the same giver is another name');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('whatever frames of some gifts come, in any order and as often as they will, through restarts and backfills: each gift of enough owes one text, and no other', (t) => {
  const folder = tempFolder(t);
  let runs = 0;
  const frame = fc.record({
    name: fc.constantFrom('rose', 'new'),
    group: fc.constantFrom('1', '2', '3'),
    user: fc.constantFrom('u1', 'u2'),
    count: fc.integer({ min: 1, max: 9 }),
  });
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.array(frame, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom('restart' as const, 'backfill' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (steps, from) => {
      runs += 1;
      const file = join(folder, `${runs}.db`);
      let ledger = opened(t, file);
      const most = new Map<string, number>();
      const mapped = new Set<string>();
      for (const next of steps) {
        if (next === 'restart') {
          ledger.close();
          ledger = opened(t, file);
        } else if (next === 'backfill') {
          ledger.amend((amend) => amend.backfill('new', 'room-1', named(from)));
          for (const key of most.keys()) mapped.add(key);
        } else {
          ledger.record(
            next.map(({ name, group, user, count }) => ({
              event: gift({ gift: name, group, user, count }),
              worth: name === 'rose' ? named(from) : null,
            })),
          );
          for (const { name, group, user, count } of next) {
            const key = `${name} ${group} ${user}`;
            most.set(key, Math.max(count, most.get(key) ?? 0));
            if (name === 'rose') mapped.add(key);
          }
        }
      }
      const due = [...mapped].filter((key) => (most.get(key) ?? 0) >= from).map((key) => key.slice(-2));
      const asked = textsOf(ledger).map(([name]) => name.slice(-2));
      assert.deepEqual(asked.toSorted(), due.toSorted());
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 60 },
  );
});

test('a name that no letter can write costs its gift nothing: it is taken back as it is asked for, with the reason', (t) => {
  const ledger = opened(t);
  const nameless = (name: string, group: string) => {
    const { user, ...event } = gift({ user: name, group });
    return { ...event, user: { id: name, name } };
  };
  for (const [index, name] of ['🎉🎉', 'שלום', 'Zoë 🎉', 'ok'].entries())
    recordOne(ledger, nameless(name, String(index)), named(1));
  assert.deepEqual(
    textsOf(ledger).map(([, state]) => state),
    ['void', 'void', 'waiting', 'waiting'],
  );
  const [ok, zoe, hebrew, party] = ledger.questions.drawings().map(({ why }) => why);
  assert.equal(ok, '');
  assert.match(zoe ?? '', /^left out: "🎉"$/);
  assert.match(hebrew ?? '', /from right to left/);
  assert.match(party ?? '', /no letter that can be drawn/);
  assert.equal(accountOf(ledger, 'a').pending, 4);
  recordOne(ledger, gift({ user: null, group: 'x' }), named(1));
  assert.equal(textsOf(ledger).length, 5, 'a gift of nobody');
  assert.equal(textsOf(ledger).at(-1)?.[1], 'void');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a text that its name makes too long is shortened, and says so: who paid for it gets it', (t) => {
  const ledger = opened(t);
  const { user, ...event } = gift({ user: 'long', group: '1' });
  const name = `Maximilian Karl Friedrich ${'von und zu '.repeat(2)}Hohenstein`;
  recordOne(
    ledger,
    { ...event, user: { id: 'long', name } },
    { ...named(1), write: { text: 'Thanks a lot, {username}', from: 1 } },
  );
  const [drawing] = ledger.questions.drawings();
  assert.deepEqual([drawing?.state, drawing?.why], ['waiting', 'shortened']);
  const ink = ledger.questions.inkOfDrawing(1);
  assert.ok(ink.kind === 'text');
  assert.ok([...ink.text].length > 55 && [...ink.text].length <= 60, ink.text);
  assert.match(ink.text, /^Thanks a lot, Maximilian Karl .*…$/);
  ledger.close();
});

test('a burst of gifts that all pay for a name leaves a bounded number of them owed, and every stroke', (t) => {
  const ledger = opened(t);
  const burst = Array.from({ length: 2_000 }, (_, index) => ({
    event: gift({ user: `u${index}`, group: 'g' }),
    worth: named(1),
  }));
  const kinds = ledger.record(burst).map(({ text }) => text?.kind);
  assert.equal(kinds.filter((kind) => kind === 'owed').length, 100);
  assert.equal(kinds.filter((kind) => kind === 'too-many').length, 1_900);
  assert.equal(ledger.questions.waitingDrawings().length, 100);
  assert.equal(accountOf(ledger, 'a').pending, 2_000);
  recordOne(ledger, gift({ user: 'u1500', group: 'g', count: 7 }), named(1));
  assert.equal(ledger.questions.waitingDrawings().length, 100, 'what was left out is not asked for by a growth');
  ledger.draw((drawings) => drawings.voidDrawing(1, 'a slip'));
  assert.equal(recordOne(ledger, gift({ group: 'h' }), named(1)).text?.kind, 'owed');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a gift that is taken back takes its unwritten name with it, and one that is partly drawn or begun keeps it', (t) => {
  const ledger = opened(t);
  recordOne(ledger, gift({ user: 'u1', group: '1' }), named(1, '{username}', 3));
  recordOne(ledger, gift({ user: 'u2', group: '1' }), named(1, '{username}', 3));
  ledger.amend((amend) => amend.void('a', 5, 'a slip', emptyHand));
  assert.deepEqual(
    textsOf(ledger).map(([, state]) => state),
    ['waiting', 'void'],
    'the newest gift is gone, of the other a stroke is left',
  );
  ledger.draw((drawings) => drawings.place(1, 'p', ink));
  ledger.write((to) => to.reserve('@drawing-1', 1));
  ledger.amend((amend) => amend.void('a', 1, 'a slip', emptyHand));
  assert.equal(textsOf(ledger)[0]?.[1], 'placed', 'it is begun');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('test gifts and replays owe names as they owe strokes', (t) => {
  const ledger = opened(t);
  for (const origin of ['test', 'replay'] as const)
    recordOne(ledger, gift({ origin, session: origin, group: '1' }), named(1));
  assert.equal(textsOf(ledger).length, 2);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

/** The files under a folder that hold these bytes. */
function filesWith(folder: string, bytes: Buffer | string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(bytes))
    .map(({ name }) => name);
}

test('whoever is forgotten is written no further, and neither ledger nor backup knows any more how the name lay', async (t) => {
  const folder = tempFolder(t);
  const ledger = opened(t, join(folder, 'l.db'));
  recordOne(ledger, gift({ user: 'private', group: '1' }), named(1));
  recordOne(ledger, gift({ user: 'private', group: '2' }), named(1, 'Thanks, {username}!'));
  recordOne(ledger, gift({ user: 'other', group: '1' }), named(1));
  const paths = { ...ink, paths: Array.from({ length: 40 }, (_, at) => [0, 100 * at, 8_111, 100 * at + 77]) };
  ledger.draw((drawings) => drawings.place(1, 'p', paths));
  ledger.write((to) => to.reserve('@drawing-1', 1));
  const { layout: before } = ledger.sheet() ?? assert.fail('a sheet lies there');
  assert.equal(before.drawings?.[0]?.pathOf(2).length, 2);
  await ledger.backup(0);
  const lay = Buffer.from(packPaths(paths) ?? []).subarray(20, 60);
  assert.deepEqual(filesWith(folder, lay), ['l.db-wal', 'l.db.000001']);
  assert.equal(ledger.privacy.forget('name of private').viewers, 1);
  assert.equal(ledger.privacy.forget('name of private').viewers, 0);
  assert.deepEqual(
    textsOf(ledger).map(([name, state]) => [name, state]),
    [
      ['', 'void'],
      ['', 'void'],
      ['name of other', 'waiting'],
    ],
  );
  assert.deepEqual([...filesWith(folder, 'private'), ...filesWith(folder, lay)], []);
  const { layout: after, drawings } = ledger.sheet() ?? assert.fail('a sheet lies there');
  assert.deepEqual(after.drawings?.[0]?.pathOf(2), [{ xMm: 100, yMm: 10 }], 'nobody knows how it lay');
  assert.equal(drawings[0]?.isOver, true);
  assert.equal(
    ledger.draw((writer) => writer.redrawDrawing(1, 'dry')),
    null,
  );
  assert.deepEqual(ledger.check('full').findings, []);
  recordOne(ledger, gift({ user: 'private', group: '1', count: 9 }), named(1));
  assert.equal(textsOf(ledger).length, 3, 'a streak that goes on asks for nothing anew');
  ledger.close();
  const again = opened(t, join(folder, 'l.db'));
  assert.deepEqual(again.sheet()?.layout.drawings?.[0]?.pathOf(1), [{ xMm: 100, yMm: 10 }]);
  assert.deepEqual(again.check('full').findings, []);
  again.close();
});
