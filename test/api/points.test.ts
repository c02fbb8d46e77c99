import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { pointsCommand } from '../../src/commands/points.ts';
import type { World } from '../appliance/world.ts';
import { typing } from '../commands/typing.ts';
import { terms } from '../ledger/points-world.ts';
import { type Call, tokens, withApi } from './with-api.ts';

const send = (value: unknown) => ({ body: JSON.stringify(value) });

/** An appliance by whose config points are saved, and its API; two people have given something. */
function withPoints(work: (call: Call, world: World) => Promise<void>) {
  const run = async (call: Call, world: World) => {
    world.appliance.start();
    world.source.give('Rose', 20, 'ink_fan_01');
    world.source.give('Rose', 1, 'ink_fan_02');
    await world.clock.advance(100);
    await work(call, world);
  };
  return withApi(run, { points: terms }, { points: terms });
}

test('people are listed by what they have saved, under ids that say nothing of the platform', () =>
  withPoints(async (call) => {
    const { json } = await call('GET', '/people');
    assert.deepEqual(
      json.people.map(({ name, points, xp, level }: Record<string, unknown>) => [name, points, xp, level]),
      [
        ['ink_fan_01', 50, 120, 1],
        ['ink_fan_02', 12, 6, 0],
      ],
    );
    for (const { person } of json.people) assert.match(person, /^[0-9a-f]{24}$/);
    assert.equal((await call('GET', '/people?limit=1')).json.people.length, 1);
    const one = await call('GET', `/people/${json.people[0].person}/points`);
    assert.deepEqual(
      one.json.entries.map(({ change, balance, source }: Record<string, unknown>) => [change, balance, source]),
      [
        [40, 50, 'earned'],
        [10, 10, 'start'],
      ],
    );
    assert.equal(one.json.level, 1);
    for (const id of ['nobody', '0'.repeat(24), 'ink_fan_01'])
      assert.equal((await call('GET', `/people/${id}/points`)).status, 404);
  }));

test('points are given and taken by hand with a reason, and a repeat under the same id is not done again', () =>
  withPoints(async (call, world) => {
    const [first] = (await call('GET', '/people')).json.people;
    const gift = { person: first.person, change: 7, why: 'a birthday', id: 'birthday 1' };
    for (let times = 0; times < 2; times++) assert.equal((await call('POST', '/points', send(gift))).status, 200);
    const other = await call('POST', '/points', send({ ...gift, change: 70 }));
    assert.equal(other.json.said, '"birthday 1" was done before: +7 points for 1 person. Nothing is done again.');
    const slip = { change: -20, why: 'a slip', id: 'slip' };
    const answer = await call('POST', '/points', send(slip));
    assert.equal(
      answer.json.said,
      '-32 points in all for 2 people by hand, 20 each where there were so many (1 had less): a slip.',
    );
    const again = await call('POST', '/points', send(slip));
    assert.equal(again.json.said, '"slip" was done before: -32 points in all for 2 people. Nothing is done again.');
    const prize = await call(
      'POST',
      '/points',
      send({ person: first.person, kind: 'xp', change: 500, why: 'a prize' }),
    );
    assert.equal(prize.json.said, '+500 XP for 1 person by hand: a prize.');
    const people = (await call('GET', '/people')).json.people;
    assert.deepEqual(
      people.map(({ points, xp }: Record<string, unknown>) => [points, xp]),
      [
        [37, 620],
        [0, 6],
      ],
    );
    for (const [status, body] of [
      [422, { person: first.person, change: -38, why: 'too many' }],
      [422, { person: 'nobody', change: 1, why: 'x' }],
      [422, { change: 0, why: 'x' }],
      [422, { change: 2_000_000_000, why: 'x' }],
      [422, { change: 1.5, why: 'x' }],
      [422, { change: 1 }],
      [422, { change: 1, why: 'x', kind: 'money' }],
    ] as const) {
      const refused = await call('POST', '/points', send(body));
      assert.equal(refused.status, status, JSON.stringify(refused.json));
      assert.match(refused.type ?? '', /problem\+json/);
    }
    assert.deepEqual(world.ledger.check('full').findings, []);
  }));

test('what is taken from all is reported as it was taken, where some had less or nothing', () =>
  withPoints(async (call) => {
    const said = async (body: object) => (await call('POST', '/points', send({ why: 'w', ...body }))).json.said;
    assert.equal(await said({ change: 5 }), '+10 points in all for 2 people by hand, 5 each: w.');
    assert.equal(await said({ change: -5 }), '-10 points in all for 2 people by hand, 5 each: w.');
    assert.equal(
      await said({ change: -49 }),
      '-61 points in all for 2 people by hand, 49 each where there were so many (1 had less): w.',
    );
    assert.equal(
      await said({ change: -1000, id: 'all' }),
      '-1 point for 1 person by hand, 1000 each where there were so many (1 had less, 1 had none): w.',
    );
    assert.equal(
      await said({ change: 1000, id: 'all' }),
      '"all" was done before: -1 point for 1 person. Nothing is done again.',
    );
  }));

test('a number of points that is none is refused with those that are', () =>
  withPoints(async (call) => {
    for (const change of [0, 1_000_000_001, -1_000_000_001]) {
      const { status, json } = await call('POST', '/points', send({ change, why: 'w' }));
      assert.deepEqual(
        [status, json.detail, json.remedy],
        [
          422,
          `${change} is no number of points.`,
          'Give a whole number from 1 to 1000000000, or with a minus before it to take them.',
        ],
      );
    }
    for (const change of [1_000_000_000, -1_000_000_000])
      assert.equal((await call('POST', '/points', send({ change, why: 'w' }))).status, 200);
  }));

test('where nobody has anything to take, that is said, and nothing is written', () =>
  withApi(
    async (call, world) => {
      const answer = await call('POST', '/points', send({ change: -5, why: 'a slip' }));
      assert.deepEqual([answer.status, answer.json.detail], [409, 'Nobody has any to change.']);
      assert.deepEqual(world.ledger.questions.people(10), []);
    },
    { points: terms },
    { points: terms },
  ));

test('only the owner sees and changes points; where the config has none there is no such route', async () => {
  await withApi(async (call) => assert.equal((await call('GET', '/people')).status, 404));
  await withApi(
    async (call) => {
      for (const [method, path] of [
        ['GET', '/people'],
        ['POST', '/points'],
      ] as const) {
        assert.equal(
          (await call(method, path, { headers: { authorization: `Bearer ${tokens.board}` } })).status,
          403,
          path,
        );
        assert.equal((await call(method, path)).status, 401, path);
      }
    },
    { points: terms, tokens },
    { points: terms },
  );
});

test('`livepen points` lists, shows one person and corrects', () =>
  withPoints(async (call) => {
    const [first] = (await call('GET', '/people')).json.people;
    await typing(call, [pointsCommand], async (type) => {
      const all = await type(exit.ok, 'points');
      assert.match(all, /[0-9a-f]{24} {2}ink_fan_01: 50 points, level 1 \(120 XP\)/);
      await type(exit.ok, 'points', 'add', first.person, '5', '--why', 'a prize');
      const one = await type(exit.ok, 'points', 'of', first.person);
      assert.match(one, /\+5 points, hand: a prize; 55 then/);
      await type(exit.usage, 'points', 'add', '--all', '5');
      await type(exit.usage, 'points', 'add', first.person, 'five', '--why', 'x');
    });
  }));
