import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { goalsCommand } from '../../src/commands/goals.ts';
import type { Goal } from '../../src/domain/goals.ts';
import { typing } from '../commands/typing.ts';
import { tokens, withApi } from './with-api.ts';

const goals: readonly Goal[] = [
  { name: 'A score of coins', of: 'coins', currency: null, target: 20, per: 'live' },
  { name: 'A hundred euros', of: 'donations', currency: 'EUR', target: 10_050, per: 'lasting' },
];

test('goals are sent as far as they are, in the status too, and `livepen goals` says them', () =>
  withApi(
    async (call, world) => {
      world.appliance.start();
      world.source.give('Rose', 7, 'ink_fan_01');
      await world.clock.runUntil(() => world.ledger.questions.eventCount() === 1, 5_000, 'a gift');
      const { json } = await call('GET', '/goals');
      const none = { reachedAtMs: null };
      const expected = [
        { name: 'A score of coins', of: 'coins', currency: null, per: 'live', target: 20, amount: 7, ...none },
        {
          name: 'A hundred euros',
          of: 'donations',
          currency: 'EUR',
          per: 'lasting',
          target: 100.5,
          amount: 0,
          ...none,
        },
      ];
      assert.deepEqual(json.goals, expected);
      assert.deepEqual((await call('GET', '/status')).json.goals, expected);
      world.source.give('Rose', 13, 'ink_fan_02');
      await world.clock.runUntil(() => world.ledger.questions.eventCount() === 2, 5_000, 'another gift');
      await typing(call, [goalsCommand], async (type) => {
        const printed = await type(exit.ok, 'goals');
        assert.match(printed, /A score of coins: 20 of 20 coins in this live, reached \d{4}-/);
        assert.match(printed, /A hundred euros: 0 of 100\.5 EUR$/m);
      });
    },
    { hasGoals: true },
    { goals },
  ));

test('only the owner asks for goals; where the config has none there is no such route', async () => {
  await withApi(async (call) => assert.equal((await call('GET', '/goals')).status, 404));
  await withApi(
    async (call) => {
      const headers = { authorization: `Bearer ${tokens.board}` };
      assert.equal((await call('GET', '/goals', { headers })).status, 403);
      assert.equal((await call('GET', '/goals')).status, 401);
    },
    { hasGoals: true, tokens },
    { goals },
  );
});
