import { join } from 'node:path';
import fc from 'fast-check';
import { Model } from './model.ts';
import { anyStep } from './steps.ts';

/** Lets anything happen to ledgers in this folder, so many times, and looks after each step whether all still holds. */
export function holdsAlways(folder: string, numRuns: number): void {
  let run = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
      run += 1;
      const model = new Model(join(folder, `${run}.db`));
      try {
        model.run({ kind: 'turn', a: 6, b: 4 });
        for (const step of steps) {
          model.run(step);
          model.check();
        }
      } finally {
        model.ledger.close();
      }
    }),
    { numRuns },
  );
}
