import * as v from 'valibot';
import { type PlacedProblem, shownValue } from './problem.ts';
import { sections } from './schema.ts';

/** GPIO7 to GPIO11 are the two chip selects, both data lines and the clock of the bus of /dev/spidev0.*. */
const busPins = { first: 7, last: 11 } as const;

const buttonPart = v.object({ driver: sections.button.driver, pin: sections.button.pin });
const lightPart = v.object({ driver: sections.light.driver, device: sections.light.device });

/**
 * A button on a pin of the strip's bus: one of the two would not work, and with a shorted output neither may. Judged
 * whatever else is wrong with the file; a part that is broken itself is not.
 */
export function sharedPins(file: Readonly<Record<string, unknown>>): PlacedProblem[] {
  const button = v.safeParse(buttonPart, file.button ?? {});
  const light = v.safeParse(lightPart, file.light ?? {});
  if (!button.success || !light.success) return [];
  const { driver, pin } = button.output;
  const hasStrip = light.output.driver !== 'none' && light.output.device.startsWith('/dev/spidev0.');
  if (driver === 'none' || !hasStrip || pin < busPins.first || pin > busPins.last) return [];
  const rule = `must not be ${busPins.first} to ${busPins.last}: the strip's SPI bus has these pins ([light] driver = "${light.output.driver}")`;
  return [{ place: 'button.pin', value: shownValue(pin), rule }];
}
