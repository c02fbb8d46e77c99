/** What every run must keep, by name. */
export const rules = [
  'ink = debt',
  'no lie',
  'no wrong ink',
  'no loss',
  'life',
  'truth',
  'bounds',
  'hands',
  'books',
  'journal',
  'no bug',
] as const;

export type Rule = (typeof rules)[number];

/** A rule that was broken, and how. */
export interface Broken {
  readonly rule: Rule;
  readonly what: string;
}

/** Told when a rule is broken; the run ends soon after. It does not throw: the product would catch it. */
export type Fail = (rule: Rule, what: string) => void;
