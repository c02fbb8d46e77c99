import type { VirtualOptions } from './options.ts';
import type { Triple } from './physics.ts';

const letters = ['X', 'Y', 'Z'] as const;

/** The firmware's idea of where things are: native places of the machine, and what G92 has shifted them by. mm. */
export class Coordinates {
  native: [number, number, number] = [0, 0, 0];
  readonly shift: [number, number, number] = [0, 0, 0];
  readonly homed: [boolean, boolean, boolean] = [false, false, false];
  absolute = true;
  private readonly options: VirtualOptions;

  constructor(options: VirtualOptions) {
    this.options = options;
  }

  /** Moves the firmware's place by the words of a G0 or G1; homed axes are clamped. Gives the target in steps. */
  target(words: ReadonlyMap<string, number>): Triple {
    const { stepsPerMm } = this.options.limits;
    for (const axis of [0, 1, 2] as const) {
      const word = words.get(letters[axis]);
      if (word === undefined) continue;
      const value = Number.isNaN(word) ? 0 : word;
      let native = this.absolute ? value - this.shift[axis] : this.native[axis] + value;
      if (this.homed[axis]) {
        native = Math.min(Math.max(native, this.options.lowestMm[axis]), this.options.highestMm[axis]);
      }
      this.native[axis] = native;
    }
    return [
      Math.round(this.native[0] * stepsPerMm[0]),
      Math.round(this.native[1] * stepsPerMm[1]),
      Math.round(this.native[2] * stepsPerMm[2]),
    ];
  }

  /** G92: gives the present place new names. */
  rename(words: ReadonlyMap<string, number>): void {
    const all = !letters.some((letter) => words.has(letter));
    for (const axis of [0, 1, 2] as const) {
      const word = all ? 0 : words.get(letters[axis]);
      if (word !== undefined) this.shift[axis] = (Number.isNaN(word) ? 0 : word) - this.native[axis];
    }
  }

  /** After a stop the firmware takes its place from the motors. */
  takeFrom(steps: Triple): void {
    const { stepsPerMm } = this.options.limits;
    this.native = [steps[0] / stepsPerMm[0], steps[1] / stepsPerMm[1], steps[2] / stepsPerMm[2]];
  }

  /** The answer to M114; `planned` in steps. */
  report(planned: Triple): string {
    const place = letters.map((letter, axis) => {
      return `${letter}:${fixed((this.native[axis] as number) + (this.shift[axis] as number))}`;
    });
    return `${place.join(' ')} Count X:${planned[0]} Y:${planned[1]} Z:${planned[2]}`;
  }

  /** The answer to M211. */
  limits(): readonly string[] {
    const named = (bounds: Triple) =>
      letters
        .map((letter, axis) => `${letter}${fixed((bounds[axis] as number) + (this.shift[axis] as number))}`)
        .join(' ');
    return ['  M211 S1 ; ON', `  Min:  ${named(this.options.lowestMm)}   Max:  ${named(this.options.highestMm)}`];
  }
}

function fixed(mm: number): string {
  const text = mm.toFixed(2);
  return text === '-0.00' ? '0.00' : text;
}
