import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { momentOfBox } from '../../src/domain/moment.ts';
import { ruleEngine } from '../../src/rules/engine.ts';
import { ruleKinds } from '../../src/rules/facts.ts';
import { parseRules } from '../../src/rules/rules-file.ts';
import {
  does,
  donationOf,
  followOf,
  giftOf,
  matchingOf,
  onlyRule,
  problemsIn,
  rulesOf,
  ruleWith,
} from './rule-events.ts';

const chance = (value: number) => () => value;
const rulesBroken = (part: Readonly<Record<string, unknown>>) => problemsIn([ruleWith(part)]).map(({ rule }) => rule);

test('a rule says what is drawn, into which rows, once or for every so many', () => {
  const once = onlyRule({ [does]: [{ draw: { rows: ['Hearts', 2], strokes: 5 } }] });
  const event = giftOf('Rose', 3);
  assert.deepEqual(once.outcome(event, { count: 1, standing: null }, chance(0)).worth, {
    rows: ['hearts', '2'],
    strokes: 5,
    per: 1,
  });
  assert.equal(once.unitsPerCount(event), 0);
  const each = onlyRule({ [does]: [{ draw: { row: '1', strokes: 2, per: 10 } }] });
  assert.deepEqual(each.outcome(event, { count: 1, standing: null }, chance(0)).worth, {
    rows: ['1'],
    strokes: 2,
    per: 10,
  });
  assert.equal(each.unitsPerCount(event), 1);
  assert.equal(onlyRule({ [does]: [{ draw: { row: '1', per: 10, of: 'coins' } }] }).unitsPerCount(event), 3);
});

test('a wheel stops at its parts by their weights', () => {
  const rule = onlyRule({
    [does]: [
      {
        wheel: [
          { weight: 3, prize: 'ink', draw: { row: '1', strokes: 9 } },
          { weight: 1, prize: 'nothing' },
        ],
      },
      { log: '{prize}' },
    ],
  });
  const at = (value: number) => rule.outcome(giftOf('Rose', 1), { count: 1, standing: null }, chance(value));
  assert.deepEqual(
    [at(0), at(0.7499), at(0.75), at(0.9999)].map(({ prize }) => prize),
    ['ink', 'ink', 'nothing', 'nothing'],
  );
  assert.deepEqual(at(0).worth, { rows: ['1'], strokes: 9, per: 1 });
  assert.equal(at(0.8).worth, null);
  assert.deepEqual(at(0.8).outside, [{ do: 'log', with: { text: 'nothing' } }]);
});

test('templates are filled in one pass: what a person writes is never taken for one', () => {
  const rule = onlyRule({
    on: 'donation',
    [does]: [{ alert: { text: '{displayName} gives {amount} {currency}: {message}', seconds: 5 } }],
  });
  const { outside } = rule.outcome(
    donationOf(550, 'EUR', '{amount} $& {username}'),
    { count: 1, standing: null },
    chance(0),
  );
  assert.deepEqual(outside, [
    { do: 'alert', with: { text: 'Ink Fan gives 5.50 EUR: {amount} $& {username}', seconds: 5 } },
  ]);
  const long = onlyRule({ on: 'donation', [does]: [{ say: '{message}' }] }).outcome(
    donationOf(1, 'EUR', 'x'.repeat(900)),
    { count: 1, standing: null },
    chance(0),
  );
  assert.equal(String(long.outside[0]?.with.text).length, 500);
});

