import type { Fault } from '../../domain/fault.ts';
import type { Level } from '../gesture.ts';

/** Who hears the button. Neither may throw. */
export interface ButtonListener {
  /** The contact closed or opened, or its level was looked up. Bounces are reported as they come. */
  level(level: Level): void;
  /** The fault came or went. */
  changed(): void;
}

/** A button. One contract test runs against every driver. */
export interface Button {
  start(listener: ButtonListener): void;
  /** Why it cannot be heard, null when it can. */
  fault(): Fault | null;
  /** A person asks: try at once. */
  retry(): void;
  stop(): Promise<void>;
}

/** No button at all. */
export const noButton: Button = { start: () => {}, fault: () => null, retry: () => {}, stop: async () => {} };

/** The fault of a button that cannot be heard. */
export function buttonFault(why: string): Fault {
  return {
    code: 'button-broken',
    what: `The button cannot be read: ${why.replace(/\.$/, '')}.`,
    remedy: 'Run `livepen doctor` and look at its wiring and at [button] in the config, or set driver = "none" there.',
  };
}

/** A finger, or something else, has been on the button for too long. */
export const stuckFault: Fault = {
  code: 'button-stuck',
  what: 'The button has been pressed for 30 seconds.',
  remedy: 'Take away what lies on it; if nothing does, look at its wiring.',
};
