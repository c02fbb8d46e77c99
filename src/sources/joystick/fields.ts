/** What came from outside, before it is known what it is. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): JsonFields {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