test('what stands in braces like a name, and is none, is refused with its place and what is meant', () => {
  const refusal = (text: string) => {
    const [problem, ...others] = problemsIn([ruleWith({ [does]: [{ log: `a ${text} b` }] })]);
    assert.deepEqual(
      [others.length, problem?.place, problem?.value],
      [0, 'rules[0].then[0].log.text', `"${text}"`],
      text,
    );
    return problem?.rule;
  };
  for (const text of [
    '{ username }',
    '{user-name}',
    '{User Name}',
    '{USERNAME}',
    '{user.name}',
    '{user\tname}',
    '{user\u00a0name}',
  ])
    if (!text.includes('\t')) assert.equal(refusal(text), 'must be {username}', text);
  assert.match(rulesBroken({ [does]: [{ log: '{user\tname}' }] }).join(), /must be \{username\}/);
  for (const text of [
    '{Имя}',
    '{名前}',
    '{Zuschauer Name}',
    '{café-au-lait}',
    '{e\u0301}',
    '{7}',
    '{_}',
    `{${'x'.repeat(70)}}`,
  ])
    assert.match(refusal(text) ?? '', /^is nothing that gift has; it has \{username\} \{displayName\} /, text);
  assert.match(refusal('{ Message }') ?? '', /^is nothing that gift has/);
  for (const text of ['{{ username }}', '{"who": "{user name}"}'])
    assert.match(rulesBroken({ [does]: [{ log: text }] }).join(), /^must be \{username\}$/, text);
  const wheel = [{ prize: 'a' }, { prize: 'b' }];
  assert.match(rulesBroken({ [does]: [{ wheel }, { log: '{Prize}' }] }).join(), /^must be \{prize\}$/);
  for (const action of [
    { osc: { address: '/a', args: ['{ coins }'] } },
    { webhook: { to: 'a', data: { x: '{ coins }' } } },
  ])
    assert.match(rulesBroken({ [does]: [action] }).join(), /^must be \{coins\}$/);
});

test('braces that hold no name are text', () => {
  for (const text of [
    '{"a": "b"}',
    '{"user": {"name": "{username}"}}',
    '{ "a": 1 }',
    "{'a': 1}",
    '{',
    '}',
    '{}',
    '{ }',
    '}username{',
    '{ username',
    'username }',
    '{-}',
    ':-{, and }-:',
    '{a, b}',
    '{a:b}',
    `{${'x '.repeat(21)}}`,
  ]) {
    const [said] = onlyRule({ [does]: [{ log: text }] }).outcome(
      giftOf('Rose', 1),
      { count: 1, standing: null },
      chance(0),
    ).outside;
    assert.equal(said?.with.text, text.replace('{username}', 'ink_fan_01'));
  }
});

test('a time that is none does not keep a rule from firing', () => {
  const rule = onlyRule({ [does]: [{ log: '{giftName} {timestamp}' }] });
  const event = { ...giftOf('Rose', 1), atMs: 8_700_000_000_000_000 };
  assert.deepEqual(rule.outcome(event, { count: 1, standing: null }, chance(0)).outside, [
    { do: 'log', with: { text: 'Rose ' } },
  ]);
});

test('where nothing is filled in, a name in braces is refused', () => {
  const wheel = [{ prize: 'for {username}' }, { prize: '{x}' }];
  for (const action of [
    { mqtt: { topic: 'live/{username}', message: 'x' } },
    { osc: { address: '/{giftName}' } },
    { wheel },
  ])
    assert.deepEqual(rulesBroken({ [does]: [action] }), ['cannot stand here, where nothing is filled in']);
  onlyRule({ [does]: [{ osc: { address: '/{foo,bar}/{x}' } }] });
});

test('a version in the ledger is read as it was checked then, also where names in braces are looked at more strictly now', () => {
  const version = JSON.stringify({
    name: 'r',
    on: 'gift',
    [does]: [{ log: '{ username }' }, { mqtt: { topic: '{coins}', message: '{x y}' } }],
  });
  const { outside } = ruleEngine([])
    .version(version)
    .outcome(giftOf('Rose', 1), { count: 1, standing: null }, chance(0));
  assert.deepEqual(
    outside.map((each) => each.with),
    [{ text: '{ username }' }, { topic: '{coins}', message: '{x y}' }],
  );
});

