import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import type { DrawingPaths } from '../../src/domain/drawing-paths.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { freePlates } from '../../src/ledger/placed-drawings.ts';
import { draw, emptyHand, gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from './world.ts';

const plates = ['p', 'q'].map((id, index) => ({
  id,
  name: id,
  xMm: 100.5,
  yMm: 60 * index + 10,
  widthMm: 50,
  heightMm: 50,
}));
const layout = { ...layoutOf({ a: 9 }), plates };

/** So many lines, one over the other. */
function lines(count: number): DrawingPaths {
  const paths = Array.from({ length: count }, (_, index) => [0, 1_000 * index, 9_000, 1_000 * index]);
  return { widthUm: 50_000, heightUm: 50_000, paths };
}

function ask(ledger: Ledger, name: string, count = 3, ownId: string | null = null): number {
  return ledger.draw((drawings) => drawings.ask({ ownId, name, plate: null, scales: true, paths: lines(count) }))
    .request;
}

function place(ledger: Ledger, request: number, plate = 'p', count = 3): void {
  ledger.draw((drawings) => drawings.place(request, plate, lines(count)));
}

function stateOf(ledger: Ledger, id: number) {
  const { state, sheet, plate, certain, why } = ledger.questions.drawing(id) ?? assert.fail('there is no such drawing');
  return { state, sheet, plate, certain, why };
}

function opened(t: { after(task: () => void): void }): { readonly ledger: Ledger; readonly file: string } {
  const file = join(tempFolder(t), 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layout);
  return { ledger, file };
}

test('a drawing that was asked for is on disk with its paths, and the same wish by its own name is not another one', (t) => {
  const { ledger, file } = opened(t);
  const first = ask(ledger, 'rose.svg', 3, 'wish 1');
  assert.deepEqual(
    ledger.draw((drawings) =>
      drawings.ask({ ownId: 'wish 1', name: 'again', plate: null, scales: false, paths: lines(9) }),
    ),
    { request: first, isNew: false },
  );
  const other = ask(ledger, 'rose.svg');
  assert.notEqual(other, first);
  ledger.close();
  const again = openOk(file);
  assert.deepEqual(again.questions.inkOfDrawing(first), { kind: 'paths', paths: lines(3) });
  assert.deepEqual(
    again.questions.waitingDrawings().map(({ request }) => request),
    [first, other],
  );
  assert.deepEqual(again.check('full').findings, []);
  again.close();
});

test('a drawing is one debt: its paths are progress, and it is paid when the last of them is certain', (t) => {
  const { ledger } = opened(t);
  recordOne(ledger, gift(), worthOf('a', 2));
  const id = ask(ledger, 'rose.svg');
  place(ledger, id);
  assert.deepEqual(
    ledger.queue.candidates(emptyHand).map(({ row, n }) => [row, n]),
    [
      ['a', 1],
      ['@drawing-1', 1],
    ],
  );
  draw(ledger, 4);
  assert.deepEqual(stateOf(ledger, id), { state: 'drawing', sheet: 1, plate: 'p', certain: 2, why: '' });
  draw(ledger, 4);
  assert.deepEqual(stateOf(ledger, id), { state: 'drawn', sheet: 1, plate: 'p', certain: 3, why: '' });
  assert.deepEqual(ledger.queue.candidates(emptyHand), []);
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('what is certain grows path by path, can be said twice, and never skips one', (t) => {
  const { ledger } = opened(t);
  place(ledger, ask(ledger, 'rose.svg'));
  const confirm = (...ns: number[]) =>
    ledger.write((ink) => {
      ink.reserve('@drawing-1', Math.max(...ns));
      ink.confirm(ns.map((n) => ({ stroke: { sheet: 1, row: '@drawing-1', n }, credit: 0 })));
    });
  confirm(1);
  confirm(1, 2);
  assert.throws(() => confirm(4), /certain up to 2/);
  assert.equal(ledger.questions.drawing(1)?.certain, 2);
  assert.throws(() => ledger.write((ink) => ink.reserve('@drawing-9', 1)), /no drawing "@drawing-9"/);
  ledger.close();
});

test('a path lies where its plate does, in whole micrometres', (t) => {
  const { ledger } = opened(t);
  place(ledger, ask(ledger, 'rose.svg'), 'q');
  const [track] = ledger.sheet()?.layout.drawings ?? [];
  assert.deepEqual(track?.pathOf(2), [
    { xMm: 100.5, yMm: 71 },
    { xMm: 109.5, yMm: 71 },
  ]);
  assert.throws(() => track?.pathOf(4), /has paths 1 to 3/);
  ledger.close();
});

test('a plate takes one drawing a sheet; one that was taken back before it was begun leaves it', (t) => {
  const { ledger } = opened(t);
  const [first, second, third] = [ask(ledger, 'a'), ask(ledger, 'b'), ask(ledger, 'c')];
  place(ledger, first);
  assert.throws(() => place(ledger, second), /plate p is taken/);
  assert.ok(ledger.draw((drawings) => drawings.voidDrawing(first, 'a slip')));
  place(ledger, second);
  draw(ledger, 1);
  assert.ok(ledger.draw((drawings) => drawings.voidDrawing(second, 'ugly')));
  assert.equal(
    ledger.draw((drawings) => drawings.voidDrawing(second, 'twice')),
    false,
  );
  assert.deepEqual(freePlates(ledger.sheet()?.drawings ?? [], ['p', 'q']), ['q']);
  assert.throws(() => place(ledger, third), /plate p is taken/);
  assert.deepEqual(ledger.queue.candidates(emptyHand), []);
  assert.deepEqual(stateOf(ledger, second), { state: 'void', sheet: 1, plate: 'p', certain: 1, why: 'ugly' });
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a sheet that is taken away in the middle leaves the drawing owed as a whole, and says so', (t) => {
  const { ledger } = opened(t);
  const [begun, drawn] = [ask(ledger, 'a'), ask(ledger, 'b', 1)];
  place(ledger, drawn, 'q', 1);
  draw(ledger, 1);
  place(ledger, begun);
  draw(ledger, 2);
  const { closed } = ledger.turnSheet(layout);
  assert.deepEqual(
    closed?.drawings.map(({ request, certain }) => [request, certain]),
    [[begun, 2]],
  );
  const why = 'sheet 1 was taken away after 2 of 3 paths';
  assert.deepEqual(stateOf(ledger, begun), { state: 'waiting', sheet: 1, plate: 'p', certain: 0, why });
  assert.equal(stateOf(ledger, drawn).state, 'drawn');
  place(ledger, begun);
  assert.equal(draw(ledger, 10), 3, 'all of its paths lie on the next sheet');
  assert.equal(stateOf(ledger, begun).state, 'drawn');
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('a drawing whose ink is missing is owed again, in its place while its sheet lies there', (t) => {
  const { ledger } = opened(t);
  const id = ask(ledger, 'rose.svg', 3, 'mine');
  place(ledger, id);
  assert.equal(
    ledger.draw((drawings) => drawings.redrawDrawing(id, 'dry')),
    null,
    'it is owed yet',
  );
  draw(ledger, 3);
  const again = ledger.draw((drawings) => drawings.redrawDrawing(id, 'dry')) ?? assert.fail('it is drawn');
  assert.deepEqual(stateOf(ledger, again), { state: 'placed', sheet: 1, plate: 'p', certain: 0, why: 'dry' });
  assert.equal(ledger.questions.drawing(again)?.againOf, id);
  const twice = () => ledger.draw((drawings) => drawings.redrawDrawing(id, 'dry'));
  assert.equal(twice(), null, 'it is owed again already');
  const [old, fresh] = ledger.sheet()?.layout.drawings ?? [];
  assert.deepEqual(fresh?.pathOf(3), old?.pathOf(3));
  assert.equal(draw(ledger, 9), 3);
  assert.equal(twice(), null, 'it was drawn again');
  ledger.turnSheet(layout);
  const later = ledger.draw((drawings) => drawings.redrawDrawing(again, 'smeared')) ?? assert.fail('it is drawn');
  assert.equal(stateOf(ledger, later).state, 'waiting');
  ledger.draw((drawings) => drawings.voidDrawing(later, 'no more'));
  assert.notEqual(
    ledger.draw((drawings) => drawings.redrawDrawing(again, 'smeared')),
    null,
    'what was taken back does not count',
  );
  assert.deepEqual(ledger.check('full').findings, []);
  ledger.close();
});

test('after a kill the next path is the first that is not certain, and ink may lie as far as was handed over', (t) => {
  const { ledger, file } = opened(t);
  place(ledger, ask(ledger, 'rose.svg'));
  draw(ledger, 1);
  ledger.write((ink) => ink.reserve('@drawing-1', 3));
  ledger.close();
  const again = openOk(file);
  assert.deepEqual(
    again.queue.candidates(emptyHand).map(({ row, n }) => [row, n]),
    [['@drawing-1', 2]],
  );
  assert.equal(again.sheet()?.handedAtOpen.get('@drawing-1'), 3);
  again.close();
});

test('the feed tells each step of a drawing as it stands, and the export has its paths by number', (t) => {
  const { ledger } = opened(t);
  const id = ask(ledger, 'rose.svg', 3, 'mine');
  place(ledger, id);
  draw(ledger, 3);
  const told = () =>
    ledger.questions
      .feedSince(ledger.questions.feedBegin(), 100)
      .entries.flatMap((each) => (each.kind === 'drawing' ? [each.entry] : []));
  assert.deepEqual(
    told().map(({ id: number, ownId, name, state, sheet, plate, paths }) => [
      number,
      ownId,
      name,
      state,
      sheet,
      plate,
      paths,
    ]),
    [[id, 'mine', 'rose.svg', 'drawn', 1, 'p', 3]],
  );
  const exported = [...ledger.export('jsonl')].join('');
  for (const entry of ['request', 'request-step', 'drawing', 'placement', 'placement-ink'])
    assert.match(exported, new RegExp(`"entry":"${entry}"`));
  ledger.close();
});

test('a check finds a drawing that is called drawn and is not, and one that was drawn whole and is owed', (t) => {
  const { ledger, file } = opened(t);
  const [first, second] = [ask(ledger, 'a'), ask(ledger, 'b')];
  place(ledger, first);
  place(ledger, second, 'q');
  draw(ledger, 3);
  ledger.close();
  const db = new Database(file);
  db.function('sha256', () => null);
  assert.throws(
    () => db.exec(`INSERT INTO request_step (request, state, is_last, at_ms) VALUES (${second}, 'drawn', 1, 0)`),
    /a drawing is paid when its last path is certain/,
  );
  db.exec(`DROP TRIGGER drawing_is_paid_whole; DROP TRIGGER request_step_lasts;
    INSERT INTO request_step (request, state, is_last, at_ms) VALUES (${second}, 'drawn', 1, 0);
    DELETE FROM request_step WHERE request = ${first} AND is_last = 1`);
  db.close();
  const { findings } = ((again) => {
    const found = again.check('full');
    again.close();
    return found;
  })(openOk(file));
  const rule = 'a drawing is paid when its last path is certain, on one sheet alone, and not otherwise';
  for (const line of [
    `request ${first}: drawn whole 1 times, and owed`,
    `request ${second}: drawn whole 0 times, and drawn`,
  ])
    assert.ok(findings.includes(`${line} (rule: ${rule})`), findings.join('\n'));
});
