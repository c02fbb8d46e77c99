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
        native = Math.min(Math.max(native, this.options.heightMinMm[axis]), this.options.heightMaxMm[axis]);
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

  /** The answer to M114. */
  report(counted: Triple): string {
    const place = letters.map((letter, axis) => {
      return `${letter}:${fixed((this.native[axis] as number) + (this.shift[axis] as number))}`;
    });
    const [x = '', y = '', z = ''] = place;
    const counts = `X:${counted[0]} Y:${counted[1]} Z:${counted[2]}`;
    switch (this.options.placeForm) {
      case 'two-axes':
        return `${x} ${y} Count X:${counted[0]} Y:${counted[1]}`;
      case 'four-axes':
        return `${x} ${y} ${z} A:0.00 Count ${counts} A:0`;
      case 'marlin-1': {
        const mm = counted.map((steps, axis) => fixed(steps / (this.options.limits.stepsPerMm[axis] as number)));
        return `${x}${y}${z}E:0.00 Count X: ${mm[0]}Y:${mm[1]}Z:${mm[2]}`;
      }
      default:
        return `${x} ${y} ${z} Count ${counts}`;
    }
  }

  /** The answer to M211. */
  limits(): readonly string[] {
    const named = (bounds: Triple) =>
      letters
        .map((letter, axis) => `${letter}${fixed((bounds[axis] as number) + (this.shift[axis] as number))}`)
        .join(' ');
    return ['  M211 S1 ; ON', `  Min:  ${named(this.options.heightMinMm)}   Max:  ${named(this.options.heightMaxMm)}`];
  }
}

function fixed(mm: number): string {
  const text = mm.toFixed(2);
  return text === '-0.00' ? '0.00' : text;
}
