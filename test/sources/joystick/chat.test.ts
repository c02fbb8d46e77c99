/** What goes into the chat of Joystick.tv, over the connection that listens to a gateway in software. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChatAct, type ChatDone, chatText } from '../../../src/domain/chat.ts';
import { withJoystick } from './rig.ts';

type Rig = Parameters<Parameters<typeof withJoystick>[1]>[0];

const rights = { write: true, moderate: true };
const mayAll = { deps: { rights }, scopes: ['chat:read', 'stream:read', 'identity:read', 'chat:write'] };
const order = (act: ChatAct, { to = '', text = '' } = {}) => ({ act, to, text });

/** What came of it, once that is known. */
async function written(
  { clock, source }: Rig,
  ...args: Parameters<typeof order>
): Promise<ChatDone | null | undefined> {
  const done = source.write?.(order(...args));
  await clock.advance(3_000);
  return done;
}

const codeOf = (done: ChatDone | null | undefined) =>
  done?.ok === false ? `${done.why} ${done.fault.code}` : done?.ok;

test('what is announced, whispered and replied arrives, each as the service takes it', () =>
  withJoystick(mayAll, async (rig) => {
    assert.deepEqual(await written(rig, 'announce', { text: 'Thank you, Rosa!' }), { ok: true });
    assert.deepEqual(await written(rig, 'reply', { to: 'Rosa', text: 'a rose for you' }), { ok: true });
    assert.deepEqual(await written(rig, 'whisper', { to: 'Rosa', text: 'row 3' }), { ok: true });
    assert.deepEqual(rig.gateway.chat(), ['Thank you, Rosa!', '@Rosa a rose for you']);
    assert.deepEqual(rig.gateway.orders(), ['whisper Rosa: row 3']);
  }));

test('who said something can be muted and blocked by that, and anybody unmuted; who said nothing cannot be named', () =>
  withJoystick(mayAll, async (rig) => {
    const { clock, gateway } = rig;
    gateway.say('new_message', { text: 'buy followers', author: { username: 'Spam_Bot' } });
    await clock.advance(10);
    assert.deepEqual(await written(rig, 'mute', { to: 'spam_bot' }), { ok: true });
    assert.deepEqual(await written(rig, 'block', { to: 'Spam_Bot' }), { ok: true });
    assert.deepEqual(await written(rig, 'unmute', { to: 'Spam_Bot' }), { ok: true });
    assert.equal(codeOf(await written(rig, 'mute', { to: 'Rosa' })), 'refused chat-nobody');
    assert.deepEqual(gateway.orders(), ['mute Spam_Bot', 'block Spam_Bot', 'unmute Spam_Bot']);
  }));

test('nothing is written that the config does not allow, each for itself', async () => {
  await withJoystick({ ...mayAll, deps: {} }, async (rig) => {
    assert.equal(codeOf(await written(rig, 'announce', { text: 'hi' })), 'refused chat-not-allowed');
  });
  await withJoystick({ ...mayAll, deps: { rights: { write: true, moderate: false } } }, async (rig) => {
    assert.equal(codeOf(await written(rig, 'block', { to: 'Rosa' })), 'refused chat-not-allowed');
    assert.deepEqual(await written(rig, 'announce', { text: 'hi' }), { ok: true });
    assert.deepEqual(rig.gateway.orders(), []);
  });
});

test('two messages are two seconds apart, and a second one at the same time is told that it is too early', () =>
  withJoystick(mayAll, async ({ clock, gateway, source }) => {
    const first = source.write?.(order('announce', { text: 'one' }));
    assert.equal(codeOf(await source.write?.(order('announce', { text: 'two' }))), 'busy chat-busy');
    await clock.advance(1_000);
    assert.deepEqual(await first, { ok: true });
    const next = source.write?.(order('announce', { text: 'three' }));
    await clock.advance(900);
    assert.deepEqual(gateway.chat(), ['one']);
    await clock.advance(1_100);
    assert.deepEqual(await next, { ok: true });
    assert.deepEqual(gateway.chat(), ['one', 'three']);
  }));

test('a no of the service is reported in its words, and one without the right to write is one', async () => {
  await withJoystick(mayAll, async (rig) => {
    rig.gateway.faults.orderNext('you are\u0000 muted');
    const done = await written(rig, 'announce', { text: 'hi' });
    assert.equal(codeOf(done), 'refused chat-refused');
    assert.match(JSON.stringify(done), /Joystick\.tv refuses it: you are muted\./);
    assert.deepEqual(await written(rig, 'announce', { text: 'again' }), { ok: true });
  });
  await withJoystick({ deps: { rights } }, async (rig) => {
    assert.match(JSON.stringify(await written(rig, 'announce', { text: 'hi' })), /insufficient scope/);
    assert.deepEqual(rig.gateway.chat(), []);
  });
});

