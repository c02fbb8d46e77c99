import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credit, redraw, voidDebt } from '../../src/commands/book-commands.ts';
import { type Command, exit } from '../../src/commands/command.ts';
import { demo } from '../../src/commands/demo.ts';
import { runLine } from '../../src/commands/line.ts';
import { gift, paper, pause } from '../../src/commands/service-commands.ts';
import { status } from '../../src/commands/status.ts';
import { counted } from '../../src/domain/plain-text.ts';
import { heardConsole } from './heard-console.ts';

const echo: Command = {
  name: 'echo',
  summary: 'say it again',
  usage: 'echo WORD [--loud]',
  options: { loud: { type: 'boolean' }, as: { type: 'string' } },
  words: [1, 1],
  run: async ({ words, options }, console) => {
    console.out(options.loud === true ? (words[0] ?? '').toUpperCase() : (words[0] ?? ''));
    return exit.ok;
  },
};

test('a command gets its words and options', async () => {
  const console = heardConsole();
  assert.equal(await runLine(['echo', 'ink', '--loud'], [echo], console), exit.ok);
  assert.deepEqual(console.said, ['INK']);
});

test('every command has --help, and help lists them all', async () => {
  const commands = [echo, paper, pause, gift, status];
  for (const { name, usage } of commands) {
    const console = heardConsole();
    assert.equal(await runLine([name, '--help'], commands, console), exit.ok);
    for (const form of usage.split('  |  ')) {
      assert.ok(console.said.join().split('\n').includes(`livepen ${form}`), form);
    }
  }
  const console = heardConsole();
  assert.equal(await runLine(['help'], commands, console), exit.ok);
  for (const { name } of commands) assert.match(console.said.join(), new RegExp(`^ +${name} `, 'm'));
});

for (const [why, argv] of [
  ['an unknown command', ['drwa']],
  ['an unknown option', ['echo', 'ink', '--lud']],
  ['a missing word', ['echo']],
  ['a word too many', ['echo', 'ink', 'blot']],
  ['a count that is none', ['gift', 'Rose', 'many']],
  ['a gift without a name', ['gift']],
] as const) {
  test(`${why} is a usage error that shows how it is meant`, async () => {
    const console = heardConsole();
    assert.equal(await runLine(argv, [echo, gift], console), exit.usage);
    assert.match(console.said.join('\n'), /livepen/);
  });
}

for (const [argv, said] of [
  [['ehco', 'ink'], 'There is no command "ehco". Did you mean `livepen echo`?'],
  [['ec'], 'There is no command "ec". Did you mean `livepen echo`?'],
  [['vers'], 'There is no command "vers". Did you mean `livepen version`?'],
  [['hel'], 'There is no command "hel". Did you mean `livepen help`?'],
  [['help', 'ehco'], 'There is no command "ehco". Did you mean `livepen help echo`?'],
  [['help', 'vers'], 'There is no command "vers". Did you mean `livepen help version`?'],
  [['zebra'], 'There is no command "zebra".\n\nLivepen draws'],
  [['help', 'zebra'], 'There is no command "zebra".\n\nLivepen draws'],
  [['echo', 'ink', '--lo'], 'There is no option --lo; did you mean --loud?'],
  [['echo', 'ink', '--lod'], 'There is no option --lod; did you mean --loud?'],
  [['echo', 'ink', '--zebra'], 'There is no option --zebra\n'],
  [['echo', 'ink', '--as'], 'After --as something must stand.'],
  [['echo'], 'Something is missing after `livepen echo`. Its form:\n\nlivepen echo WORD'],
] as const) {
  test(`\`livepen ${argv.join(' ')}\` is answered in plain words: ${said.split('\n')[0]}`, async () => {
    const console = heardConsole();
    assert.equal(await runLine(argv, [echo], console), exit.usage);
    assert.ok(console.said.join('\n').startsWith(said), console.said.join('\n'));
  });
}

test('a beginning that several commands have in common is none of them', async () => {
  const console = heardConsole();
  assert.equal(await runLine(['pa'], [paper, pause], console), exit.usage);
  assert.match(console.said.join(), /^There is no command "pa"\.\n/);
});

test('the version is told, however it is asked for', async () => {
  for (const word of ['version', '--version', '-v', 'help version']) {
    const console = heardConsole();
    assert.equal(await runLine(word.split(' '), [echo], console), exit.ok);
    assert.match(console.said.join(), /^Livepen \d+\.\d+\.\d+$/);
  }
});

for (const argv of [
  ['void', '1', '2'],
  ['void', '--gift', '17'],
  ['redraw', '1', '2-3'],
  ['credit', '1', '2', '--why', ' '],
]) {
  test(`${argv[0]} ${argv[1]} without a reason is a usage error, whether a service runs or not`, async () => {
    const console = heardConsole();
    const line = [...argv, '--url', 'http://127.0.0.1:9'];
    assert.equal(await runLine(line, [voidDebt, redraw, credit], console), exit.usage);
    assert.match(console.said.join('\n'), /--why "/);
  });
}

test('a negative count is a word like any other, for the service to refuse', async () => {
  const console = heardConsole();
  assert.equal(await runLine(['echo', '-3'], [echo], console), exit.ok);
  assert.deepEqual(console.said, ['-3']);
});

test('commands that need a service say plainly when none runs', async () => {
  for (const argv of [['status'], ['paper'], ['pause'], ['gift', 'Rose']]) {
    const console = heardConsole();
    // Port 9 is discard: nobody listens there.
    const code = await runLine([...argv, '--url', 'http://127.0.0.1:9'], [status, paper, pause, gift], console);
    assert.equal(code, exit.noService, argv[0]);
    assert.match(console.said.join(), /No Livepen answers at http:\/\/127\.0\.0\.1:9/);
  }
});

test('a folder where the demo can put nothing is refused at once, with place, value and rule', async () => {
  const console = heardConsole();
  assert.equal(await demo.run({ words: [], options: { out: '/proc/livepen' } }, console), exit.failed);
  assert.match(console.said.join('\n'), /--out \/proc\/livepen must be a folder that takes files: /);
});

test('one of a thing is told in the singular', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'gift')),
    ['0 gifts', '1 gift', '2 gifts'],
  );
});
