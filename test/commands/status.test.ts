import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { runLine } from '../../src/commands/line.ts';
import { livesInWords, status } from '../../src/commands/status.ts';
import { loadConfig } from '../../src/config/load.ts';
import { withApi } from '../api/with-api.ts';
import { heardConsole } from './heard-console.ts';

/** What `livepen status` shows of a service that answers with this body. */
async function screenOf(body: string): Promise<string> {
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const console = heardConsole();
  const { port } = server.address() as AddressInfo;
  const code = await runLine(['status', '--url', `http://127.0.0.1:${port}`], [status], console);
  server.close();
  assert.equal(code, exit.ok, console.said.join('\n'));
  return console.said.join('\n');
}

test('strokes that are never drawn stand in the status, so that credited is drawn, owed and not drawn', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Rose', 7);
    await world.clock.advance(100);
    assert.doesNotMatch(await screenOf((await call('GET', '/status')).body), /will not be drawn/);
    const body = JSON.stringify({ row: '1', count: 3, why: 'a slip' });
    await call('POST', '/void', { body, headers: { 'content-type': 'application/json' } });
    const screen = await screenOf((await call('GET', '/status')).body);
    assert.match(screen, /^strokes {2}0 drawn, 4 owed, 7 credited/m);
    assert.match(screen, /^void {5}3 strokes will not be drawn/m);
  }));

test('no time is told while nothing can be drawn: what has to come first is said instead', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Rose', 7);
    await world.clock.advance(100);
    const screen = async () => screenOf((await call('GET', '/status')).body);
    assert.match(await screen(), /^owed {5}until sheet \d, once fresh paper is in: about .* of drawing$/m);
    assert.match(await screen(), /: 7 strokes, sheet \d once fresh paper is in$/m);
    await call('POST', '/paper/changed');
    await world.until('drawing');
    assert.match(await screen(), /^owed {5}until sheet \d, in about /m);
    assert.match(await screen(), /^owed {5}until sheet [2-9], .* of drawing, with fresh paper in between$/m);
    assert.match(await screen(), /: 7 strokes, sheet [2-9] once fresh paper is in$/m);
    await call('POST', '/pause');
    await world.until('paused');
    assert.match(await screen(), /once it goes on/);
    world.ports.unplug('/dev/ttyUSB0');
    await world.until('no-plotter');
    assert.match(await screen(), /once the plotter is back/);
  }));

const shipped = join(import.meta.dirname, '../../config');
const loaded = loadConfig(join(shipped, 'livepen.toml'), { readFile: (file) => readFileSync(file) });
assert.ok(loaded.ok);
const shippedSheet = {
  layout: loaded.config,
  gifts: readFileSync(join(shipped, 'gifts.json'), 'utf8'),
  order: 'live' as const,
};

test('with the shipped ten rows the status fits one screen of 80 by 24, whatever has to be told besides', () =>
  withApi(
    async (call, world) => {
      world.appliance.start();
      await world.until('needs-sheet');
      for (const gift of [
        'Rose',
        'TikTok',
        'GG',
        'Heart Me',
        'Perfume',
        'Confetti',
        'Doughnut',
        'Nobody mapped this',
      ]) {
        world.source.give(gift, 12, 'a_viewer_with_a_name_that_does_not_end_before_the_line');
      }
      await world.clock.advance(100);
      const quiet = (await call('GET', '/status')).json;
      const long = 'A sentence of some length that says what is wrong with the one thing, and why it came to that.';
      const worse = [
        { state: { ...quiet.state, what: long, todo: long } },
        { live: { ...quiet.live, problem: { code: 'lost', what: long, remedy: long } } },
        { strokes: { ...quiet.strokes, voided: 7 }, paused: true },
        { orphaned: [{ row: 'old', pending: 3 }], inbox: { ...quiet.inbox, waiting: 3, lost: 4 } },
      ];
      const screens = worse.map((_, index) => Object.assign({}, quiet, ...worse.slice(0, index)));
      for (const body of [...screens, Object.assign({}, quiet, ...worse)]) {
        const screen = await screenOf(JSON.stringify(body));
        const lines = screen.split('\n');
        assert.ok(lines.length < 24, `${lines.length} lines:\n${screen}`);
        for (const line of lines) assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
        for (const row of world.layout.rows)
          assert.ok(screen.includes(row.name.slice(0, 9)), `${row.name}:\n${screen}`);
      }
      assert.match(await screenOf(JSON.stringify(quiet)), /^gifts {4}12 x Nobody.*\n {9}12 x Doughnut/m);
    },
    {},
    shippedSheet,
  ));

test('the status and the preview tell the same time for what is owed, before the pace is measured and after', () =>
  withApi(
    async (call, world) => {
      world.appliance.start();
      await world.until('needs-sheet');
      world.source.give('Rose', 60);
      world.source.give('GG', 60);
      await world.clock.advance(1_000);
      const agree = async () => {
        const { owed, measured } = (await call('GET', '/status')).json.outlook;
        const preview = (await call('GET', '/preview?of=owed')).json;
        assert.equal(preview.strokes, owed.strokes);
        const ratio = preview.minutes / owed.minutes;
        assert.ok(ratio > 0.98 && ratio < 1.02, `${preview.minutes} and ${owed.minutes} minutes`);
        return measured;
      };
      assert.equal(await agree(), false);
      await call('POST', '/paper/changed');
      await world.clock.runUntil(() => world.appliance.status().strokes.drawn >= 40, 300_000, 'forty strokes');
      await call('POST', '/pause');
      await world.until('paused');
      assert.equal(await agree(), true);
    },
    {},
    shippedSheet,
  ));

