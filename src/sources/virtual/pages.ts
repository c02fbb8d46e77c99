import type { ServerResponse } from 'node:http';

/** Where the connector asks the sign service for a signed WebSocket. */
export const signPath = /^\/webcast\/rooms\/\d+\/connect$/;

export interface PageFacts {
  readonly user: string;
  readonly room: string;
  readonly onAir: boolean;
  /** Only viewers who are logged in are told about the room. */
  readonly restricted: boolean;
}

/** The platform's pages about a user and a room; status 2 is on air, 4 is off. */
export function answerPage(url: URL, response: ServerResponse, { user, room, onAir, restricted }: PageFacts): void {
  const status = onAir ? 2 : 4;
  const path = url.pathname;
  if (path === `/@${user}/live`) {
    const state = { LiveRoom: { liveRoomUserInfo: { user: { roomId: room, uniqueId: user }, liveRoom: { status } } } };
    html(response, `<script id="SIGI_STATE" type="application/json">${JSON.stringify(state)}</script>`);
  } else if (path.startsWith('/@')) {
    html(response, 'no such user');
  } else if (path === '/api-live/user/room/' && url.searchParams.get('uniqueId') === user) {
    json(response, { statusCode: 0, data: { user: { roomId: room }, liveRoom: { status } } });
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
