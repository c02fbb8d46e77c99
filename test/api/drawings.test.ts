import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDrawingReader } from '../../src/commands/drawing-reader.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import type { World } from '../appliance/world.ts';
import { type Answer, bearer, type Call, tokens, withApi } from './with-api.ts';

type Body = NonNullable<RequestInit['body']>;

const plates = [
  { id: 'left', name: 'left', xMm: 70, yMm: 20, widthMm: 40, heightMm: 40 },
  { id: 'right', name: 'right', xMm: 120, yMm: 20, widthMm: 40, heightMm: 20 },
];
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };
const svg = (inner: string, size = 'width="20mm" height="10mm"') =>
  `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 20 10">${inner}</svg>`;
const cross = svg('<path d="M0 0L20 10M0 10L20 0" stroke="black"/><text>hello</text>');

/** An appliance with plates and an open sheet, its API, and the real reader of drawings. */
function withPlates(work: (call: Call, world: World) => Promise<void>): Promise<void> {
  const drawings = openDrawingReader({ clock: systemClock() });
  const run = async (call: Call, world: World) => {
    world.appliance.start();
    await openSheet(world);
    await work(call, world);
    await world.until('ready');
  };
  return withApi(run, { drawings }, { layout }).finally(() => drawings.close());
}

function send(call: Call, query: string, body: Body = cross): Promise<Answer> {
  return call('POST', `/drawings?${query}`, { body });
}

test('an SVG that is sent is placed, drawn, and told with its plate, time, ink and what was skipped', () =>
  withPlates(async (call, world) => {
    const { status, json, body } = await send(call, 'name=cross.svg&id=mine');
    assert.equal(status, 200, body);
    assert.deepEqual(
      [json.isNew, json.drawing.state, json.drawing.plate, json.drawing.name],
      [true, 'placed', 'left', 'cross.svg'],
    );
    assert.deepEqual([json.plan.sheet, json.plan.plate, json.plan.paths], [1, 'left', 2]);
    assert.ok(Math.abs(json.plan.inkMm - 2 * Math.hypot(40, 20)) < 0.1, body);
    assert.ok(json.plan.minutes > 0);
    assert.deepEqual(json.skipped, [{ what: 'text', count: 1 }]);
    const again = await send(call, 'id=mine', 'no drawing at all');
    assert.deepEqual([again.json.isNew, again.json.drawing.id], [false, json.drawing.id]);
    const path = `/drawings/${json.drawing.id}`;
    await world.clock.runUntil(() => world.ledger.questions.drawing(1)?.state === 'drawn', 300_000, 'it is drawn');
    assert.equal((await call('GET', path)).json.state, 'drawn');
    assert.equal((await call('GET', '/drawings')).json.drawings.length, 1);
    assert.equal((await call('POST', `${path}/void`, { body: '{"why":"late"}' })).status, 409);
    assert.equal((await call('POST', `${path}/redraw`, { body: '{"why":"dry"}' })).status, 200);
    assert.equal((await call('POST', '/drawings/2/void', { body: '{"why":"enough"}' })).status, 200);
    assert.equal((await call('GET', '/drawings/9')).status, 404);
    assert.equal((await call('POST', '/drawings/9/void', { body: '{"why":"x"}' })).status, 404);
  }));

test('what is only tried comes back with a picture of the sheet, and nothing is asked for', () =>
  withPlates(async (call, world) => {
    const { json } = await send(
      call,
      'try=yes&plate=right&size=mm&encoding=base64',
      Buffer.from(cross).toString('base64'),
    );
    assert.deepEqual([json.drawing, json.plan.plate], [null, 'right']);
    assert.ok(Math.abs(json.plan.inkMm - 2 * Math.hypot(20, 10)) < 0.1);
    assert.match(json.picture, /^<svg .*<\/svg>$/s);
    assert.deepEqual(world.ledger.questions.drawings(), []);
  }));

