/** Whatever the pages, the sign service and the room itself answer: who is on the air is found, and one "no" is not believed. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openConnection } from '../../src/sources/tiktok/connection.ts';
import { loadLibrary } from '../../src/sources/tiktok/provider.ts';
import { checkRoom } from '../../src/sources/tiktok/room-check.ts';
import { SignWatch } from '../../src/sources/tiktok/sign-watch.ts';

const room = '7300000000000000001';
const place = (roomId: string, status: number | null) => ({
  user: { id: '6300000000000000001', roomId },
  ...(status === null ? {} : { liveRoom: { status } }),
});
const found = (roomId: string, status: number | null) => ({ statusCode: 0, data: place(roomId, status) });
const unknown = { statusCode: 10202, message: 'user_not_found' };

/** What each of them may answer; null is an error of the server. */
const answers = {
  api: { live: found(room, 2), off: found(room, 4), 'off, no room': found('', 4), 'no room': found('', 2), unknown },
  page: {
    live: place(room, 2),
    off: place(room, 4),
    'off, no room': place('', 4),
    'no room': place('', 2),
    none: null,
  },
  list: {
    live: { code: 200, room_id: room, is_live: true },
    off: { code: 200, room_id: '', is_live: false },
    none: { code: 404, message: 'not found' },
    error: null,
  },
  info: { live: { status_code: 0, data: { status: 2 } }, off: { status_code: 0, data: { status: 4 } }, error: null },
} as const;
type Asked = { [K in keyof typeof answers]: keyof (typeof answers)[K] };

const combinations: readonly Asked[] = keysOf(answers.api).flatMap((api) =>
  keysOf(answers.page).flatMap((page) =>
    keysOf(answers.list).flatMap((list) => keysOf(answers.info).map((info) => ({ api, page, list, info }))),
  ),
);

function keysOf<T extends object>(of: T): (keyof T & string)[] {
  return Object.keys(of) as (keyof T & string)[];
}

function answer(response: ServerResponse, path: string, asked: Asked): void {
  const json = (value: unknown) => {
    response.writeHead(value === null ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  if (path === '/api-live/user/room/') json(answers.api[asked.api]);
  else if (path === '/webcast/room/info/') json(answers.info[asked.info]);
  else if (!path.startsWith('/@')) json(answers.list[asked.list]);
  else if (answers.page[asked.page] === null) json(null);
  else {
    const state = JSON.stringify({ LiveRoom: { liveRoomUserInfo: answers.page[asked.page] } });
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<html><script id="SIGI_STATE" type="application/json">${state}</script></html>`);
  }
}

/** What is made of each combination, by its name. */
async function checks(): Promise<ReadonlyMap<Asked, string>> {
  let asked = combinations[0];
  const server = createServer((request, response) => {
    if (asked !== undefined) answer(response, new URL(request.url ?? '', 'http://x').pathname, asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const library = await loadLibrary();
  const results = new Map<Asked, string>();
  const { signal } = new AbortController();
  const settings = { signUrl: url, signApiKey: null, session: null, pagesHost: url, heartbeatMs: 10_000 };
  for (asked of combinations) {
    const connection = openConnection(library, 'ink_host_01', settings, new SignWatch(signal), () => {});
    const check = await checkRoom(library, connection, 'ink_host_01', true, signal);
    results.set(asked, check.live ? 'live' : check.ending.kind);
  }
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return results;
}

test('a live that anybody names is heard, unless its room says that it is off air, and nobody is taken for off air by one word', async () => {
  for (const [asked, result] of await checks()) {
    const { api, page, list, info } = asked;
    const said = JSON.stringify(asked);
    const isNamed = api === 'live' || page === 'live' || list === 'live';
    if (isNamed && info !== 'off') assert.equal(result, 'live', said);
    if (isNamed && info === 'off') assert.equal(result, 'not-live', said);
    const isDenied = (one: string) => one === 'off' || one === 'off, no room';
    if (!isNamed && isDenied(api) && isDenied(page)) {
      const knowsBetter = info === 'live' && (api === 'off' || page === 'off');
      if (!knowsBetter) assert.equal(result, 'not-live', said);
    }
  }
});
