import fc from 'fast-check';

/* The properties of the fast tests, with many more cases. */
fc.configureGlobal({ numRuns: 5_000 });
await import('./moves.test.ts');
await import('./shapes.test.ts');
await import('./lettering.test.ts');
