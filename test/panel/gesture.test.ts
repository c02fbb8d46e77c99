import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  dueMs,
  type Gesture,
  type GestureState,
  gestureStep,
  holdMs,
  noGesture,
  settleMs,
  stuckMs,
} from '../../src/panel/gesture.ts';

type Edge = readonly [atMs: number, what: 'down' | 'up' | 'found-down' | 'found-up'];

/** Plays edges, with the timers that the shell would set, until `endMs`; gives what came out and when. */
function play(edges: readonly Edge[], endMs: number): { at: number; gesture: Gesture }[] {
  const said: { at: number; gesture: Gesture }[] = [];
  let state: GestureState = noGesture;
  const take = (input: Parameters<typeof gestureStep>[1]) => {
    const next = gestureStep(state, input);
    state = next.state;
    for (const gesture of next.gestures) said.push({ at: input.atMs, gesture });
  };
  const passUntil = (atMs: number) => {
    for (let rounds = 0; rounds < 10; rounds++) {
      const due = dueMs(state);
      if (due === null || due > atMs) return;
      take({ kind: 'time', atMs: due });
    }
    assert.fail('a timer is due again and again');
  };
  for (const [atMs, what] of edges) {
    passUntil(atMs - 0.001);
    take({ kind: 'level', atMs, down: what.endsWith('down'), found: what.startsWith('found') });
  }
  passUntil(endMs);
  return said;
}

const names = (edges: readonly Edge[], endMs: number) => play(edges, endMs).map(({ gesture }) => gesture);

test('the light hears of the finger at once, the press comes when the contact has been open for a moment', () => {
  assert.deepEqual(
    play(
      [
        [1_000, 'down'],
        [1_200, 'up'],
      ],
      60_000,
    ),
    [
      { at: 1_000, gesture: 'touched' },
      { at: 1_200 + settleMs, gesture: 'press' },
    ],
  );
});

test('a hold is told at two seconds and acts when the finger goes', () => {
  assert.deepEqual(
    play(
      [
        [1_000, 'down'],
        [4_000, 'up'],
      ],
      60_000,
    ),
    [
      { at: 1_000, gesture: 'touched' },
      { at: 1_000 + holdMs, gesture: 'held' },
      { at: 4_000 + settleMs, gesture: 'hold' },
    ],
  );
});

test('however the contact bounces, one press is one press and one hold is one hold', () => {
  const bounces = fc.array(fc.integer({ min: 0, max: settleMs - 2 }), { maxLength: 20 });
  fc.assert(
    fc.property(bounces, bounces, fc.integer({ min: 100, max: 10_000 }), (closing, opening, lengthMs) => {
      const edges: Edge[] = [];
      let atMs = 1_000;
      const settleTo = (gapsMs: readonly number[], last: 'down' | 'up') => {
        edges.push([atMs, last]);
        for (const gapMs of gapsMs) {
          atMs += gapMs / 2;
          edges.push([atMs, last === 'down' ? 'up' : 'down']);
          atMs += gapMs / 2;
          edges.push([atMs, last]);
        }
      };
      settleTo(closing, 'down');
      const closedMs = atMs;
      atMs += lengthMs;
      settleTo(opening, 'up');
      const heldMs = atMs - 1_000;
      const wanted = heldMs >= holdMs ? ['touched', 'held', 'hold'] : ['touched', 'press'];
      assert.deepEqual(names(edges, closedMs + 60_000), wanted);
    }),
  );
});

test('a press of a millisecond is not lost', () => {
  assert.deepEqual(
    names(
      [
        [5, 'down'],
        [6, 'up'],
      ],
      1_000,
    ),
    ['touched', 'press'],
  );
});

test('a button that is down when someone first looks means nothing until it is released', () => {
  const edges: Edge[] = [
    [0, 'found-down'],
    [5_000, 'up'],
    [6_000, 'down'],
    [6_100, 'up'],
  ];
  assert.deepEqual(names(edges, 10_000), ['touched', 'press']);
});

test('a button that is down for thirty seconds is stuck, at boot and later, until it is released', () => {
  assert.deepEqual(
    play(
      [
        [0, 'found-down'],
        [40_000, 'up'],
      ],
      60_000,
    ),
    [
      { at: stuckMs, gesture: 'stuck' },
      { at: 40_000, gesture: 'freed' },
    ],
  );
  assert.deepEqual(
    names(
      [
        [1_000, 'down'],
        [40_000, 'up'],
        [50_000, 'down'],
        [50_100, 'up'],
      ],
      60_000,
    ),
    ['touched', 'held', 'let-go', 'stuck', 'freed', 'touched', 'press'],
  );
});

test('a driver that begins anew in the middle of a press ends it without meaning', () => {
  assert.deepEqual(
    names(
      [
        [1_000, 'down'],
        [1_500, 'found-up'],
      ],
      60_000,
    ),
    ['touched', 'let-go'],
  );
  assert.deepEqual(
    names(
      [
        [1_000, 'down'],
        [1_500, 'found-down'],
        [3_900, 'up'],
      ],
      60_000,
    ),
    ['touched', 'let-go'],
  );
});

test('whatever a broken driver tells, every touch ends once, and nothing acts without a touch', () => {
  const edge = fc.record({
    gapMs: fc.integer({ min: 0, max: 40_000 }),
    what: fc.constantFrom('down' as const, 'up' as const, 'found-down' as const, 'found-up' as const),
  });
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 40 }), (script) => {
      let atMs = 0;
      const edges: Edge[] = script.map(({ gapMs, what }) => {
        atMs += gapMs;
        return [atMs, what];
      });
      let touched = false;
      for (const gesture of names([...edges, [atMs + 1, 'up']], atMs + 100_000)) {
        if (gesture === 'touched') {
          assert.equal(touched, false);
          touched = true;
        } else if (gesture === 'press' || gesture === 'hold' || gesture === 'let-go') {
          assert.equal(touched, true);
          touched = false;
        }
      }
      assert.equal(touched, false);
    }),
  );
});
