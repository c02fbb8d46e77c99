import type { Random } from '../../src/domain/clock.ts';
import type { Noise } from '../../src/simulators/plotter/cable.ts';

/** Shares of bytes, 0 to 1. */
export interface NoiseRates {
  readonly drop: number;
  readonly double: number;
  /** One bit of a byte is flipped. */
  readonly flip: number;
  /** The rest of the text comes later, by up to `delayMs`. */
  readonly split: number;
  readonly delayMs: number;
}

/** A noisy cable. */
export function noisy(random: Random, rates: NoiseRates, isOn: () => boolean = () => true): Noise {
  return (text) => {
    if (!isOn()) return [{ text, delayMs: 0 }];
    const pieces: { text: string; delayMs: number }[] = [];
    let piece = '';
    let delayMs = 0;
    for (const char of text) {
      const dice = random();
      let { drop, double, flip, split } = rates;
      double += drop;
      flip += double;
      split += flip;
      if (dice < drop) continue;
      if (dice < double) piece += char + char;
      else if (dice < flip) piece += String.fromCharCode(char.charCodeAt(0) ^ (1 << Math.floor(random() * 8)));
      else piece += char;
      if (dice >= flip && dice < split) {
        pieces.push({ text: piece, delayMs });
        piece = '';
        delayMs = random() * rates.delayMs;
      }
    }
    if (piece !== '') pieces.push({ text: piece, delayMs });
    return pieces;
  };
}
