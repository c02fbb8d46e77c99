import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/load.ts';
import { configOf, problemsOf, problemsWith } from './parsed.ts';
import { smallestConfig } from './texts.ts';

test('a name and a row are all that a config must say; the rest is as the shipped plotter', () => {
  const config = configOf(smallestConfig);
  assert.equal(config.lives[0].user, 'somebody');
  assert.deepEqual(config.plotter, {
    port: 'auto',
    baudRate: 250_000,
    origin: 'confirm',
    trustPark: false,
    idleParkSeconds: 5,
    certainAfterMoves: 16,
    stopWith: 'M410',
    acceleration: null,
    junctionDeviation: null,
  });
  assert.deepEqual(config.stroke, {
    lengthMm: 10,
    spacingMm: 1,
    feedMmPerMin: 9_000,
    style: 'line',
    jitterMm: 0,
  });
  assert.equal(config.pen.downFeedMmPerMin, 300);
  assert.equal(config.pen.upMm, 5);
  assert.equal(config.sheet.full, 'all-rows');
  assert.equal(config.api.host, '127.0.0.1');
  assert.equal(config.park, null);
  assert.deepEqual(config.rows, [{ id: '1', name: '1', yMm: 100 }]);
});

test('a missing key is named with its section', () => {
  assert.deepEqual(
    problemsOf('').map(({ place, rule }) => `${place} ${rule}`),
    ['live is missing', 'rows is missing'],
  );
  assert.deepEqual(
    problemsOf('[live]\n[[rows]]\nname = "Rose"').map(({ place, rule }) => `${place} ${rule}`),
    ['live.user is missing', 'rows[0].id is missing', 'rows[0].yMm is missing'],
  );
});

test('a misspelt key is refused with the key that was meant', () => {
  assert.deepEqual(problemsWith('[plotter]\nbaudrate = 115200'), [
    'plotter.baudrate | 115200 | is unknown; did you mean "baudRate"?',
  ]);
  assert.deepEqual(problemsWith('[ploter]\nport = "auto"'), [
    'ploter | {"port":"auto"} | is unknown; did you mean "plotter"?',
  ]);
  assert.deepEqual(problemsWith('y_mm = 3'), ['rows[0].y_mm | 3 | is unknown; did you mean "yMm"?']);
});

test('a key in the wrong section is told where it belongs', () => {
  assert.deepEqual(problemsWith('[bed]\nbaudRate = 115200'), [
    'bed.baudRate | 115200 | is unknown; it belongs under [plotter]',
  ]);
});

test('a key like nothing known is told what is known', () => {
  assert.deepEqual(problemsWith('[ledger]\nflavour = "blue"'), [
    'ledger.flavour | "blue" | is unknown; known here are file',
  ]);
});

test('a value out of range, of the wrong kind, or not among the choices is told with its rule', () => {
  const cases: Readonly<Record<string, string>> = {
    '[api]\nport = 70000': 'api.port | 70000 | must be a whole number from 0 to 65535 (0 takes a free port)',
    '[stroke]\nspacingMm = 0': 'stroke.spacingMm | 0 | must be from 0.1 to 5000 mm',
    '[stroke]\nspacingMm = nan': 'stroke.spacingMm | nan | must be a number (mm)',
    '[plotter]\nbaudRate = "250000"': 'plotter.baudRate | "250000" | must be a number (baud), without quotes',
    '[plotter]\nbaudRate = 250000.5':
      'plotter.baudRate | 250000.5 | must be a whole number from 1200 to 4000000 (baud)',
    '[[rows]]\nid = 1.5\nyMm = 9': 'rows[1].id | 1.5 | must be text in quotes, such as "1"',
    '[plotter]\norigin = "corner"': 'plotter.origin | "corner" | must be "confirm" or "endstops" or "power-on"',
    '[plotter]\ntrustPark = "yes"': 'plotter.trustPark | "yes" | must be true or false, without quotes',
    '[plotter]\nport = ""': 'plotter.port | "" | must be "auto" or the path of a serial port, not empty',
    '[park]\nxMm = 3': 'park.yMm |  | is missing',
    '[api]\nhost = "livepen.local"':
      'api.host | "livepen.local" | must be "127.0.0.1" (only this machine), "0.0.0.0" (the network too, with a token) or another address',
    '[api]\nallowOrigins = ["example.org"]':
      'api.allowOrigins[0] | "example.org" | must be a list of origins, such as ["https://example.org"]',
  };
  for (const [lines, problem] of Object.entries(cases)) assert.deepEqual(problemsWith(lines), [problem]);
});

