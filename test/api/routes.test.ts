/** The API stays small: what it answers to is written down here, and an optional part has routes only where it is configured. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createApi } from '../../src/api/app.ts';
import { apiOptionsOf } from '../../src/commands/run.ts';
import { parseConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/domain/log.ts';
import { buildWorld } from '../appliance/world.ts';
import { tempFolder } from '../ledger/world.ts';

const text = readFileSync(join(import.meta.dirname, '../../config/livepen.toml'), 'utf8');

/** Method and path of all routes that the shipped config has, after some lines of it were changed. */
async function routesWith(t: TestContext, ...changes: readonly (readonly [from: string, to: string])[]) {
  const changed = changes.reduce((lines, [from, to]) => {
    assert.ok(lines.includes(from), `the shipped config has no ${from}`);
    return lines.replace(from, to);
  }, text);
  const parsed = parseConfig(changed, 'livepen.toml', { stateDirectory: tempFolder(t) });
  assert.ok(parsed.ok);
  const world = buildWorld();
  const { clock } = world;
  const api = createApi(world.appliance, apiOptionsOf(parsed.config, { clock, log: silentLog, vitals: null }));
  t.after(() => world.close());
  t.after(() => api.close());
  return api.routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted();
}

const shipped = [
  'GET /',
  'GET /board',
  'GET /board/media/{hash}',
  'GET /events',
  'GET /gifts/seen',
  'GET /gifts/{seq}/forecast',
  'GET /givers',
  'GET /health',
  'GET /metrics',
  'GET /openapi.json',
  'GET /page/alerts.js',
  'GET /page/board.css',
  'GET /page/board.js',
  'GET /page/commands.js',
  'GET /page/dom.js',
  'GET /page/drawings.js',
  'GET /page/events.js',
  'GET /page/icon.svg',
  'GET /page/isolated.js',
  'GET /page/page.css',
  'GET /page/page.js',
  'GET /page/paper.js',
  'GET /page/refusals/{language}.json',
  'GET /page/sounds.js',
  'GET /page/texts/{language}.json',
  'GET /page/translate.js',
  'GET /page/view.js',
  'GET /page/words/{language}.json',
  'GET /page/worker.js',
  'GET /preview',
  'GET /preview.svg',
  'GET /sessions',
  'GET /sessions/{id}/events',
  'GET /sheet.svg',
  'GET /sheets',
  'GET /sheets/{n}.svg',
  'GET /status',
  'GET /strokes/{row}/{n}',
  'POST /board/cues',
  'POST /credit',
  'POST /forget',
  'POST /gifts/backfill',
  'POST /gifts/map',
  'POST /gifts/reload',
  'POST /gifts/{seq}/void',
  'POST /night/close',
  'POST /paper/change',
  'POST /paper/changed',
  'POST /pause',
  'POST /pen-dry',
  'POST /pen/changed',
  'POST /plotter/jog',
  'POST /plotter/lift',
  'POST /plotter/origin',
  'POST /plotter/origin/right',
  'POST /plotter/park',
  'POST /plotter/stop',
  'POST /redraw',
  'POST /report/close',
  'POST /resume',
  'POST /retry',
  'POST /sessions/{id}/replay',
  'POST /simulate/gift',
  'POST /void',
  'PUT /board/media/{hash}',
];

test('the shipped config has these routes and no others', async (t) => {
  assert.deepEqual(await routesWith(t), shipped);
});

const parts: readonly (readonly [part: string, from: string, to: string, routes: readonly string[]])[] = [
  [
    'the network, where people must sign in',
    'host = "127.0.0.1"',
    'host = "0.0.0.0"',
    ['GET /sign-in', 'POST /sign-in'],
  ],
  ['several lives', '[live] ', '[[live]]\nuser = "other"\n[[live]] ', ['POST /live/switch']],
  ['end switches', 'origin = "confirm"', 'origin = "endstops"', ['POST /plotter/home']],
  ['points', '# [points] ', '[points] ', ['GET /people', 'GET /people/{id}/points', 'POST /points']],
];

for (const [part, from, to, routes] of parts) {
  test(`${part}: with it come ${routes.join(' and ')}, and nothing else`, async (t) => {
    for (const route of routes) assert.ok(!shipped.includes(route), route);
    assert.deepEqual(await routesWith(t, [from, to]), [...shipped, ...routes].toSorted());
  });
}
