import type { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Writable } from 'node:stream';
import type { TikTokLiveConnection } from 'tiktok-live-connector';
import { answerBytesMax, boundAnswers } from './classify.ts';
import type { Library } from './provider.ts';
import type { Secrets } from './secrets.ts';
import type { SignWatch } from './sign-watch.ts';

/** No honest frame is larger. */
const frameBytesMax = 8 << 20;

export interface ConnectionSettings {
  /** Base URL of the sign service; null for the connector's own. */
  readonly signUrl: string | null;
  readonly signApiKey: string | null;
  /** Cookies of a logged-in viewer, for lives that are restricted by age. */
  readonly session: Secrets['session'];
  /** Base URL of the platform's pages, such as `http://127.0.0.1:8080`; null for the real ones. */
  readonly pagesHost: string | null;
  /** Real milliseconds between heartbeats. */
  readonly heartbeatMs: number;
}

/**
 * A fresh connection object of the library, not yet connected. `opened` is called when its WebSocket is open before the
 * library is, and before anything is read from it, with the socket below.
 */
export function openConnection(
  library: Library,
  user: string,
  settings: ConnectionSettings,
  sign: SignWatch,
  opened: (socket: Writable | null) => void,
): TikTokLiveConnection {
  const { signUrl, signApiKey, pagesHost, session, heartbeatMs } = settings;
  const hosts = pagesHost === null ? {} : { TIKTOK_HOST_WEB: pagesHost, TIKTOK_HOST_WEBCAST: pagesHost };
  const connection = new library.TikTokLiveConnection(user, {
    processInitialData: false,
    fetchRoomInfoOnConnect: false,
    enableExtendedGiftInfo: false,
    eulerApiInstance: sign.client(library, signUrl, signApiKey),
    wsClientOptions: {
      maxPayload: frameBytesMax,
      finishRequest: (request: ClientRequest, client: EventEmitter) => sendRequest(request, client, opened),
    },
    wsConfigOverrides: { DEFAULT_WS_PING_INTERVAL: heartbeatMs },
    webConfigOverrides: hosts,
    ...authOf(session),
  });
  // The library asks the platform's pages over plain HTTP, cookies and all.
  Object.defineProperty(connection.webClient, 'getBaseUrl', { value: pagesUrl });
  boundAnswers(connection.webClient, answerBytesMax);
  return connection;
}

/** The library's types know three ways of logging in, and want each spelled out. */
function authOf(session: Secrets['session']) {
  if (session === null) return {};
  const value = { sessionId: session.id, ttTargetIdc: session.targetIdc };
  const cookie = { type: 'cookie', value } as const;
  return session.toSignService ? { session: { cookie }, authenticateWs: true as const } : { session: { cookie } };
}

/**
 * Sends the request that opens a WebSocket, and hears its errors from now on. For an instant after it is open the
 * library hears none, and one that nobody hears ends the process; the close that follows shows the rest.
 */
function sendRequest(request: ClientRequest, client: EventEmitter, opened: (socket: Writable | null) => void): void {
  client.on('error', () => {});
  client.once('open', () => opened(request.socket));
  request.end();
}

/** A host of the config may be a whole base URL; the real ones are bare names. */
function pagesUrl(host: string): string {
  return host.includes('://') ? host.replace(/\/$/, '') : `https://${host}`;
}

/** Ends a WebSocket at once; the library leaves one open whose upgrade was refused. */
export function terminate(client: object | null): void {
  callWhereItIs(client, 'terminate');
}

/** Lets a WebSocket read, or stops it from reading. */
export function letFlow(client: object, reading: boolean): void {
  callWhereItIs(client, reading ? 'resume' : 'pause');
}

/** The library's WebSocket has the methods of `ws`, whose types it does not bring. */
function callWhereItIs(client: object | null, method: 'terminate' | 'pause' | 'resume'): void {
  const found: unknown = client === null ? null : Reflect.get(client, method);
  if (typeof found === 'function') Reflect.apply(found, client, []);
}
