import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCable } from '../../../src/sources/joystick/cable.ts';
import { readGatewayMessage } from '../../../src/sources/joystick/message.ts';

const ours = 'c0ffee';
const id = '5b0c6a0e-0000-4000-8000-000000000001';
const at = '2026-11-20T18:04:09Z';
const atMs = Date.parse(at);

/** In the form of version 2. */
function second(type: string, data: object, more: object = {}) {
  return { v: 2, type, id, channel_id: ours, occurred_at: at, text: 'for people', data, ...more };
}

/** In the form of version 1. */
function first(type: string, metadata: object | string, more: object = {}) {
  const written = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  return { id, event: 'StreamEvent', type, text: '', metadata: written, createdAt: at, channelId: ours, ...more };
}

/** Both forms of the same; they must be read alike. */
function eventOf(firstType: string, secondType: string, data: object) {
  const read = readGatewayMessage(second(secondType, data), ours);
  assert.deepEqual(readGatewayMessage(first(firstType, data), ours), read);
  assert.ok(read.is === 'event', JSON.stringify(read));
  return read.event;
}

const rosa = { id: 'rosa', name: 'Rosa' };

test('a tip is read in both forms: tokens, the item of the menu, and who gave them', () => {
  const data = { who: 'Rosa', what: 'Tipped', how_much: 25, tip_menu_item: 'Draw a cat' };
  const payload = { tokens: 25, item: 'Draw a cat', text: '' };
  assert.deepEqual(eventOf('Tipped', 'tipped', data), { kind: 'tip', id, atMs, user: rosa, payload });
  const bare = eventOf('Tipped', 'tipped', { who: '', how_much: '7', tip_menu_item: null });
  assert.deepEqual([bare.user, bare.payload], [null, { tokens: 7, item: '', text: '' }]);
});

test('follows, subscriptions with their months and those for others, wheels, goals and raids are read in both forms', () => {
  const who = 'Rosa';
  const read = [
    eventOf('Followed', 'followed', { who, what: 'followed' }),
    eventOf('Subscribed', 'subscribed', { who, how_much: 1 }),
    eventOf('Resubscribed', 'resubscribed', { who, how_much: 1, how_long: 14 }),
    eventOf('GiftedSubscriptions', 'gifted_subscriptions', { who, what: 'GiftedSubscriptions', how_much: 3 }),
    eventOf('WheelSpinClaimed', 'wheel_spin_claimed', { who, how_much: 50, prize: 'A cat' }),
    eventOf('TipGoalMet', 'tip_goal_met', { who, title: 'A hundred', amount: 100 }),
    eventOf('MilestoneCompleted', 'milestone_completed', { who, title: 'Half', amount: 50 }),
    eventOf('StreamDroppedIn', 'stream_dropped_in', { who, number_of_viewers: 12 }),
  ];
  assert.deepEqual(
    read.map(({ kind, payload }) => [kind, payload]),
    [
      ['follow', {}],
      ['subscribe', {}],
      ['subscribe', { months: 14 }],
      ['subscribe', { gifted: 3 }],
      ['wheel', { prize: 'A cat', tokens: 50 }],
      ['goal', { title: 'A hundred', tokens: 100 }],
      ['goal', { title: 'Half', tokens: 50 }],
      ['raid', { viewers: 12 }],
    ],
  );
  assert.ok(read.every(({ user }) => user?.id === 'rosa'));
  const leaving = { origin: 'us', destination: 'x', destination_username: 'Ink', number_of_viewers: 7 };
  const left = eventOf('DropinStream', 'dropin_stream', leaving);
  assert.deepEqual([left.kind, left.payload, left.user], ['raid-out', { viewers: 7 }, { id: 'ink', name: 'Ink' }]);
});

