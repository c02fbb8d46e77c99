/**
 * How live events name the platform. Ids of its rooms and people bear no prefix: it was the first, and what is written
 * down of them is found by them. Those of every other platform begin with its name (`src/sources/ids.ts`).
 */
export const tiktokPlatform = 'tiktok';

/** Where the platform is, for whoever looks whether it can be reached. */
export const platformPlaces = {
  name: 'TikTok',
  pages: 'https://www.tiktok.com/',
  /** The same without TLS: a network that wants a sign-in answers for it. */
  plainPages: 'http://www.tiktok.com/',
  /** Where the connector asks for signatures when the config names no other place. */
  signService: 'https://tiktok.eulerstream.com/',
} as const;

/** The variable of the environment that names another host in place of the platform's: a double of it. */
export const hostVariable = 'LIVEPEN_TIKTOK_HOST';
