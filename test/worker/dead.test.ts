import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { columns, columnsOf, exit } from '../../src/commands/command.ts';
import { does } from '../rules/rule-events.ts';
import { runLivepen } from '../service/service.ts';
import { folderOf, hookSecret, houseOf, receiverOf } from './house.ts';
import { untilSo } from './tools.ts';

const friends = 'friends of the plotter who live far away and want to hear of each single rose';
const rules = [{ name: 'thanks', on: 'gift', [does]: [{ webhook: { to: friends, data: { text: '{giftCount}' } } }] }];
const hook = (port: number) =>
  `[[webhook]]\nname = "${friends}"\naddress = "http://127.0.0.1:${port}/path-that-is-secret"\nsecret = "FRIENDS_SECRET"\nlocal = true\n`;
const secrets = `FRIENDS_SECRET=${hookSecret}\n`;

test('what was given up is listed within 80 columns, sent again by its number, or dropped, and no secret is shown', async (context) => {
  const receiver = await receiverOf(context);
  receiver.answers(410);
  const house = await houseOf(context, { rules, worker: hook(receiver.port), secrets });
  const said: string[] = [];
  const dead = async (code: number, ...words: string[]) => {
    const { code: ended, output } = await house.run('worker', 'dead', ...words);
    assert.equal(ended, code, output);
    said.push(output);
    return output;
  };
  assert.equal(await dead(exit.ok, 'list'), 'There are no dead letters.\n');
  assert.equal(await dead(exit.refused, 'send', 'all'), 'There is no such dead letter.\n');

  for (let n = 0; n < 4; n++) await house.give();
  const listed = () => house.run('worker', 'dead', 'list').then(({ output }) => output);
  await untilSo('four dead letters', async () => (await listed()).match(/^\d+ /gm)?.length === 4);
  const list = await dead(exit.ok, 'list');
  assert.match(list, /^1 {2}\d{4}-\d\d-\d\d \d\d:\d\d, webhook friends of the plotter/);
  assert.match(list.replaceAll(/\s+/g, ' '), /of each single rose, rule "thanks", nobody: it answered with status 410/);

  assert.equal(await dead(exit.refused, 'send', '99'), 'There is no such dead letter.\n');
  receiver.answers(204);
  assert.equal(await dead(exit.ok, 'send', '3'), '1 will be tried again while the worker runs.\n');
  const arrived = () => receiver.got.filter(({ status }) => status === 204).map(({ body }) => textIn(body));
  await untilSo('the third arrives', () => arrived().length === 1);
  assert.equal(await dead(exit.ok, 'drop', '1'), '1 dropped.\n');
  assert.equal(await dead(exit.refused, 'drop', '1'), 'There is no such dead letter.\n');
  await dead(exit.ok, 'send', 'all');
  await untilSo('the others arrive', () => arrived().length === 3);
  assert.deepEqual(arrived(), ['3', '2', '4']);
  assert.equal(await dead(exit.ok, 'list'), 'There are no dead letters.\n');

  const all = said.join('');
  for (const line of all.split('\n')) assert.ok(columnsOf(line) <= columns, line);
  for (const secret of [hookSecret.slice(6), 'path-that-is-secret'])
    assert.ok(![all, house.said()].join('').includes(secret), all);
});

const textIn = (body: string): string => JSON.parse(body).data.values.text;

test('where no worker ever was there are no dead letters, and looking for them makes no file', async (context) => {
  const { folder } = await folderOf(context, { rules, worker: '' });
  const config = ['--config', join(folder, 'worker.toml')];
  for (const [words, code, said] of [
    [['list'], exit.ok, 'There are no dead letters.\n'],
    [['send', 'all'], exit.refused, 'There is no such dead letter.\n'],
    [['drop', '1'], exit.refused, 'There is no such dead letter.\n'],
  ] as const)
    assert.deepEqual(await runLivepen(['worker', 'dead', ...words, ...config]), { code, output: said });
  assert.deepEqual(readdirSync(join(folder, 'worker')), []);
});

for (const [words, code, said] of [
  [[], exit.usage, /^Run `livepen worker dead list`, or/],
  [['lst'], exit.usage, /^Run `livepen worker dead list`, or/],
  [['list', '7'], exit.usage, /^Run `livepen worker dead list`, or/],
  [['send'], exit.usage, /^Run `livepen worker dead list`, or/],
  [['drop', 'seven'], exit.usage, /^Run `livepen worker dead list`, or/],
  [['drop', '-1'], exit.usage, /^Run `livepen worker dead list`, or/],
  [['drop', '1', '2'], exit.usage, /^Run `livepen worker dead list`, or/],
] as const)
  test(`refused, and said how it is meant: dead ${words.join(' ')}`, async (context) => {
    const { folder } = await folderOf(context, { rules, worker: '' });
    const ran = await runLivepen(['worker', 'dead', ...words, '--config', join(folder, 'worker.toml')]);
    assert.equal(ran.code, code, ran.output);
    assert.match(ran.output, said);
    for (const line of ran.output.split('\n')) assert.ok(columnsOf(line) <= columns, line);
  });

test('a file that is none of a worker is left as it is, and said so', async (context) => {
  const { folder } = await folderOf(context, { rules, worker: '' });
  const file = join(folder, 'worker/worker.db');
  writeFileSync(file, 'A letter to nobody, in which nothing stands.\n'.repeat(40));
  const ran = await runLivepen(['worker', 'dead', 'list', '--config', join(folder, 'worker.toml')]);
  assert.equal(ran.code, exit.failed);
  assert.match(ran.output.replaceAll('\n', ' '), /cannot be used: it is no file of a worker\. Move it away/);
  assert.ok(existsSync(file));
});

test('a rule for dead letters fires as the worker gives one up, by the name of its file', async (context) => {
  const receiver = await receiverOf(context);
  receiver.answers(410);
  const gone = { name: 'gone', on: 'dead-letter', [does]: [{ log: '{rule} was given up by {outlet}' }] };
  const house = await houseOf(context, { rules: [...rules, gone], worker: hook(receiver.port), secrets });
  await house.give();
  const logged = async () => (await (await house.service.get('/rules/log')).json()) as { fired: { rule: string }[] };
  await untilSo('it fires', async () => (await logged()).fired.some(({ rule }) => rule === 'gone'));
  const said = (await logged()).fired.filter(({ rule }) => rule === 'gone').map((each) => JSON.stringify(each));
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /thanks was given up by webhook friends/);
});
