import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boardStreamsMax, streamsMax } from '../../src/api/events.ts';
import { seededRandom } from '../../src/system/random.ts';
import { buildWorld, type World } from '../appliance/world.ts';
import { type Heard, type Reader, readEvents, settle } from './event-reader.ts';
import { apiOf, bearer, drawSome, home, tokens, withApi } from './with-api.ts';

const gifts = (heard: readonly Heard[]) => heard.filter(({ event }) => event === 'gift').map(({ data }) => data);

/** What a reader knows of the gifts in the end: of each the last word. */
function known(heard: readonly Heard[]) {
  return [...new Map(gifts(heard).map((gift) => [gift.seq, gift])).values()].sort((a, b) => a.seq - b.seq);
}

test('whoever comes hears at once how things are, and then what changes', () =>
  withApi(async (call, world, api) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const reader = await readEvents(api, null);
    assert.equal(reader.response.headers.get('content-type'), 'text/event-stream');
    assert.deepEqual(
      reader.heard.map(({ event }) => event),
      ['status', 'pen'],
    );
    assert.equal(reader.heard[0]?.data.state.name, 'needs-sheet');
    await call('POST', '/paper/changed');
    world.source.give('Rose', 2);
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 2, 60_000, 'two strokes');
    await world.clock.advance(1_000);
    await settle();
    const { heard } = reader;
    assert.ok(heard.some(({ event, data }) => event === 'sheet' && data.sheet === 1));
    assert.deepEqual(
      gifts(heard).map(({ gift, count }) => [gift, count]),
      [['Rose', 2]],
    );
    const pens = heard.flatMap(({ event, data }) => (event === 'pen' ? data : []));
    assert.deepEqual(new Set(pens.map(({ row, n }) => `${row}:${n}`)), new Set(['1:1', '1:2']));
    assert.match(pens[0]?.path, /^m[\d.]+/);
    const ink = heard
      .filter(({ event }) => event === 'ink')
      .map(({ data }) => [data.row, data.from, data.to, data.gift]);
    assert.deepEqual(ink.flatMap(([row, from, to]) => `${row}:${from}-${to}`).join(), '1:1-2');
    assert.equal(heard.findLast(({ event }) => event === 'status')?.data.strokes.drawn, 2);
    await reader.close();
    assert.equal(api.streams, 0);
  }));

test('a reader that comes back with the last id misses nothing and hears nothing twice, also after a restart', async () => {
  const random = seededRandom(7);
  let world: World = buildWorld();
  let { api, call } = apiOf(world);
  await drawSome(call, world);
  const all: Heard[] = [];
  let lastId = '0';
  for (let visit = 0; visit < 8; visit++) {
    const reader = await readEvents(api, lastId);
    for (let n = 0; n < 3; n++) {
      world.source.give('Rose', 1 + Math.floor(random() * 3), `fan ${n}`);
      if (random() < 0.5) world.source.give('Unicorn', 1, 'somebody else');
      await world.clock.advance(random() * 2_000);
    }
    await settle();
    all.push(...reader.heard);
    lastId = reader.lastId();
    await reader.close();
    world.source.give('GG', 1, 'while nobody reads');
    if (visit === 3) await call('POST', '/paper/changed');
    await world.clock.advance(1_000);
    if (visit % 3 !== 2) continue;
    api.close();
    world = await world.crash();
    ({ api, call } = apiOf(world));
    world.appliance.start();
    await world.clock.advance(3_000);
  }
  const last = await readEvents(api, lastId);
  await settle();
  all.push(...last.heard);
  const fresh = await readEvents(api, '0');
  await settle();
  assert.deepEqual(known(all), known(fresh.heard));
  const entries = (heard: readonly Heard[]) =>
    heard
      .filter(({ event }) => event === 'ink' || event === 'sheet')
      .map(({ event, data }) => JSON.stringify([event, data]));
  assert.deepEqual(entries(all), entries(fresh.heard));
  assert.equal(world.ledger.questions.eventCount(), known(all).length);
  assert.equal(gifts(all).length, known(all).length, 'a gift that did not change is told once');
  api.close();
  await world.close();
});

