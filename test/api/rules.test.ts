import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { rulesCommand } from '../../src/commands/rules.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import type { World } from '../appliance/world.ts';
import { typing, unfolded } from '../commands/typing.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import { bearer, type Call, tokens, withApi } from './with-api.ts';

const rose = {
  name: 'rose',
  note: 'Roses draw more.',
  on: 'gift',
  when: ['giftName', '==', 'Rose'],
  [does]: [{ draw: { row: '3', strokes: 2 } }],
};
const file = JSON.stringify({
  rules: [rose, { ...rose, name: 'off', enabled: false, [does]: [{ log: '{displayName}' }] }],
});
const send = (value: unknown) => ({ body: JSON.stringify(value) });

/** An appliance with rules, a sheet, and its API. */
function withRules(work: (call: Call, world: World, held: ReturnType<typeof deskOf>['file']) => Promise<void>) {
  const { desk, file: held } = deskOf(file, ['1', '2', '3']);
  const run = async (call: Call, world: World) => {
    world.appliance.start();
    await openSheet(world);
    await work(call, world, held);
  };
  return withApi(run, { rules: desk }, { rules: desk });
}

test('a gift of the live is paid by the map and by the rules, and both are drawn', () =>
  withRules(async (call, world) => {
    world.source.give('Rose', 1);
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 3, 300_000, 'three strokes');
    // It comes without its name, and is known by that of its id.
    world.source.give('Rose', 1, 'ink_fan_02', false);
    world.source.give('GG');
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 7, 300_000, 'seven strokes');
    const { json } = await call('GET', '/rules/log');
    assert.deepEqual(
      json.fired.map(({ rule, viewer, strokes }: Record<string, unknown>) => [rule, viewer, strokes]),
      [
        ['rose', 'ink_fan_02', 2],
        ['rose', 'ink_fan_01', 2],
      ],
    );
    assert.equal((await call('GET', '/rules/log?limit=1')).json.fired.length, 1);
    await world.until('ready');
    assert.deepEqual(world.ledger.check('full').findings, []);
  }));

test('a rule writes the name of whoever gave in ink, on a plate', async () => {
  const { desk } = deskOf(JSON.stringify({ rules: [{ ...rose, [does]: [{ write: '{displayName}' }] }] }), [
    '1',
    '2',
    '3',
  ]);
  const plates = [{ id: 'left', name: 'left', xMm: 70, yMm: 20, widthMm: 100, heightMm: 20 }];
  const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };
  await withApi(
    async (_, world) => {
      world.appliance.start();
      await openSheet(world);
      world.source.give('Rose', 1, 'Zoe');
      await world.clock.runUntil(() => world.ledger.questions.drawing(1)?.state === 'drawn', 300_000, 'it is written');
      assert.equal(world.ledger.questions.drawing(1)?.name, 'Zoe');
      await world.until('ready');
    },
    { rules: desk },
    { rules: desk, layout },
  );
});

test('rules are listed, put, changed and taken out, and are in force at once', () =>
  withRules(async (call, world, held) => {
    const { json } = await call('GET', '/rules');
    assert.deepEqual([json.rules.length, json.rules[0].note, json.fault], [2, 'Roses draw more.', null]);
    assert.equal((await call('GET', '/rules/rose')).json.rule.name, 'rose');
    assert.equal((await call('GET', '/rules/none')).status, 404);
    const put = await call(
      'PUT',
      '/rules/gg',
      send({ on: 'gift', when: ['giftName', '==', 'GG'], [does]: [{ draw: { row: '1' } }] }),
    );
    assert.deepEqual([put.status, put.json.rules], [200, 3], put.body);
    world.source.give('GG');
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 2, 300_000, 'two strokes');
    assert.equal((await call('DELETE', '/rules/gg')).status, 200);
    assert.equal((await call('DELETE', '/rules/gg')).status, 404);
    const wrong = await call('PUT', '/rules/rose', send({ on: 'gift', [does]: [{ draw: { row: '9' } }] }));
    assert.equal(wrong.status, 422);
    assert.match(wrong.json.detail, /is not a row of the config/);
    assert.equal((await call('PUT', '/rules', send({ rules: [] }))).json.rules, 0);
    assert.deepEqual(JSON.parse(held.text), { version: 1, rules: [] });
    held.trouble = 'no space left on the device';
    const full = await call('PUT', '/rules', send({ rules: [rose] }));
    assert.deepEqual(
      [full.status, full.json.type],
      [503, '/problems/rules-unwritten'],
      'a full disk is no fault of the rules',
    );
    assert.deepEqual(JSON.parse(held.text), { version: 1, rules: [] });
    held.trouble = null;
    const many = Array.from({ length: 200 }, (_, n) => ({ ...rose, name: `r${n}`, note: 'x'.repeat(200) }));
    assert.equal((await call('PUT', '/rules', send({ rules: many }))).json.rules, 200, 'a long file is taken');
    await world.until('ready');
  }));

