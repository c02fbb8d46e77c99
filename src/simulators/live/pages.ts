import type { ServerResponse } from 'node:http';

/** Where the connector asks the sign service for a signed WebSocket. */
export const signPath = /^\/webcast\/rooms\/\d+\/connect$/;

/** Where the connector asks the sign service for the room of a user. */
const lookupPath = /^\/webcast\/anchors\/([^/]+)\/room_id$/;

/** What the pages leave out of an answer, as they do at times for hours. */
export type LeftOut = 'nothing' | 'user' | 'room' | 'room and status';

interface PageFacts {
  readonly user: string;
  readonly room: string;
  /** The id of whose live it is. */
  readonly host: string;
  readonly onAir: boolean;
  /** Only viewers who are logged in are told about the room. */
  readonly restricted: boolean;
  readonly forgotten: LeftOut;
  /** Whether the sign service tells the rooms of users. */
  readonly lookup: boolean;
}

/** The platform's pages about a user and a room; status 2 is on air, 4 is off. */
export function answerPage(url: URL, response: ServerResponse, facts: PageFacts): void {
  const { user, room, host, onAir, restricted, forgotten, lookup } = facts;
  const status = onAir ? 2 : 4;
  const path = url.pathname;
  const asked = lookupPath.exec(path)?.[1];
  const known = forgotten === 'user' ? '' : user;
  const told = forgotten === 'room' || forgotten === 'room and status' ? '' : room;
  const liveRoom = forgotten === 'room and status' ? {} : { status };
  if (asked !== undefined && lookup) {
    json(response, asked === user ? { code: 200, room_id: room, is_live: onAir } : { code: 404, message: 'not found' });
  } else if (path === `/@${known}/live`) {
    const state = { LiveRoom: { liveRoomUserInfo: { user: { id: host, roomId: told, uniqueId: user }, liveRoom } } };
    html(response, `<script id="SIGI_STATE" type="application/json">${JSON.stringify(state)}</script>`);
  } else if (path.startsWith('/@')) {
    html(response, 'no such user');
  } else if (path === '/api-live/user/room/' && url.searchParams.get('uniqueId') === known) {
    json(response, { statusCode: 0, data: { user: { id: host, roomId: told }, liveRoom } });
  } else if (path === '/api-live/user/room/') {
    json(response, { statusCode: 10202, message: 'user_not_found' });
  } else if (path === '/webcast/room/info/' && restricted) {
    json(response, { data: { prompts: 'This live is restricted by age.' }, status_code: 4_003_110 });
  } else if (path === '/webcast/room/info/') {
    json(response, { data: { id_str: room, status }, status_code: 0 });
  } else {
    response.writeHead(404);
    response.end();
  }
}

function html(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(`<html>${body}</html>`);
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
