import * as v from 'valibot';
import type { LiveEventKind } from '../domain/live-event.ts';
import { decimalsOf } from '../domain/money.ts';
import { type EarningRate, earningName, type PointsTerms, pointsChangeMax } from '../domain/points.ts';
import { currencyCode, numberFrom, wholeFrom } from './values.ts';

const thousandths = 1_000;
const shareRule = 'must have at most 3 digits behind the point';
/** Points for one of what a platform counts; less than one where a point takes several. */
const pointsForOne = () =>
  v.pipe(
    numberFrom(0, 10_000, 'points for one'),
    v.check((points) => Number(points.toFixed(3)) === points, shareRule),
  );
const pointsEachTime = () => wholeFrom(0, 1_000_000, 'points');
/** The keys of `[points]`, with what holds where the file says nothing. */
export const pointsKeys = {
  start: v.optional(wholeFrom(0, pointsChangeMax, 'points'), 0),
  perCoin: v.optional(pointsForOne(), 1),
  perToken: v.optional(pointsForOne(), 1),
  /** For one of each currency. */
  perCurrency: v.optional(v.record(currencyCode(), pointsForOne(), 'must be a table: { EUR = 100 }'), {}),
  follow: v.optional(pointsEachTime(), 10),
  share: v.optional(pointsEachTime(), 5),
  subscribe: v.optional(pointsEachTime(), 100),
  chat: v.optional(pointsEachTime(), 1),
  chatSeconds: v.optional(wholeFrom(1, 86_400, 'seconds'), 60),
  xpPerPoint: v.optional(wholeFrom(0, 1_000, 'for each point'), 1),
  levelBase: v.optional(wholeFrom(1, 1_000_000, 'of experience'), 100),
  levelExponent: v.optional(numberFrom(1, 5, 'as exponent'), 1.5),
};

type PointsConfig = v.InferOutput<v.ObjectSchema<typeof pointsKeys, string>>;

/** What the config says of points, as terms. */
export function termsOf(points: PointsConfig): PointsTerms {
  const each = (times: number): EarningRate => ({ points: times, per: 1 });
  const ofOne = (share: number, units = 1): EarningRate => ({
    points: Math.round(share * thousandths),
    per: thousandths * units,
  });
  const money = Object.entries(points.perCurrency).map(
    ([unit, share]) => [earningName('donation', unit), ofOne(share, 10 ** decimalsOf(unit))] as const,
  );
  const rates = {
    gift: ofOne(points.perCoin),
    tip: ofOne(points.perToken),
    follow: each(points.follow),
    share: each(points.share),
    subscribe: each(points.subscribe),
    ...Object.fromEntries(money),
  };
  return {
    start: points.start,
    rates: Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate.points > 0)),
    chat: points.chat === 0 ? null : { points: points.chat, seconds: points.chatSeconds },
    xpPerPoint: points.xpPerPoint,
    level: { base: points.levelBase, exponent: points.levelExponent },
  };
}

/** Kinds of events that are written down one by one since they earn points, beside gifts and money. */
export function kindsThatEarn(terms: PointsTerms | null): readonly LiveEventKind[] {
  const kinds = ['follow', 'share', 'subscribe'] as const;
  return kinds.filter((kind) => terms !== null && Object.hasOwn(terms.rates, kind));
}

/** Kinds of events that a live must send since they earn points: the chat, too, which is not written down. */
export function kindsWanted(terms: PointsTerms | null): readonly LiveEventKind[] {
  return terms === null || terms.chat === null ? kindsThatEarn(terms) : [...kindsThatEarn(terms), 'chat'];
}