test('a streak that grows is told as it grows, and by its growth to those who come back', () =>
  withApi(async (_call, world, api) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const streak = (count: number, name: string) => {
      const event = world.source.give(name, count);
      return { ...event, payload: { ...event.payload, count, streak: { group: 'g', receiver: '', ended: false } } };
    };
    const reader = await readEvents(api, null);
    for (const name of ['Rose', 'Unicorn']) {
      world.source.emit(streak(2, name));
      await world.clock.advance(500);
    }
    await settle();
    const id = reader.lastId();
    await reader.close();
    for (const name of ['Rose', 'Unicorn']) {
      world.source.emit(streak(9, name));
      await world.clock.advance(500);
    }
    const back = await readEvents(api, id);
    await settle();
    const counts = known([...reader.heard, ...back.heard]).map(({ gift, count }) => `${gift} ${count}`);
    assert.ok(counts.includes('Rose 9') && counts.includes('Unicorn 9'), counts.join(', '));
  }));

test('what is written while a slow reader still catches up reaches it too', () =>
  withApi(async (_call, world, api) => {
    world.appliance.start();
    await world.until('needs-sheet');
    // One page of entries that fills what may wait for a reader.
    for (let each = 0; each < 190; each++)
      world.source.give('Rose', 1, `${'somebody with a long name '.repeat(4)}${each}`);
    await world.clock.advance(1_000);
    const quick = await readEvents(api, null);
    const slow = await api.app.request(`${home}/events?after=0`, { headers: { host: '127.0.0.1:8420' } });
    await settle();
    world.source.give('Corgi', 1, 'a late one');
    await world.clock.advance(1_000);
    await settle();
    assert.deepEqual(
      gifts(quick.heard).map(({ viewer }) => viewer),
      ['a late one'],
    );
    const reader = slow.body?.getReader();
    assert.ok(reader);
    const decoder = new TextDecoder();
    let text = '';
    while (!text.includes('a late one')) {
      const piece = await Promise.race([
        reader.read(),
        settle()
          .then(settle)
          .then(() => null),
      ]);
      assert.ok(piece !== null && piece.value !== undefined, 'the late one never comes');
      text += decoder.decode(piece.value, { stream: true });
    }
    await reader.cancel();
    await quick.close();
  }));

test('an id that makes no sense, is of another ledger, or was not reached yet, is refused with where to begin', () =>
  withApi(async (call, world, api) => {
    await drawSome(call, world);
    const { generation, seq } = world.appliance.views.feedEnd();
    const other = generation === '01234567' ? '12345678' : '01234567';
    const ids = ['', 'nonsense', '-1', `${generation}`, `${generation}:`, `${generation}:-1`, `${generation}:1e1`];
    for (const id of [...ids, `${generation}:${seq + 1}`, `${other}:1`, '9'.repeat(9_999), '5.1.2.0.0.0_1-3']) {
      const refused = await call('GET', `/events?after=${id}`);
      assert.deepEqual([refused.status, refused.json.type], [409, '/problems/unknown-cursor'], id);
      assert.deepEqual([refused.json.begin, refused.json.end], [`${generation}:0`, `${generation}:${seq}`]);
    }
    const begun = await readEvents(api, `${generation}:0`);
    await settle();
    assert.ok(gifts(begun.heard).length > 0);
    await begun.close();
    const reader = await readEvents(api, `${generation}:${seq}`);
    await settle();
    assert.deepEqual(gifts(reader.heard), []);
    await reader.close();
    assert.equal(api.streams, 0);
  }));

test(`at most ${streamsMax} read at a time; the next is refused with a reason, until one goes`, () =>
  withApi(async (call, _world, api) => {
    const readers = await Promise.all(Array.from({ length: streamsMax }, () => readEvents(api, null)));
    const refused = await call('GET', '/events');
    assert.deepEqual([refused.status, refused.json.type], [503, '/problems/too-many-streams']);
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    await readers[0]?.close();
    const again = await readEvents(api, null);
    assert.equal(again.response.status, 200);
    for (const reader of [...readers.slice(1), again]) await reader.close();
    assert.equal(api.streams, 0);
  }));

