/** What is tried is said to be tried, and nothing else; why no live is heard is told in the status and by the doctor. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { whatIsTried } from '../../src/appliance/operator.ts';
import { serviceChecks } from '../../src/commands/doctor/service.ts';
import { runLine } from '../../src/commands/line.ts';
import { status } from '../../src/commands/status.ts';
import type { LiveFacts, LiveSilence } from '../../src/domain/live-source.ts';
import { silenceOf } from '../../src/sources/tiktok/ending.ts';
import { withApi } from '../api/with-api.ts';
import { heardConsole } from '../commands/heard-console.ts';

const wallMs = new Date(2026, 5, 1, 14, 0).getTime();
const unheard = (phase: LiveFacts['phase'], silence: LiveSilence | null): LiveFacts => ({
  heard: false,
  phase,
  room: null,
  nextAttemptAtMs: null,
  problem: null,
  silence,
  reconnects: 0,
  undecodable: 0,
});
const limited: LiveSilence = {
  ...silenceOf({ kind: 'rate-limited', retryAfterMs: 0 }, 'somebody'),
  nextAtMs: wallMs + 32 * 60_000,
};

const oneLine = (text: string) => text.replace(/\s+/g, ' ');

/** What `livepen status` prints of such an answer. */
async function statusOf(told: object): Promise<string> {
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(told)),
  );
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const console = heardConsole();
  const { port } = server.address() as AddressInfo;
  await runLine(['status', '--url', `http://127.0.0.1:${port}`], [status], console);
  server.close();
  return console.said.join('\n');
}

test('a wish to try at once is answered with what is tried, and why the rest is not', () => {
  const ready = { link: 'ready' } as const;
  assert.match(whatIsTried(ready, { ...unheard('connected', null), heard: true }, wallMs), /^There is nothing to try/);
  const waits = whatIsTried(ready, unheard('waiting', limited), wallMs);
  assert.match(waits, /^The plotter is ready\. The sign service asks to wait: .* Next attempt at 14:32, not before\.$/);
  assert.equal(
    whatIsTried({ link: 'absent' }, unheard('connecting', limited), wallMs),
    'Looking for the plotter. Connecting to the live.',
  );
  const nobody: LiveSilence = { code: 'no-user', what: 'No TikTok user is set.', todo: 'Set it.', nextAtMs: null };
  assert.equal(
    whatIsTried({ link: 'connecting' }, unheard('stopped', nobody), wallMs),
    'Connecting to a plotter. No TikTok user is set. Set it.',
  );
  const tomorrow = { ...limited, nextAtMs: wallMs + 86_400_000 };
  assert.match(whatIsTried(ready, unheard('waiting', tomorrow), wallMs), /Next attempt at 2026-06-02 14:00/);
});

test('POST /retry does not claim to try what it does not', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const { said } = (await call('POST', '/retry')).json;
    assert.doesNotMatch(said, /Trying now/);
    assert.match(said, /plotter is ready/);
  }));

test('the status and the doctor tell why no live is heard, and when it is tried again', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const body = JSON.parse((await call('GET', '/status')).body);
    const live = { ...unheard('waiting', limited) };
    const told = { ...body, live, state: { ...body.state, heard: false } };
    assert.match(
      await statusOf(told),
      /^live {5}not connected, next attempt at 14:32\n {9}The sign service asks to wait: .*\.$/m,
    );
    const [check] = serviceChecks(told, null).filter(({ about }) => about === 'live');
    assert.equal(check?.verdict, 'warning');
    assert.match(check?.what ?? '', /asks to wait.* Next attempt at 14:32\./);
    const offAir = { ...limited, code: 'off-air', what: '@somebody is not live.' };
    const [calm] = serviceChecks({ ...told, live: { heard: false, silence: offAir } }, null).filter(
      ({ about }) => about === 'live',
    );
    assert.equal(calm?.verdict, 'ok');
  }));