test('all ten outside actions are read and filled', () => {
  const rule = onlyRule({
    [does]: [
      { alert: '{giftCount} × {giftName}' },
      { say: { text: 'Thank you {username}', voice: 'de' } },
      { sound: 'bell.wav' },
      { obs: { request: 'SetCurrentProgramScene', data: { sceneName: '{giftName}', force: true } } },
      { osc: { address: '/gift/count', args: ['{giftCount}', 3, true], to: 'vrchat' } },
      { webhook: { to: 'my-server', data: { who: '{displayName}' } } },
      { mqtt: { topic: 'live/gift', message: '{coins}' } },
      { chat: 'Thanks' },
      { moderate: 'mute' },
      { log: '{eventType} {streamId}' },
    ],
  });
  assert.deepEqual(rule.outcome(giftOf('Rose', 2), { count: 4, standing: null }, chance(0)).outside, [
    { do: 'alert', with: { text: '4 × Rose' } },
    { do: 'say', with: { text: 'Thank you ink_fan_01', voice: 'de' } },
    { do: 'sound', with: { name: 'bell.wav' } },
    { do: 'obs', with: { request: 'SetCurrentProgramScene', data: { sceneName: 'Rose', force: true } } },
    { do: 'osc', with: { address: '/gift/count', args: ['4', 3, true], to: 'vrchat' } },
    { do: 'webhook', with: { to: 'my-server', data: { who: 'Ink Fan' } } },
    { do: 'mqtt', with: { topic: 'live/gift', message: '8' } },
    { do: 'chat', with: { text: 'Thanks' } },
    { do: 'moderate', with: { act: 'mute', to: 'ink_fan_01' } },
    { do: 'log', with: { text: 'gift r' } },
  ]);
});

test('whispers, replies and moderation are about the person of the event, unless another is named', () => {
  const outsideOf = (action: object, on = 'gift') => {
    const [rule] = [onlyRule({ on, [does]: [action] })];
    return rule.outcome(giftOf('Rose', 1), { count: 1, standing: null }, chance(0)).outside[0]?.with;
  };
  assert.deepEqual(outsideOf({ chat: { text: 'hi', how: 'announce', on: 'tiktok' } }), {
    text: 'hi',
    how: 'announce',
    on: 'tiktok',
  });
  assert.deepEqual(outsideOf({ chat: { text: 'hi', how: 'whisper' } }), {
    text: 'hi',
    how: 'whisper',
    to: 'ink_fan_01',
  });
  assert.deepEqual(outsideOf({ chat: { text: 'hi', how: 'reply', to: 'mila' } }), {
    text: 'hi',
    how: 'reply',
    to: 'mila',
  });
  assert.deepEqual(outsideOf({ moderate: { act: 'unmute', to: 'mila' } }), { act: 'unmute', to: 'mila' });
  assert.match(
    rulesBroken({ [does]: [{ chat: { text: 'x', how: 'shout' } }] }).join(),
    /must be announce, whisper, reply/,
  );
  assert.match(rulesBroken({ [does]: [{ chat: { text: 'x', on: '../x' } }] }).join(), /must be the name of a platform/);
  assert.match(rulesBroken({ [does]: [{ moderate: 'ban' }] }).join(), /must be mute, unmute, block/);
  // Where nobody did anything, somebody must be named.
  assert.match(rulesBroken({ on: 'live-started', [does]: [{ moderate: 'unmute' }] }).join(), /is missing/);
  assert.match(
    rulesBroken({ on: 'live-started', [does]: [{ chat: { text: 'x', how: 'whisper' } }] }).join(),
    /is missing/,
  );
  assert.match(
    rulesBroken({ on: 'live-started', [does]: [{ moderate: { act: 'mute', to: '{username}' } }] }).join(),
    /is nothing that live-started has/,
  );
});

test('a text is written where the config has plates, filled with who gave', () => {
  const written = ruleWith({ [does]: [{ draw: { row: '1' } }, { write: 'Thanks {displayName}' }] });
  const text = JSON.stringify({ rules: [written] });
  const read = parseRules(text, ['1'], { hasPlates: true });
  assert.ok(read.ok, JSON.stringify(read));
  const outcome = read.rules[0]?.outcome(giftOf('Rose', 1), { count: 1, standing: null }, chance(0));
  assert.deepEqual([outcome?.write, outcome?.worth?.rows], ['Thanks Ink Fan', ['1']]);
  const without = parseRules(text, ['1']);
  assert.ok(!without.ok);
  assert.match(without.problems[0]?.rule ?? '', /^needs a plate in the config/);
  for (const write of ['', 'x'.repeat(61), 5, { text: 'x', size: 2 }, '{amount}']) {
    const broken = parseRules(JSON.stringify({ rules: [ruleWith({ [does]: [{ write }] })] }), ['1'], {
      hasPlates: true,
    });
    assert.ok(!broken.ok, JSON.stringify(write));
  }
  const twice = parseRules(JSON.stringify({ rules: [ruleWith({ [does]: [{ write: 'a' }, { write: 'b' }] })] }), ['1'], {
    hasPlates: true,
  });
  assert.ok(!twice.ok);
});