test('chat is read with what its author is on the channel, and who comes in by name; whispers are passed over', () => {
  const flags = { username: 'Rosa', slug: 'rosa', isStreamer: false, isModerator: true, isSubscriber: true };
  const said = { event: 'ChatMessage', type: 'new_message', createdAt: at, messageId: id, text: 'hi', channelId: ours };
  const chat = { kind: 'chat', id, atMs, payload: { text: 'hi' } };
  const old = readGatewayMessage({ ...said, visibility: 'public', author: flags }, ours);
  assert.deepEqual(old, { is: 'event', event: { ...chat, user: { ...rosa, roles: ['moderator', 'subscriber'] } } });
  assert.equal(readGatewayMessage({ ...said, visibility: 'private', author: flags }, ours).is, 'passed-over');
  for (const type of ['new_message', 'chat_message']) {
    const author = { username: 'Rosa', nickname: 'R', badges: { streamer: true, moderator: false } };
    const read = readGatewayMessage(second(type, { text: 'hi', author, visibility: 'public' }), ours);
    assert.deepEqual(read, { is: 'event', event: { ...chat, user: { ...rosa, roles: ['streamer'] } } });
  }
  const came = { id, event: 'UserPresence', type: 'enter_stream', text: 'Rosa', channelId: ours, createdAt: at };
  const join = { is: 'event', event: { kind: 'join', id, atMs, payload: {}, user: rosa } };
  assert.deepEqual(readGatewayMessage(came, ours), join);
  assert.deepEqual(readGatewayMessage(second('enter_stream', { username: 'Rosa' }), ours), join);
  assert.equal(readGatewayMessage(second('leave_stream', { username: 'Rosa' }), ours).is, 'passed-over');
});

test('begin and end of the stream are known in both forms; that it will end soon says nothing', () => {
  for (const type of ['Started', 'StreamResuming'])
    assert.equal(readGatewayMessage(first(type, '{}'), ours).is, 'started');
  for (const type of ['stream_started', 'stream_resuming'])
    assert.equal(readGatewayMessage(second(type, {}), ours).is, 'started');
  assert.equal(readGatewayMessage(first('Ended', '{}'), ours).is, 'ended');
  assert.equal(readGatewayMessage(second('stream_ended', {}), ours).is, 'ended');
  assert.equal(readGatewayMessage(second('stream_ending', {}), ours).is, 'passed-over');
});

test('what is of another channel is of another streamer; what names none, and would count, is reported', () => {
  const data = { who: 'Rosa', how_much: 25 };
  assert.equal(readGatewayMessage(second('tipped', data, { channel_id: 'another' }), ours).is, 'elsewhere');
  assert.equal(readGatewayMessage(first('Tipped', data, { channelId: 'another' }), ours).is, 'elsewhere');
  assert.equal(readGatewayMessage(first('Ended', '{}', { channelId: 'another' }), ours).is, 'elsewhere');
  const nowhere = readGatewayMessage(second('tipped', data, { channel_id: undefined }), ours);
  assert.deepEqual(nowhere, { is: 'undecodable', type: 'tipped', what: 'it names no channel' });
});

test('a number of tokens that is none is reported, and never taken from the sentence for people', () => {
  for (const wrong of [
    0,
    -5,
    1.5,
    Number.POSITIVE_INFINITY,
    1e300,
    '',
    '-5',
    '1e3',
    null,
    undefined,
    {},
    [25],
    true,
    1_000_000_001,
  ]) {
    const tip = second('tipped', { who: 'Rosa', how_much: wrong }, { text: 'Rosa tipped 25 tokens' });
    const read = readGatewayMessage(tip, ours);
    assert.deepEqual(read, { is: 'undecodable', type: 'tipped', what: 'a tip says no number of tokens above nothing' });
    const gifted = readGatewayMessage(second('gifted_subscriptions', { who: 'Rosa', how_much: wrong }), ours);
    assert.equal(gifted.is, 'undecodable', String(wrong));
  }
  for (const metadata of ['{}', 'not JSON', '', '[]', 'null', '7']) {
    assert.equal(readGatewayMessage(first('Tipped', metadata), ours).is, 'undecodable', metadata);
    assert.equal(readGatewayMessage(first('DeviceConnected', metadata), ours).is, 'passed-over', metadata);
  }
  assert.equal(readGatewayMessage({ ...first('Tipped', '{}'), metadata: undefined }, ours).is, 'undecodable');
});

