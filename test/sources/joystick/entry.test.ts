/** Signing in to Joystick.tv: with an application that needs no secret, as a person does it by pasting an address. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/domain/log.ts';
import { createGateway } from '../../../src/simulators/gateway/gateway.ts';
import { networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { virtualClock } from '../../../src/simulators/virtual-clock.ts';
import { beginSignIn } from '../../../src/sources/connection/sign-in.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { keepTokens } from '../../../src/sources/connection/tokens.ts';
import { joystick } from '../../../src/sources/joystick/entry.ts';
import { tempFolder } from '../../ledger/world.ts';

const settings = {
  platform: 'joystick',
  clientId: 'ink-box',
  redirectUrl: 'http://127.0.0.1:8421/',
  reconnectMaxAttempts: 0,
};

function signingIn(t: TestContext, chat: boolean, secrets: Readonly<Record<string, string>> = {}) {
  const clock = virtualClock();
  const gateway = createGateway({ clock });
  const network = networkTo({ clock, platform: gateway });
  const reach = {
    clock,
    log: silentLog,
    http: network.http,
    clockIsSet: () => true,
    secret: (name: string) => secrets[name] ?? null,
    place: (name: string) => secrets[name] ?? null,
  };
  const file = tokenFile(join(tempFolder(t), 'sign-in.json'));
  const issuer = joystick.issuer(settings, reach);
  const underWay = beginSignIn(issuer, file, joystick.question({ ...settings, chat }, reach));
  const take = async (answer: string) => {
    const taking = underWay.take(answer);
    await clock.advance(1_000);
    return taking;
  };
  return { clock, gateway, network, reach, file, issuer, address: new URL(underWay.address), take };
}

test('consent is asked for reading alone, and for the chat where the config wants that', (t) => {
  const scopes = (chat: boolean) => signingIn(t, chat).address.searchParams.get('scope')?.split(' ') ?? [];
  assert.deepEqual(scopes(false), ['chat:read', 'stream:read', 'identity:read']);
  assert.deepEqual(scopes(true), ['chat:read', 'stream:read', 'identity:read', 'chat:write']);
  const { address } = signingIn(t, false);
  assert.equal(`${address.origin}${address.pathname}`, 'https://joystick.tv/api/oauth/authorize');
  assert.equal(address.searchParams.get('code_challenge_method'), 'S256');
});

test('the address that comes of the consent signs in, once, and the source listens with it', async (t) => {
  const { clock, gateway, network, reach, file, issuer, address, take } = signingIn(t, true);
  const answer = gateway.installations.consent(address.href);
  assert.deepEqual(await take(answer), { ok: true });
  assert.equal((await take(answer)).ok, false, 'a code works once');
  const signIn = file.read();
  assert.ok(signIn !== null && gateway.installations.grantOf(signIn.accessToken)?.scopes.has('chat:write'));
  const open = await joystick.load();
  const source = open({
    ...reach,
    random: () => 0.5,
    sockets: network.sockets,
    settings,
    tokens: keepTokens(issuer, file),
    marks: { mark: () => null, setMark: () => {} },
    wanted: new Set(),
    settled: async () => {},
    undecodable: () => {},
  });
  source.start({ event: () => {}, changed: () => {} });
  await clock.advance(1_000);
  assert.equal(source.facts().heard, true);
  const stopped = source.stop();
  await clock.advance(5_000);
  await stopped;
});

test('a code that is late, or of somebody else, does not sign in', async (t) => {
  const late = signingIn(t, false);
  const answer = late.gateway.installations.consent(late.address.href);
  await late.clock.advance(11 * 60_000);
  const refused = await late.take(answer);
  assert.ok(!refused.ok && refused.fault.code === 'sign-in-code-refused');
  const ours = signingIn(t, false);
  const theirs = signingIn(t, false);
  const other = await ours.take(theirs.gateway.installations.consent(theirs.address.href));
  assert.ok(!other.ok && other.fault.code === 'sign-in-of-another');
  assert.equal(ours.file.read(), null);
});

test('an application that has a secret shows it, and asks without a proof; another place can be named', (t) => {
  const secrets = { LIVEPEN_JOYSTICK_SECRET: 'hush', LIVEPEN_JOYSTICK_HOST: 'http://127.0.0.1:9/' };
  const { address, issuer } = signingIn(t, false, secrets);
  assert.equal(address.searchParams.get('code_challenge'), null);
  assert.equal(address.origin, 'http://127.0.0.1:9');
  assert.deepEqual(issuer.headers?.(), { authorization: `Basic ${Buffer.from('ink-box:hush').toString('base64')}` });
  assert.equal(issuer.tokenUrl, 'http://127.0.0.1:9/api/oauth/token');
});