test('the doctor tells each thing once, and times as the clock on the wall shows them', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const body = JSON.parse((await call('GET', '/status')).body);
    const live = unheard('waiting', limited);
    const portFault = { code: 'port-missing', what: 'The port /dev/ttyUSB9 is not there.', remedy: 'Plug it in.' };
    const plotter = { ...body.plotter, link: 'absent', fault: portFault };
    const offAir = { ...body.state, name: 'off-air', what: `Ready to draw. ${limited.what}`, todo: null };
    const noPlotter = { ...body.state, name: 'no-plotter', what: portFault.what, todo: portFault.remedy };
    const broken = { ...body.state, name: 'fault', what: portFault.what, todo: portFault.remedy, fault: portFault };
    for (const told of [
      { ...body, live, state: offAir },
      { ...body, live, plotter, state: noPlotter },
      { ...body, live, plotter, state: broken },
    ]) {
      const checks = serviceChecks(told, null);
      const said = checks.map(({ what, remedy }) => `${what} ${remedy}`).join('\n');
      assert.equal(said.split(limited.what).length - 1, 1, said);
      assert.equal(said.split(portFault.what).length - 1, told.plotter === plotter ? 1 : 0, said);
      assert.doesNotMatch(said, /\dT\d/);
      const about = new Set(checks.map((check) => check.about));
      assert.equal(about.size, checks.length);
    }
    const kept = serviceChecks(body, null).find(({ about }) => about === 'service');
    assert.ok(kept?.what.includes(body.state.what), 'what no other line tells');
  }));

test('the status and the doctor tell which provider stands in, why, until when, and what to do about the first', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const body = JSON.parse((await call('GET', '/status')).body);
    const heard = { ...unheard('connected', null), heard: true };
    const standIn = { provider: 'euler', insteadOf: 'direct', why: 'the sign service asks to wait', todo: null };
    const limited = { ...body, live: { ...heard, standIn: { ...standIn, untilMs: wallMs + 32 * 60_000 } } };
    assert.match(
      oneLine(await statusOf(limited)),
      /by "euler" in place of "direct" until 14:32: the sign service asks to wait plotter/,
    );
    const [check] = serviceChecks(limited, null).filter(({ about }) => about === 'live');
    assert.equal(check?.verdict, 'ok');
    assert.match(check?.what ?? '', /by "euler" in place of "direct" until 14:32: the sign service asks to wait/);
    const refused = { ...standIn, why: 'no key', todo: 'Check the key.', untilMs: null };
    const mended = { ...body, live: { ...heard, standIn: refused } };
    assert.match(oneLine(await statusOf(mended)), /by "euler" in place of "direct": no key\. Check the key\. plotter/);
    const [warns] = serviceChecks(mended, null).filter(({ about }) => about === 'live');
    assert.deepEqual([warns?.verdict, warns?.remedy], ['warning', 'Check the key.']);
    assert.equal(
      whatIsTried({ link: 'ready' }, limited.live, wallMs),
      'There is nothing to try: the plotter is ready and the live is connected. "direct" asks to wait until 14:32; "euler" is used instead.',
    );
  }));

test('the status tells what to do where no live is heard', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const body = JSON.parse((await call('GET', '/status')).body);
    const silence = { code: 'refused', what: 'A key is needed.', todo: 'Put it there.', nextAtMs: null };
    const text = await statusOf({
      ...body,
      state: { ...body.state, heard: false },
      live: unheard('waiting', silence as LiveSilence),
    });
    assert.match(text, /^live {5}not connected\n {9}A key is needed\.\n {9}-> Put it there\.$/m);
  }));

test('a folder in place of a recording is told as one', () => {
  const main = join(import.meta.dirname, '../../src/main.ts');
  const { stderr, status: code } = spawnSync(process.execPath, [main, 'replay', '/tmp'], { encoding: 'utf8' });
  assert.equal(code, 1);
  assert.match(stderr, /The recording \/tmp cannot be read: it is a folder\./);
  assert.doesNotMatch(stderr, /EISDIR/);
});
