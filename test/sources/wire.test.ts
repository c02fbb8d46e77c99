import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giftKinds } from '../../src/simulators/live/script.ts';
import { webcastForm } from '../../src/simulators/live/webcast-messages.ts';
import { decodable, type Message } from '../../src/sources/tiktok/provider.ts';
import { decodeFrame, decodeInitial } from '../../src/sources/tiktok/webcast.ts';
import { seededRandom } from '../../src/system/random.ts';
import { bombs, explode } from './bombs.ts';
import { heapInUse } from './heap.ts';
import { honestFramesAreDecoded } from './honest-decoding.ts';
import { batchOf, fill, frameOf, honestMessages } from './honest-frames.ts';

const library = await import('tiktok-live-connector');
const wanted = new Set(['chat', 'join', 'room-user'] as const);

test('honest frames of any size are decoded whole, as the library itself decodes them', () =>
  honestFramesAreDecoded(60, 2_000_000));

test('a history of a hundred ordinary chats with a gift in it is decoded', () => {
  const random = seededRandom(3);
  const { envelope } = honestMessages(library, random);
  const hoard = Array.from({ length: 300 }, envelope);
  for (let round = 0; round < 50; round += 1) {
    const messages = decodeInitial(library, batchOf(library, fill(hoard, random, 306_000)), wanted);
    assert.ok(messages.length > 20);
    assert.deepEqual(reasons(messages), []);
  }
});

test('a bundle of 12,000 of the shortest gifts is decoded whole', () => {
  const { frame } = webcastForm(library, '7300000000000000001');
  const fan = { id: '6800000000000000001', name: 'a' };
  const [rose] = Object.values(giftKinds);
  assert.ok(rose !== undefined);
  const said = { kind: 'gift', fan, gift: rose, count: 1, group: '0', receiver: '6', ended: false } as const;
  const batch = Array.from({ length: 12_000 }, (_, index) => ({ ...said, msgId: String(index + 1), atMs: 1 }));
  const { messages } = decodeFrame(library, frame(batch, '1', 0), wanted);
  assert.equal(messages.length, 12_000);
  assert.deepEqual(reasons(messages).slice(0, 3), []);
});

for (const bomb of bombs(library)) {
  test(`a bomb is refused with next to no memory: ${bomb.name}`, async () => {
    await heapInUse();
    const refused = explode(library, bomb);
    assert.ok(refused.decoded < 100, `${refused.decoded} messages were decoded`);
    assert.ok(refused.heapBytes < 20_000_000, `${Math.round(refused.heapBytes / 1e6)} MB`);
  });
}

const gift = () => {
  const { envelope } = honestMessages(library, seededRandom(11));
  for (;;) {
    const message = envelope();
    if (library.BaseProtoMessage.decode(message).method === 'WebcastGiftMessage') return message;
  }
};

for (const { name, message } of bombs(library)) {
  if (message === undefined) continue;
  test(`a gift beside a bomb is heard, before and after it: ${name}`, () => {
    const honest = gift();
    const { messages } = decodeFrame(library, frameOf(library, batchOf(library, [honest, message, honest])), wanted);
    assert.deepEqual(
      messages.map(({ content }) => content.kind),
      ['decoded', 'undecodable', 'decoded'],
    );
  });
}

test('a message that is cut off costs no message before it, and what is missing is told', () => {
  const honest = gift();
  const whole = batchOf(library, [honest, honest]).subarray(0, 2 * honest.length);
  const { messages } = decodeFrame(library, frameOf(library, whole), wanted);
  assert.deepEqual(
    messages.map(({ content }) => content.kind),
    ['decoded', 'undecodable'],
  );
});

test('an envelope that cannot be read costs no other message of its frame', () => {
  const honest = gift();
  const torn = Uint8Array.from([...honest.subarray(0, 40), 0x0f, 0x0f, 0x0f]);
  const { messages, ack } = decodeFrame(library, frameOf(library, batchOf(library, [torn, honest])), wanted);
  assert.deepEqual(
    messages.map(({ content }) => content.kind),
    ['undecodable', 'decoded'],
  );
  assert.notEqual(ack, null);
});

test('every type that is decoded has a decoder', () => {
  for (const type of decodable) assert.equal(typeof library[type].decode, 'function');
});

function reasons(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content }) => (content.kind === 'undecodable' ? [content.what] : []));
}
