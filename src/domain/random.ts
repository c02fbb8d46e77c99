/** A number from 0 up to, not including, 1; seeded in tests. */
export type Random = () => number;
