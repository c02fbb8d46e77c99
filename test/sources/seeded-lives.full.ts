import { test } from 'node:test';
import fc from 'fast-check';
import { anyLive, playSeeded } from './seeded-lives.ts';

for (const provider of ['direct', 'euler'] as const) {
  test(`three hundred seeded lives are credited exactly as they were given (${provider})`, () =>
    fc.assert(
      fc.asyncProperty(anyLive, (deeds) => playSeeded(provider, deeds, 400)),
      { numRuns: 300, endOnFailure: true },
    ));
}
