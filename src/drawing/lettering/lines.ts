/** A line of a letter in the units of the letters: points as [x, y]. */
export type Line = readonly (readonly [x: number, y: number])[];

/** Reads lines written as "x y x y …" with ";" between them. */
export function linesOf(text: string): readonly Line[] {
  return text === '' ? [] : text.split(';').map(pointsOf);
}

function pointsOf(text: string): Line {
  const numbers = text.split(' ').map(Number);
  return Array.from(
    { length: numbers.length / 2 },
    (_, at) => [numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0] as const,
  );
}
