import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLog, isJournal, type LogOptions } from '../../src/system/log.ts';

function collect(options: Partial<LogOptions>) {
  const lines: string[] = [];
  const log = createLog({
    write: (line) => lines.push(line),
    format: 'text',
    wallMs: null,
    journald: false,
    ...options,
  });
  return { log, lines };
}

test('a line on a terminal is a time and a sentence, with a word when it matters', () => {
  const { log, lines } = collect({ wallMs: () => new Date(2026, 0, 2, 3, 4, 5).getTime() });
  log.info('The plotter answers.', { port: '/dev/ttyACM0' });
  log.warn('Not connected to the live.');
  log.error('The ledger is damaged.');
  assert.deepEqual(lines, [
    '03:04:05 The plotter answers.\n',
    '03:04:05 warning: Not connected to the live.\n',
    '03:04:05 error: The ledger is damaged.\n',
  ]);
});

test('journald gets priorities and no time of ours', () => {
  const { log, lines } = collect({ journald: true });
  log.info('A');
  log.warn('B');
  log.error('C');
  assert.deepEqual(lines, ['<6>A\n', '<4>B\n', '<3>C\n']);
});

test('JSON lines carry the details, which cannot pass for the line itself', () => {
  const { log, lines } = collect({ format: 'json', wallMs: () => 0 });
  log.warn('Lost.', { port: '/dev/ttyACM0', level: 'info', tries: 3, since: null });
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    message: 'Lost.',
    port: '/dev/ttyACM0',
    tries: 3,
    since: null,
  });
});

test('whatever a viewer is called, a line stays one harmless line', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\n', '\r', '\u001b[2J', '\u009b', '\u2028', '\u202e', '\ud83d', '<0>'),
      fc.string(),
    ),
  });
  fc.assert(
    fc.property(nasty, fc.constantFrom('text' as const, 'json' as const), (name, format) => {
      const { log, lines } = collect({ format });
      log.info(`${name} sent a Rose.`, { name });
      assert.equal(lines.length, 1);
      const line = lines[0]?.slice(0, -1) ?? '';
      assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\u2028\u2029\u202e]/u);
      if (format === 'json') assert.equal(JSON.parse(line).name, name);
    }),
  );
});

test('a line has an end even when a name has none', () => {
  for (const format of ['text', 'json'] as const) {
    const { log, lines } = collect({ format });
    log.info('x'.repeat(1_000_000), { name: 'y'.repeat(1_000_000) });
    assert.ok((lines[0] ?? '').length < 5_000);
  }
});

test('journald is recognised by the stream it names, not by a variable that was inherited', () => {
  assert.equal(isJournal('9:1234', { dev: 9, ino: 1234 }), true);
  assert.equal(isJournal('9:1234', { dev: 9, ino: 77 }), false);
  assert.equal(isJournal(undefined, { dev: 9, ino: 1234 }), false);
});

test('what is less than the level is not written, and the level can change', () => {
  let level: 'debug' | 'warn' = 'warn';
  const { log, lines } = collect({ journald: true, level: () => level });
  const all = () => {
    log.debug('A');
    log.info('B');
    log.warn('C');
    log.error('D');
  };
  all();
  assert.deepEqual(lines, ['<4>C\n', '<3>D\n']);
  level = 'debug';
  all();
  assert.deepEqual(lines.slice(2), ['<7>A\n', '<6>B\n', '<4>C\n', '<3>D\n']);
});

test('unless something is said, debug lines are not written', () => {
  const { log, lines } = collect({});
  log.debug('A');
  log.info('B');
  assert.deepEqual(lines, ['B\n']);
});

for (const [environment, config, written] of [
  [undefined, 'warn', ['C']],
  ['debug', 'error', ['A', 'B', 'C']],
  ['ERROR', 'debug', []],
  ['', 'info', ['B', 'C']],
  ['loud', 'info', ['LOG_LEVEL', 'B', 'C']],
] as const) {
  test(`LOG_LEVEL = ${environment} goes before [log] level = "${config}"`, () => {
    const module = new URL('../../src/system/log.ts', import.meta.url).href;
    const code = `import { stderrLog } from '${module}'; const log = stderrLog(Date.now, 'text');
      log.setLevel('${config}'); log.debug('A'); log.info('B'); log.warn('C');`;
    const { LOG_LEVEL: _, ...env } = process.env;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      env: environment === undefined ? env : { ...env, LOG_LEVEL: environment },
      encoding: 'utf8',
    });
    const words = stderr.trim().split('\n').filter(Boolean);
    assert.deepEqual(
      words.map((line) => written.find((word) => line.includes(word))),
      written,
      stderr,
    );
  });
}
