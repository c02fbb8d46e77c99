import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createApi, localOptions } from '../../src/api/app.ts';
import { listen } from '../../src/commands/api-server.ts';
import { askBoardOf } from '../../src/commands/worker-feed.ts';
import { silentLog } from '../../src/domain/log.ts';
import { systemClock } from '../../src/system/clock.ts';
import type { Outlet } from '../../src/worker/outlet.ts';
import { soundOutlet } from '../../src/worker/outlets/sound.ts';
import { LoudSounds } from '../../src/worker/sound/loud-sounds.ts';
import { loudnessOf } from '../../src/worker/sound/loudness.ts';
import { Stage } from '../../src/worker/sound/stage.ts';
import { readWav } from '../../src/worker/sound/wav.ts';
import { readEvents, settle } from '../api/event-reader.ts';
import { toneWav } from '../api/media.ts';
import { tokens } from '../api/with-api.ts';
import { buildWorld } from '../appliance/world.ts';
import { outletContract } from './outlet-contract.ts';
import { ProgramInSoftware } from './program-in-software.ts';
import { task } from './tasks.ts';

const never = new AbortController().signal;
/** A program that is started needs its time, also on a machine that has much to do. */
const clock = systemClock();
const sounds = new LoudSounds({ clock, ffmpeg: 'no-ffmpeg-here', hasPlayer: true, note: () => {} });

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-sounds-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Sounds that this machine plays: by its length it is known which one is heard. */
function here(context: TestContext) {
  const folder = folderOf(context);
  const player = new ProgramInSoftware(context, 'wc -c < "$1" >> "$out"');
  const stage = new Stage({ board: null, player: { program: player.path, args: (file) => [file] } }, clock);
  const outlet = soundOutlet({ folder, volume: 1 }, stage, sounds);
  context.after(() => outlet.close());
  return { folder, player, outlet };
}

outletContract(
  'sound',
  async (context) => {
    const { folder, player, outlet } = here(context);
    const texts: string[] = [];
    const head = toneWav(1).subarray(0, 44);
    return {
      outlet,
      taskOf(text: string) {
        const name = `${texts.length}.wav`;
        // Silence of a length of its own; that its head claims more is as with any program that writes to a pipe.
        writeFileSync(join(folder, name), Buffer.concat([head, Buffer.alloc(2 * (100 + texts.length))]));
        texts.push(text);
        return task('sound', { name });
      },
      received: () => player.lines().map((bytes) => texts[(Number(bytes) - 44) / 2 - 100] ?? `unknown: ${bytes}`),
      become: (mood) => player.become(mood),
      secrets: [folder],
    };
  },
  ['slow', 'hangs', 'refuses', 'gone'],
);

const play = (outlet: Outlet, values: Readonly<Record<string, unknown>>) => outlet.send(task('sound', values), never);

test('no name leads out of the folder, to a link, a pipe, what is hidden or what is too long', async (context) => {
  const { folder, outlet, player } = here(context);
  writeFileSync(join(folder, 'horn.wav'), toneWav(0.01));
  writeFileSync(join(folder, '.hidden.wav'), toneWav(0.01));
  writeFileSync(join(folder, 'long.wav'), Buffer.alloc(6_000_001));
  symlinkSync(join(folder, 'horn.wav'), join(folder, 'link.wav'));
  mkdirSync(join(folder, 'inner'));
  writeFileSync(join(folder, 'inner', 'horn.wav'), toneWav(0.01));
  symlinkSync(join(folder, 'inner'), join(folder, 'other'));
  execFileSync('mkfifo', [join(folder, 'pipe.wav')]);
  for (const [name, said] of [
    ['../horn.wav', /no name of a file/],
    ['/etc/passwd', /no name of a file/],
    ['inner/horn.wav', /no name of a file/],
    ['other/horn.wav', /no name of a file/],
    ['..', /no name of a file/],
    ['.hidden.wav', /no name of a file/],
    ['-q', /no name of a file/],
    ['horn.wav\0', /no name of a file/],
    ['link.wav', /it is a link/],
    ['pipe.wav', /that is no file/],
    ['inner', /that is no file/],
    ['long.wav', /more than 6 MB/],
    ['none.wav', /it is not there/],
    [7, /names no sound/],
  ] as const) {
    const sent = await play(outlet, { name });
    assert.ok(!sent.ok && sent.kind === 'refused', String(name));
    assert.match(sent.fault.what, said);
    assert.ok(!sent.fault.what.includes(folder));
  }
  for (const volume of [-1, 2, Number.NaN, '1']) assert.ok(!(await play(outlet, { name: 'horn.wav', volume })).ok);
  assert.deepEqual(player.lines(), []);
  assert.deepEqual(await play(outlet, { name: 'horn.wav' }), { ok: true });
  assert.equal(player.lines().length, 1);
});

