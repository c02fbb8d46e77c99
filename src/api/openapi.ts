import type { ConversionConfig } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { namedForms, problemForm } from './forms.ts';
import type { ApiOptions, Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;
/** Returns the JSON Schema (2020-12) of a form; for a form with a name, a reference to it. */
type SchemaOf = (form: v.GenericSchema) => Json;

/** What any route may answer beside its own answers. */
const always: Readonly<Record<number, string>> = {
  400: 'The query has a key that is not known here, or one twice.',
  403: 'A foreign host or origin.',
  405: 'The path takes another method.',
  429: 'Too many requests.',
};

/** The OpenAPI 3.1 document of these routes, made of the forms by which requests are checked. */
export async function openApiDocument(routes: readonly Route[], { version, tokens }: ApiOptions): Promise<Json> {
  // Few callers want it: the library is loaded for the first one.
  const { toJsonSchema, toJsonSchemaDefs } = await import('@valibot/to-json-schema');
  const config: ConversionConfig = {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['trim', 'transform', 'finite', 'check'],
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  };
  const definitions = Object.fromEntries(namedForms);
  const schemaOf: SchemaOf = (form) => {
    const { $schema, $defs, ...schema } = toJsonSchema(form, { ...config, definitions });
    return schema;
  };
  const paths: Record<string, Record<string, Json>> = {};
  for (const each of routes) {
    paths[each.path] = { ...paths[each.path], [each.method]: operationOf(each, schemaOf) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Livepen',
      version,
      description:
        'A Livepen draws the gifts of a live with a pen plotter. Errors are problem documents (RFC 9457). No route takes G-code.',
      license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: toJsonSchemaDefs(definitions, config),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Shown by `livepen status --token`.' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'livepen', description: 'Set by the sign-in link.' },
        board: {
          type: 'apiKey',
          in: 'query',
          name: 'token',
          description: "The board's token; it opens the board only.",
        },
      },
    },
    ...(tokens === null ? {} : { 'x-needs-token': true }),
  };
}

function operationOf(each: Route, schemaOf: SchemaOf): Json {
  const { admits, body, refuses = {} } = each;
  const checked = each.params !== undefined || each.query !== undefined || body !== undefined;
  const problems = { ...always, ...(checked ? { 422: 'What was sent is not as it must be; why.' } : {}), ...refuses };
  const withToken = admits === 'anybody' ? {} : { 401: 'The token is missing or wrong; only on a LAN address.' };
  return {
    operationId: idOf(each),
    summary: each.summary,
    security: securityOf(each),
    ...(checked
      ? { parameters: [...parametersOf(each, 'path', schemaOf), ...parametersOf(each, 'query', schemaOf)] }
      : {}),
    ...(each.file === undefined
      ? {}
      : { requestBody: { required: true, content: { [each.file]: { schema: { type: 'string' } } } } }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body), example: each.example } },
          },
        }),
    responses: {
      200: { description: 'As asked.', content: contentOf(each, schemaOf) },
      ...Object.fromEntries(
        Object.entries({ ...problems, ...withToken }).map(([status, description]) => [
          status,
          { description, content: { 'application/problem+json': { schema: schemaOf(problemForm) } } },
        ]),
      ),
    },
  };
}

/** `getStrokesRowN` for `GET /strokes/{row}/{n}`. */
function idOf({ method, path }: Route): string {
  const words = path.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '');
  return `${method}${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

function securityOf({ admits }: Route): readonly Json[] {
  if (admits === 'anybody') return [];
  return [{ token: [] }, { cookie: [] }, ...(admits === 'board' ? [{ board: [] }] : [])];
}

function contentOf({ answer }: Route, schemaOf: SchemaOf): Json {
  if (typeof answer !== 'string') return { 'application/json': { schema: schemaOf(answer) } };
  const types = answer.split(';')[0]?.split(', ') ?? [];
  return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]));
}

/** The entries of an object form, one parameter each. */
function parametersOf(each: Route, where: 'path' | 'query', schemaOf: SchemaOf): readonly Json[] {
  const form = where === 'path' ? each.params : each.query;
  if (form === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(form);
  return Object.entries(properties as Readonly<Record<string, Json>>).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || (Array.isArray(required) && required.includes(name)),
    schema,
  }));
}
