import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openHand } from '../../src/appliance/hand.ts';

const nothing = () => {};
const owed = {
  row: 'a',
  credit: 1,
  event: 1,
  source: 'live',
  giver: '',
  room: '7',
  creditedAtMs: 0,
  again: false,
} as const;

test('what the plotter says of a stroke that was let go of is not said of the same stroke, taken again', () => {
  const hand = openHand(new Map(), { taken: nothing, dropped: nothing });
  const take = (n: number) => hand.take(1, { ...owed, n });
  take(1);
  const second = take(2);
  hand.letGo();
  const again = [take(1), take(2)];
  // The planner goes on with what it had: its word on the old second stroke may come while the new first is under way.
  hand.prove([second]);
  assert.equal(hand.proven.length, 0);
  hand.prove(again);
  assert.deepEqual(
    hand.proven.map(({ stroke }) => stroke.n),
    [1, 2],
  );
});