test('a player gets a WAV of its own, as loud as everything and softer by the volume; it gets no secret, and nothing stays', async (context) => {
  const folder = folderOf(context);
  const player = new ProgramInSoftware(
    context,
    'base64 -w 0 "$2" >> "$out"; echo >> "$out"; echo "$1 $2" >> "$out"; env >> "$out"',
  );
  const stage = new Stage({ board: null, player: { program: player.path, args: (file) => ['-q', file] } }, clock);
  const outlet = soundOutlet({ folder, volume: 0.5 }, stage, sounds);
  context.after(() => outlet.close());
  writeFileSync(join(folder, 'Höhe 1.wav'), toneWav(1, { peak: 0.05 }));
  process.env.OBS_PASSWORD = 'hidden-from-players';
  context.after(() => delete process.env.OBS_PASSWORD);
  assert.deepEqual(await play(outlet, { name: 'Höhe 1.wav', volume: 0.5 }), { ok: true });
  const [played = '', words = '', ...env] = player.lines();
  const wav = readWav(Buffer.from(played, 'base64'), 30);
  // A quarter of the samples' size is 12 dB less.
  assert.ok(wav !== null && Math.abs(loudnessOf(wav) + 28) < 1, `${wav && loudnessOf(wav)} LUFS`);
  const [option, file = ''] = words.split(' ');
  assert.equal(option, '-q');
  assert.equal(existsSync(file), false);
  assert.ok(!env.join().includes('hidden-from-players') && env.some((line) => line.startsWith('PATH=')));
});

/** A board that is really served, which needs the worker's token. */
async function onBoard(context: TestContext, token = 'w'.repeat(43)) {
  const world = buildWorld({});
  const options = { ...localOptions(world.clock, silentLog, '1.2.3'), tokens, workerToken: 'w'.repeat(43) };
  const api = createApi(world.appliance, options);
  const served = await listen(api.app, '127.0.0.1', 0);
  assert.ok(served.ok);
  context.after(async () => {
    await served.close();
    api.close();
    await world.close();
  });
  const url = new URL(served.url);
  const folder = folderOf(context);
  const outlet = soundOutlet(
    { folder, volume: 1 },
    new Stage({ board: askBoardOf({ url, token }), player: null }, clock),
    sounds,
  );
  context.after(() => outlet.close());
  const reader = await readEvents(api, null, { path: `/events?token=${tokens.board}` });
  context.after(() => reader.close());
  await settle();
  const cues = () => reader.heard.filter(({ event }) => event === 'sound').map(({ data }) => data as { media: string });
  const heard = async ({ media }: { media: string }) => {
    const response = await fetch(new URL(`/board/media/${media}?token=${tokens.board}`, url));
    return { type: response.headers.get('content-type'), bytes: new Uint8Array(await response.arrayBuffer()) };
  };
  return { folder, outlet, cues, heard, leave: () => served.close() };
}

test('on the board a sound is brought once, cued each time, and made as loud as everything', async (context) => {
  const { folder, outlet, cues, heard } = await onBoard(context);
  writeFileSync(join(folder, 'Höhe 1.wav'), toneWav(0.8, { peak: 0.02 }));
  writeFileSync(join(folder, 'horn.mp3'), Buffer.from('ID3\u0004 and more', 'latin1'));
  assert.deepEqual(await play(outlet, { name: 'Höhe 1.wav', volume: 0.8 }), { ok: true });
  assert.deepEqual(await play(outlet, { name: 'Höhe 1.wav' }), { ok: true });
  assert.deepEqual(await play(outlet, { name: 'horn.mp3' }), { ok: true });
  await settle();
  const [first, second, third] = cues();
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  assert.deepEqual(
    [first, second],
    [
      { media: first.media, volume: 0.8 },
      { media: first.media, volume: 1 },
    ],
  );
  const tone = await heard(first);
  assert.equal(tone.type, 'audio/wav');
  const wav = readWav(tone.bytes, 30);
  assert.ok(wav !== null && Math.abs(loudnessOf(wav) + 16) < 1, `${wav && loudnessOf(wav)} LUFS`);
  assert.equal((await heard(third)).type, 'audio/mpeg');
});

