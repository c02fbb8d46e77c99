import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { fans, giftKinds, play, recordedLive } from '../../src/simulators/live/script.ts';
import { virtualClock } from '../../src/simulators/virtual-clock.ts';
import { forgetInRecording } from '../../src/sources/forget-in-recording.ts';
import { createRecorder } from '../../src/sources/recording.ts';
import { createReplaySource, pastItems, recordedItems } from '../../src/sources/replay-source.ts';
import { systemClock } from '../../src/system/clock.ts';
import { allKinds, assertAllHeard, fold, startHearing, truth } from './hearing.ts';

async function* linesOf(text: readonly string[]): AsyncGenerator<string> {
  for (const line of text) yield line.replace(/\n$/, '');
}

const recorded = new Map<string, ReturnType<typeof recordLive>>();

/** One recording of each provider serves all tests. */
function record(provider: 'direct' | 'euler'): ReturnType<typeof recordLive> {
  const known = recorded.get(provider) ?? recordLive(provider);
  recorded.set(provider, known);
  return known;
}

/** Records a live through a real listener. */
async function recordLive(provider: 'direct' | 'euler') {
  const lines: string[] = [];
  const recorder = createRecorder({ clock: systemClock(), write: (line) => lines.push(line) });
  const environment = { LIVEPEN_SIGN_API_KEY: 'very-secret-key', LIVEPEN_TIKTOK_SESSION_ID: 'very-secret-session' };
  const deps = { wanted: allKinds, raw: recorder.raw };
  const hearing = await startHearing({ provider, factor: 400, live: { replay: 1_000 }, deps, environment });
  const { live, clock, until, of } = hearing;
  live.room.say({ kind: 'room-user', viewers: 1 });
  await until('the live is heard', () => hearing.facts().heard);
  await play(live, recordedLive, clock).done;
  await until('the end is heard', () => of('stream-end').length > 0);
  await hearing.end();
  return { lines, hearing, recorder };
}

/** Replays at once and gives what was heard. */
async function replay(lines: readonly string[]): Promise<{ events: LiveEvent[]; problem: string | null }> {
  const items = recordedItems(linesOf(lines), allKinds);
  const deps = {
    clock: systemClock(),
    name: 'replay-1',
    items,
    speed: Number.POSITIVE_INFINITY,
    wanted: allKinds,
  };
  const source = createReplaySource(deps);
  const events: LiveEvent[] = [];
  source.start({ event: (event) => events.push(event), changed: () => {} });
  const { problem } = await source.done;
  return { events, problem: problem?.what ?? null };
}

for (const provider of ['direct', 'euler'] as const) {
  test(`a recording replayed gives the same credits as the live did, in a session of its own (${provider})`, async () => {
    const { lines, hearing } = await record(provider);
    assertAllHeard(hearing);
    const { events, problem } = await replay(lines);
    assert.equal(problem, null);
    assert.deepEqual(fold(events), truth(hearing.live.room.given()));
    assert.equal(new Set(events.map(({ session }) => session)).size, 1);
    assert.ok(events.every(({ origin }) => origin === 'replay'));
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      events.map((_, index) => index + 1),
    );
    assert.ok(
      lines.every((line) => !Buffer.from(line, 'base64').includes('very-secret') && !line.includes('very-secret')),
    );
  });
}

test('a recording that a power cut tore off plays to its last whole line', async () => {
  const { lines, hearing } = await record('direct');
  const torn = [...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, 20)];
  const { problem } = await replay(torn);
  assert.equal(problem, null);
  assert.deepEqual(fold((await replay(lines)).events), truth(hearing.live.room.given()));
});

test('what is no recording, or is broken in the middle, is told with its line', async () => {
  assert.match((await replay(['hello'])).problem ?? '', /Line 1 of the recording is not the first line/);
  assert.match((await replay([])).problem ?? '', /empty/);
  const { lines } = await record('direct');
  const broken = [...lines.slice(0, 3), '{}', ...lines.slice(3)];
  assert.match((await replay(broken)).problem ?? '', /Line 4/);
});

test('a recording stops growing at its limit', () => {
  const lines: string[] = [];
  const recorder = createRecorder({ clock: virtualClock(), write: (line) => lines.push(line), bytesMax: 1_000 });
  for (let frame = 0; frame < 100; frame += 1) recorder.raw('frame', '1', Buffer.alloc(50));
  assert.equal(recorder.full, true);
  assert.equal(lines.join('').length, recorder.bytes);
  assert.ok(recorder.bytes <= 1_000);
  assert.equal(recorder.frames, lines.length - 1);
});