test("a button on a pin of the strip's bus is refused, for every driver of the two that takes one", () => {
  const rule = (light: string) =>
    `must not be 7 to 11: the strip's SPI bus has these pins ([light] driver = "${light}")`;
  for (const pin of [7, 8, 9, 10, 11]) {
    assert.deepEqual(problemsWith(`[button]\npin = ${pin}`), [`button.pin | ${pin} | ${rule('auto')}`]);
  }
  assert.deepEqual(problemsWith('[button]\ndriver = "gpiod"\npin = 10\n[light]\ndriver = "spi"\nleds = 1'), [
    `button.pin | 10 | ${rule('spi')}`,
    'light.leds | 1 | must be a whole number from 2 to 300 (LEDs)',
  ]);
  for (const sound of [
    '[button]\npin = 6',
    '[button]\npin = 12',
    '[button]\npin = 10\n[light]\ndriver = "none"',
    '[button]\npin = 10\n[light]\ndevice = "/dev/spidev1.0"',
    '[button]\npin = 10\ndriver = "none"',
  ]) {
    configOf(`${smallestConfig}\n${sound}`);
  }
});

test('a number that is too large for a number is told to be text', () => {
  assert.deepEqual(
    problemsOf(smallestConfig.replace('[live]', '[live]\nroom = 73123456789012345678')).map(
      ({ place, value, rule }) => [place, value, rule],
    ),
    [['live.room', '73123456789012345678', "must be a room's number, in quotes"]],
  );
});

test('gifts for guests are drawn unless the config says otherwise', () => {
  const wrong = problemsOf(smallestConfig.replace('[live]', '[live]\nguestGifts = "maybe"'));
  assert.deepEqual(
    wrong.map(({ place, rule }) => [place, rule]),
    [['live.guestGifts', 'must be "draw" or "ignore"']],
  );
});

test('kinds to keep that are no list are told to be one', () => {
  assert.deepEqual(
    problemsOf(smallestConfig.replace('[live]', '[live]\nkeep = "chat"')).map(({ place, rule }) => [place, rule]),
    [['live.keep', 'must be a list of kinds, such as ["chat", "like"]']],
  );
});

test('fewer later moves than the planner holds would call a stroke drawn that is not', () => {
  assert.equal(problemsWith('[plotter]\ncertainAfterMoves = 15').length, 1);
});

test('all problems of a file come at once', () => {
  const problems = problemsOf(`
version = 2
flavour = "blue"
size = 4
[live]
usr = "somebody"
[plotter]
baudRate = "fast"
origin = 7
[pen]
upMm = -1
[[rows]]
id = "1"
yMm = "top"
[[rows]]
id = "2"
`);
  assert.deepEqual(problems.map(({ place }) => place).sort(), [
    'flavour',
    'live.usr',
    'pen.upMm',
    'plotter.baudRate',
    'plotter.origin',
    'rows[0].yMm',
    'rows[1].yMm',
    'size',
    'version',
  ]);
  assert.ok(problems.every(({ file }) => file === 'livepen.toml'));
});

