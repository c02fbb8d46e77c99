import assert from 'node:assert/strict';
import { playEvening } from './evening.ts';

/** The evenings of these seeds end as they must, and something happened on them. */
export async function holdEvenings(first: number, last: number): Promise<void> {
  let [seen, deaths, gaps] = [0, 0, 0];
  for (let seed = first; seed <= last; seed += 1) {
    const result = await playEvening(seed);
    assert.deepEqual(result.wrong, [], `the evening of seed ${seed}`);
    seen += result.seen;
    deaths += result.deaths;
    gaps += result.gaps;
  }
  const evenings = last - first + 1;
  const happened = `${seen} gifts, ${deaths} deaths, ${gaps} gaps`;
  assert.ok(seen > evenings * 20 && deaths > evenings / 2 && gaps > evenings, happened);
}

/** The evenings that are played each time. */
export const quickEvenings = 20;
