/** One thing that is wrong with the settings: where it stands, what stands there, and what must hold instead. */
export interface LayoutProblem {
  readonly place: string;
  readonly value: string;
  readonly rule: string;
}

/** Gathers problems, so that a person hears of all of them at once. */
export interface ProblemList {
  readonly found: readonly LayoutProblem[];
  /** Notes a problem unless `holds`; tells whether it holds. */
  check(holds: boolean, place: string, value: unknown, rule: string): boolean;
}

export function problemList(): ProblemList {
  const found: LayoutProblem[] = [];
  return {
    found,
    check(holds, place, value, rule) {
      if (!holds) found.push({ place, value: typeof value === 'string' ? value : String(value), rule });
      return holds;
    },
  };
}
