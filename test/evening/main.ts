/** Plays evenings one after another, until one breaks a rule: by them mutants of what listens are judged. */
import { playEvening } from './evening.ts';
import { quickEvenings } from './seeds.ts';

for (let seed = 1; seed <= quickEvenings; seed += 1) {
  const {
    wrong: [broken],
  } = await playEvening(seed);
  if (broken !== undefined) {
    process.stdout.write(`evening ${seed} breaks "${broken.rule}" ${broken.what}\n`);
    process.exit(1);
  }
}
process.stdout.write(`${quickEvenings} seeds up to ${quickEvenings}: every evening keeps every rule\n`);
