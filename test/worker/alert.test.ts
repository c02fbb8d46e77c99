import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { alertOutlet } from '../../src/worker/outlets/alert.ts';
import { LoudSounds } from '../../src/worker/sound/loud-sounds.ts';
import type { AskBoard } from '../../src/worker/sound/stage.ts';
import { bluePng, hashOf, toneWav } from '../api/media.ts';
import { apiOf, tokens } from '../api/with-api.ts';
import { buildWorld } from '../appliance/world.ts';
import { type Mood, outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';

const workerToken = 'w'.repeat(43);
const sounds = new LoudSounds({ clock: systemClock(), ffmpeg: 'no-ffmpeg-here', hasPlayer: true, note: () => {} });
const never = new AbortController().signal;

/** The outlet before the routes of a real API; the network between them may fail. */
function opened(context: TestContext) {
  const world = buildWorld({});
  const { api, call } = apiOf(world, { tokens, workerToken });
  const folder = mkdtempSync(join(tmpdir(), 'livepen-alert-'));
  context.after(async () => {
    api.close();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'blue.png'), bluePng);
  writeFileSync(join(folder, 'horn.wav'), toneWav(0.2));
  const shown: { alert: { text: string; picture?: string; sound?: { media: string } } }[] = [];
  const asked: string[] = [];
  let mood: Mood = 'takes';
  const ask: AskBoard = async ({ method, path, body }) => {
    asked.push(method);
    const fault = { code: 'feed-unreachable', what: 'No Livepen answers.', remedy: 'Is it on?' };
    if (mood === 'gone') return { kind: 'failed', fault };
    if (mood === 'hangs') return new Promise(() => {});
    const token = mood === 'forbids' ? 'x'.repeat(43) : workerToken;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { status, json } = await call(method, path, { headers, body });
    if (method === 'POST' && status === 200) shown.push(JSON.parse(body));
    return { kind: 'answered', status, detail: json.detail ?? '' };
  };
  const become = async (next: Mood) => {
    mood = next;
  };
  return { outlet: alertOutlet(folder, ask, sounds), shown, asked, become, call };
}

outletContract(
  'alert',
  async (context) => {
    const { outlet, shown, become } = opened(context);
    return {
      outlet,
      taskOf: (text: string) => task('alert', { text, picture: 'blue.png' }),
      received: () => shown.map(({ alert }) => alert.text),
      arrives: (text) => [...text].slice(0, 200).join(''),
      become,
      secrets: [workerToken, 'x'.repeat(43)],
    };
  },
  ['hangs', 'gone'],
);

test('an alert that names a picture and a sound brings them once; what is not there is left out and reported', async (context) => {
  const { outlet, shown, asked, call } = opened(context);
  const alert = { text: 'Anna gave a Rose', seconds: 3, animation: 'pop', emoji: '🌹', picture: 'blue.png' };
  assert.deepEqual(await outlet.send(task('alert', { ...alert, sound: 'horn.wav' }), never), { ok: true });
  assert.deepEqual(asked, ['POST', 'PUT', 'PUT', 'POST']);
  const [first] = shown;
  assert.deepEqual(first?.alert, {
    ...alert,
    picture: hashOf(bluePng),
    sound: { media: first?.alert.sound?.media },
  });
  const heard = await call('GET', `/board/media/${first?.alert.sound?.media}?token=${tokens.board}`);
  assert.equal(heard.type, 'audio/wav');
  assert.deepEqual(await outlet.send(task('alert', { ...alert, sound: 'horn.wav' }), never), { ok: true });
  assert.equal(asked.length, 5, 'they are there already');
  const sent = await outlet.send(task('alert', { text: 'Bo', picture: '../blue.png', sound: 'none.wav' }), never);
  assert.ok(!sent.ok);
  assert.match(sent.fault.what, /no file "none\.wav" could be taken: it is not there/);
  assert.equal(shown.at(-1)?.alert.text, 'Bo', 'the words are shown all the same');
});

test('what names no file is not for it, and text of which nothing is left is left out', async (context) => {
  const { outlet, asked } = opened(context);
  assert.equal(outlet.takes(task('alert', { text: 'Hi' })), false);
  assert.equal(outlet.takes(task('alert', { text: 'Hi', sound: 'horn.wav' })), true);
  assert.deepEqual(await outlet.send(task('alert', { text: '\u202e', picture: 'blue.png' }), never), {
    ok: true,
    isLeftOut: true,
  });
  assert.deepEqual(asked, []);
});