test('what the board does not take, a wrong token and an appliance that is gone are reported, and nothing is cued', async (context) => {
  const { folder, outlet, cues, leave } = await onBoard(context);
  writeFileSync(join(folder, 'page.wav'), '<html>');
  writeFileSync(join(folder, 'long.wav'), toneWav(25));
  writeFileSync(join(folder, 'horn.wav'), toneWav(0.1));
  for (const [name, said] of [
    ['page.wav', /no WAV, MP3, Ogg/],
    ['long.wav', /more than the 1 MB/],
  ] as const) {
    const sent = await play(outlet, { name });
    assert.ok(!sent.ok && sent.kind === 'refused');
    assert.match(sent.fault.what, said);
  }
  const stranger = await onBoard(context, 'x'.repeat(43));
  writeFileSync(join(stranger.folder, 'horn.wav'), toneWav(0.1));
  const refused = await play(stranger.outlet, { name: 'horn.wav' });
  assert.ok(!refused.ok);
  assert.match(refused.fault.what, /token/);
  assert.ok(!JSON.stringify(refused).includes('x'.repeat(43)));
  await leave();
  const gone = await play(outlet, { name: 'horn.wav' });
  assert.ok(!gone.ok && gone.kind === 'unreachable', JSON.stringify(gone));
  assert.deepEqual([...cues(), ...stranger.cues()], []);
});

test('sounds of several outlets are heard one after the other, and a stop ends the one that is heard', async (context) => {
  const folder = folderOf(context);
  const player = new ProgramInSoftware(context, 'echo begins >> "$out"; sleep 0.1; echo ends >> "$out"');
  const stage = new Stage({ board: null, player: { program: player.path, args: (file) => [file] } }, clock);
  const [one, two] = [
    soundOutlet({ folder, volume: 1 }, stage, sounds),
    soundOutlet({ folder, volume: 1 }, stage, sounds),
  ];
  writeFileSync(join(folder, 'horn.wav'), toneWav(0.05));
  await Promise.all([play(one, { name: 'horn.wav' }), play(two, { name: 'horn.wav' })]);
  assert.deepEqual(player.lines(), ['begins', 'ends', 'begins', 'ends']);
  await player.become('hangs');
  const underWay = play(one, { name: 'horn.wav' });
  one.close();
  assert.equal((await underWay).ok, false);
  await player.become('takes');
  assert.deepEqual(await play(two, { name: 'horn.wav' }), { ok: true });
});

test('without ffmpeg MP3 and Ogg are played as they are, and that is said once, with what to do', async () => {
  const said: string[] = [];
  const without = new LoudSounds({
    clock,
    ffmpeg: 'no-ffmpeg-here',
    hasPlayer: true,
    note: (sentence) => said.push(sentence),
  });
  for (const text of ['ID3\u0004 and more', 'OggS and more', 'ID3\u0004 and another']) {
    const bytes = Buffer.from(text, 'latin1');
    assert.deepEqual(await without.of(text, bytes, never), { kind: 'file', bytes });
  }
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /no ffmpeg on this machine.*sudo apt install ffmpeg/);
  const made = await without.of('horn.wav', toneWav(0.1), never);
  assert.equal(made.kind, 'samples');
});

test('of sounds that were made ready only so many samples are kept', async () => {
  const long = toneWav(30, { rate: 48_000 });
  const names = ['0.wav', '1.wav', '2.wav', '3.wav'];
  const made = await Promise.all(names.map((name) => sounds.of(name, long, never)));
  assert.equal(await sounds.of('3.wav', long, never), made[3], 'the newest is there');
  assert.notEqual(await sounds.of('0.wav', long, never), made[0], 'the oldest is not');
});
