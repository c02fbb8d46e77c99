import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSome, withApi } from './with-api.ts';

/** The session in which the world's source gives its gifts. */
const past = 'session-1';

test('a past session is told, and played again when it is to be drawn, under a session of its own', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    const path = `/sessions/${past}/replay`;
    const before = (await call('GET', '/status')).json;
    const told = await call('POST', path);
    assert.equal(told.status, 200);
    assert.match(told.json.said, /2 events, worth 8 strokes by the present gift map/);
    assert.equal((await call('GET', '/status')).json.events, before.events, 'nothing is written');

    for (const times of [1, 2]) {
      const played = await call('POST', path, { body: '{"draw":true,"speed":100}' });
      assert.match(played.json.said, /is played again as replay-/);
      const credited = 8 + 8 * times;
      const isOver = () => world.appliance.status().strokes.credited === credited;
      await world.clock.runUntil(
        isOver,
        300_000,
        `${credited} strokes credited, not ${JSON.stringify(world.appliance.status().strokes)}`,
      );
      await world.clock.advance(1_000);
    }
    await world.clock.runUntil(() => world.appliance.status().strokes.drawn > 8, 300_000, 'more ink');
    const { strokes, unmappedGifts } = world.appliance.status();
    assert.deepEqual([strokes.credited, unmappedGifts], [24, before.unmappedGifts]);
    const [again] = (await call('GET', '/sessions')).json.sessions;
    assert.deepEqual([again.origin, again.why], ['replay', 'the replay ended']);
    const { events } = (await call('GET', `/sessions/${again.id}/events`)).json;
    assert.deepEqual(
      events.map(({ gift, origin, strokes: worth }: Record<string, unknown>) => [gift, origin, worth]),
      (await call('GET', `/sessions/${past}/events`)).json.events.map(
        ({ gift, strokes: worth }: Record<string, unknown>) => [gift, 'replay', worth],
      ),
    );
    const payer = (await call('GET', '/strokes/1/1')).json;
    assert.equal(payer.origin, 'live');
    assert.deepEqual(world.ledger.check('full').findings, []);
  }));

test('events of a session are asked for by kind, person and time, and a question that makes no sense is refused', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    const path = `/sessions/${past}/events`;
    const asked = async (query: string) => {
      const { status, json } = await call('GET', `${path}?${query}`);
      assert.equal(status, 200, query);
      return json.events.map(({ gift }: Record<string, unknown>) => gift);
    };
    const { events } = (await call('GET', path)).json;
    const [first, second] = events;
    assert.equal(events.length, 2);
    assert.deepEqual(await asked('kind=gift'), ['Rose', 'Corgi']);
    assert.deepEqual(await asked('kind=tip,raid-out'), []);
    assert.deepEqual(await asked(`person=${encodeURIComponent(first.viewer.toUpperCase())}`), ['Rose', 'Corgi']);
    assert.deepEqual(await asked('person=nobody'), []);
    assert.deepEqual(await asked(`since=${second.arrivedAtMs + 1}`), []);
    assert.deepEqual(await asked(`until=${first.arrivedAtMs}`), []);
    assert.deepEqual(await asked(`since=${first.arrivedAtMs}&kind=gift&limit=1`), ['Rose']);
    for (const query of ['kind=', 'kind=DROP TABLE', "kind=gift'", 'since=-1', 'until=1e9', 'person=', 'since=soon'])
      assert.equal((await call('GET', `${path}?${query}`)).status, 422, query);
  }));

test('a replay that makes no sense, or comes while another runs, is refused', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    const id = past;
    assert.equal((await call('POST', '/sessions/nonsense/replay')).json.type.split('/').at(-1), 'no-session');
    assert.equal((await call('POST', '/sessions/nonsense/replay')).status, 404);
    for (const body of ['{"speed":0}', '{"speed":-1}', '{"speed":1e9}', '{"draw":"yes"}', '{"rate":1}', '[]']) {
      assert.equal((await call('POST', `/sessions/${id}/replay`, { body })).status, 422, body);
    }
    const slow = '{"draw":true,"speed":0.001}';
    assert.equal((await call('POST', `/sessions/${id}/replay`, { body: slow })).status, 200);
    assert.equal((await call('POST', `/sessions/${id}/replay`, { body: slow })).status, 409);
  }));
