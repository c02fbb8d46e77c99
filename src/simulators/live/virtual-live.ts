import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../domain/clock.ts';
import { type EulerSchema, eulerFrame, eulerRoomInfo } from './euler-messages.ts';
import { type Door, Faults, type ServedRefusal } from './faults.ts';
import type { SentMessage } from './messages.ts';
import { VirtualRoom } from './room.ts';
import { type WebcastForm, webcastForm } from './webcast-messages.ts';
import { acceptWebSocket, type Peer } from './websocket-server.ts';

/** Where the connector asks the sign service for a signed WebSocket. */
const signPath = /^\/webcast\/rooms\/\d+\/connect$/;

/** Where the connector asks the sign service for the room of a user. */
const lookupPath = /^\/webcast\/anchors\/([^/]+)\/room_id$/;

/** What the pages leave out of an answer, as they do at times for hours. */
type LeftOut = 'nothing' | 'user' | 'room' | 'room and status';

interface PageFacts {
  readonly user: string;
  readonly room: string;
  /** The id of whose live it is. */
  readonly host: string;
  readonly onAir: boolean;
  /** Whether the room is shown only to viewers who are logged in. */
  readonly restricted: boolean;
  readonly forgotten: LeftOut;
  /** Whether the sign service tells the rooms of users. */
  readonly lookup: boolean;
}

