/** What a library, a server or the system says reaches nobody but the log at debug: people read our words. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { createApi, localOptions } from '../../src/api/app.ts';
import { credit as creditByHand, dry, redraw, voidDebt } from '../../src/commands/book-commands.ts';
import { whyOf } from '../../src/commands/command.ts';
import { checkNetwork } from '../../src/commands/doctor/network.ts';
import { forget } from '../../src/commands/forget.ts';
import { writeOut } from '../../src/commands/preview/picture-file.ts';
import { causeInWords, originalOf, UserFacingError, unknownCause } from '../../src/domain/cause.ts';
import { silentLog } from '../../src/domain/log.ts';
import { apiOf, withApi } from '../api/with-api.ts';
import { heardConsole } from '../commands/heard-console.ts';

/** How libraries and systems speak. */
const notForPeople =
  /\bE[A-Z]{4,}\b|ERR_|SQLITE|Invalid|Expected|undefined|errno|syscall|fetch failed|no such file|\bat \/|\[object/;

function failure(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return assert.fail('it was to fail');
}

test('errors of the system and of every library are told in our words, and kept word for word', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-causes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, 'no database, and longer than a header of one would be');
  symlinkSync('loop', join(folder, 'loop'));
  const unused = createServer();
  await new Promise<void>((resolve) => void unused.listen(0, '127.0.0.1', resolve));
  const address = unused.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((resolve) => void unused.close(resolve));
  const refused: unknown = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error);
  const late: unknown = await fetch('http://192.0.2.1/', { signal: AbortSignal.timeout(1) }).catch(
    (error: unknown) => error,
  );
  const cases: readonly [unknown, string][] = [
    [failure(() => readFileSync(join(folder, 'none'))), 'it is not there'],
    [failure(() => readFileSync(folder)), 'it is a folder'],
    [failure(() => readFileSync(join(file, 'x'))), 'a part of its path is no folder'],
    [failure(() => readFileSync(join(folder, 'loop'))), 'its links lead in a circle'],
    [failure(() => readFileSync(join(folder, 'x'.repeat(300)))), 'its name is too long'],
    [failure(() => writeFileSync(file, '', { flag: 'wx' })), 'it is there already'],
    [failure(() => new Database(file).exec('SELECT * FROM x')), 'the file is damaged, or no ledger'],
    [failure(() => new Database(join(folder, 'no/db'), { fileMustExist: true })), unknownCause],
    [spawnSync('no-such-program').error, 'it is not there'],
    [refused, 'the connection is refused'],
    [late, 'no answer came in time'],
    [failure(() => JSON.parse('{')), unknownCause],
    [failure(() => parse('x = ]')), unknownCause],
    [failure(() => v.parse(v.object({ cursor: v.string() }), {})), unknownCause],
    [new Error('[fetchSignedWebSocketFromEulerRoute] Missing cursor'), unknownCause],
    [
      new Error('[Connect Error] getaddrinfo ENOTFOUND tiktok.eulerstream.com'),
      'there is no network, or it does not know the name',
    ],
    ['gpiomon: error requesting GPIO lines: Device or resource busy', 'another program uses it'],
    [new Error('Error: Inappropriate ioctl for device, cannot open /dev/ttyACM0'), 'it is no serial port'],
    [new UserFacingError('our own words'), 'our own words'],
    [new Error('outer', { cause: new UserFacingError('our own words') }), 'our own words'],
    [Object.assign(new Error('x'), { code: 'ERR_BODY_PARSE_FAILURE' }), unknownCause],
    [null, unknownCause],
  ];
  for (const [error, words] of cases) {
    assert.equal(causeInWords(error), words, originalOf(error));
    assert.doesNotMatch(causeInWords(error), notForPeople);
    if (error instanceof Error)
      assert.ok(originalOf(error).includes(error.message.split('\n')[0] ?? ''), 'word for word');
  }
});

test('whatever is thrown, our words have nothing of it, and the log has it on one line without secrets', () => {
  const thrown = fc.oneof(fc.string(), fc.constant(null), fc.integer(), fc.object());
  fc.assert(
    fc.property(thrown, fc.string({ minLength: 12 }), fc.string({ minLength: 12 }), (value, message, code) => {
      const error = Object.assign(new Error(`Zq ${message}`, { cause: value }), { code: `Z_${code}` });
      assert.ok(!causeInWords(error).includes('Zq'));
      assert.doesNotMatch(originalOf(error), /[\p{Cc}\p{Zl}\p{Zp}]/u);
      assert.ok(originalOf(error).length <= 1_500);
    }),
  );
  assert.equal(originalOf({ toString: {} }), '[object Object]');
  assert.doesNotMatch(originalOf(new Error('GET wss://x/?uniqueId=a&apiKey=very-secret failed')), /very-secret/);
  assert.doesNotMatch(originalOf(new Error('x-api-key: very-secret')), /very-secret/);
  for (const key of ['access_token', 'refresh_token', 'socket_connection_token', 'client_secret', 'code_verifier'])
    assert.doesNotMatch(originalOf(new Error(`{"${key}":"very-secret"} ${key}=very-secret&a=b`)), /very-secret/);
});

/** Where the source may look at what an error says, and why. */
const mayRead: Readonly<Record<string, string>> = {
  'marlin/wire/serial-port.ts': 'what the driver says goes along, for our words and for the log',
  'config/load.ts': 'the words of the TOML parser go along as `original`, for the log',
  'api/app.ts': 'a mistake of the program: its place goes to the log',
  'system/trace.ts': 'a mistake of the program: it ends, and reports itself',
  'panel/button/onoff.ts': 'only looked at, for whether a package is missing',
  'commands/plugin-child.ts': "a plugin's own words about itself, which the worker tells under its name",
  'commands/plugin-inside.js': 'the same',
  'ledger/rescue.ts': 'a note for the next start, beside the ledger',
};