test('a reader who does not read is let go before much piles up for it', () =>
  withApi(async (call, world, api) => {
    await drawSome(call, world);
    const response = await api.app.request('http://127.0.0.1:8420/events', { headers: { host: '127.0.0.1' } });
    await settle();
    assert.equal(api.streams, 1);
    for (let n = 0; n < 600 && api.streams > 0; n++) {
      world.source.give('Rose', 1, `fan ${n}`);
      await world.clock.advance(1_000);
    }
    assert.equal(api.streams, 0);
    await response.body?.cancel();
  }));

test('everybody hears now and then that the connection stands', () =>
  withApi(async (_call, world, api) => {
    const response = await api.app.request('http://127.0.0.1:8420/events', { headers: { host: '127.0.0.1' } });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.read();
    await settle();
    await world.clock.advance(11_000);
    const { value } = (await reader?.read()) ?? {};
    assert.equal(new TextDecoder().decode(value), 'event: beat\ndata: null\n\n');
    await reader?.cancel();
  }));

test("the board hears what viewers may see, and nothing of the plotter's ports or the network", () =>
  withApi(
    async (call, world, api) => {
      world.appliance.start();
      await world.until('needs-sheet');
      world.source.give('Rose', 2);
      await world.clock.advance(500);
      const reader = await readEvents(api, null, { path: `/events?token=${tokens.board}` });
      const owner = await readEvents(api, null, { headers: bearer });
      assert.deepEqual(
        reader.heard.map(({ event }) => event),
        ['board', 'pen'],
      );
      assert.deepEqual(
        owner.heard.map(({ event }) => event),
        ['status', 'pen'],
      );
      const told = JSON.stringify(reader.heard);
      for (const secret of ['ttyUSB', 'firmware', 'remedy', 'room']) assert.ok(!told.includes(secret), secret);
      assert.equal(reader.heard[0]?.data.lastGifts[0].viewer, 'ink_fan_01');
      assert.equal((await call('GET', '/status', { headers: bearer })).status, 200);
    },
    { tokens },
  ));

test('when the service ends, its readers hear the end', () =>
  withApi(async (_call, _world, api) => {
    const reader = await readEvents(api, null);
    api.close();
    await settle();
    assert.equal(reader.ended, true);
  }));

const byBoard = { path: `/events?token=${tokens.board}` };

test("the board's token opens half of the streams at most, and the owner's page still finds one", () =>
  withApi(
    async (_call, world, api) => {
      world.appliance.start();
      const readers: Reader[] = [];
      for (let count = 0; count < boardStreamsMax; count++) readers.push(await readEvents(api, null, byBoard));
      assert.equal(
        (await api.app.request(`${home}${byBoard.path}`, { headers: { host: '127.0.0.1:8420' } })).status,
        503,
      );
      const owner = await readEvents(api, null, { headers: bearer });
      assert.equal(owner.response.status, 200);
      await readers[0]?.close();
      const again = await readEvents(api, null, byBoard);
      assert.equal(again.response.status, 200);
      for (const reader of [...readers.slice(1), owner, again]) await reader.close();
      assert.equal(api.streams, 0);
    },
    { tokens },
  ));

test("the board's token reads the present live and nothing older, whatever it asks for", async () => {
  const world = buildWorld();
  const before = apiOf(world, { tokens });
  const call: typeof before.call = (method, path, init = {}) =>
    before.call(method, path, { ...init, headers: { ...bearer, ...Object.fromEntries(new Headers(init.headers)) } });
  await drawSome(call, world);
  before.api.close();
  const { api } = apiOf(world, { tokens });
  world.source.give('Corgi', 1, 'viewer_of_tonight');
  await world.clock.advance(1_000);
  const { generation } = world.appliance.views.feedEnd();
  for (const after of ['0', `${generation}:1`]) {
    const reader = await readEvents(api, null, { path: `${byBoard.path}&after=${after}` });
    await settle();
    const told = JSON.stringify(reader.heard);
    assert.ok(!told.includes('Rose'), `${after}: ${told}`);
    assert.equal(told.includes('viewer_of_tonight'), true);
    await reader.close();
  }
  const owner = await readEvents(api, '0', { headers: bearer });
  await settle();
  assert.ok(JSON.stringify(owner.heard).includes('Rose'), 'the owner reads all');
  await owner.close();
  const picture = await api.app.request(`${home}/sheet.svg?titles=yes&token=${tokens.board}`, {
    headers: { host: '127.0.0.1:8420' },
  });
  assert.doesNotMatch(await picture.text(), /ink_fan/);
  api.close();
  await world.close();
});