/** The platform's pages about a user and a room; status 2 is on air, 4 is off. */
function answerPage(url: URL, response: ServerResponse, facts: PageFacts): void {
  const { user, room, host, onAir, restricted, forgotten, lookup } = facts;
  const status = onAir ? 2 : 4;
  const path = url.pathname;
  const asked = lookupPath.exec(path)?.[1];
  const known = forgotten === 'user' ? '' : user;
  const roomId = forgotten === 'room' || forgotten === 'room and status' ? '' : room;
  const liveRoom = forgotten === 'room and status' ? {} : { status };
  if (asked !== undefined && lookup) {
    json(response, asked === user ? { code: 200, room_id: room, is_live: onAir } : { code: 404, message: 'not found' });
  } else if (path === `/@${known}/live`) {
    const state = { LiveRoom: { liveRoomUserInfo: { user: { id: host, roomId: roomId, uniqueId: user }, liveRoom } } };
    html(response, `<script id="SIGI_STATE" type="application/json">${JSON.stringify(state)}</script>`);
  } else if (path.startsWith('/@')) {
    html(response, 'no such user');
  } else if (path === '/api-live/user/room/' && url.searchParams.get('uniqueId') === known) {
    json(response, { statusCode: 0, data: { user: { id: host, roomId: roomId }, liveRoom } });
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

export interface VirtualLiveOptions {
  readonly clock: Clock;
  /** Numeric room id; a made-up one by default. */
  readonly room?: string;
  /** User name of the host, by which the pages know the room. */
  readonly user?: string;
  /** How many messages a listener is sent again when it connects. */
  readonly replay?: number;
  /** The form in which the managed WebSocket writes whatever is asked for; as it is asked for by default. */
  readonly schema?: EulerSchema;
  /** Whether the sign service tells the rooms of users; not by default. */
  readonly lookup?: boolean;
  /** 0 takes any free port. */
  readonly port?: number;
}

/** Counts of what listeners did. */
interface VirtualLiveCounts {
  readonly signed: number;
  readonly pageViews: number;
  readonly connections: number;
  readonly openConnections: number;
  /** All TCP connections, also those that were refused or wait for an answer. */
  readonly openSockets: number;
  readonly heartbeats: number;
  readonly acks: number;
}

/**
 * A live in software: a local server that speaks the service's protocol to the real connector, and the managed
 * provider's protocol beside it. It listens on 127.0.0.1.
 */
export interface VirtualLive {
  readonly port: number;
  /** Base URL of the sign service. */
  readonly url: string;
  /** Host and port of the platform's pages. */
  readonly pagesHost: string;
  /** Base URL of the managed WebSocket. */
  readonly eulerUrl: string;
  readonly user: string;
  /** The room that is on; `newRoom` begins another live. */
  readonly room: VirtualRoom;
  readonly faults: Faults;
  counts(): VirtualLiveCounts;
  /** Whether the host is on air; off air the pages say so. */
  onAir(on: boolean): void;
  /** Whether the room is restricted by age. */
  restrict(on: boolean): void;
  /** What the pages leave out from now on; the sign service knows it. */
  forget(what: LeftOut): void;
  newRoom(id: string): VirtualRoom;
  rename(user: string): void;
  /** Ends the stream as the platform does, and goes off air. */
  end(): void;
  /** Cuts every connection without a word. */
  drop(): void;
  /** Closes every connection with a code. */
  closeAll(code: number, reason: string): void;
  /** Stops listening and cuts everything. */
  close(): Promise<void>;
}

type Protocol = 'webcast' | EulerSchema;

interface Listener {
  readonly peer: Peer;
  readonly protocol: Protocol;
  /** Whether it was let into the room. */
  readonly inRoom: boolean;
}

/** Starts a virtual live. Loads the connector's library for its encoders, which takes about half a second. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its short parts share the state of one live
export async function startVirtualLive(options: VirtualLiveOptions): Promise<VirtualLive> {
  const library = await import('tiktok-live-connector');
  const { clock } = options;
  const listeners = new Set<Listener>();
  const counts = { signed: 0, pageViews: 0, connections: 0, heartbeats: 0, acks: 0 };
  let user = options.user ?? 'ink_host_01';
  let onAir = true;
  let restricted = false;
  let forgotten: LeftOut = 'nothing';
  let frames = 0;
  let room = makeRoom(options.room ?? '7300000000000000001');
  let form: WebcastForm = webcastForm(library, room.id);
  const faults = new Faults({ send, openPeers: () => [...listeners].map(({ peer }) => peer) });

  function makeRoom(id: string): VirtualRoom {
    return new VirtualRoom(id, clock, options.replay ?? 20, (batch) => faults.pass(batch));
  }

  function encode(protocol: Protocol, batch: readonly SentMessage[], paddingBytes: number): Buffer | string {
    if (protocol === 'webcast') return form.frame(batch, String(frames), paddingBytes);
    return eulerFrame(room.id, batch, clock.wallMs(), protocol);
  }
  function send(batch: readonly SentMessage[], paddingBytes: number, half: boolean): void {
    frames += 1;
    for (const { peer, protocol, inRoom } of listeners) {
      if (!inRoom) continue;
      const frame = encode(protocol, batch, paddingBytes);
      if (half) peer.sendHalf(frame);
      else peer.send(frame);
    }
  }

  /** Whether a fault took care of the request; a stalled one is never answered. */
  function refused(door: Door, response: ServerResponse): boolean {
    const refusal = faults.takeRefusal(door);
    if (refusal !== null && refusal !== 'stall') refuse(response, refusal);
    return refusal !== null;
  }
  function sign(response: ServerResponse): void {
    counts.signed += 1;
    if (refused('sign', response)) return;
    response.writeHead(200, { 'x-set-tt-cookie': 'ttwid=virtual', 'content-type': 'application/octet-stream' });
    response.end(form.initial(room.history, room.cursor, `ws://127.0.0.1:${portOf()}/webcast`));
  }
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://local');
    if (signPath.test(url.pathname)) {
      sign(response);
      return;
    }
    counts.pageViews += 1;
    if (refused('page', response)) return;
    const { lookup = false } = options;
    answerPage(url, response, { user, room: room.id, host: room.receiver, onAir, restricted, forgotten, lookup });
  }

  function upgrade(request: IncomingMessage, socket: Duplex): void {
    const url = new URL(request.url ?? '/', 'http://local');
    const protocol = url.pathname.startsWith('/euler') ? schemaOf(url) : 'webcast';
    const refusal = faults.takeRefusal('upgrade');
    if (refusal === 'stall') return;
    if (refusal !== null) {
      // As the service does, the connection stays open: whoever was refused has to let go of it.
      socket.on('error', () => socket.destroy());
      socket.on('end', () => socket.end());
      socket.resume();
      socket.write(`HTTP/1.1 ${refusal.status} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    counts.connections += 1;
    const peer = acceptWebSocket(request, socket, {
      message: (data) => heard(listener, data),
      closed: () => listeners.delete(listener),
    });
    const listener: Listener = { peer, protocol, inRoom: !faults.takeShut() };
    if (faults.takeBabble()) peer.babble();
    const closing = faults.takeClose() ?? (protocol === 'webcast' ? null : eulerRefusal(url));
    if (closing !== null) {
      peer.close(closing, '');
      return;
    }
    listeners.add(listener);
    if (!listener.inRoom) return;
    if (protocol === 'v1') nameRoom(listener, faults.takeLateName());
    const missed = protocol === 'webcast' ? room.since(url.searchParams.get('cursor') ?? '') : room.history;
    if (missed.length > 0) peer.send(encode(protocol, missed, 0));
  }
  function nameRoom(listener: Listener, afterMs: number): void {
    const name = () => {
      if (listeners.has(listener)) listener.peer.send(eulerRoomInfo(room.id, clock.wallMs()));
    };
    if (afterMs === 0) name();
    else clock.after(afterMs, name);
  }
  function schemaOf(url: URL): EulerSchema {
    return options.schema ?? (url.searchParams.get('features.schemaVersion') === 'v2' ? 'v2' : 'v1');
  }
  function eulerRefusal(url: URL): number | null {
    if (url.searchParams.get('uniqueId') !== user) return 4400;
    if (!url.searchParams.has('apiKey') && !url.searchParams.has('jwtKey')) return 4401;
    return onAir ? null : 4404;
  }
  function heard({ peer, protocol, inRoom }: Listener, data: Buffer): void {
    if (protocol !== 'webcast') return;
    const { payloadType, logId } = form.read(data);
    if (payloadType === 'ack') counts.acks += 1;
    if (payloadType === 'hb') counts.heartbeats += 1;
    if (payloadType === 'hb') peer.send(form.answer('hb', logId));
    if (payloadType !== 'im_enter_room' || !inRoom || faults.takeUnanswered()) return;
    peer.send(form.answer('im_enter_room_resp', logId));
  }

  const server = createServer(answer);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  function portOf(): number {
    return addressOf(server.address()).port;
  }
  function drop(): void {
    for (const { peer } of listeners) peer.destroy();
  }

  return {
    port: portOf(),
    url: `http://127.0.0.1:${portOf()}`,
    pagesHost: `127.0.0.1:${portOf()}`,
    eulerUrl: `ws://127.0.0.1:${portOf()}/euler`,
    get user() {
      return user;
    },
    get room() {
      return room;
    },
    faults,
    counts: () => ({ ...counts, openConnections: listeners.size, openSockets: sockets.size }),
    onAir: (on) => {
      onAir = on;
    },
    restrict: (on) => {
      restricted = on;
    },
    forget: (what) => {
      forgotten = what;
    },
    newRoom: (id) => {
      room = makeRoom(id);
      form = webcastForm(library, id);
      onAir = true;
      return room;
    },
    rename: (name) => {
      user = name;
    },
    end: () => {
      room.say({ kind: 'stream-end', reason: 'ended' });
      onAir = false;
    },
    drop,
    closeAll: (code, reason) => {
      for (const { peer } of listeners) peer.close(code, reason);
    },
    close: async () => {
      drop();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function refuse(response: ServerResponse, { status, headers, body }: ServedRefusal): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body ?? '{}');
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the virtual live has no port');
  return address;
}