test('cost, points, experience and levels are there with points in the config, and bounded', () => {
  const parts = [
    { cost: 5 },
    { [does]: [{ points: 5 }] },
    { [does]: [{ xp: 5 }] },
    { when: ['points', '>=', 5] },
    { when: ['level', '==', 5] },
    { [does]: [{ alert: '{points}' }] },
    { [does]: [{ alert: '{level}' }] },
    { on: 'level-up' },
  ];
  for (const part of parts) {
    assert.deepEqual(rulesBroken(part), ['needs points, which are there with [points] in the config']);
    const read = parseRules(JSON.stringify({ rules: [ruleWith(part)] }), ['1'], { hasPoints: true });
    assert.ok(read.ok, JSON.stringify(read));
  }
  const broken = [
    { cost: 0 },
    { cost: -5 },
    { cost: 1.5 },
    { cost: 2_000_000_000 },
    { cost: '5' },
    { [does]: [{ points: -5 }] },
    { [does]: [{ points: 1e300 }] },
    { [does]: [{ points: 5 }, { points: 5 }] },
    { cost: 5, [does]: [{ draw: { row: '1', per: 5 } }] },
    { on: 'live-started', cost: 5, [does]: [{ log: 'x' }] },
    { on: 'timer', every: 5, [does]: [{ points: 5 }] },
    { on: 'chat', when: ['points', '>=', 5] },
  ];
  for (const part of broken) {
    const read = parseRules(JSON.stringify({ rules: [ruleWith(part)] }), ['1'], { hasPoints: true });
    assert.ok(!read.ok, JSON.stringify(part));
  }
});

test('what is wrong with a rule is reported with its place, value and line, all at once', () => {
  const text = `{ "version": 1, "rules": [
    // a note
    { "name": "A b", "on": "gift",
      "then": [{ "draw": { "row": "9", "strokes": 0 } }] },
    { "name": "x", "on": "frob", "when": ["viewers", ">", 5], "cost": 5, "then": [{ "points": 5 }, { "log": "{nobody}" }] },
    { "name": "y", "on": "gift", "when": [["coins", ">=", 5], ["viewers", ">", 5]], "then": [{ "points": 5 }, { "log": "{nobody}" }] }
  ] }`;
  const read = parseRules(text, ['1']);
  assert.ok(!read.ok);
  assert.deepEqual(
    read.problems.map(({ place, line, rule }) => `${line} ${place} ${rule}`),
    [
      '3 rules[0].name must be a name of small letters, digits and -, at most 40 of them',
      '4 rules[0].then[0].draw.row is not a row of the config; it has 1',
      '4 rules[0].then[0].draw.strokes must be a whole number of strokes, 1 to 10000',
      `5 rules[1].on must be one of ${ruleKinds.join(', ')}`,
      '5 rules[1].cost needs points, which are there with [points] in the config',
      '6 rules[2].when[1] is nothing that gift has; it has platform, username, displayName, roles, giftName, giftId, giftCoins, giftCount, coins, sheet, sheetFilled, strokesFree, rowsFree, pending, drawnTonight, nth',
      '6 rules[2].then[0] needs points, which are there with [points] in the config',
      '6 rules[2].then[1].log.text is nothing that gift has; it has {username} {displayName} {giftName} {giftCount} {coins} {eventType} {timestamp} {streamId}',
    ],
  );
});

