/** The same seeds on every run; `LIVEPEN_SEED=N` draws others, which begin N - 1 further on. */
export function seedsFrom(first: number): number {
  return first + Number(process.env.LIVEPEN_SEED ?? 1) - 1;
}
