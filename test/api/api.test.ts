import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSome, withApi } from './with-api.ts';

test('GET /health is 503 while starting and 200 afterwards, with the state', () =>
  withApi(async (call, world) => {
    assert.equal((await call('GET', '/health')).status, 503);
    world.appliance.start();
    await world.until('needs-sheet');
    const healthy = await call('GET', '/health');
    assert.deepEqual([healthy.status, healthy.json.status, healthy.json.state], [200, 'ok', 'needs-sheet']);
  }));

test('GET /status tells state, live, plotter, sheet, rows, strokes and the last gifts', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Rose', 2);
    await world.clock.advance(100);
    const { json } = await call('GET', '/status');
    assert.equal(json.state.name, 'needs-sheet');
    assert.equal(json.plotter.origin, 'known');
    assert.equal(json.strokes.pending, 2);
    assert.deepEqual(
      json.rows.map((row: { row: string }) => row.row),
      ['1', '2', '3'],
    );
    assert.deepEqual(
      [json.lastGifts[0].gift, json.lastGifts[0].viewer, json.lastGifts[0].strokes],
      ['Rose', 'ink_fan_01', 2],
    );
  }));

test('POST /paper/changed opens a sheet, and GET /sheet.svg shows it', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    assert.equal((await call('GET', '/sheet.svg')).status, 404);
    const opened = await call('POST', '/paper/changed');
    assert.equal(opened.status, 200);
    const picture = await call('GET', '/sheet.svg');
    assert.match(picture.type, /image\/svg\+xml/);
    assert.match(picture.body, /^<svg /);
  }));

test('POST /pause and /resume change the state and say what happens', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    await call('POST', '/paper/changed');
    assert.equal((await call('POST', '/pause')).json.state, 'paused');
    assert.equal((await call('POST', '/resume')).json.state, 'ready');
  }));

test('while it is paused the pen stays where a person put it, and parks after the time of idling', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    await call('POST', '/pause');
    const jog = await call('POST', '/plotter/jog', { body: '{"yMm": 5}' });
    assert.equal(jog.status, 200, jog.body);
    const yMm = () => world.appliance.status().plotter.pen?.yMm;
    await world.clock.runUntil(() => yMm() === 5, 10_000, 'the jog');
    await world.clock.advance(1_000);
    assert.equal(yMm(), 5);
    await world.clock.runUntil(() => world.appliance.status().plotter.parked, 10_000, 'the pen parks by itself');
  }));

test('a forecast says what has to come before anything is drawn; a gift that never came is not found', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Rose', 2);
    await world.clock.advance(100);
    const forecasts = async () => [
      (await call('GET', '/gifts/1/forecast')).json.forecast,
      (await call('GET', '/strokes/1/1')).json.forecast,
    ];
    const waitsFor = async () => (await forecasts()).map((forecast) => forecast?.waitsFor);
    assert.equal((await call('GET', '/gifts/1/forecast')).json.forecast.waitsFor, 'paper');
    for (const seq of ['2', '99', '9007199254740']) {
      const unknown = await call('GET', `/gifts/${seq}/forecast`);
      assert.deepEqual([unknown.status, unknown.json.type], [404, '/problems/no-gift'], seq);
      assert.match(unknown.json.detail, new RegExp(`There is no gift ${seq}\\.`));
    }
    await call('POST', '/paper/changed');
    await call('POST', '/pause');
    assert.deepEqual(await waitsFor(), ['resume', 'resume']);
    await call('POST', '/resume');
    assert.deepEqual(await waitsFor(), [null, null]);
    await world.clock.runUntil(() => world.appliance.status().strokes.pending === 0, 60_000, 'all drawn');
    assert.deepEqual(await forecasts(), [null, null]);
    assert.equal((await call('GET', '/gifts/1/forecast')).status, 200);
  }));

test('while the pen draws, what is for a later sheet waits for fresh paper, and no time is promised for it', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    await call('POST', '/paper/changed');
    world.source.give('Rose', 3, 'mila');
    world.source.give('Rose', 200, 'tom');
    await world.clock.advance(2_000);
    const status = (await call('GET', '/status')).json;
    assert.equal(status.state.name, 'drawing');
    const { waitsFor, owed, gifts } = status.outlook;
    assert.equal(waitsFor, null);
    assert.deepEqual([owed.sheet > 1, owed.waitsFor], [true, 'paper']);
    for (const gift of gifts) assert.equal(gift.waitsFor, gift.sheet > 1 ? 'paper' : null);
    assert.deepEqual([...new Set(gifts.map(({ waitsFor }: { waitsFor: unknown }) => waitsFor))].toSorted(), [
      null,
      'paper',
    ]);
    assert.equal((await call('GET', '/gifts/2/forecast')).json.forecast.waitsFor, 'paper');
    assert.equal((await call('GET', '/gifts/1/forecast')).json.forecast.waitsFor, null);
    await call('POST', '/pause');
    assert.equal((await call('GET', '/gifts/2/forecast')).json.forecast.waitsFor, 'resume');
  }));

test('before any sheet is open, who paid for a stroke is answered with just that; then with the rows that there are', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const who = async (path: string) => {
      const { status, json } = await call('GET', path);
      return [status, json.type, json.detail];
    };
    for (const path of ['/strokes/99/1', '/strokes/1/1'])
      assert.deepEqual(await who(path), [404, '/problems/no-sheet', 'No sheet is open yet.']);
    assert.deepEqual(await who('/strokes/1/1?sheet=3'), [404, '/problems/no-sheet', 'There is no sheet 3.']);
    await call('POST', '/paper/changed');
    assert.deepEqual(await who('/strokes/99/1'), [404, '/problems/unknown-row', 'Sheet 1 has no row "99".']);
    assert.deepEqual(await who('/strokes/1/1'), [
      404,
      '/problems/no-stroke',
      'Nobody has paid for stroke 1 of row "1".',
    ]);
  }));

