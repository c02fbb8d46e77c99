import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, problemsOf } from './parsed.ts';

const rows = '\n[[rows]]\nid = "1"\nyMm = 100\n';

test('one live is written as [live], several each as [[live]]', () => {
  const usersOf = (text: string) => configOf(text + rows).lives.map(({ platform, user }) => [platform, user]);
  assert.deepEqual(usersOf('[live]\nuser = "one"\n'), [['tiktok', 'one']]);
  assert.deepEqual(usersOf('[[live]]\nplatform = "tiktok"\nuser = "@one"\n[[live]]\nuser = "two"\n'), [
    ['tiktok', 'one'],
    ['tiktok', 'two'],
  ]);
});

test('what is wrong with one of several lives is named with its number', () => {
  const wrong = (text: string) => problemsOf(text + rows).map(({ place, rule }) => `${place} ${rule}`);
  const two = (second: string) => wrong(`[[live]]\nuser = "one"\n[[live]]\n${second}\n`);
  assert.deepEqual(two('usr = "two"'), ['live[1].usr is unknown; did you mean "user"?']);
  assert.deepEqual(two('user = "a b"'), ['live[1].user must be a TikTok user name, such as "name" or "@name"']);
  assert.deepEqual(two('user = "One"'), ['live[1].user must differ from the user of live[0]']);
  assert.deepEqual(two('user = "two"\nplatform = "twitch"'), ['live[1].platform must be "tiktok"']);
  assert.deepEqual(wrong(Array.from({ length: 9 }, (_, n) => `[[live]]\nuser = "u${n}"\n`).join('')), [
    'live must be at most 8 lives',
  ]);
});

test('two [live] in single brackets are advised to stand in double ones', () => {
  const [problem] = problemsOf(`[live]\nuser = "one"\n[live]\nuser = "two"\n${rows}`);
  assert.match(problem?.rule ?? '', /each of several lives begins with \[\[live\]\], in double brackets/);
});

test('a secrets file of each live lies beside the config', () => {
  const { lives } = configOf(`[[live]]\nuser = "one"\nsecretsFile = "a.env"\n[[live]]\nuser = "two"\n${rows}`);
  assert.deepEqual(
    lives.map(({ secretsFile }) => secretsFile),
    ['a.env', null],
  );
});
