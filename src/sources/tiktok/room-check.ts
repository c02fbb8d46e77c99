import type { TikTokLiveConnection } from 'tiktok-live-connector';
import * as v from 'valibot';
import { endingOfError } from './classify.ts';
import { type Ending, faults } from './ending.ts';
import type { Library } from './library.ts';

export type RoomCheck =
  | { readonly live: true; readonly room: string }
  | { readonly live: false; readonly ending: Ending };

/** The platform's status of a room that is not on air. */
const offAir = 4;
/** The platform's answer about a room that only adults may see. */
const ageRestrictedCode = 4_003_110;

const idText = v.pipe(
  v.union([v.string(), v.number(), v.bigint()]),
  v.transform((id) => (String(id) === '0' ? '' : String(id))),
);
const userRoom = v.object({
  data: v.object({
    user: v.object({ roomId: v.optional(idText, '') }),
    liveRoom: v.optional(v.nullable(v.object({ status: v.optional(v.number()) }))),
  }),
});
const apiTrouble = v.object({ statusCode: v.number(), message: v.optional(v.string(), '') });
const pageState = v.object({
  LiveRoom: v.object({
    liveRoomUserInfo: v.object({
      user: v.object({ roomId: v.optional(idText, '') }),
      liveRoom: v.optional(v.nullable(v.object({ status: v.optional(v.number()) }))),
    }),
  }),
});
const roomInfo = v.object({
  status_code: v.optional(v.number(), 0),
  data: v.optional(v.object({ status: v.optional(v.number()) })),
});
const signRoom = v.object({ room_id: v.optional(v.nullable(idText)), is_live: v.optional(v.nullable(v.boolean())) });

interface Place {
  readonly room: string;
  readonly status: number | null;
}
type Client = TikTokLiveConnection['webClient'];
/** Once, and not longer than the attempt lasts. */
type Asking = { readonly retry: { readonly limit: 0 }; readonly signal: AbortSignal };

/**
 * Asks whether a user is on air and in which room, without signing anything: the small JSON, else the page of the
 * live, else the sign service's own list; then the room itself, which knows best.
 */
export async function checkRoom(
  library: Library,
  connection: TikTokLiveConnection,
  user: string,
  clockIsSet: boolean,
  signal: AbortSignal,
): Promise<RoomCheck> {
  const found = await findPlace(library, connection, user, { retry: { limit: 0 }, signal });
  if ('unknown' in found) return { live: false, ending: { kind: 'mend', fault: faults.noSuchUser(user) } };
  if ('error' in found) return { live: false, ending: endingOfError(found.error, clockIsSet) };
  const { room, status } = found;
  if (room === '') return { live: false, ending: { kind: 'not-live' } };
  const info = await askRoom(connection.webClient, room, { retry: { limit: 0 }, signal });
  if (info.ageRestricted) return { live: false, ending: { kind: 'mend', fault: faults.ageRestricted } };
  const known = info.status ?? status;
  return known === offAir ? { live: false, ending: { kind: 'not-live' } } : { live: true, room };
}

/** Whether a room is known to be on the air, without signing anything. */
export async function isOnAir(connection: TikTokLiveConnection, room: string, signal: AbortSignal): Promise<boolean> {
  const { status } = await askRoom(connection.webClient, room, { retry: { limit: 0 }, signal });
  return status !== null && status !== offAir;
}

type Found = Place | { readonly unknown: true } | { readonly error: unknown };

async function findPlace(
  library: Library,
  connection: TikTokLiveConnection,
  user: string,
  options: Asking,
): Promise<Found> {
  const client = connection.webClient;
  let firstError: unknown = null;
  let saysUnknown = false;
  for (const ask of [askApi, askPage]) {
    try {
      const place = await ask(client, user, options, library);
      if (place !== 'unknown user') return place;
      saysUnknown = true;
    } catch (error) {
      firstError ??= error;
    }
  }
  if (saysUnknown) return { unknown: true };
  try {
    const { data } = await connection.apiClient.anchors.retrieveRoomId(user);
    const { room_id: room, is_live: live } = v.parse(signRoom, data);
    if (live === false) return { room: '', status: offAir };
    if (typeof room === 'string' && room !== '') return { room, status: null };
  } catch {
    // The first error says more than that the last resort failed too.
  }
  return { error: firstError };
}

async function askApi(client: Client, user: string, options: Asking): Promise<Place | 'unknown user'> {
  const params = { ...client.clientParams, uniqueId: user, sourceType: '54' };
  const answer: unknown = await client.getJsonObjectFromTikTokApi('api-live/user/room/', params, false, options);
  const trouble = v.safeParse(apiTrouble, answer);
  if (trouble.success && trouble.output.statusCode !== 0) {
    if (/user.?not.?found/i.test(trouble.output.message)) return 'unknown user';
    throw new Error(`TikTok answers with code ${trouble.output.statusCode}`);
  }
  const { user: host, liveRoom } = v.parse(userRoom, answer).data;
  return { room: host.roomId, status: liveRoom?.status ?? null };
}

async function askPage(client: Client, user: string, options: Asking, library: Library): Promise<Place> {
  const page = await client.getHtmlFromTikTokWebsite(`@${user}/live`, options);
  const state = page.match(library.RoomInfoFromHtmlRouteConfig.extractionPattern)?.[1];
  if (state === undefined) throw new Error('the page of the live does not name its room');
  const { user: host, liveRoom } = v.parse(pageState, JSON.parse(state)).LiveRoom.liveRoomUserInfo;
  return { room: host.roomId, status: liveRoom?.status ?? null };
}

async function askRoom(
  client: Client,
  room: string,
  options: Asking,
): Promise<{ status: number | null; ageRestricted: boolean }> {
  try {
    const answer: unknown = await client.getJsonObjectFromWebcastApi(
      'room/info/',
      { ...client.clientParams, room_id: room },
      false,
      options,
    );
    const { status_code: code, data } = v.parse(roomInfo, answer);
    return { status: data?.status ?? null, ageRestricted: code === ageRestrictedCode };
  } catch {
    return { status: null, ageRestricted: false };
  }
}
