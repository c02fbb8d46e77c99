import { access, constants } from 'node:fs/promises';
import { type Cancel, type Clock, sleep } from '../../domain/clock.ts';
import { keepChild } from '../child.ts';
import { type Light, lightFault } from './light.ts';
import { encodeLeds, frameBytes, type StripSettings, spiHz } from './ws281x.ts';

/** What the driver has not taken yet is offered again after this. */
const offerAgainMs = 20;
/** Closing waits this long for the last picture. */
const closeWithinMs = 500;

interface SpiOptions extends StripSettings {
  readonly clock: Clock;
  /** The device of the SPI bus, such as /dev/spidev0.0. */
  readonly device: string;
  readonly leds: number;
  /** The program that copies its input to the bus, frame by frame. */
  readonly program?: string;
  /** Called with the original message of the system. */
  readonly said?: (original: string) => void;
}

/** A WS281x strip on the data line of the SPI bus, through `spi-pipe`: no root, no native module, every Pi model. */
export function spiLight({ clock, device, leds, program = 'spi-pipe', said = () => {}, ...strip }: SpiOptions): Light {
  let changed = () => {};
  let sent: Uint8Array | null = null;
  let waiting: Uint8Array | null = null;
  let offer: Cancel | null = null;
  let closing = false;
  const child = keepChild({
    clock,
    async command() {
      const writable = await access(device, constants.R_OK | constants.W_OK).then(
        () => true,
        () => false,
      );
      if (!writable) return `${device} is not there, or this user may not write to it; dtparam=spi=on makes it`;
      return [program, '-d', device, '-s', String(spiHz), '-b', String(frameBytes(leds)), '-n', '-1'];
    },
    started() {
      waiting ??= sent;
      sent = null;
      push();
    },
    changed: () => changed(),
    said,
  });

  function push(): void {
    offer?.();
    offer = null;
    if (waiting === null) return;
    const written = child.write(waiting);
    if (written === 'busy') offer = clock.after(offerAgainMs, push);
    if (written !== 'taken') return;
    sent = waiting;
    waiting = null;
  }

  return {
    start(whenChanged) {
      changed = whenChanged;
      child.start();
    },
    show(colours) {
      if (closing) return;
      const frame = encodeLeds(colours, strip);
      const shown = waiting ?? sent;
      if (shown !== null && Buffer.compare(shown, frame) === 0) return;
      waiting = frame;
      push();
    },
    fault() {
      const trouble = child.trouble();
      return trouble === null ? null : lightFault(trouble);
    },
    retry: () => child.retry(),
    async close() {
      closing = true;
      const endMs = clock.nowMs() + closeWithinMs;
      while (waiting !== null && clock.nowMs() < endMs) {
        await sleep(clock, offerAgainMs);
      }
      offer?.();
      await child.stop();
    },
  };
}