const fates = /: (\d+ strokes?(, sheet \d+ (once|in about) .+)?|not in the gift map)$/;

test('in the last gifts names give way to what becomes of them, and a name that shows nothing is none', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    world.source.give('Rose', 12, 'a_viewer_with_a_name_that_does_not_end_before_the_line_does');
    world.source.give('A gift with a name as long as a line, which nobody mapped', 3, 'somebody with a long name');
    world.source.give(' ', 1, 'a giver');
    world.source.give('\u00a0\u2800', 1, ' ');
    assert.equal(world.appliance.operator.simulateGift({ gift: 'Rose', count: 2 }).ok, true);
    assert.equal(world.appliance.operator.credit('1', 2, '', 'a promise').ok, true);
    assert.equal(world.appliance.operator.credit('1', 2, 'mila', 'a promise').ok, true);
    await world.clock.advance(100);
    const screen = await screenOf((await call('GET', '/status')).body);
    const [, part = ''] = /^gifts {4}([\s\S]*?)\n\n/m.exec(screen) ?? [];
    const lines = part.split('\n').map((line) => line.trim());
    assert.equal(lines.length, 7, screen);
    for (const line of lines) assert.match(line, fates);
    for (const start of [
      /^manual credit for mila: 2 strokes/,
      /^manual credit: 2 strokes/,
      /^2 x Rose \(test\): 2 strokes/,
      /^1 x gift: not in the gift map$/,
      /^1 x gift from a giver: not in the gift map$/,
      /^3 x A gift.*… from somebo.*: not in the gift map$/,
      /^12 x Rose from a_viewer_.*…: 12 strokes, sheet \d once fresh paper is in$/,
    ])
      assert.ok(
        lines.some((line) => start.test(line)),
        `${start}:\n${screen}`,
      );
  }));

test('whatever the state, the status says what to do about a live that is not connected, once', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const body = (await call('GET', '/status')).json;
    const todo = 'Sign in to this Wi-Fi.';
    const silence = { code: 'portal', what: 'The network answers in place of TikTok.', todo, nextAtMs: null } as const;
    const live = { ...body.live, heard: false, silence };
    for (const state of [body.state, { ...body.state, name: 'off-air', what: silence.what, todo }]) {
      const screen = await screenOf(JSON.stringify({ ...body, live, state: { ...state, heard: false } }));
      assert.equal(screen.split(todo).length - 1, 1, screen);
      assert.equal(screen.split(silence.what).length - 1, 1, screen);
    }
  }));

test('money stands among the last gifts by its amount and its giver, without a count', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const head = { ...world.source.give('Rose'), id: 'd1', user: { id: '9', name: 'Anna' } };
    const payload = { amountMinor: 500, currency: 'EUR', text: '', isAudio: false };
    world.source.emit({ ...head, kind: 'donation', payload });
    await world.clock.advance(100);
    const screen = await screenOf((await call('GET', '/status')).body);
    assert.match(screen, /^gifts {4}5\.00 EUR from Anna: not in the gift map$/m);
    assert.match(screen, /^unmapped +1 gift not in the gift map$/m);
  }));

test('of several lives each has a line of its own, and what to do about one stands behind why as a sentence', () => {
  const one = {
    platform: 'p',
    channel: '',
    isOff: false,
    heard: false,
    room: null,
    problem: null,
    phase: 'waiting',
  } as const;
  const counts = { nextAttemptAtMs: null, reconnects: 0, undecodable: 0 };
  const silence = {
    code: 'refused',
    what: 'Nobody has signed in yet.',
    todo: 'Sign in once.',
    nextAtMs: null,
  } as const;
  const refused = {
    code: 'refused',
    what: 'the connection is refused',
    todo: 'Look at the router.',
    nextAtMs: null,
  } as const;
  const lives = [
    { ...one, ...counts, name: 'a', silence },
    { ...one, ...counts, name: 'b', silence: refused },
    { ...one, ...counts, name: 'c', isOff: true },
  ];
  assert.deepEqual(livesInWords({ ...one, ...counts, lives }, { what: '', todo: null }), [
    'a: not connected; Nobody has signed in yet. Sign in once.',
    'b: not connected; the connection is refused; -> Look at the router.',
    'c: switched off',
  ]);
});

test('whether a worker is there, what its outlets say and how many dead letters wait is one line', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const now = (await call('GET', '/status')).json;
    assert.doesNotMatch(await screenOf(JSON.stringify(now)), /^worker/m);
    const counts = { waiting: 0, sent: 0, retried: 0, dropped: 0 };
    const outlets = [
      { name: 'obs', kind: 'instant', fault: 'obs: no.', dead: 0, ...counts },
      { name: 'webhook a', kind: 'durable', fault: null, dead: 2, ...counts },
      { name: 'osc', kind: 'instant', fault: 'osc: not yet.', dead: 0, ...counts },
    ];
    const screen = await screenOf(JSON.stringify({ ...now, worker: { isThere: true, atMs: 0, outlets } }));
    assert.match(
      screen,
      /^worker {3}obs, webhook a, osc; 2 dead letters \(`livepen worker dead list`\); obs:$\n {9}no; osc: not yet\.$/m,
    );
    assert.match(
      await screenOf(JSON.stringify({ ...now, worker: { isThere: false, atMs: 0, outlets } })),
      /^worker {3}gone since /m,
    );
  }));
