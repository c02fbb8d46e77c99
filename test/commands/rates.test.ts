import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { columnsOf, exit } from '../../src/commands/command.ts';
import { runLine } from '../../src/commands/line.ts';
import { rates } from '../../src/commands/rates.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { strokesFor } from '../../src/domain/worth.ts';
import { parseGiftMap, worthOf as worthBy } from '../../src/gifts/gift-map.ts';
import { seededRandom } from '../../src/system/random.ts';
import { gift, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { heardConsole } from './heard-console.ts';

const dayMs = 86_400_000;
/** Eight in the evening, so many days ago: never on two sides of a noon. */
const eveningMs = (daysAgo: number) => new Date(Date.now() - daysAgo * dayMs).setHours(20, 0, 0, 0);

/** The shipped config beside a ledger to which these events were given; says lines to it. */
function after(t: TestContext, events: readonly LiveEvent[]) {
  const folder = tempFolder(t);
  for (const file of ['livepen.toml', 'gifts.json']) {
    cpSync(join(import.meta.dirname, '../../config', file), join(folder, file));
  }
  const ledger = openOk(join(folder, 'livepen.db'));
  for (const event of events) recordOne(ledger, event, event.kind === 'gift' ? worthOf('1') : worthOf('1', 500));
  ledger.close();
  return async (code: number, ...line: string[]) => {
    const console = heardConsole();
    const all = ['rates', ...line, '--config', join(folder, 'livepen.toml')];
    assert.equal(await runLine(all, [rates], console), code, console.said.join('\n'));
    return console.said.join('\n');
  };
}

/** Gifts of one evening: dear and cheap, alone and in streaks, some of which end in the next half hour. */
function evening(seed: number, daysAgo: number, count: number): LiveEvent[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const coins = [1, 5, 30, 500, 2_000][Math.floor(random() * 5)] ?? 1;
    const streak = Math.ceil(random() * 40);
    const arrivedAtMs = eveningMs(daysAgo) + Math.floor((index * 7_200_000) / count);
    return gift({
      ...{
        room: `room ${daysAgo}`,
        user: `u${index % 17}`,
        gift: `Gift of ${coins}`,
        coins,
        id: `${daysAgo} ${index}`,
      },
      ...{ group: `g${daysAgo}-${index}`, count: streak, ended: true, arrivedAtMs, atMs: arrivedAtMs },
    });
  });
}

const mapIn = (said: string) => said.slice(said.indexOf('{'));
const perCoinIn = (said: string) => Number(/"strokesPerCoin": ([\d.e-]+)/.exec(said)?.[1]);
/** What a gift map as text pays for events, counted one by one. */
function paid(text: string, events: readonly LiveEvent[]): number {
  const read = parseGiftMap(text, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  assert.ok(read.ok, JSON.stringify(read));
  return events.reduce((sum, event) => {
    const worth = event.kind === 'gift' ? worthBy(read.map, event) : null;
    return worth === null || event.kind !== 'gift' ? sum : sum + strokesFor(worth, event.payload.count);
  }, 0);
}

const day = (ms: number) => new Intl.DateTimeFormat('sv-SE').format(ms);

test('`rates` proposes the dearest coin of which the fullest evening leaves no more sheets than asked for', async (t) => {
  const evenings = [evening(1, 6, 300), evening(2, 3, 700), evening(3, 2, 20)];
  const say = after(t, evenings.flat());
  for (const sheets of [0, 1, 4]) {
    const said = await say(exit.ok, '--sheets', String(sheets));
    const perSheet = Number(/A sheet holds (\d+) strokes/.exec(said.replaceAll(',', ''))?.[1]);
    assert.ok(perSheet > 0, said);
    const left = (text: string) =>
      evenings.map((events, index) => {
        const [, , , , , canDraw = 0] =
          /^(\S+) +(2 h 0 min) +([\d,]+) +(\d+) +([\d,]+)/m
            .exec(said.split('\n').find((line) => line.startsWith(day(eveningMs([6, 3, 2][index] ?? 0)))) ?? '')
            ?.map((cell) => Number(cell.replaceAll(',', ''))) ?? assert.fail(said);
        return Math.max(0, paid(text, events) - canDraw) / perSheet;
      });
    assert.ok(Math.max(...left(mapIn(said))) <= sheets, said);
    const perCoin = perCoinIn(said);
    const dearer = mapIn(said).replace(`"strokesPerCoin": ${perCoin}`, `"strokesPerCoin": ${perCoin * 1.7}`);
    assert.ok(Math.max(...left(dearer)) > sheets, `${perCoin * 1.7} would have done, too:\n${said}`);
    for (const line of said.split('\n')) assert.ok(columnsOf(line) <= 80, line);
  }
});

test('`rates` counts neither tests nor what is older than asked for, and says when there is nothing to go by', async (t) => {
  const tried = evening(4, 1, 40).map((event) => ({ ...event, origin: 'test' as const }));
  const say = after(t, [...evening(5, 20, 50), ...tried]);
  assert.match(await say(exit.ok, '--days', '10'), /no gifts came, so there is nothing to go by/);
  const said = await say(exit.ok);
  assert.match(said, new RegExp(`^${day(eveningMs(20))} `, 'm'));
  assert.doesNotMatch(said, new RegExp(`^${day(eveningMs(1))} `, 'm'));
});

test('`rates` shows what an evening brought by the gift maps of its time, and what was left then', async (t) => {
  const events = evening(6, 2, 100);
  const said = await after(t, events)(exit.ok);
  const brought = events.reduce((sum, event) => sum + (event.kind === 'gift' ? event.payload.count : 0), 0);
  assert.match(said, new RegExp(`2 h 0 min +${brought.toLocaleString('en')} +0 `), said);
});

test('`rates` says what it takes for a number, and names the option and what was typed', async (t) => {
  const say = after(t, []);
  for (const [option, typed] of [
    ['sheets', '-1'],
    ['sheets', 'many'],
    ['days', '0'],
    ['days', '1e9'],
  ] as const) {
    const said = await say(exit.usage, `--${option}=${typed}`);
    assert.match(said, new RegExp(`--${option} "${typed}": it must be a number from`));
  }
});
