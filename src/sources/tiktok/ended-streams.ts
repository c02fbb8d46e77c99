/** A room that is suspended and goes on has one more for each time. */
const endsMax = 100;

/**
 * Ends of streams that were told, by their message ids. A room that goes on after it was suspended tells its end again
 * to whoever comes: taken for a new one it would end every connection at once, each for a signature.
 */
export class EndedStreams {
  readonly #ids = new Set<string>();

  /** Whether this end was not told before; from now on it was. */
  isNew(id: string): boolean {
    if (id === '') return true;
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [first] = this.#ids;
    if (this.#ids.size > endsMax && first !== undefined) this.#ids.delete(first);
    return true;
  }
}
