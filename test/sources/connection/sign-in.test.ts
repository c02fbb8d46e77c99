/** Signing in with a browser that cannot reach this machine: an address goes out, and what is pasted comes back. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/domain/log.ts';
import { VirtualDonations } from '../../../src/simulators/platform/donations.ts';
import { networkTo } from '../../../src/simulators/platform/in-memory.ts';
import { virtualClock } from '../../../src/simulators/virtual-clock.ts';
import { beginSignIn } from '../../../src/sources/connection/sign-in.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { donationAlerts } from '../../../src/sources/donationalerts/entry.ts';

function rig(t: TestContext, secrets: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-sign-in-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = virtualClock();
  const platform = new VirtualDonations(clock);
  const network = networkTo({ clock, platform });
  const file = tokenFile(join(folder, 'sign-in.json'));
  const { clientId, redirectUrl, secret } = platform.application;
  const named: Readonly<Record<string, string>> = { LIVEPEN_DONATIONALERTS_SECRET: secret, ...secrets };
  const reach = {
    clock,
    log: silentLog,
    http: network.http,
    clockIsSet: () => true,
    secret: (name: string) => named[name] ?? null,
    place: (name: string) => named[name] ?? null,
  };
  const settings = { platform: 'donationalerts', clientId, redirectUrl, reconnectMaxAttempts: 0 };
  const begin = () =>
    beginSignIn(donationAlerts.issuer(settings, reach), file, donationAlerts.question(settings, reach));
  async function inTime<T>(asked: Promise<T>): Promise<T> {
    let isOver = false;
    void asked.finally(() => {
      isOver = true;
    });
    await clock.runUntil(() => isOver, 60_000);
    return asked;
  }
  return { clock, platform, network, file, begin, inTime };
}

test('the whole address to which the browser was sent is taken, and so is the bare code, whatever blanks stand around', async (t) => {
  const { platform, file, begin, inTime } = rig(t);
  for (const pasted of [
    (back: string) => back,
    (back: string) => `  ${back}\n`,
    (back: string) => new URL(back).searchParams.get('code') ?? '',
    (back: string) => back.replace(/^[^?]*\?/, ''),
  ]) {
    const { address, take } = begin();
    assert.match(address, /^https:\/\/www\.donationalerts\.com\/oauth\/authorize\?/);
    assert.deepEqual(new URL(address).searchParams.get('scope')?.split(' '), [
      'oauth-user-show',
      'oauth-donation-subscribe',
      'oauth-donation-index',
    ]);
    assert.deepEqual(await inTime(take(pasted(platform.allow(address)))), { ok: true });
    assert.equal(file.read()?.accessToken, platform.grantedNow());
  }
});

test('what is no answer, a no, another question’s answer and a code that was used are faults, and nothing is written', async (t) => {
  const { platform, file, begin, inTime } = rig(t);
  const { address, take } = begin();
  const back = platform.allow(address);
  const codeOf = async (pasted: string) => {
    const taken = await inTime(take(pasted));
    return taken.ok ? 'taken' : taken.fault.code;
  };
  assert.equal(await codeOf(''), 'sign-in-no-code');
  assert.equal(await codeOf('what is this?'), 'sign-in-no-code');
  assert.equal(await codeOf('http://127.0.0.1:8421/'), 'sign-in-no-code');
  assert.equal(await codeOf(address), 'sign-in-no-code');
  assert.equal(await codeOf('http://127.0.0.1:8421/?error=access_denied'), 'sign-in-not-allowed');
  assert.equal(await codeOf(back.replace(/state=[^&]*/, 'state=another')), 'sign-in-of-another');
  assert.equal(await codeOf('another-code'), 'sign-in-code-refused');
  assert.equal(existsSync(file.path), false);
  assert.equal(await codeOf(back), 'taken');
  assert.equal(await codeOf(back), 'sign-in-code-refused');
  assert.equal(file.read()?.accessToken, platform.grantedNow(), 'the sign-in of before stays');
});

test('a wrong secret, no network and a full disk are faults of their own', async (t) => {
  const wrong = rig(t, { LIVEPEN_DONATIONALERTS_SECRET: 'wrong' });
  const one = wrong.begin();
  const refused = await wrong.inTime(one.take(wrong.platform.allow(one.address)));
  assert.ok(!refused.ok && refused.fault.code === 'sign-in-code-refused');
  const { network, platform, begin, inTime } = rig(t);
  const two = begin();
  const back = platform.allow(two.address);
  network.isDown = true;
  const offline = await inTime(two.take(back));
  assert.ok(!offline.ok && offline.fault.code === 'live-offline');
  network.isDown = false;
  assert.deepEqual(await inTime(two.take(back)), { ok: true });
});
