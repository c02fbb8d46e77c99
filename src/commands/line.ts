import { parseArgs } from 'node:util';
import { suggest } from '../config/unknown-keys.ts';
import { plainText } from '../domain/plain-text.ts';
import { type Command, type Console, exit, programVersion, wrapHelp } from './command.ts';

/** Runs one command line: words in, exit code out. `commands` in the order of the help. */
export async function runLine(
  argv: readonly string[],
  commands: readonly Command[],
  console: Console,
): Promise<number> {
  const [name, ...rest] = argv.map(plainText);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const [topic = 'help'] = rest;
    const asked = commands.find((command) => command.name === topic);
    if (asked === undefined && topic === 'version') return printVersion(console);
    if (asked === undefined && topic !== 'help' && !topic.startsWith('-')) {
      return printUnknown(topic, commands, 'livepen help', console);
    }
    console.out(asked === undefined ? overview(commands) : helpOf(asked));
    return exit.ok;
  }
  if (name === 'version' || name === '--version' || name === '-v') return printVersion(console);
  const command = commands.find((each) => each.name === name);
  if (command === undefined) return printUnknown(name, commands, 'livepen', console);
  const parsed = parse(command, rest);
  if (!parsed.ok) {
    console.err(`${parsed.problem}\n\n${helpOf(command)}`);
    return exit.usage;
  }
  if (parsed.options.help === true) {
    console.out(helpOf(command));
    return exit.ok;
  }
  return command.run(parsed, console);
}

function printVersion(console: Console): number {
  console.out(`Livepen ${programVersion()}`);
  return exit.ok;
}

/** Says which command was probably meant; `before` is what stood before its name. */
function printUnknown(name: string, commands: readonly Command[], before: string, console: Console): number {
  const near = suggest(name, [...commands.map((each) => each.name), 'help', 'version']);
  const advice = near === null ? `\n\n${overview(commands)}` : ` Did you mean \`${before} ${near}\`?`;
  console.err(`There is no command "${name}".${advice}`);
  return exit.usage;
}

/** A count such as -3 is a wrong word, not an unknown option; the mark gets it past the parser. */
const negativeNumber = /^-\d/;
const numberMark = '\u0000';

type Parsed =
  | {
      readonly ok: true;
      readonly words: readonly string[];
      readonly options: Record<string, string | boolean | undefined>;
    }
  | { readonly ok: false; readonly problem: string };

function parse(command: Command, args: readonly string[]): Parsed {
  const [atLeast, atMost] = command.words ?? [0, 0];
  try {
    const { values, positionals } = parseArgs({
      args: args.map((word) => (negativeNumber.test(word) ? `${numberMark}${word}` : word)),
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const options: Record<string, string | boolean | undefined> = {};
    for (const [key, value] of Object.entries(values)) if (!Array.isArray(value)) options[key] = value;
    if (options.help !== true && (positionals.length < atLeast || positionals.length > atMost)) {
      const extra = positionals[atMost];
      const missing = `Something is missing after \`livepen ${command.name}\`. Its form:`;
      return { ok: false, problem: extra === undefined ? missing : `What does "${extra}" mean?` };
    }
    return { ok: true, words: positionals.map((word) => word.replace(numberMark, '')), options };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, problem: wrongOption(command, error) };
    throw error;
  }
}

/** What is wrong with an option, from the parser's words, which are meant for programmers. */
function wrongOption({ options }: Command, { message: said }: TypeError): string {
  const [, unknown] = /^Unknown option '(-+[^' ]*)/.exec(said) ?? [];
  if (unknown !== undefined) {
    const near = suggest(unknown.replace(/^-+/, ''), [...Object.keys(options ?? {}), 'help']);
    return `There is no option ${unknown}${near === null ? '' : `; did you mean --${near}?`}`;
  }
  const [, bare] = /^Option '(?:-\w, )?(--[\w-]+) <value>' argument/.exec(said) ?? [];
  if (bare !== undefined) return `After ${bare} something must stand.`;
  const [option] = /--[\w-]+/.exec(said) ?? [];
  return option === undefined ? 'The options cannot be read.' : `Nothing may stand after ${option} with a =.`;
}

function helpOf({ usage, summary, details }: Command): string {
  const forms = usage.split('  |  ').map((form) => `livepen ${form}`);
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return [...forms, '', sentence, ...(details === undefined ? [] : ['', wrapHelp(details)])].join('\n');
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Livepen draws the gifts of a TikTok LIVE with a pen plotter.',
    '',
    'usage: livepen COMMAND [OPTIONS]    (livepen COMMAND --help shows more)',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    `  ${'help'.padEnd(width)}  this list, or \`livepen help COMMAND\``,
    `  ${'version'.padEnd(width)}  which Livepen this is`,
  ].join('\n');
}
