import type { TikTokLiveConnection } from 'tiktok-live-connector';
import * as v from 'valibot';
import { UserFacingError } from '../../domain/cause.ts';
import { endingOfError } from './classify.ts';
import { type Ending, liveFaults } from './ending.ts';
import type { Library } from './provider.ts';

type RoomCheck =
  /** `host` is the id of whose live it is, '' where nobody says. */
  | { readonly live: true; readonly room: string; readonly host: string }
  | { readonly live: false; readonly ending: Ending };

/** The platform's status of a room that is not on air. */
const offAir = 4;
/** The platform's answer about a room that only adults may see. */
const ageRestrictedCode = 4_003_110;

/** The sign service's answer, as a status or in its body, about a user whom it does not know. */
const notFound = 404;

const idText = v.pipe(
  v.union([v.string(), v.number(), v.bigint()]),
  v.transform((id) => (String(id) === '0' ? '' : String(id))),
);
/** An id of a person that is written as a number is longer than a number is exact: it is not known then. */
const personId = v.pipe(
  v.unknown(),
  v.transform((id) =>
    typeof id === 'string' && /^[1-9]\d*$/.test(id) ? id : Number.isSafeInteger(id) ? String(id) : '',
  ),
);
const userRoom = v.object({
  data: v.object({
    user: v.object({ roomId: v.optional(idText, ''), id: v.optional(personId, '') }),
    liveRoom: v.optional(v.nullable(v.object({ status: v.optional(v.number()) }))),
  }),
});
const apiTrouble = v.object({ statusCode: v.number(), message: v.optional(v.string(), '') });
const pageState = v.object({
  LiveRoom: v.object({
    liveRoomUserInfo: v.object({
      user: v.object({ roomId: v.optional(idText, ''), id: v.optional(personId, '') }),
      liveRoom: v.optional(v.nullable(v.object({ status: v.optional(v.number()) }))),
    }),
  }),
});
const roomInfo = v.object({
  status_code: v.optional(v.number(), 0),
  data: v.optional(
    v.object({
      status: v.optional(v.number()),
      owner_user_id_str: v.optional(personId, ''),
      owner: v.optional(v.object({ id_str: v.optional(personId, '') })),
    }),
  ),
});
const signRoom = v.object({
  code: v.optional(v.number()),
  room_id: v.optional(v.nullable(idText)),
  is_live: v.optional(v.nullable(v.boolean())),
});

interface Place {
  readonly room: string;
  readonly status: number | null;
  readonly host: string;
}
interface RoomInfo {
  /** Null where the room does not say. */
  readonly status: number | null;
  readonly ageRestricted: boolean;
  readonly host: string;
}
type Client = TikTokLiveConnection['webClient'];
/** Once, and not longer than the attempt lasts. */
type Asking = { readonly retry: { readonly limit: 0 }; readonly signal: AbortSignal };

/**
 * Asks whether a user is on air and in which room, without signing anything: the small JSON, else the page of the
 * live, else the sign service's own list; then the room itself, which knows best. The pages deny users who are on the
 * air, for hours: a "no" counts when all that can know agree.
 */
export async function checkRoom(
  library: Library,
  connection: TikTokLiveConnection,
  user: string,
  clockIsSet: boolean,
  signal: AbortSignal,
): Promise<RoomCheck> {
  const options: Asking = { retry: { limit: 0 }, signal };
  const infos = new Map<string, Promise<RoomInfo>>();
  const infoOf = (of: string) => {
    const asked = infos.get(of) ?? askRoom(connection.webClient, of, options);
    infos.set(of, asked);
    return asked;
  };
  const found = await findPlace(library, connection, user, options, infoOf);
  if ('ending' in found) return { live: false, ending: found.ending };
  if ('error' in found) return { live: false, ending: endingOfError(found.error, clockIsSet) };
  const { room, status, host } = found;
  if (room === '') return { live: false, ending: { kind: 'not-live' } };
  const info = await infoOf(room);
  if (info.ageRestricted) return { live: false, ending: { kind: 'mend', fault: liveFaults.ageRestricted } };
  const known = info.status ?? status;
  return known === offAir
    ? { live: false, ending: { kind: 'not-live' } }
    : { live: true, room, host: info.host || host };
}

/** Whether a room is known to be on the air, without signing anything. */
export async function isOnAir(connection: TikTokLiveConnection, room: string, signal: AbortSignal): Promise<boolean> {
  const { status } = await askRoom(connection.webClient, room, { retry: { limit: 0 }, signal });
  return status !== null && status !== offAir;
}

