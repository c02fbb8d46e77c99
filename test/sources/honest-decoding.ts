import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodable } from '../../src/sources/tiktok/provider.ts';
import { decodeFrame } from '../../src/sources/tiktok/webcast.ts';
import { takeApart } from '../../src/sources/tiktok/wire.ts';
import { seededRandom } from '../../src/system/random.ts';
import { batchOf, fill, frameOf, honestMessages } from './honest-frames.ts';

/** Decodes random honest frames, and holds what comes of them against the library's own decoder. */
export async function honestFramesAreDecoded(frames: number, bytesMax: number): Promise<void> {
  const library = await import('tiktok-live-connector');
  const wanted = new Set(['chat', 'join', 'room-user'] as const);
  const { envelope } = honestMessages(library, seededRandom(17));
  const hoard = Array.from({ length: 600 }, envelope);
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 300, max: bytesMax }), fc.boolean(), (seed, bytes, zip) => {
      const batch = batchOf(library, fill(hoard, seededRandom(seed), bytes));
      const real = library.ProtoMessageFetchResult.decode(batch);
      assert.equal(takeApart(batch).messages.length, real.messages.length);
      const { messages, ack } = decodeFrame(library, frameOf(library, batch, zip), wanted);
      assert.deepEqual(ack, { logId: '1', ext: real.internalExt });
      assert.equal(messages.length, real.messages.length);
      messages.forEach(({ method, msgId, content }, index) => {
        const { method: realMethod, msgId: realId, payload } = real.messages[index] ?? { payload: batch };
        assert.deepEqual([method, msgId], [realMethod, realId]);
        const type = decodable.find((name) => name === method);
        assert.equal(content.kind, type === undefined ? 'skipped' : 'decoded', JSON.stringify(content).slice(0, 200));
        // To compare all that unfolds would take most of the time; every tenth is enough to show a reader out of step.
        if (content.kind === 'decoded' && type !== undefined && index % 10 === 0) {
          assert.deepEqual(content.data, library[type].decode(payload));
        }
      });
    }),
    { numRuns: frames },
  );
}
