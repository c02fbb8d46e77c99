import { plainText } from '../../domain/plain-text.ts';

/** Fields of something that came from outside; nothing is known about it. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object under one of these keys, in this order; an empty one when there is none. */
export function objectAt(fields: Fields, ...keys: readonly string[]): Fields {
  for (const key of keys) {
    const value = fields[key];
    if (isFields(value)) return value;
  }
  return {};
}

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text under one of these keys: ids come as text, numbers or bigints. '' when there is none. */
export function textAt(fields: Fields, ...keys: readonly string[]): string {
  for (const key of keys) {
    const value = fields[key];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  }
  return '';
}

/** No honest id or name is longer; what is kept of every event must not be as long as somebody likes. */
export const charsMax = 200;

/** An id under one of these keys; protobuf writes 0 for "none", so 0 is none. */
export function idAt(fields: Fields, ...keys: readonly string[]): string {
  for (const key of keys) {
    const id = plainText(textAt(fields, key).slice(0, charsMax));
    if (id !== '' && id !== '0') return id;
  }
  return '';
}

/** The whole number from 0 under one of these keys; null when there is none. */
export function countAt(fields: Fields, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const text = textAt(fields, key);
    const count = text === '' ? Number.NaN : Number(text);
    if (Number.isSafeInteger(count) && count >= 0) return count;
  }
  return null;
}

/** Whether the flag under this key is set; protobuf has both numbers and booleans. */
export function flagAt(fields: Fields, key: string): boolean {
  const value = fields[key];
  return value === true || (typeof value === 'number' && value > 0) || value === '1' || value === 'true';
}