test('a key of the query that nobody knows, or that is there twice, is never taken for none', () =>
  withApi(async (call, _world, api) => {
    for (const [path, says] of [
      ['/events?After=0', /"After" .*not known.*after/],
      ['/events?last-event-id=0', /"last-event-id" .*not known.*after/],
      ['/events?after=0&after=9', /"after" .*twice/],
      ['/gifts/seen?Limit=1', /"Limit" .*not known/],
      ['/status?after=0', /"after" .*not known/],
      ['/health?x', /"x" .*not known/],
      ['/sheets/1.svg?title=no', /"title" .*not known.*titles/],
    ] as const) {
      const response = await api.app.request(`${home}${path}`, { headers: { host: '127.0.0.1:8420' } });
      assert.equal(response.status, 400, path);
      const json = JSON.parse(await response.text());
      assert.equal(json.type, '/problems/query-unknown', path);
      assert.match(`${json.detail} ${json.remedy}`, says, path);
    }
    assert.equal((await call('GET', `/sheets?token=${'b'.repeat(43)}`)).status, 200);
    assert.equal((await call('GET', '/board?lang=de&transparent&whatever=1')).status, 200);
  }));

test('what is said, liked and joined goes by to the owner who asks for it, bounded, without an id, and is kept nowhere', async () => {
  const world = buildWorld();
  const { api } = apiOf(world, { tokens });
  world.appliance.start();
  await world.until('needs-sheet');
  const init = { headers: bearer };
  const asking = await readEvents(api, null, { ...init, path: '/events?passing=yes' });
  const plain = await readEvents(api, null, init);
  const board = await readEvents(api, null, { path: `/events?passing=yes&token=${tokens.board}` });
  await world.clock.advance(1_000);
  const end = world.appliance.views.feedEnd();
  for (const text of ['one', 'two\u202e\n']) world.source.say(text, 'mila');
  await world.clock.advance(1_000);
  await settle();
  const said = (reader: Reader) => reader.heard.filter(({ event }) => event === 'chat');
  assert.deepEqual(
    said(asking).map(({ id, data }) => [id, data.viewer, data.text, data.origin]),
    [
      [null, 'mila', 'one', 'live'],
      [null, 'mila', 'two', 'live'],
    ],
  );
  assert.deepEqual([said(plain), said(board)], [[], []]);
  for (let n = 0; n < 500; n++) world.source.say(String(n), 'mila');
  await world.clock.advance(1_000);
  await settle();
  assert.deepEqual(said(asking).length, 202);
  assert.equal(said(asking).at(-1)?.data.text, '499');
  assert.deepEqual(world.appliance.views.feedEnd(), end);
  for (const reader of [asking, plain, board]) await reader.close();
  await world.close();
});

test('sources are asked for what goes by while somebody follows it, and no longer', async () => {
  const world = buildWorld();
  const { api } = apiOf(world);
  const { wanted } = world.gifts;
  assert.equal(wanted.has('chat'), false);
  const [one, two] = [
    await readEvents(api, null, { path: '/events?passing=yes' }),
    await readEvents(api, null, { path: '/events?passing=yes' }),
  ];
  assert.deepEqual(
    ['chat', 'like', 'join'].map((kind) => wanted.has(kind as 'chat')),
    [true, true, true],
  );
  await one.close();
  assert.equal(wanted.has('join'), true);
  await two.close();
  assert.equal(wanted.has('join'), false);
  await world.close();
});
