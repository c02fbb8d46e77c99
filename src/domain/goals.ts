import { decimalsOf } from './money.ts';

/** What goals count: strokes that lives are owed, coins of gifts, donations in one currency, people who follow. */
export const goalUnits = ['strokes', 'coins', 'donations', 'follows'] as const;
type GoalUnit = (typeof goalUnits)[number];

/** Something that viewers reach together. */
export interface Goal {
  readonly name: string;
  readonly of: GoalUnit;
  /** Of donations, in which currency; null of all else. */
  readonly currency: string | null;
  /** So many of it, of a currency in its smallest units. */
  readonly target: number;
  /** Whether each live counts for itself, or all lives since the goal is there. */
  readonly per: 'live' | 'lasting';
}

/** What is to be reached as people say it: of money in its large unit. */
export function targetOf({ target, currency }: Pick<Goal, 'target' | 'currency'>): number {
  return currency === null ? target : target / 10 ** decimalsOf(currency);
}

/** How far a goal is. */
export interface GoalStanding extends Goal {
  /** Of the live that has most of it, of those that were asked for. */
  readonly amount: number;
  /** When it was reached, wall time in ms; null: it is not. Once reached it stays so, whatever is taken back. */
  readonly reachedAtMs: number | null;
}
