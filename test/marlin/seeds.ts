/** The same seeds on every run; `LIVEPEN_SEED=N` draws others, which begin N - 1 further on. */
export function seedsFrom(first: number): number {
  return first + Number(process.env.LIVEPEN_SEED ?? 1) - 1;
}

/** Runs so many seeds one after the other; the sum of what they met, figure by figure. A failure names its seed. */
export async function sumOfRuns<Figure extends string>(
  from: number,
  count: number,
  run: (seed: number) => Promise<{ readonly [figure in Figure]: number }>,
): Promise<Readonly<Record<Figure, number>>> {
  const sum: Record<Figure, number> = { ...(await named(from, run)) };
  const figures = Object.keys(sum) as Figure[];
  for (let seed = from + 1; seed < from + count; seed += 1) {
    const met = await named(seed, run);
    for (const figure of figures) sum[figure] += met[figure];
  }
  return sum;
}

async function named<Met>(seed: number, run: (seed: number) => Promise<Met>): Promise<Met> {
  try {
    return await run(seed);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
