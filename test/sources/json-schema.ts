type Fields = Readonly<Record<string, unknown>>;

/** Whether a value matches a JSON Schema; of 2020-12 only what the project's own schemas use. */
export function matches(root: unknown, value: unknown, schema: unknown = root): boolean {
  const rules = fieldsOf(schema);
  return Object.entries(rules).every(([keyword, rule]) => holds(root, rules, keyword, rule, value));
}

/** The paths of what stands in a value and in no part of its schema: what goes out unsaid. */
export function undeclared(root: unknown, value: unknown, schema: unknown = root, path = ''): string[] {
  const parts = partsOf(root, schema);
  if (Array.isArray(value)) {
    const items = parts.filter(({ items }) => items !== undefined).map(({ items }) => items);
    return items.length === 0
      ? []
      : value.flatMap((one, index) => undeclared(root, one, { anyOf: items }, `${path}/${index}`));
  }
  if (!isFields(value) || parts.some(({ type }) => type === undefined)) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    const forms = parts.flatMap(({ properties, additionalProperties }) => {
      const form = fieldsOf(properties)[key] ?? additionalProperties;
      return form === undefined || form === false ? [] : [form];
    });
    return forms.length === 0 ? [`${path}/${key}`] : undeclared(root, one, { anyOf: forms }, `${path}/${key}`);
  });
}

/** A schema without references, and its alternatives. */
function partsOf(root: unknown, schema: unknown): readonly Fields[] {
  const rules = fieldsOf(schema);
  if (rules.$ref !== undefined) return partsOf(root, referred(root, rules.$ref));
  const alternatives = [...listOf(rules.anyOf), ...listOf(rules.oneOf)];
  return alternatives.length === 0 ? [rules] : alternatives.flatMap((each) => partsOf(root, each));
}

function referred(root: unknown, ref: unknown): unknown {
  const keys = String(ref).slice(2).split('/');
  return keys.reduce<unknown>((at, key) => fieldsOf(at)[key], root);
}

function holds(root: unknown, rules: Fields, keyword: string, rule: unknown, value: unknown): boolean {
  switch (keyword) {
    case '$ref':
      return matches(root, value, referred(root, rule));
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
    case 'minItems':
      return !Array.isArray(value) || value.length >= Number(rule);
    case 'maxItems':
      return !Array.isArray(value) || value.length <= Number(rule);
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
    case 'propertyNames':
      return !isFields(value) || Object.keys(value).every((key) => matches(root, key, rule));
    case '$schema':
    case '$defs':
    case 'default':
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
