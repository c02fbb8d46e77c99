import type { InkText } from './ink-text.ts';

/**
 * What a gift (or another event) is worth: of every `per` units of its count, `strokes` strokes,
 * paid into `rows`, filled in that order. Whole numbers, so that growth never rounds.
 */
export interface Worth {
  readonly rows: readonly string[];
  readonly strokes: number;
  readonly per: number;
  /** What is written in ink for it, beside the strokes. */
  readonly write?: InkText | undefined;
}

/** The strokes that a count is worth in all; it only grows with the count. */
export function strokesFor(worth: Worth, count: number): number {
  return Math.floor(count / worth.per) * worth.strokes;
}

/** Where a credit comes from; shown wherever credits are shown. */
export type CreditKind = 'live' | 'test' | 'hand' | 'replay';

/** Kinds of events that can pay so many strokes each time; several subscriptions given at once are several times. */
export const simplePayingKinds = ['follow', 'share', 'subscribe', 'wheel', 'goal', 'raid'] as const;
export type SimplePayingKind = (typeof simplePayingKinds)[number];

/** Kinds of events beside gifts and money that can pay. */
export type PayingKind = SimplePayingKind | 'like';

/** Whether events of a kind can pay, beside gifts and money. */
export function isPayingKind(kind: string): kind is PayingKind {
  return kind === 'like' || simplePayingKinds.some((each) => each === kind);
}

/** The same of each kind that can pay so many strokes each time. */
export function byKind<T>(of: (kind: SimplePayingKind) => T): Readonly<Record<SimplePayingKind, T>> {
  return {
    follow: of('follow'),
    share: of('share'),
    subscribe: of('subscribe'),
    wheel: of('wheel'),
    goal: of('goal'),
    raid: of('raid'),
  };
}

/** A part of a worth that goes to one row. */
export interface Allotment {
  readonly row: string;
  readonly strokes: number;
}

/** How full a row is: what fits on a sheet (null when the current sheet does not have it), and what is taken of it. */
export interface RowRoom {
  readonly capacity: number | null;
  readonly taken: number;
}

/** Spreads strokes over rows in their order, sheet by sheet. Pure; neither loses nor makes a stroke. */
export type Allot = (rows: readonly string[], strokes: number, room: (row: string) => RowRoom) => readonly Allotment[];
