import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReplies } from '../../src/marlin/wire/replies.ts';
import { makeWorld, readyWorld, stroke } from './world.ts';

/** Draws ten strokes; gives the time it took, in ms. */
async function tenStrokes(options: Parameters<typeof makeWorld>[0]): Promise<number> {
  const world = await readyWorld(options);
  const beganMs = world.clock.nowMs();
  for (let n = 1; n <= 10; n++) assert.equal((await world.run(world.plotter.draw(stroke(n)))).kind, 'done');
  assert.equal((await world.run(world.plotter.drain())).kind, 'done');
  assert.equal(world.certain.length, 10);
  assert.equal(world.board.paper().ink.length, 10);
  assert.equal(world.plotter.facts().resends, 0);
  return world.clock.nowMs() - beganMs;
}

for (const placeForm of ['four-axes', 'marlin-1'] as const) {
  test(`a firmware that tells its place in the form ${placeForm} draws as any other`, async () => {
    const usualMs = await tenStrokes({});
    assert.ok((await tenStrokes({ board: { placeForm } })) < usualMs * 1.02);
  });
}

test('a firmware without a Z axis draws with a servo, and its Z is 0', async () => {
  const servo = { kind: 'servo', index: 0, downDegrees: 30, hopDegrees: 60, upDegrees: 90, settleMs: 200 } as const;
  await tenStrokes({ board: { placeForm: 'two-axes', servoDownAngle: 30 }, settings: { pen: servo } });
});

for (const okForm of ['colon', 'blank'] as const) {
  test(`an ok in the form ${okForm} is as good as another: as fast, and nothing is asked again`, async () => {
    const usualMs = await tenStrokes({});
    assert.ok((await tenStrokes({ board: { okForm } })) < usualMs * 1.02);
  });
}

test('a place without Z where Z moves the pen is a fault that quotes the answer, and does not blame the cable', async () => {
  const world = makeWorld({ board: { placeForm: 'two-axes' } });
  world.startService();
  await world.until('a fault', () => world.plotter.facts().fault !== null);
  const { fault } = world.plotter.facts();
  assert.equal(fault?.code, 'link-unreadable');
  assert.match(fault.what, /"X:0\.00 Y:0\.00, and no Z"/);
  assert.doesNotMatch(fault.what + fault.remedy, /cable|noise/);
});

test('an answer that nobody can read is quoted, and asked for a few times, not hundreds', async () => {
  const world = makeWorld();
  const { receive } = world.board;
  let asked = 0;
  world.board.receive = (text, byteMs) => {
    if (/ M114\*/.test(text)) asked += 1;
    receive(text, byteMs);
  };
  const { cable } = world;
  cable.noise = (text, direction) => [
    { text: direction === 'to-host' ? text.replace(/^X:.*$/m, 'C: X:0.0000 Y:0.0000 Z:0.0000') : text, delayMs: 0 },
  ];
  world.startService();
  await world.until('a fault', () => world.plotter.facts().fault !== null);
  assert.match(world.plotter.facts().fault?.what ?? '', /"C: X:0\.0000 Y:0\.0000 Z:0\.0000"/);
  await world.clock.advance(30_000);
  assert.ok(asked <= 20, `asked ${asked} times`);
  cable.noise = null;
  await world.until('a link', () => world.plotter.facts().link === 'ready');
});

test('what is read of a place: axes beyond Z are passed over, half a form is none', () => {
  const position = (text: string) => {
    const [reply] = readReplies(text);
    return reply?.kind === 'position' ? reply.position : null;
  };
  const usual = { xMm: 1, yMm: -2, zMm: 3.5, hasZ: true, count: [100, -200, 1400] };
  assert.deepEqual(position('X:1.00 Y:-2.00 Z:3.50 E:0.00 Count X:100 Y:-200 Z:1400'), usual);
  assert.deepEqual(position('X:1.00 Y:-2.00 Z:3.50 I:9.00 E:0.00 Count X:100 Y:-200 Z:1400 I:7'), usual);
  assert.deepEqual(position('X:1.00Y:-2.00Z:3.50E:0.00 Count X: 1.00Y:-2.00Z:3.50'), {
    ...usual,
    count: [100, -200, 350],
  });
  assert.deepEqual(position('X:1.00 Y:-2.00 Count X:100 Y:-200'), {
    ...usual,
    zMm: 0,
    hasZ: false,
    count: [100, -200, 0],
  });
  for (const text of [
    'X:1.00 Y:2.00 Count X:100 Y:200 Z:1400',
    'X:1.00 Y:2.00 Z:3.00 Count X:100 Y:200',
    'X:1 Y:2 Z:3',
  ])
    assert.equal(position(text), null, text);
});

test('what is read of an ok: a number in either form, blanks, and no more', () => {
  const ok = (text: string) => readReplies(text).map((reply) => (reply.kind === 'ok' ? reply.number : reply.kind));
  assert.deepEqual(['ok', 'ok ', 'ok N4', 'ok N:4', 'ok 4', 'ok N4 P15 B3', 'ok T:20.1 /0.0'].map(ok), [
    [null],
    [null],
    [4],
    [4],
    [4],
    [4],
    [null],
  ]);
  assert.deepEqual(ok('ok X'), ['garbage']);
});
