import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { colourOrders, decodeLeds, encodeLeds, frameBytes, type LedColour } from '../../src/panel/light/ws281x.ts';

const full = { order: 'GRB', brightness: 1 } as const;

test('a frame is an idle byte, nine bytes a LED, and 300 µs of silence: 60 LEDs are 631 bytes', () => {
  assert.equal(frameBytes(60), 631);
  assert.equal(
    encodeLeds(
      Array.from({ length: 60 }, () => [0, 0, 0] as const),
      full,
    ).length,
    631,
  );
});

test('a bit of 0 is 100 on the wire, a bit of 1 is 110, the highest bit first, green before red before blue', () => {
  const frame = encodeLeds([[255, 0, 0]], full);
  assert.deepEqual([...frame.subarray(0, 10)], [0, 0x92, 0x49, 0x24, 0xdb, 0x6d, 0xb6, 0x92, 0x49, 0x24]);
  assert.ok(frame.subarray(10).every((byte) => byte === 0));
});

const level = fc.integer({ min: 0, max: 255 });
const colour = fc.tuple(level, level, level);

test('what is sent can be read back as the same colours, in every order of colours', () => {
  fc.assert(
    fc.property(fc.array(colour, { maxLength: 20 }), fc.constantFrom(...colourOrders), (colours, order) => {
      const powers = decodeLeds(encodeLeds(colours, { order, brightness: 1 }), order);
      const expected = colours.map((each) => each.map((channel) => Math.round(255 * (channel / 255) ** 2.2)));
      assert.deepEqual(powers, expected);
    }),
  );
});

test('no channel gets more than the limit of brightness, whatever is asked for', () => {
  const wild = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -1_000, max: 1_000 })));
  fc.assert(
    fc.property(fc.array(wild, { maxLength: 10 }), fc.double({ min: 0, max: 1, noNaN: true }), (asked, brightness) => {
      const colours = asked.map(([red = 0, green = 0, blue = 0]): LedColour => [red, green, blue]);
      const powers = decodeLeds(encodeLeds(colours, { order: 'GRB', brightness }), 'GRB');
      assert.ok(powers?.flat().every((power) => power <= Math.round(255 * brightness)));
    }),
  );
});

test('what is no frame is not read as one', () => {
  const frame = encodeLeds([[1, 2, 3]], full);
  assert.equal(decodeLeds(frame.subarray(1), 'GRB'), null);
  frame[3] = 0xff;
  assert.equal(decodeLeds(frame, 'GRB'), null);
});