test('what cannot be paid exactly, or is not there yet, is refused with a sentence', () => {
  const per = [{ draw: { row: '1', per: 5 } }];
  assert.match(
    rulesBroken({ [does]: per, cooldown: { perPersonSeconds: 5 } }).join(),
    /cannot stand beside cooldown, limit or cost/,
  );
  assert.match(
    rulesBroken({ [does]: per, limit: { perLive: 5 } }).join(),
    /cannot stand beside cooldown, limit or cost/,
  );
  assert.match(rulesBroken({ on: 'tip', [does]: per }).join(), /is accepted for gifts only, as yet/);
  assert.match(rulesBroken({ [does]: [{ ask: 'x' }] }).join(), /is not accepted yet/);
  assert.match(rulesBroken({ [does]: [...per, ...per] }).join(), /stands beside another draw or wheel/);
  assert.match(rulesBroken({ [does]: [{ alert: '{prize}' }] }).join(), /turns none/);
  assert.match(rulesBroken({ [does]: [{ sound: '../x.wav' }] }).join(), /without a path/);
  assert.match(
    problemsIn([ruleWith({}), ruleWith({})])
      .map(({ rule }) => rule)
      .join(),
    /is the name of/,
  );
  assert.match(
    problemsIn(Array.from({ length: 201 }, (_, n) => ruleWith({ name: `r${n}` })))[0]?.rule ?? '',
    /at most 200 rules/,
  );
});

test('a rule for a moment asks for what it has, and nothing that would lead to itself or be kept without bound', () => {
  const quiet = { [does]: [{ log: '{eventType}' }] };
  const sound = [
    ruleWith({ name: 'a', on: 'live-started' }),
    ruleWith({ name: 'b', on: 'live-ended', when: ['platform', '==', 'TikTok'] }),
    ruleWith({ name: 'c', on: 'timer', every: 10, when: ['tick', '>', 2] }),
    { ...quiet, name: 'd', on: 'state', when: ['to', '==', 'fault'], cooldown: { perRuleSeconds: 9 } },
    { name: 'e', on: 'sheet-opened', [does]: [{ say: 'sheet {sheet}' }] },
    { ...quiet, name: 'f', on: 'drawing-done' },
    ruleWith({ name: 'g', on: 'chat', when: ['message', 'startsWith', '!ink'], cooldown: { perPersonSeconds: 9 } }),
  ];
  assert.equal(rulesOf(sound).length, sound.length);
  for (const on of ['state', 'sheet-opened', 'drawing-done'])
    assert.match(rulesBroken({ on }).join(), /would lead to itself/);
  const wheel = [{ wheel: [{ prize: 'a', draw: { row: '1' } }, { prize: 'b' }] }];
  assert.match(rulesBroken({ on: 'state', [does]: wheel }).join(), /would lead to itself/);
  assert.match(
    rulesBroken({ on: 'live-started', cooldown: { perPersonSeconds: 5 } }).join(),
    /nothing that a person does/,
  );
  assert.match(
    rulesBroken({ on: 'live-started', when: ['username', '==', 'x'] }).join(),
    /nothing that live-started has/,
  );
  assert.match(
    rulesBroken({ on: 'live-started', [does]: [{ log: '{username}' }] }).join(),
    /is nothing that live-started/,
  );
  assert.match(rulesBroken({ on: 'timer' }).join(), /whole number of minutes, 1 to 1440/);
  assert.match(rulesBroken({ on: 'timer', every: 0 }).join(), /whole number of minutes/);
  assert.match(rulesBroken({ every: 5 }).join(), /belongs to a rule on "timer" or "like" alone/);
  assert.match(rulesBroken({ on: 'chat' }).join(), /must be asked for something/);
});

