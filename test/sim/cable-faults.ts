import type { Clock, Random } from '../../src/domain/clock.ts';
import { seededRandom } from '../../src/system/random.ts';
import { noisy } from '../marlin/noise.ts';
import type { NoiseRates, Way } from './plan.ts';
import { collision, spoilt } from './spoilt-lines.ts';

export type Direction = 'to-board' | 'to-host';

export interface Piece {
  readonly text: string;
  readonly delayMs: number;
}

/** One thing that happens to all that a cable carries, for as long as it lasts. */
interface Disturbance {
  readonly way: Way;
  readonly pass: (text: string, direction: Direction) => readonly Piece[];
}

const splitMaxMs = 40;
/** What is late is not later than this. */
const lateMaxMs = 10_000;

/** What happens to bytes on their way. */
export class CableFaults {
  /** Moves and namings that will still be turned into others with the same checksum. */
  collide = 0;
  /** When it last disturbed what it carried, on the world's clock. */
  disturbedMs = Number.NEGATIVE_INFINITY;
  /** What lines to the board hold that will still be corrupted: one text for each of them, '' for any line. */
  #corrupt: string[] = [];
  readonly #disturbances = new Set<Disturbance>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #flush: (text: string, direction: Direction) => void;
  #held: Record<Direction, string> = { 'to-board': '', 'to-host': '' };
  #isFlushing = false;

  /** `flush` carries what was held back to its end, past every disturbance. */
  constructor(clock: Clock, seed: number, flush: (text: string, direction: Direction) => void) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
    this.#flush = flush;
  }

  /** Bytes are lost, doubled, flipped, and come in pieces. Each of these gives its end. */
  addNoise({ way, rates, seed }: { way: Way; rates: NoiseRates; seed: number }): () => void {
    const noise = noisy(seededRandom(seed), { ...rates, delayMs: splitMaxMs });
    return this.#add({ way, pass: noise });
  }

  /** Some of what is said comes late; what follows it waits behind it. */
  addDelay({
    way,
    share,
    delayMaxMs,
    seed,
  }: {
    way: Way;
    share: number;
    delayMaxMs: number;
    seed: number;
  }): () => void {
    const random = seededRandom(seed);
    return this.#add({ way, pass: (text) => [{ text, delayMs: random() < share ? random() * delayMaxMs : 0 }] });
  }

  /** What is said waits for what is said next, and comes together with it. */
  addJoin({ way, holdMs }: { way: Way; holdMs: number }): () => void {
    return this.#add({ way, pass: (text, direction) => this.#hold(text, direction, holdMs) });
  }

  /** So many lines to the board are corrupted, of those that hold a text: '' is in every line. */
  corruptLines(count: number, holding: string): void {
    this.#corrupt.push(...Array.from({ length: count }, () => holding));
  }

  /** Nothing is disturbed any more. */
  clear(): void {
    this.#disturbances.clear();
    this.#corrupt = [];
    this.collide = 0;
  }

  /** The cable is pulled: what was on its way is gone. */
  drop(): void {
    this.#held = { 'to-board': '', 'to-host': '' };
  }

  /** Nothing disturbs what it carries, nor has just done so. */
  get isClear(): boolean {
    return this.#waiting === 0 && this.#clock.nowMs() - this.disturbedMs > lateMaxMs;
  }

  get #waiting(): number {
    return this.#disturbances.size + this.#corrupt.length + this.collide;
  }

  carry(text: string, direction: Direction): readonly Piece[] {
    if (this.#isFlushing) return [{ text, delayMs: 0 }];
    if (this.#waiting > 0) this.disturbedMs = this.#clock.nowMs();
    let pieces: readonly Piece[] = [{ text: direction === 'to-board' ? this.#spoil(text) : text, delayMs: 0 }];
    for (const { way, pass } of this.#disturbances) {
      if (way !== 'both' && way !== direction) continue;
      pieces = pieces.flatMap((piece) =>
        pass(piece.text, direction).map((each) => ({ text: each.text, delayMs: each.delayMs + piece.delayMs })),
      );
    }
    return pieces;
  }

  #add(disturbance: Disturbance): () => void {
    this.#disturbances.add(disturbance);
    return () => this.#disturbances.delete(disturbance);
  }

  #spoil(text: string): string {
    let spoiled = text;
    const corrupts = this.#corrupt.findIndex((holding) => text.includes(holding));
    if (corrupts !== -1) {
      this.#corrupt.splice(corrupts, 1);
      spoiled = spoilt(text, this.#random);
    }
    const collided = this.collide > 0 ? collision(spoiled, this.#random) : null;
    if (collided === null) return spoiled;
    this.collide -= 1;
    return collided;
  }

  #hold(text: string, direction: Direction, holdMs: number): readonly Piece[] {
    const held = this.#held[direction];
    this.#held[direction] = held === '' ? text : '';
    if (held !== '') return [{ text: held + text, delayMs: 0 }];
    this.#clock.after(holdMs, () => {
      if (this.#held[direction] !== text) return;
      this.#held[direction] = '';
      this.#isFlushing = true;
      this.#flush(text, direction);
      this.#isFlushing = false;
    });
    return [];
  }
}
