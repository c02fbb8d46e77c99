import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSheet } from '../appliance/ready-world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { does } from '../rules/rule-events.ts';
import { bearer, tokens, withApi } from './with-api.ts';

const workerToken = 'w'.repeat(43);
const inNetwork = { tokens, workerToken };
const asWorker = { authorization: `Bearer ${workerToken}` };
const json = { 'content-type': 'application/json' };
const letter = (seq: number) => ({
  ...{
    seq,
    outlet: 'webhook friends',
    rule: 'thanks',
    viewer: 'Anna',
    eventKind: 'gift',
    why: 'webhook friends: no.',
    atMs: seq,
  },
});
const reported = (more: unknown, headers: Record<string, string> = asWorker): RequestInit => ({
  headers: { ...headers, ...json },
  body: JSON.stringify({ outlets: [], ...(more as object) }),
});
const ordered = (body: unknown, headers: Record<string, string> = bearer): RequestInit => ({
  headers: { ...headers, ...json },
  body: JSON.stringify(body),
});

test('how far the worker is behind is counted in entries, and in seconds since the journal ended where the worker is', () =>
  withApi(async (call, world, api) => {
    world.appliance.start();
    await openSheet(world);
    const owner = { headers: bearer };
    const lag = async () => (await call('GET', '/status', owner)).json.worker.lag;
    const { generation, seq } = world.appliance.views.feedEnd();
    const place = `${generation}:${seq}`;
    await call('POST', '/worker/report', reported({ place }));
    assert.deepEqual(await lag(), { entries: 0, ms: 0 });
    world.source.give('Rose', 3);
    await world.clock.advance(5_000);
    await call('POST', '/worker/report', reported({ place }));
    await world.clock.advance(15_000);
    const behind = world.appliance.views.feedEnd().seq - seq;
    assert.ok(behind > 0);
    assert.deepEqual(await lag(), { entries: behind, ms: 20_000 });
    const figures = (await call('GET', '/metrics', owner)).body;
    assert.match(figures, new RegExp(`^livepen_worker_lag_entries ${behind}$`, 'm'));
    assert.match(figures, /^livepen_worker_lag_seconds 20$/m);
    for (const foreign of ['ffffffff:1', 'nonsense', null]) {
      await call('POST', '/worker/report', reported({ place: foreign }));
      assert.equal(await lag(), null, String(foreign));
    }
    assert.doesNotMatch((await call('GET', '/metrics', owner)).body, /livepen_worker_lag/);
    assert.equal(api.streams, 0);
  }, inNetwork));

test('what a person wants done with a dead letter the worker gets with the answer to its next report, once', () =>
  withApi(async (call) => {
    await call('POST', '/worker/report', reported({ dead: [letter(9), letter(7)] }));
    const shown = (await call('GET', '/worker', { headers: bearer })).json;
    assert.deepEqual(shown.dead, [letter(9), letter(7)]);
    assert.equal(shown.worker.isThere, true);
    for (const order of [
      { act: 'send', seq: 9, earlier: true },
      { act: 'drop', seq: 7 },
    ])
      assert.equal((await call('POST', '/worker/dead', ordered(order))).status, 200);
    const orders = async () => (await call('POST', '/worker/report', reported({}))).json.orders;
    assert.deepEqual(await orders(), [
      { act: 'send', seq: 9, earlier: true },
      { act: 'drop', seq: 7, earlier: false },
    ]);
    assert.deepEqual(await orders(), []);
  }, inNetwork));

test('orders are for the owner alone, for a worker that is there, of the right form, and a hundred at most', () =>
  withApi(async (call, world) => {
    const drop = { act: 'drop', seq: 1 };
    const status = async (body: unknown, headers?: Record<string, string>) =>
      (await call('POST', '/worker/dead', ordered(body, headers))).status;
    assert.equal((await call('GET', '/worker', { headers: bearer })).json.worker, null);
    assert.equal(await status(drop), 409);
    await call('POST', '/worker/report', reported({}));
    assert.equal(await status(drop, asWorker), 403);
    assert.equal(await status(drop, { authorization: `Bearer ${tokens.board}` }), 403);
    assert.equal((await call('GET', '/worker', { headers: asWorker })).status, 403);
    for (const wrong of [{ act: 'burn', seq: 1 }, { act: 'drop' }, { act: 'drop', seq: 0 }, { ...drop, all: true }])
      assert.equal(await status(wrong), 422, JSON.stringify(wrong));
    const many = { dead: Array.from({ length: 11 }, (_, n) => letter(n + 1)) };
    assert.equal((await call('POST', '/worker/report', reported(many))).status, 422);
    for (let n = 0; n < 100; n++) {
      assert.equal(await status(drop), 200);
      await world.clock.advance(200);
    }
    assert.equal(await status(drop), 409);
    await world.clock.advance(46_000);
    assert.equal(await status(drop), 409);
  }, inNetwork));

test('a dead letter that the worker reports fires a rule, once, whatever it reports again; without its file none does', async () => {
  const gone = { name: 'gone', on: 'dead-letter', [does]: [{ webhook: { to: 'friends', data: { why: '{why}' } } }] };
  const { desk } = deskOf(JSON.stringify({ rules: [gone] }), ['1', '2', '3']);
  await withApi(
    async (call, world) => {
      world.appliance.start();
      const file = { id: '0123456789abcdef', isNew: true };
      const report = async (more: object) => (await call('POST', '/worker/report', reported(more))).status;
      const times = () => world.ledger.questions.ruleLog(100).fired.length;
      assert.equal(await report({ dead: [letter(1)] }), 200, 'a worker of before');
      assert.equal(times(), 0);
      for (let n = 0; n < 3; n++) assert.equal(await report({ file, dead: [letter(2), letter(1)] }), 200);
      assert.equal(times(), 2);
      const own = { ...letter(3), rule: 'gone', eventKind: 'dead-letter' };
      for (let n = 0; n < 3; n++) assert.equal(await report({ file, dead: [own, letter(2), letter(1)] }), 200);
      assert.equal(times(), 2, 'its own letter leads to no other');
      assert.equal(await report({ file: { id: 'short', isNew: true } }), 422);
      const { said } = world.ledger.questions.ruleLog(1).fired[0] ?? {};
      assert.match(said ?? '', /"why":"webhook friends: no\."/);
      await world.clock.advance(1_000);
    },
    { ...inNetwork, rules: desk },
    { rules: desk },
  );
});