test('the nth within a time says within which, and is asked for of whoever gave something', () => {
  const third = { when: ['nth', '==', 3], within: 60 };
  assert.equal(rulesOf([ruleWith(third), ruleWith({ ...third, name: 's', on: 'share' })]).length, 2);
  assert.match(rulesBroken({ when: ['nth', '==', 3] }).join(), /whole number of seconds, 1 to 3600/);
  assert.match(rulesBroken({ ...third, within: 3_601 }).join(), /whole number of seconds, 1 to 3600/);
  assert.match(rulesBroken({ within: 60 }).join(), /belongs to a rule that asks for "nth" alone/);
  assert.match(rulesBroken({ ...third, on: 'live-started' }).join(), /is nothing that live-started has/);
  const asked: number[] = [];
  const person = {
    isFirst: () => null,
    nthWithin: (ms: number) => asked.push(ms) * 3,
    standing: () => null,
    sheet: () => null,
  };
  const roses = ruleWith({
    name: 'roses',
    within: 5,
    when: [
      ['nth', '==', 3],
      ['giftName', '==', 'Rose'],
    ],
  });
  const engine = ruleEngine(rulesOf([ruleWith({ name: 'plain' }), roses]));
  const names = (name: string) => engine.matching(giftOf(name, 1), person, () => {}).map((rule) => rule.name);
  assert.deepEqual([names('GG'), asked], [['plain'], []], 'nobody is looked up where no rule is left that asks');
  assert.deepEqual([names('Rose'), asked], [['plain', 'roses'], [5_000]]);
});

test('a timer is the time of those rules alone that wait for as long', () => {
  const rules = [
    ruleWith({ name: 'five', on: 'timer', every: 5 }),
    ruleWith({ name: 'ten', on: 'timer', every: 10, when: ['tick', '>=', 2] }),
  ];
  const timer = (everyMinutes: number, nth: number) =>
    matchingOf(rules, { ...momentOfBox('timer', { everyMinutes, nth }, 0) }).map(({ name }) => name);
  assert.deepEqual([timer(5, 1), timer(10, 1), timer(10, 2), timer(7, 1)], [['five'], [], ['ten'], []]);
  assert.deepEqual(ruleEngine(rulesOf(rules)).timersMinutes(), [5, 10]);
});

test('of the rules in force those hold that are switched on and wait for events of this kind', () => {
  const rules = [
    ruleWith({ name: 'all' }),
    ruleWith({ name: 'off', enabled: false }),
    ruleWith({ name: 'follows', on: 'follow', when: { var: 'isFirst' } }),
    ruleWith({ name: 'lions', when: ['giftName', '==', 'Lion'] }),
  ];
  const names = (event: Parameters<typeof matchingOf>[1], isFirst: boolean | null) =>
    matchingOf(rules, event, isFirst).map(({ name }) => name);
  assert.deepEqual(names(giftOf('Rose', 1), null), ['all']);
  assert.deepEqual(names(giftOf('lion', 1), null), ['all', 'lions']);
  assert.deepEqual(names(followOf(), true), ['follows']);
  assert.deepEqual(names(followOf(), false), []);
});

test('a rule that throws is reported by its name, and the others are judged', () => {
  const [good, bad] = rulesOf([ruleWith({ name: 'good' }), ruleWith({ name: 'bad', when: ['giftCoins', '>', 0] })]);
  assert.ok(good && bad);
  const holds = () => {
    throw new Error('broken');
  };
  const engine = ruleEngine([{ ...bad, condition: { ...bad.condition, holds } }, good]);
  const failed: string[] = [];
  const found = engine.matching(
    giftOf('Rose', 1),
    { isFirst: () => null, nthWithin: () => null, standing: () => null, sheet: () => null },
    ({ name }) => failed.push(name),
  );
  assert.deepEqual([found.map(({ name }) => name), failed], [['good'], ['bad']]);
});

test('a version says all that its rule pays, and is read again as the same, whatever rows the config has by then', () => {
  const [rule] = rulesOf([
    ruleWith({
      note: 'why',
      enabled: false,
      when: ['coins', '>=', 50],
      [does]: [{ draw: { row: 'hearts', strokes: 3, per: 2 } }],
    }),
  ]);
  assert.ok(rule);
  const again = ruleEngine([]).version(rule.text);
  const event = giftOf('Rose', 7);
  assert.equal(again.text, rule.text);
  assert.equal(again.countNeeded(event), 8);
  assert.deepEqual(
    again.outcome(event, { count: 8, standing: null }, chance(0)),
    rule.outcome(event, { count: 8, standing: null }, chance(0)),
  );
  const [noted] = rulesOf([
    ruleWith({
      enabled: true,
      note: 'another',
      [does]: [{ draw: { per: 2, strokes: 3, row: 'hearts' } }],
      when: ['coins', '>=', 50],
    }),
  ]);
  assert.equal(noted?.text, rule.text, 'neither the order of keys nor a note makes another version');
});

