import type { Fault } from '../../domain/fault.ts';
import type { LedColour } from './ws281x.ts';

/** A strip of lights. One contract test runs against every driver. */
export interface Light {
  /** `changed`: the fault came or went. */
  start(changed: () => void): void;
  /** Shows these colours, as soon as the former ones are shown; the newest wins. What it shows already is not sent. */
  show(colours: readonly LedColour[]): void;
  /** Why it cannot be lit, null when it can. */
  fault(): Fault | null;
  /** A person asks: try at once. */
  retry(): void;
  /** Lets go of the strip after what it was given last is shown; it keeps showing that. */
  close(): Promise<void>;
}

/** No strip at all. */
export const noLight: Light = {
  start: () => {},
  show: () => {},
  fault: () => null,
  retry: () => {},
  close: async () => {},
};

/** The fault of a strip that cannot be reached. */
export function lightFault(why: string): Fault {
  return {
    code: 'light-broken',
    what: `The light cannot be lit: ${why.replace(/\.$/, '')}.`,
    remedy: 'Run `livepen doctor` and look at [light] in the config, or set driver = "none" there.',
  };
}
