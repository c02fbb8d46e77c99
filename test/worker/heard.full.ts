/** A whole evening of sounds in real processes: `livepen run`, `livepen worker`, espeak-ng, and a board as OBS shows it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { usualLufs } from '../../src/worker/sound/loudness.ts';
import { desktop, openPage, startBrowser } from '../api/browser.ts';
import { toneWav } from '../api/media.ts';
import { does } from '../rules/rule-events.ts';
import { startService } from '../service/service.ts';
import { loudnessByFfmpeg } from './ffmpeg.ts';
import { freePort, needTool, untilSo } from './tools.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const rules = [
  { name: 'horn', on: 'gift', [does]: [{ sound: { name: '{giftName}.wav', volume: 0.5 } }] },
  { name: 'read', on: 'gift', [does]: [{ say: '{displayName} fucking gave {giftCount}' }] },
];

async function houseOf(context: TestContext) {
  needTool('espeak-ng', 'espeak-ng');
  const folder = mkdtempSync(join(tmpdir(), 'livepen-heard-'));
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const config = `[live]\nuser = ""\n[plotter]\nport = "${join(folder, 'no-plotter')}"\n[api]\nport = ${await freePort()}\n[rules]\nfile = "rules.json"\n[[rows]]\nid = "1"\nyMm = 100\n`;
  writeFileSync(join(folder, 'livepen.toml'), config);
  writeFileSync(join(folder, 'gifts.json'), JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: '1' }] }));
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ rules }));
  writeFileSync(join(folder, 'worker.toml'), '[sound]\n[say]\ncooldownS = 0\nbefore = "bell.wav"\n');
  mkdirSync(join(folder, 'sounds'));
  writeFileSync(join(folder, 'sounds', 'Rose.wav'), toneWav(0.5, { peak: 0.05 }));
  writeFileSync(join(folder, 'sounds', 'bell.wav'), toneWav(0.4, { hz: 880, peak: 0.9 }));
  const service = await startService(folder);
  context.after(() => service.end('SIGKILL'));
  const words = ['worker', '--config', join(folder, 'worker.toml'), '--url', service.url];
  const child = spawn(process.execPath, [main, ...words, '--token-file', join(folder, 'worker-token')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (piece) => {
    said += piece;
  });
  await untilSo('the worker', () => said.includes('begins with what comes from now on'));
  return { service, said: () => said };
}

const listenIn = `(() => {
  window.heard = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    this.addEventListener('ended', () => window.heard.push([this.src, this.volume, this.duration]), { capture: true });
    return play.call(this);
  };
})()`;

test('a gift is heard on the board in OBS: its sound, a bell, and what the rule says, as loud as each other', async (context) => {
  const { service, said } = await houseOf(context);
  const browser = await startBrowser('--autoplay-policy=no-user-gesture-required');
  context.after(() => browser.close());
  const { page, troubles } = await openPage(context, browser, `${service.url}/board?show=alerts`, desktop);
  await page.locator('#owed', { hasText: /./ }).waitFor({ state: 'attached' });
  await page.evaluate(listenIn);
  assert.equal((await service.post('/simulate/gift', { gift: 'Rose', count: 3 })).status, 200);
  const heard = () => page.evaluate<readonly (readonly [string, number, number])[]>('window.heard');
  await untilSo(`three sounds\n${said()}`, async () => (await heard()).length === 3);
  const all = await heard();
  // What is spoken needs a moment to be made; the gift's own sound is there at once.
  assert.deepEqual(
    all.map(([, volume]) => volume).toSorted((a, b) => a - b),
    [0.5, 1, 1],
  );
  for (const [address, , seconds] of all) {
    const response = await fetch(address);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'audio/wav']);
    const loud = loudnessByFfmpeg(context, new Uint8Array(await response.arrayBuffer()));
    assert.ok(Math.abs(loud - usualLufs) <= 1, `${loud} LUFS of ${seconds} s`);
  }
  type Told = { readonly worker: { readonly outlets: readonly { name: string; fault: null; sent: number }[] } | null };
  const sent = async () => {
    const { worker } = (await (await service.get('/status')).json()) as Told;
    return worker?.outlets.map(({ name, fault, sent }) => `${name} ${fault} ${sent}`).join(', ') ?? '';
  };
  await untilSo('its report', async () => (await sent()) === 'sound null 1, alert null 0, say null 1');
  assert.deepEqual(troubles, []);
});
