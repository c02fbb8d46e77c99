/** The way of a donation through the machine's own sockets, as a live of the config is opened. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLives } from '../../../src/commands/lives.ts';
import type { LiveEvent } from '../../../src/domain/live-event.ts';
import { silentLog } from '../../../src/domain/log.ts';
import { VirtualDonations } from '../../../src/simulators/platform/donations.ts';
import { servePlatform } from '../../../src/simulators/platform/server.ts';
import { tokenFile } from '../../../src/sources/connection/token-file.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { configOf } from '../../config/parsed.ts';

for (const platform of ['donationalerts', 'joystick'])
  test(`a secrets file that is not there is said of ${platform}, and ends nothing else`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'livepen-no-secrets-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'sign-in.json');
    tokenFile(file).write({ accessToken: 'old', refreshToken: 'old', endsAtMs: 1, since: 1 });
    const { lives } = configOf(
      `[live]\nplatform = "${platform}"\nclientId = "1"\ntokenFile = "${file}"\nsecretsFile = "${folder}/none"\n[[rows]]\nid = "1"\nyMm = 100\n`,
    );
    const { source } = openLives(lives, {
      clock: systemClock(),
      random: () => 0.5,
      log: silentLog,
      secrets: {},
      wanted: new Set(),
      settled: async () => {},
      marks: { mark: () => null, setMark: () => {} },
    });
    t.after(() => source.stop());
    await new Promise<void>((resolve) => {
      const look = () => {
        if (source.facts().problem !== null) resolve();
      };
      source.start({ event: () => {}, changed: look });
    });
    assert.equal(source.facts().problem?.code, 'live-no-secrets-file');
    await source.stop();
  });

test('a live of the config signs in, is heard and brings a donation, all over real sockets', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-donations-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = systemClock();
  const platform = new VirtualDonations(clock);
  const served = await servePlatform(platform);
  t.after(() => served.close());
  const { clientId, secret } = platform.application;
  const { lives } = configOf(
    `[live]\nplatform = "donationalerts"\nclientId = "${clientId}"\ntokenFile = "${join(folder, 'sign-in.json')}"\n[[rows]]\nid = "1"\nyMm = 100\n`,
  );
  const marks = new Map<string, string>();
  const { source } = openLives(lives, {
    clock,
    random: () => 0.5,
    log: silentLog,
    secrets: { LIVEPEN_DONATIONALERTS_HOST: served.url, LIVEPEN_DONATIONALERTS_SECRET: secret },
    wanted: new Set(),
    settled: async () => {},
    marks: { mark: (name) => marks.get(name) ?? null, setMark: (name, value) => void marks.set(name, value) },
  });
  const underWay = (await source.signIn?.('donationalerts')) ?? assert.fail('nobody signs in');
  assert.deepEqual(await underWay.take(platform.allow(underWay.address)), { ok: true });
  const events: LiveEvent[] = [];
  source.start({ event: (event) => events.push(event), changed: () => {} });
  t.after(() => source.stop());
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(() => source.facts().heard);
  platform.give({ amount: 4.99, currency: 'EUR', message: 'hello' });
  await until(() => events.some(({ kind }) => kind === 'donation'));
  const [donation] = events.filter((event) => event.kind === 'donation');
  assert.deepEqual(donation?.payload, { amountMinor: 499, currency: 'EUR', text: 'hello', isAudio: false });
  await source.stop();
});
