/** What came from outside, before it is known what it is. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields. */
export function hasFields(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): JsonFields {
  return hasFields(value) ? value : {};
}

/** What a text says as JSON; null where it is none. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