test('rules are tried on an event, and on a past session, and nothing is written', () =>
  withRules(async (call, world) => {
    const event = { kind: 'gift', payload: { gift: { id: '1', name: 'Rose', coins: 1 }, count: 3, streak: null } };
    const tried = await call('POST', '/rules/try', send({ event }));
    assert.deepEqual(
      tried.json.rules.map(({ name, fires, strokes }: Record<string, unknown>) => [name, fires, strokes]),
      [
        ['rose', 1, 2],
        ['off', 1, 0],
      ],
      tried.body,
    );
    const timer = { kind: 'timer', payload: { everyMinutes: 5, nth: 2 } };
    assert.equal((await call('POST', '/rules/try', send({ event: timer }))).json.rules[0].fires, 0);
    const noTimer = await call('POST', '/rules/try', send({ event: { kind: 'timer', payload: { nth: 2 } } }));
    assert.match(noTimer.json.detail, /payload\.everyMinutes/);
    world.source.give('Rose', 2);
    world.source.give('GG');
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 5, 300_000, 'five strokes');
    const events = world.ledger.questions.eventCount();
    assert.deepEqual(tried.json.rules[0].refused, { cooldown: 0, limit: 0, points: 0, failed: 0 });
    const session = await call('POST', '/rules/try', send({ session: 'session-1' }));
    assert.deepEqual([session.status, session.json?.events, session.json?.rules[0].fires], [200, 2, 1], session.body);
    assert.equal(world.ledger.questions.eventCount(), events);
    assert.equal((await call('POST', '/rules/try', send({ session: 'none' }))).status, 404);
    assert.equal((await call('POST', '/rules/try', send({}))).status, 422);
    assert.equal((await call('POST', '/rules/try', send({ event: { kind: 'gift', payload: {} } }))).status, 422);
    await world.until('ready');
  }));

