import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacOf, openKeys } from '../../src/ledger/viewers.ts';

test('a viewer is named by an HMAC of their id', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.string({ unit: 'binary', maxLength: 200 }),
      (bytes, text) => {
        const secret = Buffer.from(bytes);
        assert.equal(hmacOf(secret)(text), createHmac('sha256', secret).update(text).digest('hex'));
      },
    ),
  );
});

test('keys of other ledgers, rooms, viewers and events are other keys, and the same are the same', () => {
  const [one, other] = [openKeys(Buffer.alloc(32, 1)), openKeys(Buffer.alloc(32, 2))];
  const keys = [
    one.event(1, ['frame', '7']),
    one.event(2, ['frame', '7']),
    one.event(1, ['frame', '8']),
    one.event(1, ['frame7']),
    other.event(1, ['frame', '7']),
    one.viewer('7'),
    one.viewer('8'),
    other.viewer('7'),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(one.event(1, ['frame', '7']), keys[0]);
  assert.match(keys[0] ?? '', /^00000001[0-9a-f]{24}$/);
});

test('keys of ids that bear no prefix are what they always were, to the byte', () => {
  const keys = openKeys(Buffer.alloc(32, 7));
  assert.equal(
    keys.viewer('7000000000000000001'),
    createHmac('sha256', Buffer.alloc(32, 7)).update('viewer 7000000000000000001').digest('hex').slice(0, 24),
  );
  assert.equal(keys.viewer('7000000000000000001'), '544137c877d8c93ffd0afa4e');
  assert.equal(keys.event(1, ['gift', '7']), '000000013b3bcc36a7b39ae37af3d9f7');
  assert.notEqual(keys.viewer('other:7'), keys.viewer('7'));
});
