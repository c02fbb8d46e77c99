/** The rules that are shipped to choose from: each is sound, fires for its kind of event, and arrives. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { columns, columnsOf, exit } from '../../src/commands/command.ts';
import { rulesCommand } from '../../src/commands/rules.ts';
import type { Goal } from '../../src/domain/goals.ts';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { ruleKinds } from '../../src/rules/facts.ts';
import { checkRules } from '../../src/rules/rule-desk.ts';
import { openSheet } from '../appliance/ready-world.ts';
import { smallLayout } from '../appliance/small-sheet.ts';
import { typing, unfolded } from '../commands/typing.ts';
import { terms } from '../ledger/points-world.ts';
import { deskOf } from '../rules/desk-in-memory.ts';
import { readEvents, settle } from './event-reader.ts';
import { tokens, withApi } from './with-api.ts';

interface Written {
  readonly name: string;
  readonly on: string;
}

const shipped = readFileSync(join(import.meta.dirname, '../../config/ready-rules.json'), 'utf8');
const { rules }: { readonly rules: readonly Written[] } = JSON.parse(shipped);
const parts = { hasPlates: true, hasPoints: true };
const workerToken = 'w'.repeat(43);

test('they are sound, one alert for each kind of event among them, and the five of an avatar', () => {
  const checked = checkRules(shipped, ['1', '2', '3'], parts);
  assert.ok(checked.ok, JSON.stringify(checked));
  const kinds = rules.flatMap(({ name, on }) => (name.startsWith('alert-') ? [on] : []));
  // Rules call likes as the live does.
  assert.deepEqual(kinds.toSorted(), ruleKinds.map((kind) => (kind === 'likes' ? 'like' : kind)).toSorted());
  const parameters = [...shipped.matchAll(/"\/avatar\/parameters\/(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(parameters, ['Wave', 'Celebrate', 'DanceTrigger', 'Hearts', 'Confetti']);
});

const goals: readonly Goal[] = [{ name: 'A score of coins', of: 'coins', currency: null, target: 20, per: 'live' }];
const plates = [{ id: 'left', name: 'left', xMm: 70, yMm: 20, widthMm: 40, heightMm: 40 }];
const layout = { ...smallLayout, paper: { ...smallLayout.paper, widthMm: 180 }, plates };

/** What happens on an evening on which everything happens once. */
const evening: readonly (Pick<LiveEvent, 'kind' | 'payload'> & { readonly who?: string })[] = [
  { kind: 'connected', payload: {} },
  { kind: 'gift', payload: { gift: { id: 'l', name: 'Lion', coins: 25 }, count: 1, streak: null }, who: 'Zoë' },
  { kind: 'donation', payload: { amountMinor: 550, currency: 'EUR', text: 'Well done', isAudio: false }, who: 'Bo' },
  { kind: 'tip', payload: { tokens: 25, item: '', text: '' }, who: 'Bo' },
  { kind: 'follow', payload: {}, who: 'Kim' },
  { kind: 'share', payload: {}, who: 'Kim' },
  { kind: 'subscribe', payload: {}, who: 'Bo' },
  { kind: 'wheel', payload: { prize: 'a cat', tokens: 5 }, who: 'Bo' },
  { kind: 'goal', payload: { title: 'More ink', tokens: 500 } },
  { kind: 'raid', payload: { viewers: 9 }, who: 'Host' },
  { kind: 'chat', payload: { text: '!hello there' }, who: 'Ola' },
  { kind: 'join', payload: {}, who: 'Mia' },
  { kind: 'emote', payload: { emoteId: '7' }, who: 'Mia' },
  { kind: 'like', payload: { count: 15, total: 1_010 } },
  { kind: 'battle', payload: { battleId: '7' } },
  { kind: 'raid-out', payload: { viewers: 9 }, who: 'Guest' },
];

const shown: Readonly<Record<string, RegExp>> = {
  'alert-gift': /^Zoë: Lion!$/,
  'alert-donation': /^Bo gives 5\.50 EUR Well done$/,
  'alert-tip': /^Bo tips 25 tokens$/,
  'alert-follow': /^Kim follows$/,
  'alert-share': /^Kim shares the live$/,
  'alert-subscribe': /^Bo subscribes$/,
  'alert-wheel': /^Bo wins a cat$/,
  'alert-goal': /^A goal is reached!$/,
  'alert-raid': /^Host comes with a raid$/,
  'alert-raid-out': /^Off we go to Guest$/,
  'alert-battle': /^A battle begins!$/,
  'alert-likes': /^1000 likes!$/,
  'alert-join': /^Welcome, Mia$/,
  'alert-emote': /^Mia sends an emote$/,
  'alert-chat': /^Hello, Ola$/,
  'alert-live-started': /^We are live/,
  'alert-live-ended': /^Thank you all/,
  'alert-sheet': /^Sheet 1 begins$/,
  'alert-drawing': /^A drawing is done$/,
  'alert-state': /^Fresh paper is coming$/,
  'alert-timer': /^Every gift becomes ink on this paper$/,
  'alert-goal-reached': /^A score of coins: reached!$/,
  'alert-level-up': /^Kim reaches level 1$/,
  'alert-dead-letter': /^Something could not be delivered \(webhook friends\)$/,
};