test('a time at which nothing can be tried is refused, and any other one is taken', () =>
  withRules(async (call) => {
    const rule = { on: 'gift', [does]: [{ log: '{timestamp}' }] };
    assert.equal((await call('PUT', '/rules', send({ rules: [{ ...rule, name: 'when' }] }))).status, 200);
    const payload = { gift: { id: '1', name: 'Rose', coins: 1 }, count: 3, streak: null };
    const tryAt = (time: object) => call('POST', '/rules/try', send({ event: { kind: 'gift', payload, ...time } }));
    for (const [atMs, sentence] of [
      [0, '1970-01-01T00:00:00.000Z'],
      [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
    ] as const)
      for (const time of [{ atMs }, { arrivedAtMs: atMs }]) {
        const { status, json } = await tryAt(time);
        assert.deepEqual([status, json.rules[0].fires, json.rules[0].last.atMs], [200, 1, atMs]);
        assert.equal(json.rules[0].outside[0].with.text, sentence);
      }
    for (const atMs of [-1, 1.5, 253_402_300_800_000, 8_700_000_000_000_000, 2 ** 60, 1e300, '5', true, [5]])
      for (const key of ['atMs', 'arrivedAtMs']) {
        const { status, json } = await tryAt({ [key]: atMs });
        assert.equal(status, 422, `${key} ${JSON.stringify(atMs)}`);
        assert.match(json.detail, new RegExp(`^This is no event: ${key}: must be `), JSON.stringify(json));
      }
    const timer = { kind: 'timer', payload: { everyMinutes: 5, nth: 2 }, atMs: 1.5 };
    const { status, json } = await call('POST', '/rules/try', send({ event: timer }));
    assert.deepEqual([status, json.detail], [422, 'This is no event: atMs is not known here.']);
  }));

test('one gift is taken back with what rules made due for it; asked again, the answer is the same', () =>
  withRules(async (call, world) => {
    world.source.give('Rose', 40);
    await world.clock.advance(100);
    const asked = () => call('POST', '/gifts/1/void', send({ why: 'a prank' }));
    const first = await asked();
    assert.equal(first.status, 200, first.body);
    assert.match(first.json.said, /^(39|4[012]) strokes of gift 1 taken back: a prank\.$/);
    await world.until('ready');
    const { drawn, pending } = world.appliance.status().strokes;
    const taken = Number.parseInt(first.json.said, 10);
    assert.deepEqual([drawn, pending], [42 - taken, 0], 'what was on its way is drawn');
    const voids = () => world.ledger.questions.accounts().reduce((sum, { voided }) => sum + voided, 0);
    assert.equal((await asked()).json.said, first.json.said);
    assert.equal(voids(), taken);
    assert.equal((await call('POST', '/gifts/99/void', send({ why: 'a prank' }))).status, 422);
    assert.equal((await call('POST', '/gifts/1/void', send({ why: 'another reason' }))).status, 409);
    assert.deepEqual(world.ledger.check('full').findings, []);
  }));

test('only the owner sees and changes rules; where the config has none there is no such route', async () => {
  const { desk } = deskOf(file, ['1', '2', '3']);
  const board = { authorization: `Bearer ${tokens.board}` };
  const workerToken = 'w'.repeat(43);
  const worker = { authorization: `Bearer ${workerToken}` };
  await withApi(
    async (call) => {
      for (const [method, path] of [
        ['GET', '/rules'],
        ['GET', '/rules/rose'],
        ['PUT', '/rules'],
        ['PUT', '/rules/x'],
        ['DELETE', '/rules/rose'],
        ['POST', '/rules/try'],
        ['GET', '/rules/log'],
      ] as const) {
        const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
        assert.equal((await call(method, path, body)).status, 401, `${method} ${path}`);
        assert.equal(
          (await call(method, path, { ...body, headers: board })).status,
          403,
          `${method} ${path} for the board`,
        );
        assert.equal(
          (await call(method, path, { ...body, headers: worker })).status,
          403,
          `${method} ${path} for the worker`,
        );
      }
      assert.equal((await call('GET', '/rules', { headers: bearer })).status, 200);
      const paths = Object.keys((await call('GET', '/openapi.json', { headers: bearer })).json.paths);
      assert.deepEqual(
        paths.filter((path) => path.startsWith('/rules')),
        ['/rules', '/rules/try', '/rules/log', '/rules/{name}'],
      );
    },
    { tokens, workerToken, rules: desk },
  );
  // Without tokens this machine is open to all but to the worker's token.
  await withApi(
    async (call) => {
      assert.equal((await call('GET', '/rules')).status, 200);
      const put = { body: JSON.stringify({ rules: [] }), headers: worker };
      assert.equal((await call('PUT', '/rules', put)).status, 403);
      assert.equal((await call('DELETE', '/rules/rose', { headers: worker })).status, 403);
      assert.equal((await call('GET', '/rules')).json.rules.length, 2);
    },
    { workerToken, rules: desk },
  );
  await withApi(async (call) => assert.equal((await call('GET', '/rules')).status, 404));
});

test('`livepen rules` lists, tries, switches and shows the log', () =>
  withRules(async (call, world) => {
    await typing(call, [rulesCommand], async (type) => {
      const say = async (code: number, ...words: string[]) => unfolded(await type(code, 'rules', ...words));
      assert.match(await say(exit.ok), /^on rose, on gift: Roses draw more\. off off, on gift/);
      assert.match(await say(exit.ok, 'log'), /^No rule has fired yet\.$/);
      assert.match(await say(exit.ok, 'enable', 'off'), /^Rule "off" is switched on\.$/);
      assert.match(await say(exit.ok, 'disable', 'rose'), /^Rule "rose" is switched off\.$/);
      assert.match(await say(exit.ok, 'list'), /^off rose.* on off/);
      assert.match(
        await say(exit.refused, 'enable', 'nobody'),
        /^There is no rule "nobody"; `livepen rules list` shows all\.$/,
      );
      // The address of a rule of this name answers with what fired.
      await call('PUT', '/rules/log', send({ ...rose, enabled: false, name: undefined }));
      assert.match(await say(exit.ok, 'enable', 'log'), /^Rule "log" is switched on\.$/);
      await call('DELETE', '/rules/log');
      const event = JSON.stringify({
        kind: 'gift',
        payload: { gift: { id: '1', name: 'Rose', coins: 1 }, count: 3, streak: null },
      });
      assert.match(
        await say(exit.ok, 'try', '--event', event),
        /^rose, on gift \(switched off\): fires: 2 strokes off, on gift: fires: log "" Nothing was written\.$/,
      );
      assert.match(await say(exit.usage, 'try'), /What to try is missing/);
      world.source.give('Rose', 1);
      await world.clock.advance(1_000);
      assert.match(
        await say(exit.ok, 'try', '--session', 'session-1'),
        /^rose, on gift \(switched off\): fires 1 time: 2 strokes last \d{4}-\d\d-\d\d \d\d:\d\d for ink_fan_01: 2 strokes off, on gift: fires 1 time last \S+ \S+ for ink_fan_01: log "ink_fan_01" Tried on 1 event and 1 moment\. Nothing was written\.$/,
      );
      assert.match(await say(exit.usage, 'frob'), /Run `livepen rules list`/);
      await say(exit.ok, 'enable', 'rose');
      world.source.give('Rose', 1);
      await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 4, 300_000, 'four strokes');
      assert.match(
        await say(exit.ok, 'log'),
        /rose: gift of ink_fan_01, 2 strokes .*off: gift of ink_fan_01, 0 strokes/,
      );
    });
    await world.until('ready');
  }));

