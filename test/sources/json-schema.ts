type Fields = Readonly<Record<string, unknown>>;

/** Whether a value matches a JSON Schema; of 2020-12 only what the project's own schemas use. */
export function matches(root: unknown, value: unknown, schema: unknown = root): boolean {
  const rules = fieldsOf(schema);
  return Object.entries(rules).every(([keyword, rule]) => holds(root, rules, keyword, rule, value));
}

function holds(root: unknown, rules: Fields, keyword: string, rule: unknown, value: unknown): boolean {
  switch (keyword) {
    case '$ref':
      return matches(
        root,
        value,
        String(rule)
          .slice(2)
          .split('/')
          .reduce<unknown>((at, key) => fieldsOf(at)[key], root),
      );
    case 'const':
      return value === rule;
    case 'enum':
      return listOf(rule).includes(value);
    case 'oneOf':
      return listOf(rule).filter((one) => matches(root, value, one)).length === 1;
    case 'anyOf':
      return listOf(rule).some((one) => matches(root, value, one));
    case 'type':
      return Array.isArray(rule)
        ? rule.some((one) => typeMatches(String(one), value))
        : typeMatches(String(rule), value);
    case 'items':
      return !Array.isArray(value) || value.every((one) => matches(root, one, rule));
    case 'maxLength':
      return typeof value !== 'string' || value.length <= Number(rule);
    case 'pattern':
      return typeof value !== 'string' || new RegExp(String(rule), 'u').test(value);
    case 'minLength':
      return typeof value !== 'string' || value.length >= Number(rule);
    case 'minimum':
      return typeof value !== 'number' || value >= Number(rule);
    case 'maximum':
      return typeof value !== 'number' || value <= Number(rule);
    case 'required':
      return !isFields(value) || listOf(rule).every((key) => Object.hasOwn(value, String(key)));
    case 'properties':
      return (
        !isFields(value) ||
        Object.entries(fieldsOf(rule)).every(
          ([key, one]) => !Object.hasOwn(value, key) || matches(root, value[key], one),
        )
      );
    case 'additionalProperties':
      return (
        !isFields(value) ||
        Object.entries(value).every(
          ([key, one]) =>
            Object.hasOwn(fieldsOf(rules.properties), key) || (rule !== false && matches(root, one, rule)),
        )
      );
    case '$schema':
    case '$defs':
    case 'title':
    case 'description':
      return true;
    default:
      throw new Error(`the schema uses ${keyword}, which is not checked here`);
  }
}

function typeMatches(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return isFields(value);
  if (type === 'array') return Array.isArray(value);
  return typeof value === type;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
