/**
 * Draws what of hardware/ follows from the code: the wiring, the light's legend, the lines of config.txt.
 *
 *     node deploy/hardware/build.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configTxtLines } from '../../src/commands/config-txt.ts';
import { legendCard } from './legend.ts';
import { wiringDiagram } from './wiring.ts';

/** The pin of the button in the shipped config. */
export const buttonGpio = 17;

/** The drawn and written files of hardware/, by name. */
export function hardwareFiles(): Readonly<Record<string, string>> {
  return {
    'wiring.svg': wiringDiagram(buttonGpio),
    'legend.svg': legendCard(),
    'config.txt': `${configTxtLines({ driver: 'auto', pin: buttonGpio }).join('\n')}\n`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(import.meta.dirname, '../../hardware');
  for (const [name, content] of Object.entries(hardwareFiles())) writeFileSync(join(folder, name), content);
}