test('what the layout finds joins the other problems, with the rows counted as in the file', () => {
  const found = problemsOf(
    `${smallestConfig}
[[rows]]
id = "broken"
[[rows]]
id = "3"
yMm = 512
[api]
prot = 1
`,
    {
      checkLayout: ({ rows }) => [
        { place: `rows[${rows.length - 1}].yMm`, value: '512', rule: 'leaves the bed, unlike rows[0]' },
      ],
    },
  );
  assert.deepEqual(
    found.map(({ place, rule }) => `${place} ${rule}`),
    [
      'rows[1].yMm is missing',
      'rows[2].yMm leaves the bed, unlike rows[0]',
      'api.prot is unknown; did you mean "port"?',
    ],
  );
});

test("a repeated row's id and the user's own lines are told beside all else, whatever else is broken", () => {
  const found = problemsOf(
    `${smallestConfig}
[[rows]]
id = 1
[lines]
start = ["G92 X0"]
end = 7
[stroke]
lengthMm = "ten"
`,
    {
      checkLayout: () => [],
      checkPlotter: ({ lines, servo }) => [{ place: 'lines.start', value: '', rule: `${lines.start.length} ${servo}` }],
    },
  );
  assert.deepEqual(found.map(({ place, rule }) => `${place} ${rule}`).sort(), [
    'lines.end must be a list of lines, such as ["G4 P100"]',
    'lines.start 1 null',
    'rows[1].id must differ from the id of rows[0]',
    'rows[1].yMm is missing',
    'stroke.lengthMm must be a number (mm), without quotes',
  ]);
});

test('what the layout finds is told for a config that is sound otherwise', () => {
  const problem = { place: 'rows[0].yMm', value: '100', rule: 'leaves the bed' };
  assert.deepEqual(problemsOf(smallestConfig, { checkLayout: () => [problem] }), [
    { file: 'livepen.toml', line: 7, ...problem },
  ]);
});

test('rates are read as they are written, and what is no currency or no rate is refused', () => {
  const { rates } = configOf(`${smallestConfig}\n[rates]\nUSD = 0.92\nKZT = 0.0018\nKWD = 3`);
  assert.deepEqual({ ...rates }, { USD: 0.92, KZT: 0.0018, KWD: 3 });
  const bad = [
    'usd = 1',
    'EURO = 1',
    'USD = 0',
    'USD = -1',
    'USD = 1e999',
    'USD = nan',
    'USD = "0.92"',
    'USD = 0.0000001',
  ];
  for (const line of [...bad, 'USD = 123.456789', 'USD = 10000000', 'USD = inf']) {
    const [problem, ...more] = problemsOf(`${smallestConfig}\n[rates]\n${line}`);
    assert.equal(more.length, 0, line);
    assert.match(problem?.place ?? '', /^rates\./, line);
    assert.match(problem?.rule ?? '', /^must be a (currency|number)/, line);
  }
});

test('a config of plates alone is one; their keys are checked as those of rows are', () => {
  const plates = (text: string) => `[live]\nuser = "somebody"\n${text}`;
  const box = 'xMm = 40\nyMm = 40\nwidthMm = 100\nheightMm = 120';
  const read = parseConfig(plates(`[[plates]]\nid = 1\n${box}`), 'livepen.toml');
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(read.config.plates, [
    { id: '1', name: '1', xMm: 40, yMm: 40, widthMm: 100, heightMm: 120, turn: false },
  ]);
  const wrong = parseConfig(plates(`[[plates]]\nid = 1\n${box}\nturns = true\n[[plates]]\nid = 1\nxMm = "left"`), 'a');
  assert.ok(!wrong.ok);
  assert.deepEqual(
    wrong.problems.map(({ place, rule }) => `${place} ${rule}`),
    [
      'plates[0].turns is unknown; did you mean "turn"?',
      'plates[1].yMm is missing',
      'plates[1].widthMm is missing',
      'plates[1].heightMm is missing',
      'plates[1].id must differ from the id of plates[0]',
      'plates[1].xMm must be a number (mm), without quotes',
    ],
  );
});
