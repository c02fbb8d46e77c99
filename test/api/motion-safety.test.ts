import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawSome, withApi } from './with-api.ts';

test('there is no way to send G-code', () =>
  withApi(async (call, _world, api) => {
    for (const { path } of api.routes) assert.doesNotMatch(path, /gcode|g-code|serial|send/i);
    const answer = await call('POST', '/plotter/jog', { body: JSON.stringify({ xMm: 'G1 X5' }) });
    assert.equal(answer.status, 422);
  }));

test('plotter commands that would hurt are refused with 409 and the reason, and nothing moves', () =>
  withApi(
    async (call, world) => {
      const commands = ['home', 'origin', 'park', 'lift', 'origin/right'].map((name) => `/plotter/${name}`);
      for (const path of commands) {
        const answer = await call('POST', path);
        assert.equal(answer.status, 409, path);
        for (const key of ['detail', 'remedy']) assert.match(answer.json[key], /\w/);
      }
      await drawSome(call, world);
      world.source.give('Rose', 2);
      await world.clock.runUntil(() => world.appliance.status().strokes.inHand > 0, 60_000, 'a stroke under way');
      for (const path of commands) assert.equal((await call('POST', path)).status, 409, `${path} while drawing`);
      const jog = (mm: object) => ({ body: JSON.stringify(mm) });
      assert.equal((await call('POST', '/plotter/jog', jog({ xMm: 5 }))).json.type, '/problems/drawing');
      await world.until('ready');
      assert.equal((await call('POST', '/plotter/home')).json.type, '/problems/no-end-switches');
      assert.equal((await call('POST', '/plotter/jog', jog({ yMm: -50 }))).json.type, '/problems/outside-bed');
      assert.equal((await call('POST', '/plotter/jog', jog({ yMm: 51 }))).status, 422);
      assert.equal((await call('POST', '/plotter/jog', jog({ zMm: -50 }))).json.type, '/problems/into-paper');
      assert.equal((await call('POST', '/plotter/jog', jog({ yMm: 5 }))).status, 200);
      assert.equal((await call('POST', '/plotter/park')).json.type, '/problems/busy');
    },
    { homes: true },
  ));

test('while the origin is unknown the pen does not park, and is raised once only', () =>
  withApi(
    async (call, world) => {
      world.appliance.start();
      await world.until('origin-unknown');
      const refused = await call('POST', '/plotter/park');
      assert.deepEqual([refused.status, refused.json.state], [409, 'origin-unknown']);
      assert.match(refused.json.detail, /origin/);
      assert.equal((await call('POST', '/plotter/lift')).status, 200);
      await world.clock.advance(10_000);
      assert.equal((await call('POST', '/plotter/lift')).json.type, '/problems/lift-done');
      assert.equal(
        (await call('POST', '/plotter/jog', { body: '{"xMm": 3}' })).status,
        200,
        'the tip must get to the mark',
      );
    },
    {},
    { origin: 'confirm' },
  ));

test('a stop is answered before three seconds are over, though the plotter takes longer to come to rest', () =>
  withApi(async (call, world) => {
    await drawSome(call, world);
    world.source.give('Rose', 20);
    await world.clock.runUntil(() => world.appliance.status().strokes.inHand > 0, 60_000, 'a stroke under way');
    const fromMs = world.clock.nowMs();
    let answeredMs: number | null = null;
    const stopping = call('POST', '/plotter/stop').then((answer) => {
      answeredMs = world.clock.nowMs() - fromMs;
      return answer;
    });
    await world.clock.runUntil(() => answeredMs !== null, 20_000, 'an answer');
    const { status, json } = await stopping;
    assert.deepEqual([status, json.state], [200, 'paused']);
    assert.ok((answeredMs ?? 0) <= 2_000, `${answeredMs} ms`);
    assert.match(json.said, /stop was sent[\s\S]*cut the power/);
    assert.match(world.appliance.state().what, /^Stopping/);
    const isAtRest = () => world.appliance.state().what.startsWith('Stopped by hand');
    await world.clock.runUntil(isAtRest, 20_000, 'the pen at rest');
  }));
