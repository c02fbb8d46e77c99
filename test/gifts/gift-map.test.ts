import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEvent } from '../../src/domain/live-event.ts';
import { strokesFor } from '../../src/domain/worth.ts';
import { readAsLetters } from '../../src/drawing/plan-text.ts';
import { type GiftMap, parseGiftMap, worthOf } from '../../src/gifts/gift-map.ts';

const rows = ['1', '2', '3'];

function mapOf(text: string): GiftMap {
  const result = parseGiftMap(text, rows);
  assert.ok(result.ok, JSON.stringify(result));
  return result.map;
}

function problemsOf(text: string) {
  const result = parseGiftMap(text, rows);
  assert.ok(!result.ok, 'was accepted');
  return result.problems;
}

const frame = {
  version: 2,
  id: 'm1',
  platform: '',
  channel: '',
  origin: 'test',
  room: 'r',
  session: 's',
  sequence: 1,
  atMs: null,
  arrivedAtMs: 0,
  user: { id: 'u', name: 'ink_fan_01' },
} as const;
const gift = (id: string, name: string, coins: number): LiveEvent => ({
  ...frame,
  kind: 'gift',
  payload: { gift: { id, name, coins }, count: 1, streak: null },
});

test('a gift is found by id or by name without regard to case, and pays into its rows', () => {
  const map = mapOf('{"version":1,"gifts":[{"name":"Rose","rows":["1",2]},{"id":"5655","row":3,"strokes":5}]}');
  assert.deepEqual(worthOf(map, gift('1', 'rOSE ', 1)), { rows: ['1', '2'], strokes: 1, per: 1 });
  assert.deepEqual(worthOf(map, gift('5655', 'Whatever', 1)), { rows: ['3'], strokes: 5, per: 1 });
  assert.equal(worthOf(map, gift('7', 'Lion', 29999)), null);
});

test('the short form, with a byte order mark and Windows line ends, means the same', () => {
  const map = mapOf('\uFEFF{\r\n  "Rose": "1",\r\n  "5655": ["1", "2"],\r\n  "GG": 3\r\n}\r\n');
  assert.deepEqual(worthOf(map, gift('9', 'rose', 1))?.rows, ['1']);
  assert.deepEqual(worthOf(map, gift('5655', 'x', 1))?.rows, ['1', '2']);
  assert.deepEqual(worthOf(map, gift('8', 'gg', 1))?.rows, ['3']);
});

test('coin ranges, strokes per coin and a catch-all are asked in this order after id and name', () => {
  const map = mapOf(`{"version":1,
    "gifts":[{"name":"Rose","row":"1"}],
    "coinRanges":[{"minCoins":100,"row":"2","strokesPerCoin":0.5},{"minCoins":10,"maxCoins":99,"row":"2","strokes":3}],
    "otherGifts":{"row":"3"}}`);
  assert.deepEqual(worthOf(map, gift('1', 'Rose', 100))?.rows, ['1']);
  assert.deepEqual(worthOf(map, gift('2', 'Lion', 101)), { rows: ['2'], strokes: 50, per: 1 });
  assert.deepEqual(worthOf(map, gift('3', 'Cap', 99)), { rows: ['2'], strokes: 3, per: 1 });
  assert.deepEqual(worthOf(map, gift('4', 'Dot', 1)), { rows: ['3'], strokes: 1, per: 1 });
});

test('follows, shares, subscriptions and every N likes can pay too', () => {
  const map = mapOf('{"version":1,"events":{"follow":{"row":"1","strokes":2},"likes":{"every":100,"row":"2"}}}');
  assert.deepEqual(worthOf(map, { ...frame, kind: 'follow', payload: {} }), {
    rows: ['1'],
    strokes: 2,
    per: 1,
  });
  assert.equal(worthOf(map, { ...frame, kind: 'share', payload: {} }), null);
  const like = worthOf(map, { ...frame, kind: 'like', payload: { count: 15, total: 1000 } });
  assert.ok(like !== null);
  assert.deepEqual(
    [99, 100, 250].map((count) => strokesFor(like, count)),
    [0, 1, 2],
  );
});

