/** The ready rules of an avatar on an evening, judged by what liblo's oscdump reads. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayOf } from './gateway.ts';
import { houseOf } from './house.ts';
import { freePort, needTool, startTool, untilSo } from './tools.ts';

test('an avatar waves, celebrates, dances, and has hearts and confetti; each is let go again', async (context) => {
  needTool('oscdump', 'liblo-tools');
  const { gateway, live, env, signIn } = await gatewayOf(context);
  const port = await freePort();
  const dump = startTool(context, 'stdbuf', ['-oL', 'oscdump', '-L', String(port)]);
  const ready: { readonly rules: readonly { readonly name: string }[] } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../config/ready-rules.json'), 'utf8'),
  );
  const house = await houseOf(context, {
    rules: ready.rules.filter(({ name }) => name.startsWith('osc-')),
    worker: `[[osc]]\nname = "vrchat"\nport = ${port}\npulse = ["/avatar/parameters/"]\n`,
    live,
    env,
    prepare: signIn,
  });
  await untilSo('the gateway is heard', () => gateway.counts().subscribed === 1);
  gateway.say('followed', { who: 'Rosa' });
  gateway.say('subscribed', { who: 'Rosa' });
  gateway.say('stream_dropped_in', { who: 'Mila', number_of_viewers: 12 });
  await house.service.post('/simulate/gift', { gift: 'Rose', count: 500 });
  const parameters = ['Wave', 'Celebrate', 'DanceTrigger', 'Hearts', 'Confetti'];
  const has = (line: string) => dump.output().includes(line);
  for (const name of parameters) {
    await untilSo(`${name} is pressed`, () => has(`/avatar/parameters/${name} T #T`));
    await untilSo(`${name} is let go`, () => has(`/avatar/parameters/${name} F #F`));
  }
  assert.equal(dump.output().match(/ T #T$/gm)?.length, parameters.length);
});
