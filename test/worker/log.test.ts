import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logOutlet } from '../../src/worker/outlets/log.ts';
import { outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';

async function rigOf() {
  const lines: string[] = [];
  const write = async (line: string) => {
    lines.push(line);
  };
  return {
    outlet: logOutlet(write),
    taskOf: (text: string) => task('log', { text }),
    received: () => lines.map((line) => JSON.parse(line).text),
    become: async () => {},
    secrets: [],
  };
}

outletContract('log', rigOf, []);

test('a line of the log is one line of JSON, whatever a viewer writes into it', async () => {
  const lines: string[] = [];
  const outlet = logOutlet(async (line) => void lines.push(line));
  await outlet.send(task('log', { text: 'two\nlines \u001b[2J' }), new AbortController().signal);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^\{[ -~]*\}\n$/);
  assert.equal(JSON.parse(lines[0] ?? '').rule, 'thanks');
});