test('a drawing in UTF-16 is read as well, and a number that is none is said with its place', () =>
  withPlates(async (call) => {
    const wide = Buffer.from(`\ufeff${cross}`, 'utf16le');
    const { status, json, body } = await send(call, 'try=yes', wide);
    assert.equal(status, 200, body);
    assert.equal(json.plan.paths, 2);
    const refused = await send(call, '', svg('<path d="M0 0L5 NaN"/>'));
    assert.match(refused.json.detail, /"d" of <path> is ".*NaN/);
  }));

const bad: readonly (readonly [what: string, body: Body, query?: string])[] = [
  ['HTML', '<!doctype html><html><body>no</body></html>'],
  ['gzip', gzipSync(cross)],
  ['nothing', ''],
  ['noise', 'x'.repeat(20_000)],
  ['a billion laughs', `<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${svg('<text>&b;</text>')}`],
  ['no lines', svg('')],
  ['a number that is none', svg('<path d="M0 0L5 NaN"/>')],
  ['a million points', svg(`<polyline points="${'1,2 3,4 '.repeat(500_000)}"/>`)],
  ['outside of its viewBox', svg('<path d="M40 40L60 60"/>')],
  ['thinner than the pen', svg('<path d="M5 5L5.05 5.02"/>'), 'size=mm'],
  ['zero size', svg('<path d="M0 0L1 1"/>', 'width="0" height="0"')],
];
for (const [what, body, query = ''] of bad) {
  test(`a drawing that is ${what} is refused with what is wrong and what helps`, () =>
    withPlates(async (call, world) => {
      const { status, type, json, body: text } = await send(call, query, body);
      assert.deepEqual([status, type], [422, 'application/problem+json'], text);
      assert.ok(json.detail !== '' && json.remedy !== '');
      assert.deepEqual(world.ledger.questions.drawings(), []);
    }));
}

test('an id that begins as those of gifts do is refused, for a file and for a text, whether there is such a drawing or not', () =>
  withPlates(async (call, world) => {
    for (const answer of [
      await send(call, 'id=gift:00ff'),
      await call('POST', '/drawings/text', { body: JSON.stringify({ text: 'Zoë', id: 'gift:00ff' }) }),
    ]) {
      assert.equal(answer.status, 422);
      assert.match(answer.body, /must not begin with \\"gift:\\"/);
    }
    assert.deepEqual(world.ledger.questions.drawings(), []);
  }));

test('a file that is too large, a plate that is not there and a wish that makes no sense are refused', () =>
  withPlates(async (call) => {
    assert.equal((await send(call, '', 'x'.repeat(7_000_000))).status, 413);
    assert.equal((await send(call, '', 'x'.repeat(5_500_000))).status, 413);
    assert.equal((await send(call, 'plate=middle')).json.type, '/problems/unknown-plate');
    assert.equal((await send(call, 'hatch=0.01')).status, 422);
    assert.equal((await send(call, 'size=huge')).status, 422);
    assert.equal(
      (await send(call, 'size=mm', svg('<path d="M0 0L20 10"/>', 'width="90mm" height="45mm"'))).status,
      422,
    );
  }));

test('only whoever has the token asks for drawings, and only a config with plates has the routes', async () => {
  const drawings = openDrawingReader({ clock: systemClock() });
  await withApi(
    async (call) => {
      assert.equal((await send(call, '')).status, 401);
      assert.equal((await call('GET', '/drawings')).status, 401);
      assert.equal((await call('GET', '/drawings', { headers: bearer })).status, 200);
    },
    { drawings, tokens },
    { layout },
  );
  drawings.close();
  await withApi(async (call) => assert.equal((await call('GET', '/drawings')).status, 404));
});

const write = (call: Call, wish: object) => call('POST', '/drawings/text', { body: JSON.stringify(wish) });

test('a text in Cyrillic is written on a plate, once, and told with its place, time and ink', () =>
  withPlates(async (call, world) => {
    const { status, json, body } = await write(call, { text: 'Щедрість Ґанни', id: 'mine' });
    assert.equal(status, 200, body);
    assert.deepEqual([json.isNew, json.drawing.plate, json.drawing.name], [true, 'left', 'Щедрість Ґанни']);
    assert.deepEqual(json.skipped, []);
    const again = await write(call, { text: 'Щедрість Ґанни', id: 'mine' });
    assert.deepEqual([again.json.isNew, again.json.drawing.id], [false, json.drawing.id]);
    await world.clock.runUntil(() => world.ledger.questions.drawing(1)?.state === 'drawn', 300_000, 'it is written');
    const inked = world.board
      .paper()
      .ink.reduce((sum, { fromX, fromY, toX, toY }) => sum + Math.hypot(toX - fromX, toY - fromY), 0);
    assert.ok(Math.abs(inked - json.plan.inkMm) < 1, `${inked} mm of ink, ${json.plan.inkMm} mm told`);
    assert.ok(
      world.board.paper().ink.every(({ fromX, toX }) => Math.min(fromX, toX) >= 69.9 && Math.max(fromX, toX) <= 110.1),
    );
    assert.deepEqual(world.ledger.check('full').findings, []);
  }));

test('a text keeps the height that is asked for, and says what it writes in another way or leaves out', () =>
  withPlates(async (call, world) => {
    const tried = await write(call, { text: 'ﬁ H☃', capitalMm: 8, try: true });
    assert.equal(tried.status, 200, tried.body);
    assert.equal(tried.json.drawing, null);
    assert.match(tried.json.picture, /^<svg /);
    assert.ok(
      tried.json.skipped.some(({ what }: { what: string }) => what.includes('☃')),
      tried.body,
    );
    assert.deepEqual(world.ledger.questions.drawings(), []);
    const { json } = await write(call, { text: 'H', capitalMm: 8, plate: 'right' });
    await world.clock.runUntil(() => world.ledger.questions.drawing(json.drawing.id)?.state === 'drawn', 300_000, 'it');
    const ys = world.board.paper().ink.flatMap(({ fromY, toY }) => [fromY, toY]);
    assert.ok(Math.abs(Math.max(...ys) - Math.min(...ys) - 8) < 0.1, String(ys));
  }));

for (const [what, wish, says] of [
  ['from right to left', { text: 'שלום' }, /right to left/],
  ['too long', { text: 'a'.repeat(61) }, /61 letters, and 60 is the most/],
  ['without letters', { text: '☃☃' }, /no letter that can be drawn/],
  ['turned by invisible signs', { text: 'a\u202eb' }, /invisible signs/],
  ['too large for its plate', { text: 'Wide enough', capitalMm: 100 }, /fits on no plate/],
  ['too small to be seen', { text: 'x', capitalMm: 0.1 }, /must be 1 to 200 mm/],
  ['for no plate', { text: 'x', plate: 'nowhere' }, /no plate "nowhere"/],
] as const) {
  test(`a text that is ${what} is refused with what is wrong and what helps`, () =>
    withPlates(async (call, world) => {
      const { status, type, json, body } = await write(call, wish);
      assert.ok(status === 422 || status === 400, body);
      assert.equal(type, 'application/problem+json');
      assert.match(`${json.detail} ${JSON.stringify(json)}`, says);
      assert.deepEqual(world.ledger.questions.drawings(), []);
    }));
}