test('POST /simulate/gift credits by row, by name and by id, as a test', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    for (const body of [{ row: '1', count: 2 }, { row: 2 }, { gift: 'corgi', count: 1 }]) {
      const answer = await call('POST', '/simulate/gift', { body: JSON.stringify(body) });
      assert.equal(answer.status, 200, answer.body);
    }
    await world.clock.advance(100);
    const { json } = await call('GET', '/status');
    assert.deepEqual([json.strokes.credited, json.strokes.creditedByTests], [8, 8]);
  }));

for (const [why, body] of [
  ['no body', ''],
  ['broken JSON', '{'],
  ['neither row nor gift', '{"count": 1}'],
  ['both row and gift', '{"row": "1", "gift": "Rose"}'],
  ['a negative count', '{"row": "1", "count": -3}'],
  ['a huge count', '{"row": "1", "count": 1e12}'],
  ['a fractional count', '{"row": "1", "count": 0.5}'],
  ['a count in words', '{"row": "1", "count": "three"}'],
  ['an unknown gift', '{"gift": "Unicorn"}'],
  ['an unknown row', '{"row": "nowhere"}'],
  ['no amount', '{"donation": "1.0.0 EUR"}'],
  ['less than nothing', '{"donation": "-1 EUR"}'],
  ['a number for an amount', '{"donation": 5}'],
  ['an endless amount', '{"tip": 1e999}'],
  ['a part of a token', '{"tip": 0.5}'],
  ['two kinds of money', '{"donation": "1 EUR", "tip": 1}'],
  ['money that the map does not pay for', '{"donation": "5.00 EUR"}'],
  ['a list', '[1]'],
] as const) {
  test(`POST /simulate/gift with ${why} is a problem document with a remedy and changes nothing`, () =>
    withApi(async (call, world) => {
      const answer = await call('POST', '/simulate/gift', { body });
      assert.equal(answer.status, 422);
      assert.match(answer.type, /^application\/problem\+json/);
      assert.match(answer.json.type, /^\/problems\/[a-z-]+$/);
      for (const key of ['title', 'detail', 'remedy']) assert.match(answer.json[key], /\w/);
      assert.equal(answer.json.status, 422);
      await world.clock.advance(100);
      assert.equal(world.appliance.status().events, 0);
    }));
}

test('a command that makes no sense now is 409 with the reason', () =>
  withApi(async (call) => {
    const refused = await call('POST', '/paper/changed');
    assert.deepEqual([refused.status, refused.json.type], [409, '/problems/not-parked']);
  }));

test('a sheet that would open only after the pen has parked says so, not what else is well', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    const refused = await call('POST', '/paper/changed');
    assert.equal(refused.json.detail, 'A sheet opens only when the pen is parked; it is not yet.');
    assert.match(refused.json.remedy, /parks by itself/);
  }));

test('a correction before anything was credited names the rows of the config', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const voidIn = (row: string) => {
      const body = JSON.stringify({ row, count: 2, why: 'a slip' });
      return call('POST', '/void', { body, headers: { 'content-type': 'application/json' } });
    };
    assert.equal((await voidIn('99')).json.remedy, 'The rows are 1, 2, 3.');
    assert.equal((await voidIn('1')).json.detail, 'Row 1 owes no strokes.');
  }));

test('a name that comes with a credit by hand is kept like one that comes from a live: nothing in it drives a terminal', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    await call('POST', '/paper/changed');
    const body = JSON.stringify({ row: '1', count: 2, why: 'a promise', viewer: 'ink\u001b[31m\u202e_fan\n01' });
    const { json } = await call('POST', '/credit', { body, headers: { 'content-type': 'application/json' } });
    assert.equal(json.said, '2 strokes credited to row 1 by hand for ink [31m_fan 01: a promise.');
    assert.equal((await call('GET', '/status')).json.lastGifts[0].viewer, 'ink [31m_fan 01');
  }));

test('POST /gifts/reload takes the map over', () =>
  withApi(async (call) => {
    const reloaded = await call('POST', '/gifts/reload');
    assert.deepEqual([reloaded.status, reloaded.json.gifts], [200, 3]);
  }));

test('an unknown path is 404 and a wrong method 405, both as problem documents', () =>
  withApi(async (call) => {
    const missing = await call('GET', '/gcode');
    assert.deepEqual([missing.status, missing.json.type], [404, '/problems/no-such-route']);
    const wrong = await call('GET', '/pause');
    assert.deepEqual([wrong.status, wrong.json.remedy], [405, 'Use POST.']);
  }));

test('a foreign host name, and a command from a page of another site, are refused', () =>
  withApi(async (call) => {
    assert.equal((await call('GET', '/status', { headers: { host: 'attacker.example' } })).status, 403);
    const foreign = { origin: 'http://attacker.example' };
    assert.equal((await call('POST', '/pause', { headers: foreign })).status, 403);
    assert.equal((await call('POST', '/pause', { headers: { origin: 'http://127.0.0.1:8420' } })).status, 200);
  }));

test('a body that is too large is refused', () =>
  withApi(async (call) => {
    const answer = await call('POST', '/simulate/gift', {
      body: 'x'.repeat(20_000),
      headers: { 'content-length': '20000' },
    });
    assert.equal(answer.status, 413);
  }));