test('on an evening on which everything happens, each of their alerts reaches the board, and each of the rest the worker', async () => {
  const { desk } = deskOf(shipped, ['1', '2', '3']);
  await withApi(
    async (call, world, api) => {
      const board = await readEvents(api, null, { path: `/events?token=${tokens.board}` });
      const owner = await readEvents(api, null, {
        path: '/events',
        headers: { authorization: `Bearer ${tokens.owner}` },
      });
      world.appliance.start();
      await world.until('needs-sheet');
      await world.clock.advance(2_000);
      await openSheet(world);
      for (const [index, { who, ...happened }] of evening.entries()) {
        const user = who === undefined ? null : { id: who, name: who };
        const head = {
          version: 2,
          id: `m${index}`,
          platform: 'tiktok',
          channel: '',
          origin: 'live',
          room: '7',
          session: 's',
        };
        const times = { sequence: index + 1, atMs: null, arrivedAtMs: world.clock.wallMs() };
        world.source.emit({ ...head, ...times, user, ...happened } as LiveEvent);
        // So many alerts at once would not all be shown.
        await world.clock.advance(2_000);
      }
      const paths = { widthUm: 20_000, heightUm: 20_000, paths: [[0, 0, 20_000, 20_000]] };
      const asked = world.appliance.operator.askForDrawing({
        ownId: null,
        name: 'a line',
        plate: null,
        scales: false,
        paths,
      });
      assert.ok(asked.ok, JSON.stringify(asked));
      const letter = {
        seq: 1,
        outlet: 'webhook friends',
        rule: 'x',
        viewer: 'Bo',
        why: 'no',
        atMs: world.clock.wallMs(),
      };
      const report = await call('POST', '/worker/report', {
        headers: { authorization: `Bearer ${workerToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ outlets: [], file: { id: '0123456789abcdef', isNew: true }, dead: [letter] }),
      });
      assert.equal(report.status, 200, report.body);
      await world.clock.advance(21 * 60_000);
      world.source.endLive();
      await world.clock.advance(10_000);
      await settle();
      const texts = board.heard
        .filter(({ event }) => event === 'alert')
        .map(({ data }) => (data as { text: string }).text);
      for (const { name } of rules.filter((rule) => rule.name.startsWith('alert-')))
        assert.ok(
          texts.some((each) => shown[name]?.test(each)),
          `${name} is not among ${texts.join(' | ')}`,
        );
      const fired = owner.heard.flatMap(({ event, data }) =>
        event === 'rule' ? [(data as { rule: string }).rule] : [],
      );
      for (const name of ['osc-wave', 'osc-dance', 'osc-confetti', 'say-new-paper'])
        assert.ok(fired.includes(name), `${name} is not among ${fired.join(' ')}`);
      await Promise.all([board.close(), owner.close()]);
    },
    { tokens, workerToken, rules: desk },
    { rules: desk, points: { ...terms, level: { base: 100, exponent: 1 } }, goals, layout },
  );
});

test('`livepen rules ready` lists them, and `add` takes one over, once, and switched on', async () => {
  const { desk, file } = deskOf('{ "rules": [] }', ['1', '2', '3']);
  await withApi(
    async (call) => {
      await typing(call, [rulesCommand], async (type) => {
        const say = async (code: number, ...words: string[]) => {
          const printed = await type(code, 'rules', ...words);
          for (const row of printed.split('\n')) assert.ok(columnsOf(row) <= columns, row);
          return unfolded(printed);
        };
        assert.match(await say(exit.ok, 'ready'), /alert-gift on gift: An alert for a gift.*osc-confetti on raid/);
        assert.match(
          await say(exit.ok, 'add', 'alert-follow'),
          /^Rule "alert-follow" is taken over, and switched on\.$/,
        );
        assert.deepEqual(
          desk.list().map(({ name, enabled, on }) => [name, enabled, on]),
          [['alert-follow', true, 'follow']],
        );
        file.text = file.text.replace('follows"', 'is here"');
        desk.reload();
        assert.match(
          await say(exit.refused, 'add', 'alert-follow'),
          /is there already: `livepen rules enable alert-follow`/,
        );
        assert.match(file.text, /is here/, 'what a person changed stays');
        assert.match(await say(exit.usage, 'adds', 'nothing'), /^Run `livepen rules list`/);
        assert.match(await say(exit.refused, 'add', 'alert-follow'), /^A rule "alert-follow"/);
        assert.match(await say(exit.usage, 'add', 'nothing'.repeat(9)), /There is no ready rule "nothing/);
        assert.match(await say(exit.usage, 'add', 'nothing'), /There is no ready rule "nothing"/);
        for (const { name } of rules.filter((rule) => rule.name !== 'alert-follow')) await say(exit.ok, 'add', name);
        assert.equal(desk.list().length, rules.length);
        assert.equal(desk.fault(), null);
      });
    },
    { rules: desk },
  );
});
