import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GiftEvent } from '../../src/domain/live-event.ts';
import { UngroupedStreaks } from '../../src/sources/tiktok/ungrouped-streaks.ts';
import { gift, noonMs } from '../ledger/world.ts';

const minuteMs = 60_000;

/** A frame of a streak without a group, said and heard so many minutes after noon. */
function frame(id: number, count: number, said: number | null, heard: number, ended = false): GiftEvent {
  const event = gift({ id: String(id), count, group: '', arrivedAtMs: noonMs + heard * minuteMs });
  const atMs = said === null ? null : noonMs + said * minuteMs;
  return { ...event, atMs, payload: { ...event.payload, streak: { group: '', receiver: '', ended } } };
}

test('frames that are told long after they were said belong to their streak', () => {
  const streaks = new UngroupedStreaks();
  const names = [frame(1, 50, 0, 0), frame(2, 52, 0.1, 10), frame(3, 52, 0.1, 10, true)].map((each) =>
    streaks.nameOf(each),
  );
  assert.deepEqual(new Set(names), new Set(['from 1']));
});

test('a streak that was said long after another is another one, also when both are told at once', () => {
  const streaks = new UngroupedStreaks();
  assert.equal(streaks.nameOf(frame(1, 2, 0, 10)), 'from 1');
  assert.equal(streaks.nameOf(frame(2, 3, 6, 10)), 'from 2');
});

test('where the platform tells no time, that of hearing parts streaks', () => {
  const streaks = new UngroupedStreaks();
  assert.equal(streaks.nameOf(frame(1, 2, null, 0)), 'from 1');
  assert.equal(streaks.nameOf(frame(2, 3, null, 4)), 'from 1');
  assert.equal(streaks.nameOf(frame(3, 4, null, 10)), 'from 3');
});