const anything = fc.anything({
  maxDepth: 4,
  values: [fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
});
const key = fc.constantFrom(
  'name',
  'note',
  'enabled',
  'on',
  'when',
  'cooldown',
  'limit',
  'cost',
  'then',
  'x',
  '__proto__',
);

test('whatever a file of rules holds, it is read without an error, and what is wrong has place and rule', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          anything,
          fc.dictionary(key, anything).map((part) => ({ ...ruleWith({}), ...part })),
        ),
      ),
      (rules) => {
        const text = JSON.stringify({ rules }) ?? '';
        const read = parseRules(text, ['1']);
        if (read.ok) return;
        for (const { place, rule } of read.problems) {
          assert.notEqual(place, '');
          assert.match(rule, /^(must|is|takes|stands|grows|cannot|needs|")/, rule);
        }
      },
    ),
  );
  for (const text of ['', '[]', '{', 'null', '{"rules": 3}', '{"rules": [], "rules": []}', '{"rules": [[]]}'])
    assert.equal(parseRules(text, ['1']).ok, false, text);
});

test('a level may draw, write and tell; what would hang on the order of messages, or lead to the next, is refused', () => {
  const of = (part: Readonly<Record<string, unknown>>) =>
    parseRules(JSON.stringify({ rules: [ruleWith({ on: 'level-up', ...part })] }), ['1'], {
      hasPlates: true,
      hasPoints: true,
    });
  const all = [
    { draw: { row: '1' } },
    { write: '{username}' },
    { points: 5 },
    { alert: '{displayName} {level} {points}' },
  ];
  const read = of({ when: ['level', '>=', 10], cooldown: { perPersonSeconds: 5 }, [does]: all });
  assert.ok(read.ok, JSON.stringify(read));
  const broken: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ cost: 5 }, /depends on the messages/],
    [{ [does]: [{ xp: 5 }] }, /would lead to the next one/],
    [{ limit: { perLive: 5 } }, /a level is reached once for good/],
    [{ when: ['points', '>=', 5] }, /is nothing that level-up has/],
    [{ [does]: [{ log: '{streamId} {giftName}' }] }, /is nothing that level-up has/],
  ];
  for (const [part, says] of broken) {
    const refusal = of(part);
    assert.ok(!refusal.ok, JSON.stringify(part));
    assert.match(refusal.problems.map(({ rule }) => rule).join(), says);
  }
});

test('a sound is named by its file, perhaps by what was given, with a volume, and never by a path', () => {
  const rule = onlyRule({ [does]: [{ sound: { name: '{giftName}.wav', volume: 0.8 } }, { sound: 'horn.wav' }] });
  assert.deepEqual(rule.outcome(giftOf('Rose', 3), { count: 1, standing: null }, chance(0)).outside, [
    { do: 'sound', with: { name: 'Rose.wav', volume: 0.8 } },
    { do: 'sound', with: { name: 'horn.wav' } },
  ]);
  for (const name of ['../horn.wav', '/horn.wav', 'sounds/horn.wav', '.horn.wav', '-q', 'a\\b'])
    assert.match(rulesBroken({ [does]: [{ sound: name }] }).join(), /must be the name of a file/, name);
  assert.match(rulesBroken({ [does]: [{ sound: '{nobody}.wav' }] }).join(), /is nothing that gift has/);
  for (const volume of [-0.1, 1.1, '1', null])
    assert.match(rulesBroken({ [does]: [{ sound: { name: 'horn.wav', volume } }] }).join(), /volume from 0 to 1/);
});

test('a voice that a rule asks for is the name of one, and no option or path', () => {
  for (const voice of ['de', 'en-us', 'ru+f3'])
    assert.equal(onlyRule({ [does]: [{ say: { text: 'Hi {displayName}', voice } }] }).name, 'r');
  for (const voice of ['-h', '../x', 'x.onnx', 'de; rm', 'EN'])
    assert.match(
      rulesBroken({ [does]: [{ say: { text: 'Hi', voice } }] }).join(),
      /must be a voice of espeak-ng/,
      voice,
    );
});

