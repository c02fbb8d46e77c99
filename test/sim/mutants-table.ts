import { rules } from './broken.ts';
import type { Judged } from './mutant-trial.ts';

/** The table of mutants, in Markdown, and which rules they have shown to bite. */
export function format(all: readonly Judged[]): string {
  const rows = all.map(
    ({ mutation: { does, file }, caught }) =>
      `| ${does} | \`${file}\` | ${caught?.by ?? '**none**'} | ${caught?.rule ?? ''} |`,
  );
  const bites = rules.map((rule) => `${rule} (${all.filter(({ caught }) => caught?.rule === rule).length})`);
  return [
    '# What the simulator catches',
    '',
    'Each line is the product with one thing broken, and the first of the fixed seeds, scenes and evenings on several platforms that notices. Written by `npm run sim:mutants`.',
    '',
    '| The product ... | in | caught by | rule that breaks |',
    '|---|---|---|---|',
    ...rows,
    '',
    `Rules, and how many mutants each has caught first: ${bites.join(', ')}.`,
    '',
  ].join('\n');
}
