/** An evening with the chat: appliance and worker as processes of their own, and a gateway in software on a port. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { does } from '../rules/rule-events.ts';
import { gatewayOf } from './gateway.ts';
import { houseOf } from './house.ts';
import { untilSo } from './tools.ts';

test('a tip is thanked for in the chat, a question answered, and a bot muted; the box does not answer itself', async (context) => {
  const { gateway, live, env, signIn } = await gatewayOf(context, ['chat:read', 'stream:read', 'chat:write']);
  const house = await houseOf(context, {
    rules: [
      { name: 'thanks', on: 'tip', [does]: [{ chat: 'Thank you, {displayName}!' }] },
      {
        name: 'answer',
        on: 'chat',
        when: ['message', 'contains', 'ink'],
        [does]: [{ chat: { how: 'reply', text: '{message}: every tip is ink', on: 'joystick' } }],
      },
      { name: 'bots', on: 'chat', when: ['message', 'contains', 'followers'], [does]: [{ moderate: 'mute' }] },
    ],
    worker: '[chat]\nplatform = "joystick"\nallow = ["announce", "reply", "mute"]\n',
    live: `${live}chat = true\nmoderate = true`,
    env,
    prepare: signIn,
  });
  await untilSo('the gateway is heard', () => gateway.counts().subscribed === 1);
  gateway.say('tipped', { who: 'Rosa', how_much: 25 });
  gateway.say('new_message', { text: 'buy followers', author: { username: 'Bot' } });
  gateway.say('new_message', { text: '/what is ink', author: { username: 'Mila' } });
  await untilSo('all is written', () => gateway.chat().length >= 2 && gateway.orders().length >= 1);
  // Whatever else it would write comes within two turns.
  gateway.say('tipped', { who: 'Anna', how_much: 1 });
  await untilSo('the next one is thanked', () => gateway.chat().includes('Thank you, Anna!'));
  assert.deepEqual(gateway.chat(), ['Thank you, Rosa!', '@Mila what is ink: every tip is ink', 'Thank you, Anna!']);
  assert.deepEqual(gateway.orders(), ['mute Bot']);
  assert.ok(!house.said().includes('refuses'), house.said());
});

test('a worker that may announce with the session of an account says at its start at whose risk', async (context) => {
  const secrets = 'SESSION=hidden-session\nIDC=eu-ttp2\nKEY=hidden-key\n';
  const names = 'session = "SESSION"\ntargetIdc = "IDC"\nkey = "KEY"\n';
  const worker = `[accountChat]\nplatform = "tiktok"\naddress = "https://x.example"\nallow = ["announce"]\n${names}`;
  const house = await houseOf(context, { rules: [], worker, secrets });
  assert.match(house.said(), /warn.*written with your account's session.*at your own risk/);
  assert.ok(!/hidden-/.test(house.said() + house.printed()));
});