test('no part of the program hands on what an error says', () => {
  const root = join(import.meta.dirname, '../../src');
  const reads =
    /\b(?:\w*[eE]rror|cause|failure|err|issue)\??\.(?:message|stack)\b|String\((?:error|cause|err)\)|\$\{(?:error|err)\}/;
  const files = readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => /\.(ts|js)$/.test(name));
  const found = files.filter((name) =>
    reads.test(readFileSync(join(root, name), 'utf8').replaceAll('issue.message', '')),
  );
  assert.deepEqual(found.toSorted(), Object.keys(mayRead).toSorted());
});

test('a form without words of its own is checked with ours, wherever its issues are told', () => {
  const root = join(import.meta.dirname, '../../src');
  const files = readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => /\.ts$/.test(name));
  const telling = files.filter((name) => /issue\.message|\.issues\b/.test(readFileSync(join(root, name), 'utf8')));
  assert.ok(telling.length >= 4);
  for (const name of telling) assert.match(readFileSync(join(root, name), 'utf8'), /message: ruleInWords/, name);
});

test('commands tell why a file cannot be written or read in our words; LOG_LEVEL=debug shows what was said', async () => {
  for (const level of ['', 'debug']) {
    const console = heardConsole({ LOG_LEVEL: level });
    assert.equal(writeOut('/proc/livepen/x.svg', 'x', console), false);
    const away = { url: 'http://127.0.0.1:9' };
    assert.notEqual(await forget.run({ words: ['somebody', '/proc/livepen/none'], options: away }, console), 0);
    whyOf(new Error('a library speaks'), console);
    const ours = console.said.filter((line) => !line.startsWith('debug: '));
    for (const line of ours) assert.doesNotMatch(line, notForPeople);
    assert.ok(ours.length >= 2);
    const debug = console.said.filter((line) => line.startsWith('debug: '));
    assert.equal(
      debug.some((line) => line.includes('ENOENT')),
      level === 'debug',
    );
    assert.equal(
      debug.some((line) => line.includes('a library speaks')),
      level === 'debug',
    );
  }
});

test('a count that is none is refused by the command itself, with an example', async () => {
  const options = { why: 'x', url: 'http://127.0.0.1:1' };
  for (const [command, words] of [
    [voidDebt, ['1', 'many']],
    [creditByHand, ['1', '1.5']],
    [dry, ['-3']],
    [dry, ['\u001b[31m']],
  ] as const) {
    const console = heardConsole();
    assert.equal(await command.run({ words, options }, console), 2);
    assert.match(console.said.join(), /is not a count\. Give a whole number from 1 on, as in `livepen /);
  }
  const console = heardConsole();
  assert.equal(await redraw.run({ words: ['1', '1-2'], options: { ...options, sheet: 'x' } }, console), 2);
});

test('doctor tells a network that wants a sign-in, and one that does not answer, in our words', async () => {
  const { createServer: createHttp } = await import('node:http');
  for (const head of [302, 200, 511]) {
    const portal = createHttp((_request, response) =>
      response.writeHead(head, head === 302 ? { location: 'http://127.0.0.2/login' } : {}).end('<html>Sign in</html>'),
    );
    await new Promise<void>((resolve) => void portal.listen(0, '127.0.0.1', resolve));
    const address = portal.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const checks = await checkNetwork(url, heardConsole({ LIVEPEN_TIKTOK_HOST: url }));
    assert.deepEqual(
      checks.map(({ verdict, what }) => `${verdict} ${what}`),
      ['warning the network answers in place of TikTok'],
    );
    await new Promise((resolve) => void portal.close(resolve));
    const console = heardConsole({ LIVEPEN_TIKTOK_HOST: url, LOG_LEVEL: 'debug' });
    for (const { what } of await checkNetwork(url, console))
      assert.match(what, /does not answer .*: the connection is refused$/);
    assert.match(console.said.join(), /debug: .*ECONNREFUSED/);
  }
});

test('the API answers a mistake, a disk and a body that is no JSON in our words, and none of them in those of a library', () =>
  withApi(async (_call, world) => {
    const errors = [
      new Error('Invalid key: Expected "x" but received undefined'),
      Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' }),
      Object.assign(new Error("ENOSPC: no space left on device, open '/x'"), { code: 'ENOSPC' }),
    ];
    for (const error of errors) {
      const debug: string[] = [];
      const log = {
        ...silentLog,
        debug: (line: string) => void debug.push(line),
        error: (line: string) => void debug.push(line),
      };
      let isBroken = false;
      const status = () => {
        if (isBroken) throw error;
        return world.appliance.status();
      };
      const { app, close } = createApi({ ...world.appliance, status }, localOptions(world.clock, log, '1'));
      isBroken = true;
      const response = await app.request('http://127.0.0.1:8420/status', { headers: { host: '127.0.0.1:8420' } });
      assert.ok(response.status >= 500);
      assert.doesNotMatch(await response.text(), notForPeople);
      assert.ok(
        debug.some((line) => line.includes(error.message)),
        'the log keeps it',
      );
      isBroken = false;
      close();
    }
    const { api } = apiOf(world);
    const body = await api.app.request('http://127.0.0.1:8420/pen-dry', {
      method: 'POST',
      body: '{"count":',
      headers: { host: '127.0.0.1:8420', 'content-type': 'application/json' },
    });
    const text = await body.text();
    assert.match(text, /The body is not JSON\./);
    assert.doesNotMatch(text, notForPeople);
    api.close();
  }));
