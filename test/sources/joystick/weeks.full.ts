import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hourMs, withJoystick } from './rig.ts';

test('a sign-in does not run out while one connection stands for weeks and the stream is never off', () =>
  withJoystick({}, async ({ clock, gateway, network, source }) => {
    await clock.advance(6 * 24 * hourMs);
    assert.equal(gateway.installations.counts().refreshes, 0, 'as long as it can wait nobody is disturbed');
    await clock.advance(27 * 24 * hourMs);
    assert.equal(gateway.installations.counts().refreshes, 4);
    network.drop();
    await clock.advance(10_000);
    assert.equal(source.facts().heard, true);
  }));
