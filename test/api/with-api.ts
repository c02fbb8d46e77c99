import { type Api, type ApiOptions, createApi, localOptions } from '../../src/api/app.ts';
import { silentLog } from '../../src/domain/log.ts';
import { buildWorld, type World, type WorldOptions } from '../appliance/world.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever the API answers
  readonly json: any;
}

export type Call = (method: string, path: string, init?: RequestInit) => Promise<Answer>;

export const tokens = { owner: 'o'.repeat(43), board: 'b'.repeat(43) };
export const bearer = { authorization: `Bearer ${tokens.owner}` };
export const home = 'http://127.0.0.1:8420';

/** The API of an appliance, as a test calls it. */
export function apiOf(world: World, options: Partial<ApiOptions> = {}): { readonly api: Api; readonly call: Call } {
  const api = createApi(world.appliance, { ...localOptions(world.clock, silentLog, '1.2.3'), ...options });
  const call: Call = async (method, path, init = {}) => {
    const headers = { host: '127.0.0.1:8420', ...Object.fromEntries(new Headers(init.headers)) };
    const response = await api.app.request(`${home}${path}`, { ...init, method, headers });
    const body = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const json = type.includes('json') ? JSON.parse(body) : null;
    return { status: response.status, type, headers: response.headers, body, json };
  };
  return { api, call };
}

/** Builds a world with its API, and closes both. */
export async function withApi(
  work: (call: Call, world: World, api: Api) => Promise<void>,
  options: Partial<ApiOptions> = {},
  worldOptions: WorldOptions = {},
): Promise<void> {
  const world = buildWorld(worldOptions);
  const { api, call } = apiOf(world, options);
  try {
    await work(call, world, api);
  } finally {
    api.close();
    await world.close();
  }
}

/** A sheet is open, some gifts came and are drawn, and the pen is parked. */
export async function drawSome(call: Call, world: World): Promise<void> {
  world.appliance.start();
  await world.until('needs-sheet');
  await call('POST', '/paper/changed');
  world.source.give('Rose', 3);
  world.source.give('Corgi');
  await world.clock.runUntil(() => world.appliance.status().strokes.drawn === 8, 300_000, 'eight strokes');
  await world.until('ready');
}
