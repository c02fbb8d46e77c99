import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/load.ts';
import { configOf, problemsOf } from './parsed.ts';
import { smallestConfig } from './texts.ts';

test('broken TOML is told with line and column', () => {
  const [problem] = problemsOf('[live]\nuser = ]\n');
  assert.equal(problem?.place, 'line 2, column 8');
  assert.equal(problem?.value, '"user = ]"');
  assert.match(problem?.rule ?? '', /^cannot be read as TOML: a quote, a bracket or a = is missing/);
  assert.equal(problem?.original, 'invalid value', 'what the library says is kept for the log');
});

for (const [line, advice] of [
  ['hopMm = 1,2      # height', 'a decimal number has a point, not a comma: 1.2'],
  ['hopMm = 1.2mm', 'only the number stands here, without a unit: 1.2'],
  ['hopMm = 1.2,', 'no comma stands at the end: 1.2'],
  ['hopMm =          # height', 'a value is missing after the ='],
  ['trustPark = False', 'write false, in small letters'],
  ['trustPark = yes', 'write true, in small letters'],
  ['user = yourname  # your name', 'text stands in quotes: "yourname"'],
  ['user = @yourname', 'text stands in quotes: "@yourname"'],
  ['user = https://www.tiktok.com/@yourname', 'text stands in quotes: "https://www.tiktok.com/@yourname"'],
  ['user = "yourname # your name', 'the closing " is missing'],
  ['user = "yourname",', 'no comma stands at the end: "yourname"'],
  ['user: "yourname"', 'between a key and its value stands =, not :'],
  ['[live', 'the closing ] is missing'],
  ['[[rows]', 'the second closing ] is missing: [[rows]]'],
  ['[rows]]', 'the second opening [ is missing: [[rows]]'],
] as const) {
  test(`a line such as \`${line}\` is told with what belongs there`, () => {
    const [problem] = problemsOf(`version = 1\n${line}\n`);
    assert.match(problem?.place ?? '', /^line 2, column \d+$/);
    assert.equal(problem?.rule, `cannot be read: ${advice}`);
    assert.equal(problem?.value, JSON.stringify(line.replace(/ +#.*/, '')));
  });
}

for (const [line, next] of [
  ['keep = [', 'guestGifts = "draw"'],
  ['keep = ["chat",', '[plotter]'],
  ['keep = [', 'trustPark = false'],
]) {
  test(`a list that is not closed is told where it begins: \`${line}\` before \`${next}\``, () => {
    const [problem, ...others] = problemsOf(`version = 1\n${line}\n${next}\n`);
    assert.equal(problem?.place, 'line 2');
    assert.equal(problem?.rule, 'cannot be read: the ] or } that closes it is missing');
    assert.deepEqual(others, []);
  });
}

test('a setting that stands twice is told as such', () => {
  const [problem] = problemsOf('version = 1\nversion = 1\n');
  assert.equal(problem?.rule, 'cannot be read: it stands twice: keep one of the two');
});

for (const headers of [
  ['[rows]'],
  ['[rows]', '[rows]'],
  ['[rows]', '[[rows]]'],
  ['[[rows]]', '[rows]'],
  ['[rows.1]', '[rows.2]'],
  ['[ rows ]'],
]) {
  test(`rows under ${headers.join(' and ')} are told to begin with double brackets`, () => {
    const rows = headers.map((header, index) => `${header}\nid = "${index}"\nyMm = ${40 + 40 * index}\n`);
    const problems = problemsOf(`[live]\nuser = ""\n${rows.join('')}`);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.rule ?? '', /each row begins with \[\[rows\]\], in double brackets/);
  });
}

for (const section of ['pen', 'api', 'servo']) {
  test(`[[${section}]] is told to stand in single brackets`, () => {
    const problems = problemsOf(`${smallestConfig}\n[[${section}]]\n`);
    assert.deepEqual(
      problems.map(({ place }) => place),
      [section],
    );
    assert.match(problems[0]?.rule ?? '', new RegExp(`must begin with \\[${section}\\], in single brackets`));
  });
}

for (const [text, named] of [
  ['user = "a\u001bb"', 'ESC (U+001B)'],
  ['user = "" # a\u001bb', 'ESC (U+001B)'],
  ['us\u0007er = ""', 'BEL (U+0007)'],
  ['user\u00a0= ""', 'a no-break blank (U+00A0)'],
  ['user = \u200b""', 'a blank without width (U+200B)'],
] as const) {
  test(`a character that nobody sees is named: ${JSON.stringify(text)}`, () => {
    const [problem] = problemsOf(`[live]\n${text}\n`);
    assert.equal(problem?.rule, `cannot be read: ${named} stands in this line, which nobody sees; take it out`);
  });
}

test('typographic quotes, as editors of text documents make them, are named', () => {
  const [problem] = problemsOf('[live]\nuser = “somebody”\n');
  assert.match(problem?.rule ?? '', /the quotes are typographic ones; use " instead/);
});

test('a byte order mark and Windows line ends do no harm', () => {
  const config = configOf(`\uFEFF${smallestConfig.replaceAll('\n', '\r\n')}`);
  assert.equal(config.lives[0].user, 'somebody');
  assert.equal(config.rows[0]?.id, '1');
});

test('a user is understood as a name, with @, and as the address of a live; empty means nobody', () => {
  const userOf = (user: string) => configOf(smallestConfig.replace('somebody', user)).lives[0].user;
  assert.equal(userOf('@somebody'), 'somebody');
  assert.equal(userOf('https://www.tiktok.com/@somebody/live?lang=en'), 'somebody');
  assert.equal(userOf('www.tiktok.com/@somebody'), 'somebody');
  assert.equal(userOf(' some.body_1 '), 'some.body_1');
  assert.equal(userOf(''), null);
  assert.equal(problemsOf(smallestConfig.replace('somebody', 'some body'))[0]?.place, 'live.user');
});

test('a row may be called by a number', () => {
  assert.equal(configOf(smallestConfig.replace('"1"', '1')).rows[0]?.id, '1');
});

test('files lie beside the config, the ledger in the folder for what changes when there is one', () => {
  const beside = parseConfig(smallestConfig, '/etc/livepen/livepen.toml');
  assert.ok(beside.ok);
  assert.equal(beside.config.ledger.file, '/etc/livepen/livepen.db');
  assert.equal(beside.config.gifts.file, '/etc/livepen/gifts.json');
  const service = parseConfig(smallestConfig, '/etc/livepen/livepen.toml', { stateDirectory: '/var/lib/livepen' });
  assert.ok(service.ok);
  assert.equal(service.config.ledger.file, '/var/lib/livepen/livepen.db');
  assert.equal(service.config.gifts.file, '/etc/livepen/gifts.json');
  const absolute = parseConfig(`${smallestConfig}\n[ledger]\nfile = "/data/ink.db"`, 'livepen.toml');
  assert.ok(absolute.ok);
  assert.equal(absolute.config.ledger.file, '/data/ink.db');
});

test('keys that mean something to JavaScript are keys like any other', () => {
  assert.deepEqual(
    problemsOf(`__proto__ = 1\nconstructor = 2\n${smallestConfig}`).map(({ place }) => place),
    ['__proto__', 'constructor'],
  );
});