test('subscriptions pay for each that is given; turns of the wheel, goals and raids pay each time', () => {
  const line = '{"row":"1","strokes":2}';
  const map = mapOf(
    `{"version":1,"events":{"subscribe":${line},"wheel":${line},"goal":${line},"raid":{"rows":["2","1"]}}}`,
  );
  const two = { rows: ['1'], strokes: 2, per: 1 };
  assert.deepEqual(worthOf(map, { ...frame, kind: 'subscribe', payload: { gifted: 3 } }), two);
  assert.deepEqual(worthOf(map, { ...frame, kind: 'wheel', payload: { prize: 'a cat', tokens: 50 } }), two);
  assert.deepEqual(worthOf(map, { ...frame, kind: 'goal', payload: { title: 'a cat', tokens: 0 } }), two);
  assert.deepEqual(worthOf(map, { ...frame, kind: 'raid', payload: { viewers: 12 } }), {
    rows: ['2', '1'],
    strokes: 1,
    per: 1,
  });
  assert.equal(worthOf(map, { ...frame, kind: 'raid-out', payload: { viewers: 12 } }), null);
  assert.equal(worthOf(map, { ...frame, kind: 'join', payload: {} }), null);
});

test('the growth of a streak adds up to what its end is worth, also for gifts of less than a stroke', () => {
  const map = mapOf('{"version":1,"gifts":[{"name":"Rose","row":"1","strokesPerCoin":0.25}]}');
  const worth = worthOf(map, gift('1', 'Rose', 1));
  assert.ok(worth !== null);
  let credited = 0;
  for (let count = 1; count <= 100; count += 1) credited += strokesFor(worth, count) - strokesFor(worth, count - 1);
  assert.equal(credited, 25);
});

test('every problem is told at once, with its place, its value and its rule', () => {
  const problems = problemsOf(`{"version":1,"gifts":[
    {"name":"Rose","row":"1"},
    {"name":"ROSE","row":"9"},
    {"id":"5655","rows":["2","2"]},
    {"id":5655,"row":"2","strokes":1,"strokesPerCoin":2},
    {"row":"1"}]}`);
  assert.deepEqual(
    problems.map(({ place, value, rule }) => `${place} = ${value}: ${rule.split(';')[0]}`),
    [
      'gifts[1].row = "9": is not a row of the config',
      'gifts[1].name = "ROSE": is the same gift as gifts[0].name (line 2)',
      'gifts[2].rows[1] = "2": stands twice in this list',
      'gifts[3] = {"id":"5655","row":"2","strokes":1,"strokesPerCoin":2}: must have "strokes" or "strokesPerCoin", not both',
      'gifts[3].id = "5655": is the same gift as gifts[2].id (line 4)',
      'gifts[4] = {"row":"1"}: must have a "name" or an "id"',
    ],
  );
});

test('a misspelt key and a value out of range are named with their place', () => {
  const problems = problemsOf(
    '{"version":2,"gifts":[{"name":"Rose","rows":[]},{"name":"GG","rwo":"1","strokes":-1}],"extra":1}',
  );
  assert.deepEqual(problems.map(({ place }) => place).sort(), [
    'extra',
    'gifts[0].rows',
    'gifts[1].rwo',
    'gifts[1].strokes',
    'version',
  ]);
  for (const { rule } of problems) assert.match(rule, /^(must|is) /);
});

test('unknown rows and repeated gifts are told beside what breaks the form, each in its place', () => {
  const problems = problemsOf(`{"version":1,"gifts":[
    {"name":"Rose","row":"7"},
    {"name":"GG","row":"8","strokes":-1},
    {"name":"rose","rwo":"1"},
    {"name":5,"row":"9"},
    {"name":"Cap","rows":["1","6",{}]}],
    "coinRanges":[{"minCoins":"many","row":"5"},{"minCoins":10,"row":"4"}],
    "otherGifts":{"row":"a","strokes":0},
    "events":{"follow":{"row":"b"},"likes":{"every":0,"row":"c"},"gift":{}}}`);
  assert.deepEqual(problems.map(({ place, value }) => `${place} = ${value}`).sort(), [
    'coinRanges[0].minCoins = "many"',
    'coinRanges[1].row = "4"',
    'events.follow.row = "b"',
    'events.gift = {}',
    'events.likes.every = 0',
    'gifts[0].row = "7"',
    'gifts[1].row = "8"',
    'gifts[1].strokes = -1',
    'gifts[2].name = "rose"',
    'gifts[2].rwo = "1"',
    'gifts[3].name = 5',
    'gifts[3].row = "9"',
    'gifts[4].rows[2] = {}',
    'otherGifts.row = "a"',
    'otherGifts.strokes = 0',
  ]);
});

test('the short form is told by its names, and in it too everything at once', () => {
  const problems = problemsOf('{"Rose": "9", "5655": ["1", "8"], "GG": {}, "Cap": ["1", "1"]}');
  assert.deepEqual(problems.map(({ place, value }) => `${place} = ${value}`).sort(), [
    '5655[1] = "8"',
    'Cap[1] = "1"',
    'GG = {}',
    'Rose = "9"',
  ]);
});