test('names and words come in on one line, without what drives a terminal, and no longer than is kept', () => {
  const item = `<b onclick=x>\u001b[31m\u202e${'🖊'.repeat(10_000)}`;
  const tip = readGatewayMessage(
    second('tipped', { who: `\u202eRosa\n${'x'.repeat(1e6)}`, how_much: 1, tip_menu_item: item }),
    ours,
  );
  assert.ok(tip.is === 'event' && tip.event.kind === 'tip');
  assert.match(tip.event.payload.item, /^<b onclick=x> \[31m🖊+$/u);
  assert.ok([...tip.event.payload.item].length <= 500);
  assert.match(tip.event.user?.name ?? '', /^Rosa x{90,100}$/);
  const forged = readGatewayMessage(second('followed', { who: 'Joystick:Rosa' }), ours);
  assert.deepEqual(forged.is === 'event' && forged.event.user, { id: 'joystick-rosa', name: 'Joystick:Rosa' });
});

test('whatever comes, reading it throws nothing, and what is of no known type is passed over', () => {
  for (const type of ['chat_timer_started', 'viewer_count_updated', 'constructor', '__proto__', 'toString'])
    assert.equal(readGatewayMessage(second(type, {}), ours).is, 'passed-over', type);
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom('tipped', 'Tipped', 'new_message', 'stream_dropped_in'), (any, type) => {
      readGatewayMessage(any, ours);
      readGatewayMessage(second(type, fc.sample(fc.object(), 1)[0] ?? {}, { id: any, occurred_at: any }), ours);
      readGatewayMessage({ type, metadata: any, author: any, data: any, channelId: ours }, ours);
      readCable(JSON.stringify(any) ?? '');
      readCable(String(type));
    }),
    { numRuns: 300 },
  );
});

test('frames of Action Cable are known by what they say, whatever the order of their keys', () => {
  const kind = (frame: object) => readCable(JSON.stringify(frame)).kind;
  const identifier = '{"event_version":"v2","channel":"GatewayChannel"}';
  assert.equal(kind({ type: 'welcome' }), 'welcome');
  assert.equal(kind({ type: 'ping', message: 1_700_000_000 }), 'ping');
  assert.equal(kind({ identifier, type: 'confirm_subscription' }), 'confirmed');
  assert.equal(kind({ type: 'reject_subscription', identifier }), 'rejected');
  assert.equal(kind({ type: 'confirm_subscription', identifier: '{"channel":"Other"}' }), 'unknown');
  assert.equal(kind({ type: 'reject_subscription', identifier: 'not JSON' }), 'unknown');
  assert.equal(kind({ type: 'brand-new' }), 'unknown');
  assert.equal(kind({}), 'unknown');
  assert.equal(readCable('{"type":').kind, 'unreadable');
  assert.deepEqual(readCable('{"type":"disconnect","reason":"server_restart","reconnect":true}'), {
    kind: 'disconnect',
    reason: 'server_restart',
    reconnect: true,
  });
  assert.deepEqual(readCable('{"type":"disconnect","reason":"unauthorized","reconnect":false}'), {
    kind: 'disconnect',
    reason: 'unauthorized',
    reconnect: false,
  });
  assert.deepEqual(readCable(JSON.stringify({ identifier, message: { v: 2 } })), {
    kind: 'message',
    message: { v: 2 },
  });
  assert.deepEqual(readCable('{"error":"no such channel"}'), { kind: 'error', what: 'no such channel' });
});