test('the log says for which moment a rule fired: from which state to which one', () =>
  withRules(async (call, world) => {
    const drawing = { on: 'state', when: ['to', '==', 'drawing'], [does]: [{ log: 'x' }] };
    assert.equal((await call('PUT', '/rules/drawing', send(drawing))).status, 200);
    await world.until('ready');
    world.source.give('Rose', 1);
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 3, 300_000, 'three strokes');
    await world.until('ready');
    const [state, gift, ...others] = (await call('GET', '/rules/log')).json.fired;
    assert.deepEqual([state.rule, state.kind, state.moment], ['drawing', 'state', { from: 'ready', to: 'drawing' }]);
    assert.deepEqual([gift.rule, gift.kind, gift.moment, others.length], ['rose', 'gift', null, 0]);
    await typing(call, [rulesCommand], async (type) => {
      assert.match(
        unfolded(await type(exit.ok, 'rules', 'log')),
        /rose: gift of ink_fan_01, 2 strokes .*drawing: state from ready to drawing, 0 strokes/,
      );
    });
  }));

test('rules that are too long are refused with how many bytes rules may have', () =>
  withRules(async (call) => {
    const { status, json } = await call('PUT', '/rules', send({ rules: ['x'.repeat(600_000)] }));
    assert.deepEqual([status, json.detail], [413, 'A request may hold 500000 bytes.']);
  }));