test('a gift that stands twice in the short form is a problem, not silently the last one', () => {
  assert.deepEqual(
    problemsOf('{\n  "Rose": "1",\n  "rose": "2"\n}').map(({ place }) => place),
    ['line 3, column 3', 'rose'],
  );
});

const broken: readonly [string, string, RegExp][] = [
  ['{"Rose" "1"}', 'line 1, column 9', /colon/],
  ['{"Rose": "1"', 'line 1, column 13', /comma or/],
  ["{'Rose': 1}", 'line 1, column 2', /double quotes/],
  ['', 'line 1, column 1', /the file is empty; the least is \{\}/],
  [' \n', 'line 1, column 1', /the file is empty/],
  ['{"gifts":[] # mine\n}', 'line 1, column 13', /a note begins with \/\/, not with #/],
  ['{"a": "b\n"}', 'line 1, column 7', /one line/],
  ['{\n"Ro\u001bse": 1}', 'line 2, column 4', /^ESC \(U\+001B\) stands here, which cannot be seen; take it out$/],
  ['{"Rose": "\u0000"}', 'line 1, column 11', /^NUL \(U\+0000\) stands here/],
  ['{"Ro\tse": "1"}', 'line 1, column 5', /^a tab \(U\+0009\) stands here/],
  ['{"Rose": "\u009b1"}', 'line 1, column 11', /^U\+009B stands here/],
  ['{"Rose"\u001b: "1"}', 'line 1, column 8', /^ESC \(U\+001B\) stands here/],
  ['{"Rose":\u00a0"1"}', 'line 1, column 9', /^a no-break blank \(U\+00A0\) stands here/],
  ['{"Rose": 1\u200b}', 'line 1, column 11', /^a blank without width \(U\+200B\) stands here/],
  ['\u001b{"Rose": 1}', 'line 1, column 1', /^ESC \(U\+001B\) stands here/],
  ['{"Rose": 1}\u001b', 'line 1, column 12', /^ESC \(U\+001B\) stands here/],
  ['{\u201cRose\u201d: 1}', 'line 1, column 2', /^the quotes are typographic ones; use " instead$/],
  ['{"Rose": \u201c1\u201d}', 'line 1, column 10', /^the quotes are typographic ones; use " instead$/],
  ['{"C:\\x": 1}', 'line 1, column 5', /^a backslash in text is written twice: \\\\$/],
  ['{} x', 'line 1, column 4', /nothing may follow/],
];
for (const [text, place, rule] of broken) {
  test(`broken JSON names line and column: ${JSON.stringify(text)}`, () => {
    const [problem] = problemsOf(text);
    assert.equal(problem?.place, place);
    assert.match(problem?.rule ?? '', rule);
  });
}

test('every problem is told with the line of the gift that it is about, in the order of the file', () => {
  const problems = problemsOf(`{
  "version": 1,
  "gifts": [
    { "name": "Rose", "row": "1" },
    {
      "name": "ROSE",
      "rows": [
        "1",
        "9"
      ]
    },
    { "row": "1" }
  ],
  "coinRanges": [{ "minCoins": 1, "maxCoins": 4, "row": "1" },
    { "minCoins": 5, "row": "1", "strokes": 0 }],
  "otherGifts": {
    "row": "8"
  }
}`);
  assert.deepEqual(
    problems.map(({ place, line }) => `${line}: ${place}`),
    ['6: gifts[1].name', '9: gifts[1].rows[1]', '12: gifts[2]', '15: coinRanges[1].strokes', '17: otherGifts.row'],
  );
  assert.match(problems[0]?.rule ?? '', /^is the same gift as gifts\[0\]\.name \(line 4\);/);
  const short = problemsOf('{\n  "Rose": "1",\n  "GG": [\n    "1",\n    "9"],\n  "5": {}\n}');
  assert.deepEqual(
    short.map(({ place, line }) => `${line}: ${place}`),
    ['5: GG[1]', '6: 5'],
  );
});

test('what is no object at all is refused', () => {
  for (const text of ['[]', '"Rose"', '3', 'null']) assert.match(problemsOf(text)[0]?.rule ?? '', /must be an object/);
});

test('notes and a comma before an end are welcome in a gift map, and it may not nest without end', () => {
  const text = '{\n  // mine\n  "Rose": "1", /* the cheapest */\n}';
  assert.ok(parseGiftMap(text, ['1']).ok);
  const deep = parseGiftMap(`{"gifts": ${'['.repeat(200_000)}`, ['1']);
  assert.match(deep.ok ? '' : (deep.problems[0]?.rule ?? ''), /nested too deep/);
  assert.ok(parseGiftMap(`{"${'{'.repeat(90)}": "1"}`, ['1']).ok, 'brackets in a name nest nothing');
});

test('a gift writes a text in ink beside its strokes, or alone, once it counts or costs enough', () => {
  const map = mapOf(`{"version":1,
    "gifts":[
      {"name":"Lion","row":"1","strokes":5,"write":"{username}"},
      {"name":"Rose","row":"2","write":{"minCoins":100}},
      {"name":"Galaxy","write":{"text":"Thanks, {username}","minCount":3}}
    ],
    "coinRanges":[{"minCoins":500,"row":"3","strokesPerCoin":0.1,"write":{"minCoins":1000,"minCount":2}}],
    "otherGifts":{"row":"3"}}`);
  const lion = { rows: ['1'], strokes: 5, per: 1, write: { text: '{username}', from: 1 } };
  assert.deepEqual(worthOf(map, gift('1', 'Lion', 29_999)), lion);
  assert.equal(worthOf(map, gift('2', 'Rose', 1))?.write?.from, 100);
  assert.equal(worthOf(map, gift('2', 'Rose', 30))?.write?.from, 4, 'four roses of 30 coins are 120');
  assert.equal(worthOf(map, gift('2', 'Rose', 0))?.write?.from, 100, 'a gift without a price costs a coin');
  assert.deepEqual(worthOf(map, gift('3', 'Galaxy', 1000)), {
    rows: [],
    strokes: 0,
    per: 1,
    write: { text: 'Thanks, {username}', from: 3 },
  });
  assert.equal(worthOf(map, gift('4', 'Whale', 600))?.write?.from, 2);
  assert.equal(worthOf(map, gift('4', 'Whale', 400))?.write, undefined);
});

for (const [entry, place, rule] of [
  [{ row: '1', write: '' }, 'gifts[0].write', /must not be empty/],
  [{ row: '1', write: 7 }, 'gifts[0].write', /must be a text such as "\{username\}"/],
  [{ row: '1', write: '{name}' }, 'gifts[0].write', /no other braces than \{username\}/],
  [{ row: '1', write: 'x'.repeat(61) }, 'gifts[0].write', /at most 60 letters/],
  [{ row: '1', write: { minCoins: -1 } }, 'gifts[0].write.minCoins', /must be 0 or more/],
  [{ row: '1', write: { minCount: 1.5 } }, 'gifts[0].write.minCount', /must be whole gifts/],
  [{ row: '1', write: { from: 3 } }, 'gifts[0].write.from', /is not a key of a gift map/],
  [{ row: '1', write: ['{username}'] }, 'gifts[0].write', /must be a text such as/],
  [{ write: '{username}', strokes: 3 }, 'gifts[0]', /must have "row" or "rows"/],
  [{}, 'gifts[0]', /must have "row" or "rows"/],
] as const) {
  test(`what is to be written and cannot be is said with its place: ${JSON.stringify(entry).slice(0, 60)}`, () => {
    const problems = problemsOf(JSON.stringify({ version: 1, gifts: [{ name: 'Rose', ...entry }] }));
    assert.equal(problems.length, 1, JSON.stringify(problems));
    assert.equal(problems[0]?.place, place);
    assert.match(problems[0]?.rule ?? '', rule);
  });
}

test('without a plate in the config nothing can be written, and the map says so', () => {
  const text = '{"version":1,"gifts":[{"name":"Rose","row":"1","write":"{username}"}]}';
  const read = parseGiftMap(text, rows, {}, null);
  assert.ok(!read.ok);
  assert.deepEqual(
    read.problems.map(({ place, rule }) => [place, rule]),
    [['gifts[0].write', 'needs a plate to be written on: [[plates]] in the config']],
  );
});

test('a text that no pen can write, whoever gave the gift, is refused when the map is read, with the reason', () => {
  const read = (write: string) =>
    parseGiftMap(JSON.stringify({ version: 1, gifts: [{ name: 'Rose', row: '1', write }] }), rows, {}, readAsLetters);
  for (const [write, why] of [
    ['شكرا {username}', /^cannot be written in ink: The text is written from right to left/],
    ['謝謝', /^cannot be written in ink: The text has no letter that can be drawn\. Write it in Latin/],
  ] as const) {
    const found = read(write);
    assert.ok(!found.ok, write);
    assert.deepEqual([found.problems.length, found.problems[0]?.place], [1, 'gifts[0].write']);
    assert.match(found.problems[0]?.rule ?? '', why);
  }
  for (const write of ['{username}', 'Спасибо, {username}!', '謝謝 {username}']) assert.ok(read(write).ok, write);
});
