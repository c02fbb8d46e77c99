import type { Console } from '../../src/commands/command.ts';

/** A console in a pipe that keeps what a command says, on either of its outputs. */
export function heardConsole(env: Console['env'] = {}): Console & { readonly said: string[] } {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  return { said, out: say, err: say, drive: say, isTerminal: false, columns: 80, env };
}
