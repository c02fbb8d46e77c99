import { join } from 'node:path';
import fc from 'fast-check';
import { anyStep, World } from './model.ts';

/** Lets anything happen to ledgers in this folder, so many times, and looks after each step whether all still holds. */
export function holdsAlways(folder: string, numRuns: number): void {
  let run = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
      run += 1;
      const world = new World(join(folder, `${run}.db`));
      try {
        world.run({ kind: 'turn', a: 6, b: 4 });
        for (const step of steps) {
          world.run(step);
          world.check();
        }
      } finally {
        world.ledger.close();
      }
    }),
    { numRuns },
  );
}
