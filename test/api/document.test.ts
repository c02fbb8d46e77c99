import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '../appliance/world.ts';
import { matches, undeclared } from '../sources/json-schema.ts';
import { bluePng, hashOf } from './media.ts';
import { type Answer, bearer, type Call, drawSome, tokens, withApi } from './with-api.ts';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly security: readonly unknown[];
  /** Of JSON, or of a file. */
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { schema: Json; example: unknown } } };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What stands for the parts of an address, by path. */
const addresses: Readonly<Record<string, string>> = {
  '/board/media/{hash}': `/board/media/${hashOf(bluePng)}`,
  '/sheets/{n}.svg': '/sheets/1.svg',
  '/strokes/{row}/{n}': '/strokes/1/2',
  '/gifts/{seq}/forecast': '/gifts/1/forecast',
  '/sessions/{id}/events': '/sessions/session-1/events',
};

/** An answer must be one that the document names, of the type and form that it says. */
function holdAgainst(document: Document, path: string, method: string, answer: Answer): void {
  const operation = document.paths[path]?.[method];
  const told = operation?.responses[answer.status];
  const where = `${method} ${path} answered ${answer.status}: ${answer.body.slice(0, 200)}`;
  assert.ok(told, `${where}, which the document does not name`);
  const type = answer.type.split(';')[0] ?? '';
  const { schema } = told.content[type] ?? {};
  assert.ok(schema, `${where}, of the type ${type}, which the document does not name`);
  if (answer.json === null) return;
  assert.ok(matches(document, answer.json, schema), `${where} is not of its form`);
  assert.deepEqual(undeclared(document, answer.json, schema), [], `${where} says what stands in no form`);
}

test('every route is in the document, and nothing else is', () =>
  withApi(async (call, _world, api) => {
    const { json } = await call('GET', '/openapi.json');
    assert.equal(json.openapi, '3.1.0');
    const told = Object.entries(json.paths as Document['paths']).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const routes = api.routes.filter(({ isPage }) => isPage !== true).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(told.sort(), routes.sort());
    const served = api.app.routes.filter(({ method }) => ['GET', 'POST', 'PUT'].includes(method));
    assert.equal(served.length, api.routes.length, 'a route is served past the list');
  }));

/** There is something for every address. */
async function fill(call: Call, world: World): Promise<void> {
  await drawSome(call, world);
  await call('PUT', addresses['/board/media/{hash}'] ?? '', { body: bluePng });
}

for (const stage of ['starting', 'drawn'] as const) {
  test(`every route answers with a status, a type and a form that the document names, when ${stage}`, () =>
    withApi(async (call, world) => {
      const document: Document = (await call('GET', '/openapi.json')).json;
      if (stage === 'drawn') await fill(call, world);
      for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
          if (path === '/events' || (stage === 'drawn' && path === '/plotter/stop')) continue;
          const example = operation.requestBody?.content['application/json']?.example;
          const init = example === undefined ? {} : { body: JSON.stringify(example) };
          const answer = await call(method.toUpperCase(), addresses[path] ?? path, init);
          assert.ok(answer.status < 500 || (path === '/health' && stage === 'starting'), `${method} ${path}`);
          holdAgainst(document, path, method, answer);
          if (method === 'get' && stage === 'drawn') assert.equal(answer.status, 200, `${path}: ${answer.body}`);
          await world.clock.advance(10);
        }
      }
    }));
}

test('what a body must be is what the document says: its example passes, and what it forbids is refused', () =>
  withApi(async (call, world) => {
    const document: Document = (await call('GET', '/openapi.json')).json;
    const before = world.appliance.status().strokes;
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { requestBody }] of Object.entries(methods)) {
        const json = requestBody?.content['application/json'];
        if (json === undefined) continue;
        const { schema, example } = json;
        assert.ok(matches(document, example, schema), `${path}: its own example`);
        for (const bad of [{}, [], 'x', null, { ...(example as Json), surprise: 1 }]) {
          if (matches(document, bad, schema)) continue;
          const answer = await call(method.toUpperCase(), path, { body: JSON.stringify(bad) });
          assert.equal(answer.status, 422, `${path} takes ${JSON.stringify(bad)}`);
          holdAgainst(document, path, method, answer);
        }
      }
    }
    await world.clock.advance(100);
    assert.deepEqual(world.appliance.status().strokes, before);
  }));

test('what the document says of tokens is what the door does', () =>
  withApi(
    async (call) => {
      const document: Document = (await call('GET', '/openapi.json', { headers: bearer })).json;
      for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, { security }] of Object.entries(methods)) {
          const address = addresses[path] ?? path;
          const without = await call(method.toUpperCase(), address, { body: method === 'post' ? '{}' : null });
          const isOpen = security.length === 0 && path !== '/sign-in';
          assert.equal(without.status === 401, !isOpen, `${path} without a token: ${without.status}`);
          if (path === '/events') continue;
          const board = await call(method.toUpperCase(), `${address}?token=${tokens.board}`);
          const isBoards = JSON.stringify(security).includes('board');
          if (!isOpen && path !== '/sign-in') assert.equal(board.status === 403, !isBoards, `${path} with the board's`);
        }
      }
    },
    { tokens },
  ));
