import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openInFlight } from '../../src/appliance/ink-book.ts';

const _nothing = () => {};
const owed = {
  row: 'a',
  credit: 1,
  event: 1,
  origin: 'live',
  giver: '',
  room: '7',
  creditedAtMs: 0,
  again: false,
} as const;

test('what the plotter says of a stroke that was let go of is not said of the same stroke, taken again', () => {
  const inFlight = openInFlight(new Map());
  const take = (n: number) => inFlight.take(1, { ...owed, n });
  take(1);
  const second = take(2);
  inFlight.letGo();
  const again = [take(1), take(2)];
  // The planner goes on with what it had: its word on the old second stroke may come while the new first is under way.
  inFlight.prove([second]);
  assert.equal(inFlight.proven.length, 0);
  inFlight.prove(again);
  assert.deepEqual(
    inFlight.proven.map(({ stroke }) => stroke.n),
    [1, 2],
  );
});
