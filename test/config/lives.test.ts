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
  assert.deepEqual(two('user = "two"\nplatform = "twitch"'), [
    'live[1].platform must be "tiktok" or "donationalerts" or "joystick"',
  ]);
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

test('a live that a person signs in to has keys of its own, and lies with the ledger what it keeps', () => {
  const { lives } = configOf(
    `[[live]]\nuser = "one"\nreconnectMaxAttempts = 7\n[[live]]\nplatform = "donationalerts"\nclientId = "12"\npollSeconds = 30\n` +
      `[[live]]\nplatform = "joystick"\nclientId = "ab"\nchat = true\nreconnectMaxAttempts = 9\n${rows}`,
  );
  const [gifts, donations, gateway] = lives;
  assert.equal(gifts?.reconnectMaxAttempts, 7);
  assert.ok(donations?.platform === 'donationalerts' && gateway?.platform === 'joystick');
  assert.deepEqual(
    [donations.clientId, donations.pollSeconds, donations.reconnectMaxAttempts, donations.redirectUrl],
    ['12', 30, 0, 'http://127.0.0.1:8421/'],
  );
  assert.equal(donations.tokenFile, 'donationalerts-sign-in.json');
  assert.deepEqual([gateway.chat, gateway.reconnectMaxAttempts, gateway.tokenFile], [true, 9, 'joystick-sign-in.json']);
  assert.equal(donations.user, null);
});

test('what a live that a person signs in to lacks, does not know or has twice is told', () => {
  const wrong = (live: string) =>
    problemsOf(`[[live]]\nuser = "one"\n[[live]]\nplatform = "donationalerts"\n${live}\n${rows}`);
  const told = (live: string) => wrong(live).map(({ place, rule }) => `${place} ${rule}`);
  assert.deepEqual(told(''), ['live[1].clientId is missing']);
  assert.deepEqual(told('clientId = ""'), ['live[1].clientId must be the client id of your application, not empty']);
  assert.deepEqual(told('clientId = "1"\npollSeconds = 5'), [
    'live[1].pollSeconds must be a whole number from 10 to 3600 (seconds)',
  ]);
  assert.deepEqual(told('clientId = "1"\nredirectUrl = "here"'), [
    'live[1].redirectUrl must begin with http:// or https://',
  ]);
  assert.match(told('clientId = "1"\nguestGifts = "draw"').join(), /live\[1\]\.guestGifts is unknown/);
  assert.deepEqual(told('clientId = "1"\n[[live]]\nplatform = "donationalerts"\nclientId = "2"'), [
    'live[2].platform must differ from the platform of live[1]',
  ]);
  const one = problemsOf(`[live]\nplatform = "joystick"\nclientid = "1"\n${rows}`);
  assert.match(one.map(({ rule }) => rule).join(), /did you mean "clientId"/);
});
