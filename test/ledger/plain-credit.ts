import { strokesFor, type Worth } from '../../src/domain/worth.ts';
import { type Frame, keyOf, reachOf, worthOfFrame } from './frames.ts';

/** An event: what it was worth when it was first heard, and how far it grew. */
interface Known {
  worth: Worth | null;
  from: number;
  to: number;
}

/** What frames are worth by the plainest count: each event by its name, once. */
export class PlainCredit {
  readonly #events = new Map<string, Known>();
  readonly #unmapped = new Set<string>();

  hear(frame: Frame): void {
    const key = keyOf(frame);
    const { from, to } = reachOf(frame);
    const known = this.#events.get(key);
    if (known === undefined) {
      const worth = worthOfFrame(frame);
      this.#events.set(key, { worth, from, to });
      if (worth === null) this.#unmapped.add(key);
      return;
    }
    known.from = Math.min(known.from, from);
    known.to = Math.max(known.to, to);
  }

  /** Gives the gifts that were not mapped a worth, and tells how many there were and what they pay. */
  map(worth: Worth): { readonly events: number; readonly strokes: number } {
    let strokes = 0;
    for (const key of this.#unmapped) {
      const known = this.#events.get(key);
      if (known === undefined) throw new Error(`${key} was heard and is not known`);
      known.worth = worth;
      strokes += strokesFor(worth, known.to);
    }
    const events = this.#unmapped.size;
    this.#unmapped.clear();
    return { events, strokes };
  }

  /** Gifts of a live that are not mapped. */
  unmapped(): number {
    return [...this.#unmapped].filter((key) => !key.startsWith('test')).length;
  }

  /** The strokes that all of them pay. */
  strokes(): number {
    return [...this.#events.values()].reduce(
      (sum, { worth, from, to }) => (worth === null ? sum : sum + strokesFor(worth, to) - strokesFor(worth, from)),
      0,
    );
  }
}
