import type { Appliance } from '../appliance/contract.ts';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';

/** A state that is over sooner is not worth a line. */
const lastsMs = 1_000;

/**
 * Writes a line for every change of the state that lasts: what holds now, and what a person should do.
 * @returns ends it
 */
export function logState(appliance: Appliance, clock: Clock, log: Log): () => void {
  let told = '';
  let cancel: (() => void) | null = null;
  const tell = () => {
    cancel = null;
    const { name, what, todo } = appliance.state();
    const sentence = todo === null ? what : `${what} ${todo}`;
    if (sentence === told) return;
    told = sentence;
    if (name === 'fault') log.error(sentence);
    else log.info(sentence);
  };
  const look = () => {
    cancel ??= clock.after(lastsMs, tell);
  };
  const unwatch = appliance.watch({ changed: look });
  look();
  return () => {
    unwatch();
    cancel?.();
  };
}
