import * as v from 'valibot';
import { mediumHash } from '../domain/alert.ts';
import { mediaBytesMax } from '../domain/outside.ts';
import { type BoardMedia, mediaKept, mediaTypes } from './board-media.ts';
import { Refusal, type Route, route } from './route.ts';

/** The path under which sounds and pictures are kept. */
export const mediaPath = '/board/media/';

const params = v.object({
  hash: v.pipe(v.string(), v.regex(mediumHash, 'must end in the SHA-256 of the file, as 64 small hexadecimal digits')),
});

/** The routes of sounds and pictures for the board. */
export function mediaRoutes(media: BoardMedia): readonly Route[] {
  return [
    route({
      method: 'put',
      path: `${mediaPath}{hash}`,
      summary:
        'Brings a sound (WAV, MP3, Ogg) or a picture (PNG, JPEG, GIF, WebP) of at most 1 MB for cues of the board. ' +
        `${mediaKept.count} are kept in memory, 16 MB of them; the one that was not used for longest goes`,
      admits: 'owner',
      admitsWorker: true,
      params,
      query: v.object({
        encoding: v.pipe(
          v.optional(v.picklist(['none', 'base64'], 'must be none or base64'), 'none'),
          v.description('How the body is encoded.'),
        ),
      }),
      file: 'application/octet-stream',
      answer: v.object({ said: v.string(), type: v.string() }),
      refuses: { 413: 'It has more than 1 MB.', 422: 'It has another SHA-256, or is none of these kinds.' },
      async handle({ params: { hash }, query: { encoding } }, context) {
        const sent = new Uint8Array(await context.req.arrayBuffer());
        const bytes = encoding === 'base64' ? Uint8Array.from(Buffer.from(textOf(sent), 'base64')) : sent;
        const kept = media.put(hash, bytes);
        return kept.ok ? { said: 'Kept.', type: kept.type } : refusals[kept.why];
      },
    }),
    route({
      method: 'get',
      path: `${mediaPath}{hash}`,
      summary: 'A sound or a picture of the board',
      admits: 'board',
      params,
      answer: mediaTypes.join(', '),
      refuses: { 404: 'It is not there, or not any more.' },
      handle({ params: { hash } }) {
        const medium = media.use(hash);
        if (medium === null) return new Refusal(404, mediumGone);
        // It is named by its hash, so it never changes.
        return new Response(medium.bytes, {
          headers: { 'content-type': medium.type, 'cache-control': 'private, max-age=86400, immutable' },
        });
      },
    }),
  ];
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** The fault of a cue that names a sound or a picture which is not kept. */
export const mediumGone = {
  code: 'media-unknown',
  what: 'There is no such sound or picture, or not any more.',
  remedy: 'Send it with PUT /board/media, and then the cue again.',
};

const refusals = {
  empty: new Refusal(422, { code: 'media-empty', what: 'The file is empty.', remedy: 'Send its bytes as the body.' }),
  long: new Refusal(413, {
    code: 'media-too-large',
    what: `A sound or a picture may hold ${mediaBytesMax} bytes.`,
    remedy: 'Send a shorter one, or one of less detail.',
  }),
  hash: new Refusal(422, {
    code: 'media-hash',
    what: 'What came is not what the address says: its SHA-256 is another one.',
    remedy: 'Send the file as it is, to the address that ends in its SHA-256.',
  }),
  kind: new Refusal(422, {
    code: 'media-kind',
    what: 'That is no WAV, MP3, Ogg, PNG, JPEG, GIF or WebP by its first bytes.',
    remedy: 'Save it as one of these.',
  }),
} as const;
