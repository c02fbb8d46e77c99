import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Command } from '../../src/commands/command.ts';
import { runLine } from '../../src/commands/line.ts';
import type { Call } from '../api/with-api.ts';
import { heardConsole } from './heard-console.ts';

/** Types a line, which must end with this code, and gives all that it prints. */
type TypeLine = (code: number, ...words: string[]) => Promise<string>;

/** Serves an API on a port while these commands are typed. */
export async function typing(
  call: Call,
  commands: readonly Command[],
  work: (type: TypeLine) => Promise<void>,
): Promise<void> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const answer = await call(request.method ?? '', request.url ?? '', {
      ...(body === '' ? {} : { body }),
      headers: { 'content-type': 'application/json' },
    });
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    await work(async (code, ...words) => {
      const console = heardConsole();
      const line = [...words, '--url', `http://127.0.0.1:${port}`];
      assert.equal(await runLine(line, commands, console), code, console.said.join('\n'));
      return console.said.join('\n');
    });
  } finally {
    server.close();
  }
}

/** What was printed as one line: where it is folded does not matter. */
export function unfolded(printed: string): string {
  return printed.replace(/\s+/g, ' ');
}
