import { readFileSync } from 'node:fs';
import { formatProblems, loadConfig } from '../config/load.ts';
import { type Arguments, type Console, exit } from './command.ts';
import { defaultConfig } from './settings.ts';
import { isLoopback, linksByNumber, linksOf, readTokens } from './tokens.ts';
import { whyOf } from './why.ts';

/** Prints where the page and the board are, with their tokens; they are secrets, so they are shown only when asked for. */
export async function showLinks({ options }: Arguments, console: Console): Promise<number> {
  const file = typeof options.config === 'string' ? options.config : defaultConfig;
  const loaded = loadConfig(file, {
    readFile: (path) => readFileSync(path),
    stateDirectory: console.env.STATE_DIRECTORY,
  });
  if (!loaded.ok) {
    console.err(formatProblems(loaded.problems));
    return exit.config;
  }
  const { api } = loaded.config;
  if (isLoopback(api.host)) {
    const address = `http://${api.host.includes(':') ? `[${api.host}]` : api.host}:${api.port}`;
    console.out(
      `Only this machine reaches the page, and needs no token:\n  page    ${address}/\n  board   ${address}/board`,
    );
    console.out('With [api] host = "0.0.0.0" in the config the network reaches it too.');
    return exit.ok;
  }
  try {
    const tokens = readTokens(loaded.config);
    if (tokens === null) {
      console.err('There is no token yet: the service makes it at its first start.');
      return exit.failed;
    }
    const byNumber = linksByNumber(api, tokens);
    const links = [linksOf(api, tokens), ...byNumber];
    const which = byNumber.length === 0 ? 'this' : 'one of these';
    console.out(`To sign in, open ${which} once in a browser (it lets in whoever has it):`);
    for (const { signIn } of links) console.out(`  ${signIn}`);
    if (console.isTerminal) console.drive(await codeOf((byNumber[0] ?? linksOf(api, tokens)).signIn));
    console.out(`The board for viewers, ${which}, also as a browser source of OBS (add &transparent):`);
    for (const { board } of links) console.out(`  ${board}`);
    return exit.ok;
  } catch (error) {
    console.err(
      `The tokens cannot be read: ${whyOf(error, console)}.\nBe of the service's group (livepen), or use sudo.`,
    );
    return exit.failed;
  }
}

/** White on black, whatever the colours of the terminal: so a camera reads it everywhere. */
const whiteOnBlack = '\u001b[97;40m';
const asBefore = '\u001b[0m';

/** A link as a QR code for a phone's camera; the library is loaded only here. */
export async function codeOf(link: string): Promise<string> {
  const { default: encodeQR } = await import('qr');
  const lines = encodeQR(link, 'ascii', { ecc: 'low', border: 2 }).trimEnd().split('\n');
  return lines.map((line) => `  ${whiteOnBlack}${line}${asBefore}`).join('\n');
}