test('a past session is told again at its own pace, or so much faster', async () => {
  const clock = virtualClock();
  const fan = fans[0] ?? { id: '1', name: 'ink_fan' };
  const past = [0, 10_000, 4_000, 30_000].map(
    (atMs, index): LiveEvent => ({
      version: 2,
      kind: 'gift',
      id: `m${index}`,
      platform: 'tiktok',
      channel: 'name',
      origin: 'live',
      room: '73',
      session: 'old',
      sequence: index + 1,
      atMs: null,
      arrivedAtMs: 1_000_000 + atMs,
      user: fan,
      payload: { gift: giftKinds.galaxy, count: 1, streak: null },
    }),
  );
  const events: LiveEvent[] = [];
  const times: number[] = [];
  const source = createReplaySource({
    clock,
    name: 'replay-1',
    items: pastItems(past),
    speed: 2,
    wanted: allKinds,
  });
  source.start({
    event: (event) => {
      events.push(event);
      if (event.kind === 'gift') times.push(clock.nowMs());
    },
    changed: () => {},
  });
  await clock.advance(20_000);
  assert.deepEqual(times, [0, 5_000, 5_000, 15_000]);
  assert.equal((await source.done).events, 4);
  assert.ok(events.every(({ origin: from, session }) => from === 'replay' && session === source.session));
  assert.equal(source.facts().phase, 'off-air');
  assert.deepEqual(
    events.filter(({ kind }) => kind !== 'gift').map(({ kind, room }) => [kind, room]),
    [
      ['connected', '73'],
      ['disconnected', '73'],
    ],
  );
});

test('a replay that is stopped tells nothing more', async () => {
  const clock = virtualClock();
  const lines = [
    '{"livepen":"recording","version":1}',
    ...Array.from({ length: 5 }, (_, index) =>
      JSON.stringify({ atMs: index * 1_000, kind: 'frame', room: '1', data: '' }),
    ),
  ];
  const items = recordedItems(linesOf(lines), allKinds);
  const source = createReplaySource({ clock, name: 'replay-1', items, speed: 1, wanted: allKinds });
  source.start({ event: () => {}, changed: () => {} });
  await clock.advance(1_500);
  await source.stop();
  await source.done;
  await clock.settle();
  assert.equal(clock.nextDueMs(), null);
});

for (const provider of ['direct', 'euler'] as const) {
  test(`a forgotten viewer is in no line of the recording, and what they gave counts as before (${provider})`, async () => {
    const { lines, hearing } = await record(provider);
    const [fan] = fans;
    assert.ok(fan !== undefined);
    const before = await replay(lines);
    for (const [given, gone] of [
      [`@${fan.name.toUpperCase()}`, [fan.name, fan.id]],
      [fan.id, [fan.name, fan.id]],
    ] as const) {
      const rest: string[] = [];
      const rewritten = await forgetInRecording(() => linesOf(lines), given, '4242');
      assert.ok(rewritten !== null);
      for await (const line of rewritten) rest.push(line);
      const after = await replay(rest);
      assert.equal(after.problem, null);
      const told = JSON.stringify(after.events);
      for (const trace of gone) assert.ok(!told.includes(trace), trace);
      for (const line of rest.slice(1)) {
        const bytes = Buffer.from(JSON.parse(line).data, 'base64');
        assert.ok(!bytes.includes(fan.name));
        const packed = bytes.indexOf(Buffer.from([0x1f, 0x8b]));
        if (packed >= 0) assert.ok(!gunzipSync(bytes.subarray(packed)).includes(fan.name));
      }
      const sums = (heard: ReadonlyMap<string, number>) => [...heard.values()].sort((a, b) => a - b);
      assert.deepEqual(sums(fold(after.events)), sums(fold(before.events)));
      assert.equal(after.events.length, before.events.length);
    }
    assert.ok(JSON.stringify(before.events).includes(fan.name));
    assert.deepEqual(fold(before.events), truth(hearing.live.room.given()));
    assert.equal(await forgetInRecording(() => linesOf(lines), 'nobody_of_this_name', '1'), null);
  });
}
