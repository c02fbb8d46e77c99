import { test } from 'node:test';
import fc from 'fast-check';
import { anyLive, playSeeded } from './seeded-lives.ts';

for (const provider of ['direct', 'euler'] as const) {
  test(`a few seeded lives with all that goes wrong are credited exactly as they were given (${provider})`, () =>
    fc.assert(
      fc.asyncProperty(anyLive, (deeds) => playSeeded(provider, deeds, 400)),
      { numRuns: 6, endOnFailure: true },
    ));
}
