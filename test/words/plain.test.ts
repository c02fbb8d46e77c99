/** Nothing that came from outside drives a terminal, breaks a line, or turns or hides what stands beside it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { metricsText } from '../../src/api/metrics.ts';
import { fullStatusOf } from '../../src/api/status-form.ts';
import { giftMapFault } from '../../src/appliance/gift-book.ts';
import { openScreen } from '../../src/commands/demo/screen.ts';
import { gifts } from '../../src/commands/gifts.ts';
import { runLine } from '../../src/commands/line.ts';
import { who } from '../../src/commands/who.ts';
import { formatProblems, parseConfig } from '../../src/config/load.ts';
import {
  escapedJson,
  escapeUnprintable,
  isolateRightToLeft,
  isPlain,
  plainJson,
  plainLines,
  plainText,
  unprintable,
} from '../../src/domain/plain-text.ts';
import { escapeText } from '../../src/drawing/picture.ts';
import { parseGiftMap } from '../../src/gifts/gift-map.ts';
import { plotterFaults } from '../../src/marlin/faults.ts';
import { boardOf, wordsOfBoard } from '../../src/marlin/wire/board.ts';
import { normalise } from '../../src/sources/tiktok/normalise.ts';
import { createLog } from '../../src/system/log.ts';
import { serviceManagerOf } from '../../src/system/systemd.ts';
import { withApi } from '../api/with-api.ts';
import { heardConsole } from '../commands/heard-console.ts';
import { draw, emptyHand, gift, layoutOf, openOk, recordOne, tempFolder, worthOf } from '../ledger/world.ts';
import { allKinds } from '../sources/hearing.ts';

/** Said here once more, character by character, so that a slip in the rule does not hide itself. */
const harmful = /(?!\n)[\p{Cc}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;

const dangerous = [
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u009b2J',
  '\u0085',
  '\u0000',
  '\r',
  '\n',
  '\t',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u202a',
  '\u2066',
  '\u2069',
  '\u200b',
  '\u200d',
  '\u200c',
  '\ufeff',
  '\u3164',
  '\u00ad',
  '\u{e0041}',
  '\ud800',
];
/** Names with anything in them, most of all with what does harm. */
const evil = fc
  .array(
    fc.oneof(fc.constantFrom(...dangerous), fc.string({ unit: 'binary', maxLength: 4 }), fc.constantFrom('Ro', '🌹')),
  )
  .map((parts) => parts.join(''));
const oneLine = (text: string) => !harmful.test(text) && !text.includes('\n');

/** Every text in a value, keys included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...textsIn(each)]);
}

test('plain text is on one line, harms nothing, and stays as it is when it is cleaned again', () => {
  fc.assert(
    fc.property(evil, (text) => {
      const plain = plainText(text);
      assert.ok(oneLine(plain), JSON.stringify(plain));
      assert.equal(plainText(plain), plain);
      assert.ok(isPlain(plain));
      assert.ok(plain.isWellFormed());
    }),
    { numRuns: 3_000 },
  );
});

test('what people write in their languages, and emoji of several parts, stay as they are', () => {
  for (const text of [
    'Ros\u00e9 d\u2019Anjou',
    '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
    '\u{1f3f3}\ufe0f\u200d\u{1f308}',
    '\u{1f9d1}\u{1f3fd}\u200d\u{1f680}',
    '\u2764\ufe0f\u200d\u{1f525}',
    '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
    '\u0915\u094d\u200d\u0937',
    '\u0dc1\u0dca\u200d\u0dbb\u0dd3',
    '\u05e9\u05dc\u05d5\u05dd',
    'Zo\u0308e',
    '1\ufe0f\u20e3',
  ]) {
    assert.equal(plainText(text), text);
  }
});

test('what is written from right to left is isolated from the number, the mark and the name beside it', () => {
  const [hebrew, arabic] = ['\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd', '\u0639\u0644\u064a'];
  assert.equal(
    isolateRightToLeft(`3 x ${hebrew}: 5 strokes from ${arabic}, ${arabic}  12`),
    `3 x \u2068${hebrew}\u2069: 5 strokes from \u2068${arabic}\u2069, \u2068${arabic}\u2069  12`,
  );
  for (const text of ['3 x Rose', 'Zo\u0308e \u{1f339}', '\u30ed\u30fc\u30ba'])
    assert.equal(isolateRightToLeft(text), text);
});

test('joiners, tags and fillers that make two names look alike are taken out', () => {
  for (const [written, plain] of [
    ['ad\u200dmin', 'admin'],
    ['ad\u200cmin', 'admin'],
    ['\u{1f339}\u200d', '\u{1f339}'],
    ['\u{1f469}\u200d\u200d\u{1f469}', '\u{1f469}\u{1f469}'],
    ['x\u{e0061}\u{e0062}', 'x'],
    ['a\u3164', 'a'],
    ['user\u202egnp.exe', 'usergnp.exe'],
    ['one\u2028two\u0085three', 'one two three'],
  ] as const) {
    assert.equal(plainText(written), plain);
  }
});

test('text that goes out keeps its lines and nothing else that is not plain; JSON on a terminal loses nothing', () => {
  fc.assert(
    fc.property(evil, (text) => {
      assert.ok(!harmful.test(plainLines(text)));
      assert.equal(plainLines(text).split('\n').length, text.split('\n').length);
      const value = { [text]: [text] };
      assert.ok(!harmful.test(escapedJson(value)));
      assert.deepEqual(JSON.parse(escapedJson(value)), JSON.parse(JSON.stringify(value)));
      const { a } = JSON.parse(plainJson({ a: text }));
      assert.ok(!harmful.test(a));
      assert.equal(escapeUnprintable(text).search(unprintable), -1);
    }),
    { numRuns: 2_000 },
  );
});

test('IN: names, texts and ids of a live', () => {
  fc.assert(
    fc.property(evil, (text) => {
      const user = { id: `7${text}`, displayId: text, nickname: text, uniqueId: text };
      const data = {
        common: { msgId: text, roomId: text },
        giftId: '5655',
        groupId: text,
        orderId: text,
        repeatCount: 1,
        content: text,
        comment: text,
        user,
        toUser: user,
        gift: { id: text, name: text, type: 1, diamondCount: 1 },
      };
      for (const method of ['WebcastGiftMessage', 'WebcastChatMessage', 'WebcastMemberMessage']) {
        const heard = normalise({ method, msgId: text, bytes: 1, content: { kind: 'decoded', data } }, allKinds);
        for (const each of textsIn(heard)) assert.ok(oneLine(each), `${method}: ${JSON.stringify(each)}`);
      }
    }),
  );
});

test('IN: gift maps and configs', () => {
  fc.assert(
    fc.property(evil, (text) => {
      const map = parseGiftMap(JSON.stringify({ version: 1, gifts: [{ name: `Rose ${text}`, row: '1' }] }), ['1']);
      if (map.ok) for (const name of map.map.byName.keys()) assert.ok(oneLine(name));
      const config = parseConfig(
        `[live]\nuser = "a"\n[[rows]]\nid = ${JSON.stringify(`r${text}`.toWellFormed())}\nyMm = 100\nname = ${JSON.stringify(text.toWellFormed())}\n`,
        'f',
      );
      if (config.ok) for (const { id, name } of config.config.rows) assert.ok(oneLine(`${id}${name}`), `${id} ${name}`);
    }),
  );
});

test('IN: what a board says of itself, and why it does not obey', () => {
  fc.assert(
    fc.property(evil, (text) => {
      const line = text.replaceAll('\n', ' ');
      const { firmware } = boardOf([`FIRMWARE_NAME:Marlin ${line} SOURCE_CODE_URL:x PROTOCOL_VERSION:1.0`]);
      assert.ok(oneLine(firmware ?? ''));
      assert.ok(oneLine(wordsOfBoard(`Error:${line}`) ?? ''));
      for (const { what } of [
        plotterFaults.unreadable(text),
        plotterFaults.unknownCommand(text),
        plotterFaults.notMarlin('/dev/ttyACM0', text),
      ])
        assert.ok(oneLine(what), JSON.stringify(what));
    }),
  );
});

test('IN and OUT: the API takes harm from nothing, and hands on none', () =>
  withApi(async (call, world) => {
    world.appliance.start();
    await world.until('needs-sheet');
    const post = (path: string, body: unknown) =>
      call('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    await fc.assert(
      fc.asyncProperty(evil, async (text) => {
        const answers = [
          await post('/credit', {
            row: '1',
            count: 1,
            viewer: `v${text}`.slice(0, 200),
            why: `w${text}`.slice(0, 500),
          }),
          await post('/void', { row: text, count: 1, why: text }),
          await post('/simulate/gift', { gift: `g${text}`, count: 1 }),
          await post('/simulate/gift', { [text]: text }),
          await post('/gifts/map', { gift: `Rose ${text}`, rows: ['1'] }),
          await post(`/sessions/${encodeURIComponent(`s${text}`.toWellFormed())}/replay`, {}),
          await call('GET', `/x${encodeURIComponent(text.toWellFormed())}`),
          await call('GET', '/health', { headers: { host: encodeURIComponent(text.toWellFormed()) } }),
          await call('GET', `/sessions/${encodeURIComponent(text.toWellFormed())}/replay`),
          await call('GET', '/status'),
        ];
        for (const { status, body } of answers) {
          assert.notEqual(status, 500, body);
          assert.ok(!harmful.test(body), body);
          for (const each of textsIn(JSON.parse(body))) assert.ok(oneLine(each), JSON.stringify(each));
        }
      }),
      { numRuns: 60 },
    );
    const status = fullStatusOf(world.appliance, { version: '1.2.3', homes: false });
    fc.assert(
      fc.property(evil, (text) => {
        const rows = status.rows.map((row) => ({ ...row, row: text }));
        const figures = metricsText({ ...status, rows }, world.appliance.syncTimes(), null);
        assert.ok(!harmful.test(figures));
        for (const line of figures.trimEnd().split('\n')) assert.match(line, /^(#|livepen_)/);
      }),
    );
  }));

test('OUT: the log, the service manager, a picture, the screen of the demo', () => {
  fc.assert(
    fc.property(evil, (text) => {
      for (const format of ['text', 'json'] as const) {
        const lines: string[] = [];
        const log = createLog({ write: (line) => void lines.push(line), format, wallMs: () => 0, journald: true });
        log.warn(text, { name: text });
        assert.equal(lines.length, 1);
        assert.ok(oneLine((lines[0] ?? '').replace(/\n$/, '')));
      }
      const messages: string[] = [];
      const manager = serviceManagerOf(
        { NOTIFY_SOCKET: 'x' },
        (message) => void messages.push(message),
        () => {},
      );
      manager.status(text);
      assert.ok(messages.every((message) => oneLine(message)));
      assert.ok(!harmful.test(escapeText(text)));
      const drawn: string[] = [];
      const console = { ...heardConsole(), drive: (line: string) => void drawn.push(line), isTerminal: true };
      openScreen(console).line(text);
      assert.ok(drawn.every((line) => !harmful.test(line)));
    }),
    { numRuns: 300 },
  );
});

test('OUT: exports, also of what an earlier version let in', (t) => {
  const ledger = openOk(join(tempFolder(t), 'l.db'));
  t.after(() => ledger.close());
  const text = dangerous.filter((each) => each.isWellFormed()).join('x');
  ledger.turnSheet(layoutOf({ a: 9 }));
  recordOne(ledger, gift({ user: text, gift: text, group: '1', count: 4 }), worthOf('a'));
  draw(ledger, 2);
  ledger.amend((amend) => {
    amend.spoil(1, 'a', 1, 1, `\t=cmd${text}`);
    amend.void('a', 1, text, emptyHand);
  });
  const csv = [...ledger.export('csv')].join('');
  assert.ok(!harmful.test(csv));
  assert.match(csv, /,'=cmd/, 'no cell becomes a formula once its blank is gone');
  const jsonl = [...ledger.export('jsonl')].join('');
  assert.ok(!harmful.test(jsonl));
  assert.ok(
    jsonl
      .trimEnd()
      .split('\n')
      .some((line) => JSON.parse(line).why === text),
    'nothing is lost',
  );
});

test('OUT: what is wrong with a config or a gift map, whatever stands in it', () => {
  fc.assert(
    fc.property(evil, (text) => {
      const written = JSON.stringify(`r${text}`.toWellFormed());
      for (const map of [
        `{${written}: "9"}`,
        `{"version": 1, "gifts": [{"name": ${written}, ${written}: 1}]}`,
        `{"version": 1, "gifts": [{"name": "Rose", "row": ${written}}]}`,
        `{"version": 1, "gifts": [{"name": "Rose", "row": "1"}, ${text}]}`,
      ]) {
        const read = parseGiftMap(map, ['1']);
        if (!read.ok) assert.ok(oneLine(giftMapFault(read.problems).what), giftMapFault(read.problems).what);
      }
      for (const config of [
        `${written} = 1`,
        `[live]\nuser = ${written}`,
        `[${written}]\n${written} = ${written}`,
        text,
      ]) {
        const parsed = parseConfig(config, 'f');
        assert.ok(!parsed.ok);
        const lines = formatProblems(parsed.problems).split('\n');
        assert.ok(lines.every(oneLine), JSON.stringify(lines));
        assert.match(lines[0] ?? '', /^f has /);
        assert.ok(
          lines.slice(1).every((line) => /^ {2}\S/.test(line)),
          JSON.stringify(lines),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('OUT: what an earlier version let into the ledger', async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, 'l.db');
  const ledger = openOk(file);
  ledger.turnSheet(layoutOf({ a: 9 }));
  const text = 'Ro\nse\u001b[31m';
  recordOne(ledger, gift({ user: text, gift: text, group: '1', count: 4 }), worthOf('a'));
  ledger.close();
  for (const [line, lines] of [
    [['who', 'a', '1'], 2],
    [['gifts', 'seen'], 2],
  ] as const) {
    const console = heardConsole();
    assert.equal(await runLine([...line, '--file', file], [who, gifts], console), 0, console.said.join());
    assert.equal(console.said.join('\n').split('\n').length, lines, console.said.join('\n'));
  }
});

test('OUT: a terminal, whatever a person typed', () => {
  const main = join(import.meta.dirname, '../../src/main.ts');
  for (const line of [
    ['status', '--url', 'http://\u001b[2J:1'],
    ['gifts', 'map', 'Ro\u001b]0;x\u0007se\u202e', '1', '--config', '/no/\u009b2Jwhere'],
    ['sta\ntus'],
    ['upgrade', 'a\nb'],
    ['status', '--url', 'ht\ntp'],
    ['replay', 'a\nb'],
  ]) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...line], { encoding: 'utf8' });
    assert.notEqual(status, 0);
    assert.ok(!harmful.test(stdout + stderr), JSON.stringify(stdout + stderr));
    assert.ok((stdout + stderr).length > 10);
    assert.doesNotMatch(stdout + stderr, /^(?:tus|b|tp)\b/m);
  }
});
