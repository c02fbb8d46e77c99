import { comparableName, nameMeant } from '../domain/plain-text.ts';
import type { GiftMapLines, PaymentForm } from './gift-map-form.ts';
import { type GiftMap, type Payment, type Problem, shown } from './worth.ts';

type Tell = (place: string, value: unknown, rule: string) => void;
type PaymentReader = (place: string, form: PaymentForm) => Payment;

/** Makes a gift map of its checked form, and tells what its parts have against each other. */
export function buildGiftMap(form: GiftMapLines, rowIds: readonly string[]): { map: GiftMap; problems: Problem[] } {
  const problems: Problem[] = [];
  const tell: Tell = (place, value, rule) => problems.push({ place, value: shown(value), rule });
  const read: PaymentReader = (place, payment) => readPayment(place, payment, rowIds, tell);
  const event = (key: 'follow' | 'share' | 'subscribe') => {
    const payment = form.events?.[key];
    return payment === undefined ? null : read(`events.${key}`, payment);
  };
  const likes = form.events?.likes;
  const map: GiftMap = {
    ...readGifts(form, read, tell),
    coinRanges: readRanges(form, read, tell),
    otherGifts: form.otherGifts === undefined ? null : read('otherGifts', form.otherGifts),
    events: { follow: event('follow'), share: event('share'), subscribe: event('subscribe') },
    likes: likes === undefined ? null : { every: likes.every, payment: read('events.likes', likes) },
  };
  return { map, problems };
}

function readGifts(form: GiftMapLines, read: PaymentReader, tell: Tell): Pick<GiftMap, 'byId' | 'byName'> {
  const byId = new Map<string, Payment>();
  const byName = new Map<string, Payment>();
  const firstPlace = new Map<string, string>();
  for (const [index, gift] of (form.gifts ?? []).entries()) {
    if (gift === null) continue;
    const place = `gifts[${index}]`;
    const payment = read(place, gift);
    if (gift.name === undefined && gift.id === undefined) tell(place, gift, 'must have a "name" or an "id"');
    for (const key of ['id', 'name'] as const) {
      const written = gift[key];
      if (written === undefined) continue;
      const value = key === 'id' ? written : comparableName(written);
      const earlier = firstPlace.get(`${key} ${value}`);
      if (earlier !== undefined) {
        tell(`${place}.${key}`, gift[key], `is the same gift as ${earlier}; names are compared without regard to case`);
      }
      firstPlace.set(`${key} ${value}`, `${place}.${key}`);
      (key === 'id' ? byId : byName).set(value, payment);
    }
  }
  return { byId, byName };
}

function readRanges(form: GiftMapLines, read: PaymentReader, tell: Tell): GiftMap['coinRanges'] {
  const ranges = (form.coinRanges ?? []).flatMap((range, index) => {
    if (range === null) return [];
    const place = `coinRanges[${index}]`;
    const maxCoins = range.maxCoins ?? Number.POSITIVE_INFINITY;
    if (maxCoins < range.minCoins) tell(`${place}.maxCoins`, range.maxCoins, 'must not be less than minCoins');
    return [{ place, minCoins: range.minCoins, maxCoins, payment: read(place, range) }];
  });
  ranges.sort((a, b) => a.minCoins - b.minCoins);
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1];
    if (before !== undefined && before.maxCoins >= range.minCoins) {
      tell(`${range.place}.minCoins`, range.minCoins, `overlaps with ${before.place}`);
    }
  }
  return ranges.map(({ minCoins, maxCoins, payment }) => ({ minCoins, maxCoins, payment }));
}

function readPayment(place: string, form: PaymentForm, rowIds: readonly string[], tell: Tell): Payment {
  if (form.row !== undefined && form.rows !== undefined) tell(place, form, 'must have "row" or "rows", not both');
  if (form.row === undefined && form.rows === undefined) tell(place, form, 'must have "row" or "rows"');
  if (form.strokes !== undefined && form.strokesPerCoin !== undefined) {
    tell(place, form, 'must have "strokes" or "strokesPerCoin", not both');
  }
  const written = form.rows ?? (form.row === undefined ? [] : [form.row]);
  const rows = written.map((row) => nameMeant(rowIds, row) ?? row);
  for (const [index, row] of rows.entries()) {
    const at = form.rows === undefined ? `${place}.row` : `${place}.rows[${index}]`;
    if (!rowIds.includes(row)) tell(at, row, `is not a row of the config; it has ${rowIds.join(', ')}`);
    else if (rows.indexOf(row) !== index) tell(at, row, 'stands twice in this list');
  }
  return form.strokesPerCoin === undefined
    ? { rows, strokes: form.strokes ?? 1, per: 'gift' }
    : { rows, strokes: form.strokesPerCoin, per: 'coin' };
}
