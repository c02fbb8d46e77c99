import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { GiftEvent } from '../../src/domain/live-event.ts';
import { UngroupedStreaks } from '../../src/sources/tiktok/ungrouped-streaks.ts';
import { accountOf, gift, noonMs, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';

/** Streaks of one viewer and gift; after so many frames the program starts anew, so many minutes later, and hears the last `again` of them again. */
const anyEvening = fc.record({
  streaks: fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 6,
  }),
  restarts: fc.array(fc.record({ after: fc.nat(40), again: fc.nat(12), minutes: fc.constantFrom(0, 10) }), {
    maxLength: 4,
  }),
});

/** All frames of the evening in their order, each end told. */
function framesOf(streaks: readonly (readonly number[])[]): GiftEvent[] {
  let id = 7_000_000_000_000_000_000n;
  return streaks.flatMap((steps) => {
    let count = 0;
    const frame = (ended: boolean) => {
      id += 3n;
      const event = gift({ id: String(id), count, group: '' });
      return { ...event, atMs: noonMs, payload: { ...event.payload, streak: { group: '', receiver: '', ended } } };
    };
    const growth = steps.map((by) => {
      count += by;
      return frame(false);
    });
    return [...growth, frame(true)];
  });
}

test('streaks without a group count once through any restarts, whatever is told again', (t) => {
  const folder = tempFolder(t);
  let evenings = 0;
  fc.assert(
    fc.property(anyEvening, ({ streaks, restarts }) => {
      evenings += 1;
      const file = join(folder, `${evenings}.db`);
      let ledger = openOk(file);
      let memory = new UngroupedStreaks(ledger.questions.pastStreaks);
      const frames = framesOf(streaks);
      const hear = (event: GiftEvent) => {
        const streak = {
          group: memory.nameOf({ ...event, arrivedAtMs }),
          receiver: '',
          ended: event.payload.streak?.ended === true,
        };
        recordOne(ledger, { ...event, arrivedAtMs, payload: { ...event.payload, streak } }, worthOf('a'));
      };
      let told = 0;
      let arrivedAtMs = noonMs;
      for (const event of frames) {
        hear(event);
        told += 1;
        for (const { again, minutes } of restarts.filter(({ after }) => after === told)) {
          ledger.close();
          arrivedAtMs += minutes * 60_000;
          ledger = openOk(file);
          memory = new UngroupedStreaks(ledger.questions.pastStreaks);
          for (const old of frames.slice(Math.max(0, told - again), told)) hear(old);
        }
      }
      const given = streaks.flat().reduce((sum, by) => sum + by, 0);
      assert.equal(accountOf(ledger, 'a').credited, given);
      assert.deepEqual(ledger.check('full').findings, []);
      ledger.close();
    }),
    { numRuns: 400 },
  );
});
