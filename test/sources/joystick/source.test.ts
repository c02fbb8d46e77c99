/** The source of Joystick.tv against a gateway in software, whatever the two and the network between them do. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonAnswer } from '../../../src/simulators/platform/platform.ts';
import { openOk, tempFolder } from '../../ledger/world.ts';
import { hourMs, withJoystick } from './rig.ts';

const tip = (tokens: number) => ({ who: 'Rosa', what: 'Tipped', how_much: tokens, tip_menu_item: null });

test('what happens on the channel is heard once the subscription is confirmed, with ids that are no other platform’s', () =>
  withJoystick({}, async ({ clock, gateway, source, events, heard }) => {
    gateway.say('tipped', tip(25));
    gateway.say('followed', { who: 'Rosa' });
    await clock.advance(10);
    assert.deepEqual(heard(), ['connected', '25', 'follow']);
    assert.deepEqual(gateway.counts().protocols, ['actioncable-v1-json']);
    const [connected, tipped] = events;
    assert.deepEqual(
      [connected?.platform, connected?.channel, connected?.room],
      ['joystick', 'ink_host', 'joystick:c0ffee:2026-11-20'],
    );
    assert.equal(tipped?.id, `joystick:${gateway.sent()[0]}`);
    assert.deepEqual(tipped?.user, { id: 'joystick:rosa', name: 'Rosa' });
    assert.deepEqual([source.facts().heard, source.facts().phase], [true, 'connected']);
  }));

test('a service that still speaks in the older form is understood', () =>
  withJoystick({ gateway: { form: 1, refusal: 'frame', expiry: 'time' } }, async ({ clock, gateway, heard }) => {
    gateway.say('tipped', tip(25));
    gateway.say('gifted_subscriptions', { who: 'Rosa', how_much: 3 });
    gateway.say('new_message', { text: 'hi', author: { username: 'Rosa' } });
    gateway.say('enter_stream', { username: 'Rosa' });
    await clock.advance(5 * hourMs);
    gateway.stream(false);
    await clock.advance(10);
    assert.deepEqual(heard().slice(0, 5), ['connected', '25', 'subscribe', 'chat', 'join']);
    assert.equal(heard().filter((each) => each === 'stream-end').length, 1);
    assert.equal(gateway.installations.counts().reused, 0);
  }));

test('what is of another channel that the same application hears is nobody’s business', () =>
  withJoystick({}, async ({ clock, gateway, source, heard }) => {
    gateway.say('tipped', tip(25), 'another');
    gateway.say('stream_ended', {}, 'another');
    gateway.say('tipped', tip(5));
    await clock.advance(10);
    assert.deepEqual(heard(), ['connected', '5']);
    assert.equal(source.facts().undecodable, 0);
  }));

test('kinds that nobody wants are not said, tips always are', () =>
  withJoystick({ deps: { wanted: new Set() } }, async ({ clock, gateway, heard }) => {
    gateway.say('new_message', { text: 'hi', author: { username: 'Rosa' } });
    gateway.say('followed', { who: 'Rosa' });
    gateway.say('tipped', tip(25));
    await clock.advance(10);
    assert.deepEqual(heard(), ['connected', '25']);
  }));

test('pings keep a quiet connection alive; six seconds without one are a gap, and it is tried anew', () =>
  withJoystick({}, async ({ clock, gateway, network, source, heard, events }) => {
    await clock.advance(10 * 60_000);
    assert.deepEqual(heard(), ['connected']);
    gateway.say('tipped', tip(25));
    await clock.advance(10);
    const silentFromMs = network.lastSoundMs;
    network.isSilent = true;
    await clock.advance(5_000);
    assert.equal(source.facts().heard, true);
    await clock.advance(2_000);
    assert.equal(heard().at(-1), 'silent for 6 s');
    const last = events.at(-1);
    assert.ok(last?.kind === 'disconnected');
    assert.ok(Math.abs(last.payload.heardUntilMs - (clock.wallMs() - clock.nowMs() + silentFromMs)) <= 1);
    gateway.say('tipped', tip(99));
    network.isSilent = false;
    await clock.advance(40_000);
    assert.deepEqual(heard(), ['connected', '25', 'silent for 6 s', 'connected']);
    assert.equal(gateway.counts().open, 1);
  }));

test('a subscription that is not confirmed within five seconds is tried anew, for a server that does not know it says nothing', () =>
  withJoystick({}, async ({ clock, gateway, network, source, heard }) => {
    gateway.faults.subscribeNext('unanswered');
    network.drop();
    await clock.advance(1_500);
    assert.equal(source.facts().heard, false);
    await clock.advance(5_000);
    assert.match(source.facts().silence?.what ?? '', /Joystick\.tv did not answer in 5 s/);
    await clock.advance(3_000);
    assert.deepEqual(heard(), ['connected', 'the connection broke', 'connected']);
  }));

test('a subscription that is refused is for a person to mend, and is heard as soon as somebody has signed in anew', () =>
  withJoystick({}, async ({ clock, gateway, network, source, signIn }) => {
    gateway.faults.subscribeNext('rejected');
    network.drop();
    await clock.advance(2_000);
    assert.equal(source.facts().problem?.code, 'live-not-admitted');
    await clock.advance(60_000);
    assert.equal(source.facts().heard, false, 'nothing is tried until then');
    signIn();
    await clock.advance(6_000);
    assert.deepEqual([source.facts().heard, source.facts().problem], [true, null]);
  }));

test('a server that begins anew is a gap and is tried again; one that does not want us again is for a person to mend', () =>
  withJoystick({}, async ({ clock, gateway, source, heard }) => {
    gateway.restart();
    await clock.advance(2_000);
    assert.deepEqual(heard(), ['connected', 'Joystick.tv closed the connection (server restart)', 'connected']);
    gateway.restart('remote', false);
    await clock.advance(60_000);
    assert.equal(source.facts().problem?.code, 'live-not-wanted');
    assert.equal(gateway.counts().open, 0);
  }));

for (const refusal of ['code', 'frame'] as const) {
  test(`a token that is not accepted (by a ${refusal}) is renewed once and for good; when the new one is not, a person is asked`, () =>
    withJoystick({ gateway: { refusal } }, async ({ clock, gateway, network, source, heard, tokens, signIn }) => {
      const before = readFileSync(tokens, 'utf8');
      gateway.installations.expire();
      network.drop();
      await clock.advance(5_000);
      assert.deepEqual(heard(), ['connected', 'the connection broke', 'connected']);
      assert.deepEqual(gateway.installations.counts(), { refreshes: 1, reused: 0 });
      assert.notEqual(readFileSync(tokens, 'utf8'), before);
      assert.equal(statSync(tokens).mode & 0o777, 0o600);
      gateway.faults.closeNext(4401);
      gateway.faults.closeNext(4401);
      network.drop();
      await clock.advance(30_000);
      assert.equal(source.facts().problem?.code, 'live-sign-in-refused');
      assert.equal(gateway.installations.counts().refreshes, 2);
      signIn();
      await clock.advance(6_000);
      assert.equal(source.facts().heard, true);
    }));
}

test('over many hours the token is renewed before it ends, each refresh token once', () =>
  withJoystick({}, async ({ clock, gateway, network, source }) => {
    for (let hour = 0; hour < 24; hour += 1) {
      await clock.advance(hourMs);
      network.drop();
      await clock.advance(3_000);
      assert.equal(source.facts().heard, true, `hour ${hour}`);
    }
    const { refreshes, reused } = gateway.installations.counts();
    assert.ok(refreshes >= 5 && refreshes <= 7, String(refreshes));
    assert.equal(reused, 0);
  }));

test('an application that was thrown out is for a person to mend; trouble of the network at the same place is not', () =>
  withJoystick({}, async ({ clock, gateway, network, source }) => {
    gateway.installations.expire();
    gateway.faults.refuse('token', jsonAnswer(503, {}), 'never');
    network.drop();
    await clock.advance(4_000);
    assert.equal(source.facts().problem, null);
    await clock.advance(60_000);
    assert.equal(source.facts().heard, true);
    gateway.installations.revoke();
    network.drop();
    await clock.advance(120_000);
    assert.equal(source.facts().problem?.code, 'live-sign-in-refused');
  }));

test('a 401 in between is answered with another token, once', () =>
  withJoystick({ isSignedIn: false }, async ({ clock, gateway, source, signIn }) => {
    assert.equal(source.facts().problem?.code, 'live-not-signed-in');
    gateway.faults.refuse('identity', jsonAnswer(401, {}));
    signIn();
    await clock.advance(10_000);
    assert.equal(source.facts().heard, true);
    assert.deepEqual(gateway.installations.counts(), { refreshes: 1, reused: 0 });
  }));

test('the end of the stream ends the session and not the connection; what is given then counts, and the next stream is a new session', () =>
  withJoystick({}, async ({ clock, gateway, source, heard, events }) => {
    gateway.say('tipped', tip(25));
    gateway.say('stream_ending', {});
    gateway.stream(false);
    await clock.advance(10);
    const ended = 'ink_host is not live on Joystick.tv.';
    assert.deepEqual(heard(), ['connected', '25', 'stream-end', ended]);
    const { heard: isHeard, phase, silence } = source.facts();
    assert.deepEqual([isHeard, phase, silence?.code, silence?.what], [false, 'off-air', 'off-air', ended]);
    gateway.say('tipped', tip(3));
    gateway.say('stream_ended', {});
    await clock.advance(20 * 60_000);
    assert.equal(gateway.counts().open, 1);
    gateway.stream(true);
    gateway.say('tipped', tip(4));
    await clock.advance(10);
    assert.deepEqual(heard().slice(4), ['3', 'connected', '4']);
    const sessions = events.map(({ session }) => session);
    assert.equal(new Set(sessions).size, 2);
    assert.equal(sessions.lastIndexOf(sessions[0] ?? ''), 4);
    assert.equal(source.facts().phase, 'connected');
  }));

test('who connects while the stream is not on waits for it, and is heard when it begins', () =>
  withJoystick({}, async ({ clock, gateway, network, source, heard }) => {
    gateway.stream(false);
    network.drop();
    await clock.advance(3_000);
    assert.equal(source.facts().phase, 'off-air');
    gateway.faults.refuse('settings', jsonAnswer(403, {}));
    network.drop();
    await clock.advance(3_000);
    assert.equal(source.facts().phase, 'connected', 'what cannot be known is taken to be on');
    network.drop();
    await clock.advance(5_000);
    assert.equal(source.facts().phase, 'off-air');
    gateway.stream(true);
    await clock.advance(10);
    assert.equal(source.facts().phase, 'connected');
    assert.equal(heard().filter((each) => each === 'connected').length, 3);
  }));

test('a stream that began while the connection was lost has a gap in the ledger from when it was last known to be off', (t) =>
  withJoystick({}, async ({ clock, gateway, network, heard, events }) => {
    gateway.stream(false);
    await clock.advance(60_000);
    const offUntilMs = clock.wallMs();
    network.isDown = true;
    network.drop();
    await clock.advance(10_000);
    gateway.stream(true);
    await clock.advance(20_000);
    network.isDown = false;
    await clock.advance(40_000);
    assert.deepEqual(heard().slice(3), ['it began while the connection was lost', 'connected']);
    const ledger = openOk(join(tempFolder(t), 'l.db'), () => clock.wallMs());
    for (const event of events) ledger.noteLive(event);
    const [gap, ...others] = ledger.questions.gapsSince(0);
    assert.equal(others.length, 0);
    assert.ok(gap?.over && gap.toMs !== null);
    assert.ok(Math.abs(gap.fromMs - offUntilMs) <= 3_000, 'a ping was heard since');
    assert.equal(gap.toMs, events.at(-1)?.arrivedAtMs);
    ledger.close();
  }));

test('every silence while the stream is on is a gap in the ledger, for nothing is said again', (t) =>
  withJoystick({}, async ({ clock, gateway, network, events }) => {
    await clock.advance(60_000);
    network.isSilent = true;
    await clock.advance(8_000);
    network.isSilent = false;
    await clock.advance(60_000);
    gateway.restart();
    await clock.advance(60_000);
    const ledger = openOk(join(tempFolder(t), 'l.db'), () => clock.wallMs());
    for (const event of events) ledger.noteLive(event);
    const gaps = ledger.questions.gapsSince(0);
    const said = gaps.map(({ platform, channel, over, why }) => [platform, channel, over, why]);
    assert.deepEqual(said, [
      ['joystick', 'ink_host', true, 'silent for 6 s'],
      ['joystick', 'ink_host', true, 'Joystick.tv closed the connection (server restart)'],
    ]);
    ledger.close();
  }));

test('an event that is lost is not made up, one that comes twice, late or in another order keeps its id', () =>
  withJoystick({}, async ({ clock, gateway, heard, events }) => {
    gateway.faults.next('lost');
    gateway.say('tipped', tip(1));
    gateway.faults.next('doubled');
    gateway.say('tipped', tip(2));
    gateway.faults.next('swapped');
    gateway.say('tipped', tip(3));
    gateway.say('tipped', tip(4));
    gateway.faults.lateNext(1_000);
    gateway.say('tipped', tip(5));
    gateway.say('tipped', tip(6));
    await clock.advance(2_000);
    assert.deepEqual(heard(), ['connected', '2', '2', '4', '3', '6', '5']);
    assert.equal(events[1]?.id, events[2]?.id);
  }));

test('what cannot be read is counted and costs nothing beside it; a type that is not known is none of that', () =>
  withJoystick({}, async ({ clock, gateway, source, heard }) => {
    gateway.sayRaw('no JSON');
    gateway.say('tipped', { who: 'Rosa', how_much: -5 });
    gateway.say('chat_timer_started', { name: 'x' });
    gateway.sayRaw(JSON.stringify({ type: 'brand-new' }));
    gateway.say('tipped', tip(7));
    await clock.advance(10);
    assert.deepEqual(heard(), ['connected', 'error', 'error', '7']);
    assert.equal(source.facts().undecodable, 2);
  }));

test('after a stop nothing is heard, in whatever phase it came, and nothing stays open', async () => {
  for (const afterMs of [0, 1, 2, 3, 5, 8, 10, 12, 100]) {
    await withJoystick({}, async ({ clock, gateway, network, source, events }) => {
      network.drop();
      await clock.advance(1_000 + afterMs);
      const stopped = source.stop();
      await clock.advance(5_000);
      await stopped;
      const heard = events.length;
      gateway.say('tipped', tip(1));
      await clock.advance(60_000);
      assert.equal(events.length, heard, `${afterMs} ms`);
      assert.deepEqual([source.facts().phase, network.open], ['stopped', 0], `${afterMs} ms`);
    });
  }
});

test('while the disk takes nothing no more is read, and nobody takes that for silence', async () => {
  const waiting: (() => void)[] = [];
  const settled = () => new Promise<void>((resolve) => waiting.push(resolve));
  await withJoystick({ deps: { settled } }, async ({ clock, gateway, network, source, heard }) => {
    for (let n = 0; n < 20_000; n += 1) gateway.say('tipped', tip(1));
    await clock.advance(60_000);
    assert.ok(network.unread > 0, 'the server waits');
    assert.equal(source.facts().heard, true);
    const before = heard().length;
    assert.ok(before < 20_001);
    for (let round = 0; round < 1_000 && heard().length < 20_001; round += 1) {
      for (const resolve of waiting.splice(0)) resolve();
      await clock.advance(10);
    }
    assert.equal(heard().length, 20_001);
  });
});

test('after so many attempts in vain it is left alone, if the config says so, until a person tries', () =>
  withJoystick({ reconnectMaxAttempts: 3 }, async ({ clock, network, source }) => {
    network.isDown = true;
    network.drop();
    await clock.advance(10 * 60_000);
    assert.equal(source.facts().problem?.code, 'live-gave-up');
    network.isDown = false;
    await clock.advance(10 * 60_000);
    assert.equal(source.facts().heard, false);
    source.retryNow();
    await clock.advance(1_000);
    assert.equal(source.facts().heard, true);
  }));

test('while the stream is off a sign-in that has ended is renewed, though the connection stands', () =>
  withJoystick({}, async ({ clock, gateway, heard }) => {
    gateway.stream(false);
    await clock.advance(6 * hourMs);
    assert.equal(gateway.installations.counts().refreshes, 1);
    assert.equal(heard().filter((each) => each === 'connected').length, 1);
  }));

test('a tip that is sent again after noon, when another evening has begun, is the same tip', () =>
  withJoystick({}, async ({ clock, gateway, network, events, heard }) => {
    await clock.advance(18 * hourMs - 60_000);
    gateway.say('tipped', tip(25));
    await clock.advance(120_000);
    network.drop();
    await clock.advance(5_000);
    gateway.sayAgain(gateway.sent()[0] ?? '');
    gateway.say('tipped', tip(26));
    await clock.advance(100);
    assert.deepEqual(heard().slice(-2), ['connected', '26']);
    assert.equal(new Set(events.map(({ room }) => room)).size, 2);
  }));

test('a type that nobody knows is told once in the log of whoever looks closer', () =>
  withJoystick({}, async ({ clock, gateway, debugLog }) => {
    for (let time = 0; time < 3; time += 1) gateway.say('brand_new', {});
    await clock.advance(10);
    assert.equal(debugLog.filter((line) => line.includes('"brand_new"')).length, 1);
  }));