const deadLetter = momentOfBox(
  'dead-letter',
  { outlet: 'webhook me', rule: 'thanks', why: 'it answered with status 410' },
  0,
);

test('a rule for dead letters tells of them, and draws and gives nothing', () => {
  const on = { on: 'dead-letter', when: ['why', 'contains', '410'] };
  assert.deepEqual(
    matchingOf([{ name: 'r', ...on, [does]: [{ webhook: { to: 'me', data: { t: '{why}' } } }] }], deadLetter).length,
    1,
  );
  for (const [part, why] of [
    [
      { [does]: [{ draw: { row: '1' } }] },
      /may follow from what is drawn: a rule that draws for it could lead to itself/,
    ],
    [{ [does]: [{ log: '{displayName}' }] }, /is nothing that dead-letter has; it has .*\{outlet\} \{rule\} \{why\}/],
    [
      { when: ['viewer', '==', 'x'], [does]: [{ log: 'x' }] },
      /is nothing that dead-letter has; it has sheet, .*, outlet, rule, why/,
    ],
  ] as const)
    assert.match(
      problemsIn([{ name: 'r', ...on, ...part }])
        .map(({ rule }) => rule)
        .join(),
      why,
    );
});

test('a rule on likes waits for every so many of a live, and one on joins has a bound', () => {
  const [likes, join] = rulesOf([
    { name: 'l', on: 'like', every: 1_000, [does]: [{ say: '{likes} {eventType}' }] },
    { name: 'j', on: 'join', cooldown: { perRuleSeconds: 30 }, [does]: [{ say: 'Welcome {displayName}' }] },
  ]);
  assert.deepEqual([likes?.on, likes?.everyLikes, likes?.everyMinutes, join?.on], ['likes', 1_000, null, 'join']);
  const engine = ruleEngine(rulesOf([{ name: 'l', on: 'like', every: 1_000, [does]: [{ log: '{likes}' }] }]));
  const at = (every: number) => momentOfBox('likes', { every, nth: 3 }, 0);
  const facts = { isFirst: () => null, nthWithin: () => null, standing: () => null, sheet: () => null };
  const fires = (every: number) => engine.matching(at(every), facts, () => {});
  assert.equal(fires(500).length, 0);
  assert.deepEqual(fires(1_000)[0]?.outcome(at(1_000), { count: 1, standing: null }, chance(0)).outside[0]?.with, {
    text: '3000',
  });
  for (const [part, why] of [
    [{ on: 'like' }, /must be a whole number of likes, 100 to 100000000/],
    [{ on: 'like', every: 20 }, /must be a whole number of likes, 100 to 100000000/],
    [{ on: 'like', every: 100, cost: 5 }, /is nothing that a person does/],
    [{ on: 'like', every: 100, [does]: [{ log: '{displayName}' }] }, /is nothing that likes has; it has .*\{likes\}/],
    [{ on: 'join' }, /needs cooldown\.perRuleSeconds or limit\.perLive: they come by the thousand/],
    [{ on: 'join', cooldown: { perPersonSeconds: 9 } }, /needs cooldown\.perRuleSeconds or limit\.perLive/],
    [{ on: 'emote', when: ['emote', '==', 'x'] }, /needs cooldown\.perRuleSeconds or limit\.perLive/],
    [{ on: 'gift', every: 100 }, /belongs to a rule on "timer" or "like" alone/],
  ] as const)
    assert.match(rulesBroken(part).join(), why, JSON.stringify(part));
});

test('null in the place of a value is refused, and never taken for one that is left out', () => {
  for (const part of [
    { when: null },
    { on: 'chat', when: null },
    { [does]: [{ draw: { row: '1', strokes: null } }] },
    { [does]: [{ draw: { row: '1', per: 5, of: null } }] },
    { [does]: [{ wheel: [{ prize: 'a', weight: null }, { prize: 'b' }] }] },
  ])
    assert.match(rulesBroken(part).join(), /must be/, JSON.stringify(part));
});
