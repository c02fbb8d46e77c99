import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exit } from '../../src/commands/command.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { report } from '../../src/commands/report.ts';
import { sessions } from '../../src/commands/sessions.ts';
import { who } from '../../src/commands/who.ts';
import {
  connection,
  disconnected,
  gift,
  layoutOf,
  noonMs,
  openOk,
  recordOne,
  tempFolder,
  worthOf,
} from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

/** Says a line to a folder with the shipped config and a ledger in which one rose was given. */
function asker(t: Parameters<typeof tempFolder>[0]) {
  const folder = tempFolder(t);
  for (const file of ['livepen.toml', 'gifts.json']) {
    cpSync(join(import.meta.dirname, '../../config', file), join(folder, file));
  }
  const ledger = openOk(join(folder, 'livepen.db'));
  const ask = async (code: number, ...line: string[]) => {
    const console = heardConsole();
    const config = ['--config', join(folder, 'livepen.toml')];
    assert.equal(
      await runLine([...line, ...config], [gifts, who, sessions, report], console),
      code,
      console.said.join('\n'),
    );
    return console.said.join('\n');
  };
  return { ledger, ask };
}

test('`gifts seen` shows what came in all rooms that were heard while the last live was, and no older ones', async (t) => {
  const { ledger, ask } = asker(t);
  const hear = (platform: string, room: string, fromMs: number, untilMs: number, name: string) => {
    const place = { room, platform, channel: 'ink', session: `in ${room}` };
    const user = platform === 'a' ? 'u1' : `${platform}:u1`;
    ledger.noteLive(connection('connected', { ...place, arrivedAtMs: fromMs }));
    recordOne(ledger, gift({ ...place, user, gift: name, arrivedAtMs: fromMs + 1 }), worthOf('1'));
    ledger.noteLive(disconnected(untilMs, 'the service stopped', { ...place, arrivedAtMs: untilMs }));
  };
  hear('a', '71', noonMs, noonMs + 1_000, 'Old Rose');
  hear('b', 'b:1', noonMs + 5_000, noonMs + 9_000, 'Beside');
  hear('a', '72', noonMs + 6_000, noonMs + 8_000, 'New Rose');
  ledger.close();
  const seen = await ask(exit.ok, 'gifts', 'seen');
  assert.match(seen, /^a ink:\ngift .*\nNew Rose .*\n\nb ink:\ngift .*\nBeside /);
  assert.doesNotMatch(seen, /Old Rose/);
});

test('`report` names the platform of each gap where there are gaps of several', async (t) => {
  const { ledger, ask } = asker(t);
  const lose = (platform: string, room: string) => {
    const place = { room, platform, channel: 'ink', session: `in ${room}` };
    ledger.noteLive(connection('connected', { ...place, arrivedAtMs: noonMs }));
    ledger.noteLive(disconnected(noonMs, 'the connection broke', { ...place, arrivedAtMs: noonMs }));
  };
  lose('tiktok', '71');
  assert.match(await ask(exit.ok, 'report'), /\n {4}\d{4}-\d\d-\d\d \d\d:\d\d, until now: the connection broke/);
  lose('joystick', 'joystick:1');
  assert.match(await ask(exit.ok, 'report'), /\n {4}joystick, \d{4}-\d\d-\d\d \d\d:\d\d, until now: the connection/);
});

