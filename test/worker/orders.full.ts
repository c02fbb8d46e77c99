/** From the page to the worker and out of the house: real processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { does } from '../rules/rule-events.ts';
import { hookSecret, houseOf, receiverOf } from './house.ts';
import { untilSo } from './tools.ts';

const rules = [{ name: 'hook', on: 'gift', [does]: [{ webhook: { to: 'friends', data: { text: '{giftCount}' } } }] }];

test('what is ordered on the page the worker does: the letters are shown, sent again or dropped, and are gone from the list', async (context) => {
  const receiver = await receiverOf(context);
  receiver.answers(410);
  const { give, service } = await houseOf(context, {
    rules,
    worker: `[[webhook]]\nname = "friends"\naddress = "http://127.0.0.1:${receiver.port}/"\nsecret = "FRIENDS_SECRET"\nlocal = true\n`,
    secrets: `FRIENDS_SECRET=${hookSecret}\n`,
  });
  for (let n = 0; n < 3; n++) await give();
  const shown = async () =>
    (await (await service.get('/worker')).json()) as {
      readonly worker: { readonly lag: { readonly entries: number } } | null;
      readonly dead: readonly { readonly seq: number }[];
    };
  const seqs = async () => (await shown()).dead.map(({ seq }) => seq);
  await untilSo('three are shown', async () => (await seqs()).join() === '3,2,1');
  assert.equal((await shown()).worker?.lag.entries, 0);
  receiver.answers(204);
  assert.equal((await service.post('/worker/dead', { act: 'drop', seq: 2 })).status, 200);
  assert.equal((await service.post('/worker/dead', { act: 'send', seq: 3, earlier: true })).status, 200);
  await untilSo('none is shown', async () => (await seqs()).length === 0);
  const arrived = () => receiver.got.filter(({ status }) => status === 204);
  await untilSo('two arrive', () => arrived().length === 2);
  assert.deepEqual(
    arrived().map(({ body }) => JSON.parse(body).data.values.text),
    ['1', '3'],
  );
});
