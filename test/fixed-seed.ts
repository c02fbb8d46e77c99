// Property tests draw the same cases on every run, so that a change is judged by what it changes and not by chance.
// `LIVEPEN_SEED=N npm test` draws others; a case that fails then becomes a test of its own.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.LIVEPEN_SEED ?? 1) });