type Found = Place | { readonly ending: Ending } | { readonly error: unknown };

async function findPlace(
  library: Library,
  connection: TikTokLiveConnection,
  user: string,
  options: Asking,
  infoOf: (room: string) => Promise<RoomInfo>,
): Promise<Found> {
  const client = connection.webClient;
  let firstError: unknown = null;
  let saysUnknown = false;
  let saysOnAir = false;
  let answers = 0;
  const offs: Place[] = [];
  for (const ask of [askApi, askPage]) {
    try {
      const place = await ask(client, user, options, library);
      if (place === 'unknown user') saysUnknown = true;
      else if (place.status === offAir) {
        offs.push(place);
        // The room itself knows; where it does not say, the others must agree.
        if (await isReported(place, infoOf)) return place;
      } else if (place.room !== '') return place;
      else {
        // A room that is not named is no answer: the others may name it.
        answers += 1;
        saysOnAir ||= place.status !== null;
      }
    } catch (error) {
      firstError ??= error;
    }
  }
  const listed = await askSignService(connection, user);
  if (listed !== null && listed !== 'unknown user') return listed;
  if (saysOnAir)
    return { ending: { kind: 'lost', why: 'TikTok shows the live as on air, but does not name its room' } };
  const [off] = offs;
  if (off !== undefined) return off;
  if (answers > 0) return { room: '', status: null, host: '' };
  if (saysUnknown && listed === 'unknown user') return { ending: { kind: 'unknown-user', user } };
  if (saysUnknown)
    return { ending: { kind: 'lost', why: `TikTok knows no user "${user}", and the sign service does not answer` } };
  return { error: firstError };
}

async function isReported({ room }: Place, infoOf: (room: string) => Promise<RoomInfo>): Promise<boolean> {
  if (room === '') return false;
  const { status, ageRestricted } = await infoOf(room);
  return status !== null || ageRestricted;
}

/**
 * What the sign service lists of a user, which costs no signature; null when it does not answer. One that keeps no
 * list answers as one that does not know the user.
 */
async function askSignService(connection: TikTokLiveConnection, user: string): Promise<Place | 'unknown user' | null> {
  try {
    const { data, status: httpStatus } = await connection.apiClient.anchors.retrieveRoomId(user);
    if (httpStatus === notFound) return 'unknown user';
    const { code, room_id: room, is_live: live } = v.parse(signRoom, data);
    if (live === false) return { room: '', status: offAir, host: '' };
    if (typeof room === 'string' && room !== '') return { room, status: null, host: '' };
    return code === notFound ? 'unknown user' : null;
  } catch {
    return null;
  }
}

async function askApi(client: Client, user: string, options: Asking): Promise<Place | 'unknown user'> {
  const params = { ...client.clientParams, uniqueId: user, sourceType: '54' };
  const answer: unknown = await client.getJsonObjectFromTikTokApi('api-live/user/room/', params, false, options);
  const trouble = v.safeParse(apiTrouble, answer);
  if (trouble.success && trouble.output.statusCode !== 0) {
    if (/user.?not.?found/i.test(trouble.output.message)) return 'unknown user';
    throw new UserFacingError('TikTok does not name the room of this user', {
      cause: `status code ${trouble.output.statusCode}: ${trouble.output.message}`,
    });
  }
  const { user: host, liveRoom } = v.parse(userRoom, answer).data;
  return { room: host.roomId, status: liveRoom?.status ?? null, host: host.id };
}

async function askPage(client: Client, user: string, options: Asking, library: Library): Promise<Place> {
  const page = await client.getHtmlFromTikTokWebsite(`@${user}/live`, options);
  const state = page.match(library.RoomInfoFromHtmlRouteConfig.extractionPattern)?.[1];
  if (state === undefined) throw new UserFacingError('the page of the live does not name its room');
  const { user: host, liveRoom } = v.parse(pageState, JSON.parse(state)).LiveRoom.liveRoomUserInfo;
  return { room: host.roomId, status: liveRoom?.status ?? null, host: host.id };
}

async function askRoom(client: Client, room: string, options: Asking): Promise<RoomInfo> {
  try {
    const answer: unknown = await client.getJsonObjectFromWebcastApi(
      'room/info/',
      { ...client.clientParams, room_id: room },
      false,
      options,
    );
    const { status_code: code, data } = v.parse(roomInfo, answer);
    const host = data?.owner?.id_str || data?.owner_user_id_str || '';
    return { status: data?.status ?? null, ageRestricted: code === ageRestrictedCode, host };
  } catch {
    return { status: null, ageRestricted: false, host: '' };
  }
}
