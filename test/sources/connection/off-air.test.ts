/** A platform that says when a stream begins and ends, while its connection goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line, Talk } from '../../../src/sources/connection/attempt.ts';
import { started } from './toy.ts';

const place = { room: '7', channel: 'toy_maker' };

/** On and off as it is told. */
function talk(line: Line): Talk {
  return {
    target: async () => ({ url: 'wss://toy.example/' }),
    opened: () => line.send('hello'),
    message(text) {
      if (text === 'on') line.heard(place);
      else if (text === 'off' || text === 'welcome') line.offAir(place, 'It is over.');
      else if (text === 'broken') line.undecodable('toy', 'it is broken', text);
      else if (text !== 'ping') line.event({ kind: 'chat', id: text, atMs: null, user: null, payload: { text } });
      return 1;
    },
  };
}

test('off the air nothing counts as heard, the connection goes on, and what happens there is said all the same', async () => {
  const { clock, platform, network, source, heard, events } = await started({ talk, silenceLimitMs: 60_000 });
  assert.deepEqual([source.facts().phase, source.facts().heard, network.open], ['off-air', false, 1]);
  assert.deepEqual(source.facts().silence, { code: 'off-air', what: 'It is over.', todo: null, nextAtMs: null });
  for (const text of ['one', 'on', 'two', 'off', 'off', 'three', 'broken', 'on', 'on', 'four']) {
    platform.say(text);
    await clock.advance(10);
  }
  assert.deepEqual(heard(), ['chat', 'connected', 'chat', 'It is over.', 'chat', 'error', 'connected', 'chat']);
  const sessions = [...new Set(events.map(({ session }) => session))];
  assert.equal(sessions.length, 3, 'each time on the air is a session of its own');
  assert.deepEqual(
    events.map(({ session }) => sessions.indexOf(session)),
    [0, 1, 1, 1, 1, 1, 2, 2],
  );
  assert.deepEqual([source.facts().phase, source.facts().heard], ['connected', true]);
});

test('silence off the air is a dead connection, too, and no gap: nothing was on', async () => {
  const { clock, network, source, heard } = await started({ talk, silenceLimitMs: 60_000 });
  network.isSilent = true;
  await clock.advance(61_000);
  assert.deepEqual(heard(), []);
  assert.notEqual(source.facts().phase, 'off-air');
  network.isSilent = false;
  await clock.advance(60_000);
  assert.equal(source.facts().phase, 'off-air');
});

test('a connection that is off the air was not made in vain, however often it breaks', async () => {
  const { clock, network, source } = await started({ talk, reconnectMaxAttempts: 2, silenceLimitMs: 600_000 });
  for (let round = 0; round < 5; round += 1) {
    network.drop();
    await clock.advance(120_000);
  }
  assert.equal(source.facts().phase, 'off-air');
  const open = network.open;
  const stopped = source.stop();
  await clock.advance(5_000);
  await stopped;
  assert.deepEqual([open, network.open, source.facts().phase], [1, 0, 'stopped']);
});