test('`who` knows a row by its id and by its name, and says what is there when it is asked for what is not', async (t) => {
  const { ledger, ask } = asker(t);
  assert.equal(await ask(exit.failed, 'who', '1', '1'), 'No sheet has been opened yet, so no stroke is paid for.');
  const layout = layoutOf({ 1: 40, 2: 10 });
  const rows = layout.rows.map((row, index) => ({ ...row, name: ['Rose', 'Heart Me'][index] ?? '' }));
  ledger.turnSheet({ ...layout, rows });
  recordOne(ledger, gift({ gift: 'Rose' }), worthOf('1'));
  for (const row of ['1', 'Rose', 'rose']) {
    assert.match(await ask(exit.ok, 'who', row, '1'), /^Sheet 1, row 1 \(Rose\), stroke 1: Rose from name of u1,/);
  }
  assert.equal(
    await ask(exit.failed, 'who', '99', '1'),
    'Sheet 1 has no row "99". Its rows are:\n  1     Rose, 40 strokes\n  2     Heart Me, 10 strokes',
  );
  assert.equal(await ask(exit.failed, 'who', 'Heart Me', '11'), 'Row 2 (Heart Me) of sheet 1 has only 10 strokes.');
  assert.equal(
    await ask(exit.failed, 'who', 'Heart Me', '3'),
    'Nobody has paid for stroke 3 of row 2 (Heart Me) on sheet 1.',
  );
  assert.equal(await ask(exit.failed, 'who', '1', '1', '--sheet', '9'), 'There is no sheet 9. There is only sheet 1.');
  assert.match(await ask(exit.usage, 'who', 'Heart', 'Me', '3'), /^What does "3" mean\?/);
});

test('`gifts` alone lists what came, and says how a gift is mapped', async (t) => {
  const { ledger, ask } = asker(t);
  assert.match(
    await ask(exit.ok, 'gifts'),
    /^No gift of a live has come yet\.\n\nA gift is mapped with `livepen gifts map/,
  );
  recordOne(ledger, gift({ gift: 'Rose' }), worthOf('1'));
  assert.match(await ask(exit.ok, 'gifts'), /^gift +id .*\nRose .*\n\nA gift is mapped with/);
});

test('`sessions` lists past lives, the newest first, with the name by which one is replayed', async (t) => {
  const { ledger, ask } = asker(t);
  assert.equal(await ask(exit.ok, 'sessions'), 'No live has been heard yet.');
  ledger.noteLive(connection('connected', { session: 'first' }));
  ledger.noteLive(connection('stream-end', { session: 'first' }));
  ledger.noteLive(disconnected(noonMs, 'the live ended', { session: 'first' }));
  ledger.noteLive(connection('connected', { session: 'second' }));
  const both = await ask(exit.ok, 'sessions');
  assert.match(both, /^[\d: -]{16}, lasts\n {2}room room-1, --session second\n/);
  assert.match(both, /\n[\d: -]{16}, until [\d: -]{16}, the live ended\n {2}room room-1, --session first$/);
  const one = await ask(exit.ok, 'sessions', '--limit', '1');
  assert.match(one, /--session second\nThere are older ones: give a larger --limit\.$/);
  assert.doesNotMatch(one, /first/);
  assert.match(await ask(exit.usage, 'sessions', '--limit', 'all'), /^"all" is no number of sessions/);
});

test('money is named by its amount and its giver, and counted by its unit', async (t) => {
  const { ledger, ask } = asker(t);
  ledger.turnSheet(layoutOf({ 1: 40, 2: 10 }));
  const head = { ...gift({ user: 'u1', arrivedAtMs: Date.now() }), kind: 'donation' } as const;
  const donation = { text: 'hi', isAudio: false };
  for (const [amountMinor, currency, worth] of [
    [500, 'EUR', worthOf('1', 2, 100)],
    [1_250, 'USD', null],
  ] as const)
    recordOne(ledger, { ...head, id: `d-${currency}`, payload: { ...donation, amountMinor, currency } }, worth);
  const tip = { tokens: 25, item: '', text: '' };
  recordOne(ledger, { ...head, kind: 'tip', id: 't', user: null, payload: tip }, worthOf('2', 1, 10));
  assert.match(await ask(exit.ok, 'who', '1', '10'), /: 5\.00 EUR from name of u1,/);
  assert.match(await ask(exit.ok, 'who', '2', '3'), /: 25 tokens,/);
  const seen = await ask(exit.ok, 'gifts', 'seen');
  assert.match(seen, /^5\.00 EUR +0 +1 +1 +10$/m);
  assert.match(seen, /^12\.50 USD +0 +1 +1 not mapped$/m);
  const told = await ask(exit.ok, 'report');
  assert.match(told, /1 donation of 5\.00 EUR, worth 10 strokes/);
  assert.match(told, /1 tip of 25 tokens, worth 3 strokes/);
  assert.match(told, /unmapped {2}1 gift of 0 coins/);
});