test('without a connection nothing waits: it is said at once, also when the connection is lost in the middle', () =>
  withJoystick(mayAll, async (rig) => {
    const { clock, network, source, gateway } = rig;
    await written(rig, 'announce', { text: 'before' });
    const lost = source.write?.(order('announce', { text: 'on its way' }));
    network.drop();
    await clock.advance(1);
    assert.equal(codeOf(await lost), 'unreachable chat-not-connected');
    assert.equal(
      codeOf(await source.write?.(order('announce', { text: 'meanwhile' }))),
      'unreachable chat-not-connected',
    );
    await clock.advance(60_000);
    assert.deepEqual(await written(rig, 'announce', { text: 'after' }), { ok: true });
    assert.deepEqual(gateway.chat().slice(-1), ['after']);
    assert.ok(!gateway.chat().includes('meanwhile'));
  }));

test('what was written here is not heard as a message of the chat: a rule that answered itself would never end', () =>
  withJoystick(mayAll, async (rig) => {
    const { gateway, clock, heard } = rig;
    await written(rig, 'announce', { text: 'I <3 you & yours' });
    assert.deepEqual(heard(), ['connected']);
    gateway.say('new_message', { text: 'I ‹3 you &amp; yours', author: { username: 'Rosa' } });
    await clock.advance(10);
    assert.deepEqual(heard(), ['connected', 'chat']);
  }));

test('of signs without a letter only those that were written here are taken for what was written here', () =>
  withJoystick(mayAll, async (rig) => {
    const { gateway, clock, source, events } = rig;
    const done = source.write?.(order('announce', { text: '🎉 🎉' }));
    gateway.say('new_message', { text: '❤️', author: { username: 'Rosa' } });
    await clock.advance(3_000);
    assert.deepEqual(await done, { ok: true });
    assert.deepEqual(gateway.chat(), ['🎉 🎉']);
    assert.deepEqual(
      events.flatMap((event) => (event.kind === 'chat' ? [event.payload.text] : [])),
      ['❤️'],
    );
  }));

test('a text of a viewer becomes no command, no second message and no tag, and has a bounded length', () =>
  withJoystick(mayAll, async (rig) => {
    const texts = [
      '/ban everybody',
      ' ／mute rosa',
      '!!sr x',
      '\u200b/clear',
      'a\n/ban b',
      '<b>x</b>',
      'x'.repeat(1_000),
    ];
    for (const text of texts) assert.deepEqual(await written(rig, 'announce', { text }), { ok: true }, text);
    assert.deepEqual(rig.gateway.chat(), [
      'ban everybody',
      'mute rosa',
      'sr x',
      'clear',
      'a /ban b',
      '‹b›x‹/b›',
      `${'x'.repeat(299)}…`,
    ]);
    for (const text of ['', '///', '\u0007', ' ! '])
      assert.equal(codeOf(await written(rig, 'whisper', { to: 'Rosa', text })), 'refused chat-text');
    for (const to of ['', '@rosa', 'rosa /ban', 'rosa\n', 'x'.repeat(51), '/w'])
      assert.equal(codeOf(await written(rig, 'reply', { to, text: 'hi' })), 'refused chat-name', to);
    assert.equal(rig.gateway.orders().length, 0);
  }));

test('a text that is fine stays as it is', () => {
  for (const text of ['Thank you, Anna!', 'Спасибо 🌹', '@rosa hi', '(1) one', '"so" – 5 > 3'.replace(' >', ' ›')])
    assert.equal(chatText(text), text);
});

test('of a thousand people more only the newest are remembered', () =>
  withJoystick(mayAll, async (rig) => {
    const { gateway, clock } = rig;
    for (let n = 0; n <= 1_000; n++) gateway.say('new_message', { text: 'hi', author: { username: `viewer${n}` } });
    await clock.advance(10);
    assert.equal(codeOf(await written(rig, 'mute', { to: 'viewer0' })), 'refused chat-nobody');
    assert.deepEqual(await written(rig, 'mute', { to: 'viewer1' }), { ok: true });
  }));

test('no command hides behind what nobody sees, or what is left of a letter', () => {
  const unseen = [
    '\u2800',
    '\ufe0f',
    '\u{e0100}',
    '\u17b4',
    '\u180b',
    '\u{1d173}',
    '\u0301',
    '!\u0301',
    '\u200d\u2800 \ufe0f',
  ];
  for (const before of unseen)
    for (const sign of ['/', '!', '\uff0f'])
      assert.equal(chatText(`${before}${sign}mute mila`), 'mute mila', JSON.stringify(before));
  for (const text of ['\u2800', '\ufe0f\u0301']) assert.equal(chatText(text), '');
  assert.equal(chatText('\u2764\ufe0f thanks'), '\u2764\ufe0f thanks');
});
