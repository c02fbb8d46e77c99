import type * as v from 'valibot';

/** A JSON Schema (2020-12), as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

type Schema = v.GenericSchema;
type Part = Readonly<Record<string, unknown>> & { readonly type: string };

/** Where schemas that have a title are put, once each; they are referred to by it. */
export type Definitions = Map<string, JsonSchema>;

/**
 * The JSON Schema of what a Valibot schema takes, for those of its parts that the API uses; another part is a bug and
 * throws. A `metadata` part with `jsonSchema` says what a schema that converts its input takes.
 */
export function jsonSchemaOf(schema: Schema, definitions: Definitions): JsonSchema {
  const parts: readonly Part[] = isPart(schema) && Array.isArray(schema.pipe) ? schema.pipe.filter(isPart) : [];
  const title = parts.find(({ type }) => type === 'title')?.title;
  if (typeof title !== 'string') return convert(schema, parts, definitions);
  if (!definitions.has(title)) {
    definitions.set(title, {});
    definitions.set(title, convert(schema, parts, definitions));
  }
  return { $ref: `#/components/schemas/${title}` };
}

function convert(schema: Schema, parts: readonly Part[], definitions: Definitions): JsonSchema {
  const told = parts.find(({ type }) => type === 'metadata')?.metadata;
  if (isRecord(told) && isRecord(told.jsonSchema)) return told.jsonSchema;
  const rules = parts.filter(({ kind }) => kind !== 'schema').map(ruleOf);
  return Object.assign({}, base(schema, definitions), ...rules);
}

/** The schema itself, without what stands behind it in its pipe. */
function base(schema: Schema, definitions: Definitions): JsonSchema {
  const inner = (each: unknown): JsonSchema => {
    if (!isSchema(each)) throw new Error('a part of a schema is no schema');
    return jsonSchemaOf(each, definitions);
  };
  if (!isPart(schema)) throw new Error('no schema');
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return { type: schema.type };
    case 'unknown':
      return {};
    case 'literal':
      return { const: schema.literal };
    case 'picklist':
      return { enum: schema.options };
    case 'nullable':
      return orNull(inner(schema.wrapped));
    case 'optional':
      return inner(schema.wrapped);
    case 'array':
      return { type: 'array', items: inner(schema.item) };
    case 'union':
      return { anyOf: listOf(schema.options).map(inner) };
    case 'record':
      return { type: 'object', additionalProperties: inner(schema.value) };
    case 'object':
    case 'strict_object':
      return objectOf(schema, inner);
    default:
      throw new Error(`a schema of the API uses ${schema.type}, which has no JSON Schema here`);
  }
}

function objectOf(schema: Part, inner: (each: unknown) => JsonSchema): JsonSchema {
  const entries = Object.entries(isRecord(schema.entries) ? schema.entries : {});
  const required = entries.filter(([, each]) => !isPart(each) || each.type !== 'optional').map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, each]) => [key, inner(each)])),
    ...(required.length > 0 ? { required } : {}),
    ...(schema.type === 'strict_object' ? { additionalProperties: false } : {}),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema.type === 'string' && schema.enum === undefined
    ? { ...schema, type: [schema.type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

function ruleOf({ type, requirement, description }: Part): JsonSchema {
  switch (type) {
    case 'integer':
      return { type: 'integer' };
    case 'min_value':
      return { minimum: requirement };
    case 'max_value':
      return { maximum: requirement };
    case 'min_length':
      return { minLength: requirement };
    case 'max_length':
      return { maxLength: requirement };
    case 'non_empty':
      return { minLength: 1 };
    case 'regex':
      return requirement instanceof RegExp ? { pattern: requirement.source } : {};
    case 'description':
      return { description };
    case 'title':
    case 'trim':
    case 'transform':
    case 'finite':
      return {};
    default:
      throw new Error(`a schema of the API uses ${type}, which has no JSON Schema here`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPart(value: unknown): value is Part {
  return isRecord(value) && typeof value.type === 'string';
}

function isSchema(value: unknown): value is Schema {
  return isPart(value) && value.kind === 'schema';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
